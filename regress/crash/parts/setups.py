"""Sessions that set message_db up in databases of their own: install it, adopt
a Message DB, migrate a store of schema version 1.

Each kind is a class, whose cycle() goes through it once in a new database.
Where the connection is lost, what was under way must be done or not, as a
whole, all messages that were acknowledged must be there, and the same once
more must bring it to its end.  At the end of a cycle invariants.py has the
word.  record_of() is the work of one process.

prepare() makes the databases that these are copies of.
"""

import os
import subprocess
import threading
import time
from collections import Counter, namedtuple

import original
import psycopg2
from harness import rows, value
from load.worker import OPTIONS, PATIENCE, connect, is_lost
from load.writers import id_of, token_of

from .invariants import problems_of

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
AT_ONCE = 3
ADOPTION = ("CREATE EXTENSION message_db VERSION 'original-1.3.0'", "ALTER EXTENSION message_db UPDATE")

Record = namedtuple("Record", "counts problems")


def run_psql(dbname, script):
    """What psql has to say of the errors that end the script; "" for none."""
    done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script, dbname],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=dict(os.environ, PGOPTIONS="-c client_min_messages=error"))
    return done.stdout if done.returncode else ""


def prepare():
    """Makes the templates; returns the kinds that there are, and why one is
    not."""
    admin = connect()
    for name in ("version_1", "original"):
        rows(admin, "DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)
        rows(admin, "CREATE DATABASE %s TEMPLATE template0" % name)
    admin.close()
    run_psql("version_1", os.path.join(ROOT, "regress", "fixtures", "postgresql_version_1.sql"))
    try:
        original.run("install.sh", "original")
    except original.Unavailable as reason:
        return (Installation, Migration), str(reason)
    return (Installation, Migration, Adoption), None


class Setup:
    template = "template0"

    def __init__(self, number, seconds):
        self.name = "%s_%d" % (type(self).__name__.lower(), number)
        self.number, self.end = number, time.monotonic() + seconds
        self.counts, self.problems = Counter(), []
        self.count = 0

    def connect(self):
        """Waits for a server that restarts."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                connection = psycopg2.connect(dbname=self.name, options=OPTIONS)
                connection.autocommit = True
                return connection
            except psycopg2.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def until_done(self, work, *arguments):
        """Repeats what may be repeated until the connection is not lost on the
        way."""
        while True:
            try:
                return work(*arguments)
            except psycopg2.Error as error:
                if not is_lost(error):
                    raise
                self.counts["lost"] += 1

    def make_database(self):
        admin = connect()
        try:
            rows(admin, "DROP DATABASE IF EXISTS %s WITH (FORCE)" % self.name)
            rows(admin, "CREATE DATABASE %s TEMPLATE %s" % (self.name, self.template))
        finally:
            admin.close()

    def execute(self, *statements):
        """Each in a transaction of its own, of a new session."""
        connection = self.connect()
        try:
            for statement in statements:
                rows(connection, statement)
        finally:
            connection.close()

    def all_at_once(self, works):
        """Runs them in threads; raises the first error that tells of more than
        a lost connection."""
        errors = []

        def run(work):
            try:
                work()
            except psycopg2.Error as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for error in sorted(errors, key=is_lost):
            raise error

    # Messages

    def write(self, number=3):
        """Messages one by one, as far as they are acknowledged."""
        connection = self.connect()
        try:
            for _ in range(number):
                self.count += 1
                token = self.number << 40 | self.count
                self.unknown.add(token)
                value(connection, "SELECT write_message(%s, %s, 'T', '{}')", id_of(token),
                      "a-%d" % (token % 3))
                self.unknown.remove(token)
                self.written.add(token)
        finally:
            connection.close()

    def check_messages(self, connection):
        stored = {token_of(id) for id, in rows(
            connection, "SELECT id FROM message_store.messages WHERE stream_name LIKE 'a-%'")}
        if not self.written <= stored or not stored <= self.written | self.unknown:
            self.problems.append("%s: acknowledged and not stored %s, stored and never written %s" % (
                self.name, sorted(self.written - stored), sorted(stored - self.written - self.unknown)))

    # A cycle

    def cycle(self):
        self.written, self.unknown = set(), set()
        self.until_done(self.make_database)
        self.set_up()
        self.until_done(self.write)
        self.until_done(self.judge)
        self.counts["done"] += 1

    def judge(self):
        connection = self.connect()
        try:
            self.check_messages(connection)
            self.problems += ["%s: %s" % (self.name, problem) for problem in problems_of(connection)]
        finally:
            connection.close()

    def look(self, sql):
        """One value, from whatever the database is like now."""
        def ask():
            connection = self.connect()
            try:
                return value(connection, sql)
            finally:
                connection.close()
        return self.until_done(ask)

    def must_be(self, what, found, allowed):
        if found not in allowed:
            self.problems.append("%s: %s is %s" % (self.name, what, found))


class Installation(Setup):
    """Several run sql/initialize.sql at once."""

    def initialize(self):
        said = run_psql(self.name, os.path.join(ROOT, "sql", "initialize.sql"))
        return bool(said) and self.tell(said)

    def tell(self, said):
        """Whether the connection was lost, and not something else."""
        lost = any(words in said for words in (
            "terminating connection", "server closed the connection", "connection to server"))
        if not lost:
            self.problems.append("%s: %s" % (self.name, said))
        return lost

    def set_up(self):
        while True:
            lost = []
            self.all_at_once([lambda: lost.append(self.initialize())] * AT_ONCE)
            if not any(lost):
                return
            self.counts["lost"] += 1
            self.must_be("the installation", tuple(self.until_done(self.parts)), (
                (0, 0, 0), (1, 0, 0), (1, 1, 1)))

    def parts(self):
        connection = self.connect()
        try:
            return rows(connection, """
                SELECT (SELECT count(*) FROM pg_extension WHERE extname = 'message_db'),
                    (SELECT count(*) FROM pg_class WHERE relname = 'messages'),
                    (SELECT count(*) FROM pg_class WHERE relname = 'message_db_namespace')""")[0]
        finally:
            connection.close()


class Migration(Setup):
    """Several migrate a store of version 1 at once, in different ways, while it
    is written to."""
    template = "version_1"

    def set_up(self):
        self.until_done(self.write)
        works = [lambda: self.execute("CALL migrate_namespaces()"),
                 lambda: self.execute("SELECT migrate_namespace()", "CALL migrate_namespaces()"),
                 lambda: self.execute("SELECT ensure_namespace('tenant_a')", "CALL migrate_namespaces()"),
                 self.write]
        self.until_done(self.all_at_once, works)
        self.must_be("the old messages' number", self.look(
            "SELECT count(*) FROM messages WHERE stream_name NOT LIKE 'a-%'"), (5,))
        self.must_be("the version", self.look(
            "SELECT max(schema_version) FROM message_store.message_db_namespace"), (2,))


class Adoption(Setup):
    """A Message DB becomes ours in two steps or one, and is then migrated."""
    template = "original"
    VERSION = "SELECT coalesce(max(extversion), 'none') FROM pg_extension WHERE extname = 'message_db'"

    def set_up(self):
        self.until_done(self.write)
        in_one = self.counts["done"] % 2
        statements = ["BEGIN; %s; %s; COMMIT" % ADOPTION] if in_one else ADOPTION
        for number, statement in enumerate(statements):
            self.adopt(statement, in_one or number)
            self.until_done(self.write)
        self.until_done(self.execute, "CALL migrate_namespaces()")

    def adopt(self, statement, last):
        """Until it is done; until then all is as before."""
        before = self.look(self.VERSION)
        while self.look(self.VERSION) == before:
            try:
                self.execute(statement)
            except psycopg2.Error as error:
                if not is_lost(error):
                    raise
                self.counts["lost"] += 1
                self.until_done(self.write)
        version = self.look(self.VERSION)
        self.must_be("the version", version != "original-1.3.0", (bool(last),))


def record_of(kind, number, seconds):
    setup = kind(number, seconds)
    while time.monotonic() < setup.end:
        try:
            setup.cycle()
        except psycopg2.Error as error:
            setup.problems.append("%s: %s %s" % (setup.name, error.pgcode, error))
            break
    return Record(setup.counts, setup.problems)
