"""The databases with the stores of the variants, on the benchmark's server.

A template is built once for a variant and a size; open() copies it, so that
every measurement begins with the same store.  Copying brings it into the
server's memory, too.
"""

import ctypes
import os
import shutil
import subprocess
import sys
import time

import psycopg2

import messages
from statements import Missing

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "regress", "lib"))

import original     # noqa: E402

VARIANTS = ("original", "ours", "bare")

libc = ctypes.CDLL(None)


def connect(database):
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    return connection


def cpu_clock(process):
    """The clock of another process's CPU time."""
    clock = ctypes.c_int()
    error = libc.clock_getcpuclockid(process, ctypes.byref(clock))
    if error:
        raise OSError(error, "clock_getcpuclockid: " + os.strerror(error))
    return clock.value


class Store:
    """A copy of a template, and a session in it."""

    def __init__(self, variant, database):
        self.variant, self.database = variant, database
        self.connect()

    def connect(self):
        self.connection = connect(self.database)
        self.cursor = self.connection.cursor()
        self.cursor.execute("SET enable_memoize = off")     # a read that is asked for again is a read
        self.clock = cpu_clock(self.connection.get_backend_pid())

    def run(self, script):
        """Statements that end where a line ends with a semicolon; each is a transaction."""
        for statement in script.split(";\n"):
            if statement.strip():
                self.cursor.execute(statement)

    def value(self, sql):
        self.cursor.execute(sql)
        return self.cursor.fetchone()[0]

    def rows(self, sql):
        self.cursor.execute(sql)
        return self.cursor.fetchall()

    def cpu(self, sql):
        """Seconds of CPU that the session's process takes for it, user and system."""
        before = time.clock_gettime(self.clock)
        self.cursor.execute(sql)
        return time.clock_gettime(self.clock) - before

    def loop(self, source, statement, first, last, count=0):
        """CPU seconds of the statement for each row r of a table with first <= n < last,
        in one transaction inside the server.  The statement may use batch_size and beginning."""
        return self.cpu("""DO $$
DECLARE
    r record;
    batch_size bigint := %d;
    beginning bigint := 0;
BEGIN
    FOR r IN SELECT * FROM bench.%s WHERE n >= %d AND n < %d ORDER BY n LOOP
        %s;
    END LOOP;
END
$$""" % (count, source, first, last, statement))

    def has(self, function):
        return self.value("SELECT count(*) FROM pg_proc WHERE pronamespace = 'message_store'::regnamespace"
                          " AND proname = '%s'" % function) > 0

    def close(self):
        self.connection.close()


class Stores:
    """Templates and what is open of them."""

    def __init__(self, with_original=True, keep=False):
        """To drop a database takes a checkpoint; keep leaves them all until the server is removed."""
        self.keep = keep
        self.templates, self.copies = set(), 0
        self.admin = connect("postgres")
        self.opened, self.share = {}, None
        self.missing = {}
        if not with_original:
            self.missing["original"] = Missing("left out")
            return
        try:
            original.database()
        except original.Unavailable as why:
            self.missing["original"] = Missing(why)

    def variants(self):
        return [variant for variant in VARIANTS if variant not in self.missing]

    def sql(self, text):
        with self.admin.cursor() as cursor:
            cursor.execute(text)

    def template(self, variant, size):
        name = "template_%s_%d" % (variant, size)
        if name not in self.templates:
            self.create(variant, name)
            store = Store(variant, name)
            self.fill(store, 0, size)
            store.close()
            self.templates.add(name)
        return name

    def create(self, variant, name):
        """A database with an empty store."""
        self.sql("CREATE DATABASE %s" % name)
        self.configure(variant, name)
        if variant == "original":
            original.run("install.sh", name)
        store = Store(variant, name)
        if variant != "original":
            store.run("CREATE EXTENSION message_db")
            store.run("SELECT message_store.create_namespace()")
        if variant == "bare":
            store.run("DROP EXTENSION message_db")      # the table stays
        store.run("CREATE SCHEMA bench")
        store.close()

    def configure(self, variant, name):
        """What a session in this database begins with.  The statements by hand are prepared for good."""
        self.sql("ALTER DATABASE %s SET search_path = message_store, public" % name)
        if variant == "bare":
            self.sql("ALTER DATABASE %s SET plan_cache_mode = force_generic_plan" % name)

    @staticmethod
    def fill(store, first, last):
        """Adds the messages first to last - 1."""
        if last > first:
            store.run(messages.load(first, last))
            store.run(messages.read_table(last))
        store.run("VACUUM ANALYZE message_store.messages")

    def open(self, size, variants=None, share=None):
        """{variant: Store}, fresh copies of the templates of this size; what was open is closed.
        But those that were opened to be shared in this name are returned as they are."""
        if share and share == self.share:
            return self.opened
        self.close()
        for variant in variants or self.variants():
            kind = "bare" if variant == "bulk" else variant
            template = self.template(kind, size)
            self.copies += 1
            name = "bench_%d_%s" % (self.copies, variant)
            self.sql("CREATE DATABASE %s TEMPLATE %s" % (name, template))
            self.configure(kind, name)
            self.opened[variant] = Store(variant, name)
        self.sql("CHECKPOINT")
        self.share = share
        return self.opened

    def close(self):
        for store in self.opened.values():
            store.close()
            if not self.keep:
                self.sql("DROP DATABASE %s" % store.database)
        self.opened, self.share = {}, None

    def restart(self, delay=0):
        """Restarts the server, with a delay in microseconds before each flush of the WAL."""
        self.close()
        self.admin.close()
        environment = dict(os.environ)
        if delay:
            # where the server's user can read it
            library = shutil.copy(os.path.join(ROOT, "build", "bench", "slow_disk.so"), os.environ["SERVER_DIR"])
            environment.update(LD_PRELOAD=library, BENCH_FDATASYNC_DELAY=str(delay))
        done = subprocess.run(["bash", "-c", ". '%s/regress/lib/server.sh' && server_create &&"
                               " server_restart primary" % ROOT], env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise RuntimeError("the server did not restart: %s" % done.stdout)
        self.admin = connect("postgres")
        start = time.perf_counter()
        self.sql("CREATE TEMPORARY TABLE flushed AS SELECT pg_logical_emit_message(true, 'bench', 'flush')")
        if (time.perf_counter() - start) * 1e6 < delay:
            raise RuntimeError("the delay of the disk has no effect")
