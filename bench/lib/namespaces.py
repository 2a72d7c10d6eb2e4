"""The area of namespaces: many of them in one PostgreSQL database, and in one SQLite store.

Every round begins with an empty database, and uses one connection of each kind,
as an application would: each statement is a transaction.  Times are of the
clock, the disk included, and of the CPU: of the session's process, which in
SQLite is this one.  Nothing analyses the catalogues in between, as a server
that is set up in one go has it.
"""

import os
import shutil
import sqlite3
import tempfile
import time

from rounds import ROOT

EXTENSION = os.environ.get("MDB_SQLITE") or os.path.join(ROOT, "message_db")
EACH, ALL, KILOBYTES = "a namespace", "", "kB a namespace"

# What is timed, in order, and whether for each namespace or for all together.
STEPS = (("create_namespace", EACH), ("list_namespaces", ALL), ("get_namespace", ALL),
         ("message_store_status", ALL), ("migrate_namespaces, nothing to do", ALL),
         ("migrate from version 1", EACH), ("first write to each", EACH), ("second write to each", EACH),
         ("rename_namespace", EACH), ("delete_namespace", EACH))
SIZES = ("an empty one", "the catalogue", "memory of the session that used all")


class PostgreSQL:
    """A database with the extension, and one session in it."""

    def __init__(self, bench):
        self.stores = bench.stores
        self.store = self.stores.open(0, ["ours"])["ours"]
        self.empty = self.catalogue()

    def run(self, sql):
        self.store.cursor.execute(sql)
        return self.store.cursor.fetchall() if self.store.cursor.description else []

    def cpu(self):
        return time.clock_gettime(self.store.clock)

    def migrate_all(self):
        self.run("CALL migrate_namespaces()")

    def make_old(self, names):
        """Message DB's table is all that a namespace of version 1 has."""
        for name in names:
            self.run("DROP TABLE %s.message_db_namespace" % name)

    def migrate_old(self, names):
        for name in names:
            self.run("SELECT migrate_namespace('%s')" % name)

    def catalogue(self):
        return self.store.value("SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class"
                                " WHERE relkind = 'r' AND relnamespace = 'pg_catalog'::regnamespace")

    def sizes(self, names):
        """Bytes: of the first namespace, and of what the catalogue has grown by."""
        return (self.store.value("SELECT sum(pg_relation_size(oid))::bigint FROM pg_class"
                                 " WHERE relnamespace = '%s'::regnamespace" % names[0]),
                self.catalogue() - self.empty)

    def memory(self):
        with open("/proc/%d/status" % self.store.connection.get_backend_pid()) as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon"))

    def close(self):
        self.stores.close()


class SQLite:
    """A file in WAL mode, and one connection to it."""

    def __init__(self, bench):
        os.makedirs(bench.options.output, exist_ok=True)
        self.folder = tempfile.mkdtemp(dir=bench.options.output)
        self.path = os.path.join(self.folder, "store.db")
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        self.connection.enable_load_extension(True)
        self.connection.load_extension(EXTENSION)
        self.run("PRAGMA journal_mode = wal")
        self.run("SELECT ensure_namespace()")
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")
        self.empty = os.path.getsize(self.path)

    def run(self, sql):
        return self.connection.execute(sql).fetchall()

    def cpu(self):
        return time.process_time()

    def migrate_all(self):
        self.run("SELECT * FROM migrate_namespaces()")

    def make_old(self, names):
        for name in names:
            (path,), = self.run("SELECT location FROM get_namespace('%s')" % name)
            plain = sqlite3.connect(path)
            plain.execute("DROP TABLE message_db_namespace")
            plain.commit()
            plain.close()

    def migrate_old(self, names):
        self.migrate_all()

    def sizes(self, names):
        (path,), = self.run("SELECT location FROM get_namespace('%s')" % names[0])
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")
        return os.path.getsize(path), os.path.getsize(self.path) - self.empty

    def memory(self):
        return None         # a connection has ten attached at a time

    def close(self):
        self.connection.close()
        shutil.rmtree(self.folder)


def write_to_each(kind, names):
    for name in names:
        kind.run("SELECT use_namespace('%s')" % name)
        kind.run("SELECT write_message(NULL, 'account-1', 'T', '{}')")
    kind.run("SELECT use_namespace('message_store')")


def each(kind, names, sql):
    for name in names:
        kind.run(sql.format(name))


def life(kind, names):
    """One round: milliseconds of the clock and of the CPU by step, and bytes by size."""
    found = {}

    def timed(step, work, *arguments):
        start, start_cpu = time.perf_counter(), kind.cpu()
        work(*arguments)
        found[step, "ms"] = (time.perf_counter() - start) * 1e3
        found[step, "ms CPU"] = (kind.cpu() - start_cpu) * 1e3

    timed("create_namespace", each, kind, names, "SELECT create_namespace('{}', 'A tenant')")
    one, catalogue = kind.sizes(names)
    found["an empty one"], found["the catalogue"] = one, catalogue / len(names)
    timed("list_namespaces", kind.run, "SELECT * FROM list_namespaces()")
    timed("get_namespace", kind.run, "SELECT * FROM get_namespace('%s')" % names[-1])
    timed("message_store_status", kind.run, "SELECT * FROM message_store_status()")
    timed("migrate_namespaces, nothing to do", kind.migrate_all)
    kind.make_old(names)
    timed("migrate from version 1", kind.migrate_old, names)
    for name in names:
        (version,), = kind.run("SELECT schema_version FROM get_namespace('%s')" % name)
        if version != 2:
            raise RuntimeError("namespaces: %s was not migrated" % name)
    timed("first write to each", write_to_each, kind, names)
    timed("second write to each", write_to_each, kind, names)
    memory = kind.memory()
    if memory:
        found["memory of the session that used all"] = memory / len(names)
    timed("rename_namespace", each, kind, names, "SELECT rename_namespace('{0}', '{0}_b')")
    timed("delete_namespace", each, kind, names, "SELECT delete_namespace('{}_b')")
    return found


def namespaces(bench):
    """Creating, listing, migrating, using and deleting as many as the option says."""
    names = ["tenant_%04d" % n for n in range(bench.options.namespaces)]
    kinds = {"postgresql": PostgreSQL, "sqlite": SQLite}
    found = {variant: [] for variant in kinds}
    for number in range(bench.options.rounds):
        for variant in sorted(kinds, reverse=number % 2 > 0):
            bench.progress.show("namespaces: %d" % len(names), ", round %d of %d, %s" % (
                number + 1, bench.options.rounds, variant))
            kind = kinds[variant](bench)
            try:
                found[variant].append(life(kind, names))
            finally:
                kind.close()
    for unit in ("ms", "ms CPU"):
        for what, per in STEPS:
            parts = len(names) if per == EACH else 1
            bench.add("namespaces", what, " ".join([unit, per]).strip(),
                      {v: [r[what, unit] / parts for r in found[v]] for v in kinds})
    for what in SIZES:
        values = {v: [r[what] / 1024 for r in found[v] if what in r] for v in kinds}
        bench.add("namespaces", what, KILOBYTES, {v: figures for v, figures in values.items() if figures})
    bench.note("namespaces", "with {:,} namespaces".format(len(names)))
