"""Many workers that set up the same database at once on PostgreSQL.

Each runs the documented initialisation, sql/initialize.sql, through psql: all
succeed in any interleaving, also beside some that are killed, by the server
or as a process.  Fifty sessions whose first act is the use of an unknown
namespace make it once.  Ten migrate at once; one namespace that cannot be
migrated is reported and noted, and the others go on.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import psycopg2

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "drivers"))

from harness import check, connect, equal, finish, rows, test, value

HERE = os.path.dirname(os.path.abspath(__file__))
INITIALIZE = os.path.join(HERE, "..", "..", "sql", "initialize.sql")
WORKERS, ROUNDS = 20, 4
SESSIONS = 50
SEED = 20240607

random.seed(SEED)
admin = connect()


def empty_database():
    """The database of these tests anew, without the extension."""
    rows(admin, "DROP DATABASE IF EXISTS worker WITH (FORCE)")
    rows(admin, "CREATE DATABASE worker")


def to_worker():
    connection = psycopg2.connect(dbname="worker", options="-c search_path=message_store,public")
    connection.autocommit = True
    return connection


def start_worker():
    return subprocess.Popen(
        ["psql", "-X", "-q", "-t", "-v", "ON_ERROR_STOP=1", "-f", INITIALIZE, "worker"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=dict(os.environ, PGOPTIONS="-c client_min_messages=warning"))


def end(worker):
    """The worker's status and what it said, if it failed."""
    output, _ = worker.communicate(timeout=60)
    return None if worker.returncode == 0 else output


def all_is_there():
    """One extension, one namespace, in working order."""
    connection = to_worker()
    equal(value(connection, "SELECT count(*) FROM pg_extension WHERE extname = 'message_db'"), 1)
    equal(rows(connection, "SELECT name, schema_version FROM list_namespaces()"),
          [("message_store", 2)])
    equal(value(connection, "SELECT count(*) FROM message_db_namespace"), 1, "registrations")
    equal(value(connection, "SELECT count(*) FROM pg_index WHERE indrelid = 'messages'::regclass"), 4)
    equal(value(connection, "SELECT state FROM message_store_status()"), "ready")
    equal(value(connection, "SELECT write_message(NULL, 'a-1', 'T', '{}')"), 0)
    equal(value(connection, "SELECT count(*) FROM pg_locks WHERE locktype IN ('advisory', 'object')"
                " AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database"
                " WHERE datname = 'worker')"), 0, "locks left")
    connection.close()


def backends():
    return [r[0] for r in rows(admin, "SELECT pid FROM pg_stat_activity WHERE datname = 'worker'"
                               " AND application_name = 'psql'")]


with test("twenty workers initialise an empty database at once"):
    for _ in range(ROUNDS):
        empty_database()
        workers = [start_worker() for _ in range(WORKERS)]
        equal([e for e in map(end, workers) if e], [], "errors")
        all_is_there()

with test("the same with the extension there, and with its schema only"):
    for statement in ("CREATE EXTENSION message_db",
                      "CREATE SCHEMA message_store",
                      "CREATE EXTENSION message_db; SELECT message_store.ensure_namespace();"
                      " DROP EXTENSION message_db"):
        empty_database()
        connection = to_worker()
        rows(connection, statement)
        connection.close()
        workers = [start_worker() for _ in range(WORKERS // 2)]
        equal([e for e in map(end, workers) if e], [], "errors")
        all_is_there()

with test("backends that the server ends in the middle disturb nobody else"):
    hit = 0
    for _ in range(ROUNDS):
        empty_database()
        workers = [start_worker() for _ in range(WORKERS)]
        for _ in range(5):
            time.sleep(random.random() * 0.03)
            victims = backends()
            if victims:
                value(admin, "SELECT pg_terminate_backend(%s)", random.choice(victims))
        errors = [e for e in map(end, workers) if e]
        hit += len(errors)
        check(len(errors) <= 5, "more failed than were ended: %s" % errors)
        equal([e for e in errors if "terminating connection" not in e
               and "server closed the connection" not in e
               and "the database system" not in e], [], "other errors")
        equal(end(start_worker()), None, "the one after them")
        all_is_there()
    check(hit > 0, "no worker was ended in time")

with test("workers killed as processes disturb nobody else"):
    hit = 0
    for _ in range(ROUNDS):
        empty_database()
        workers = [start_worker() for _ in range(WORKERS)]
        killed = random.sample(workers, 5)
        for worker in killed:
            time.sleep(random.random() * 0.03)
            worker.send_signal(signal.SIGKILL)
        hit += sum(w.wait() == -signal.SIGKILL for w in killed)
        equal([e for e in (end(w) for w in workers if w not in killed) if e], [], "errors")
        for worker in killed:
            worker.communicate()
        # what a killed one had begun may still be running
        for _ in range(100):
            if not backends():
                break
            time.sleep(0.05)
        all_is_there()
    check(hit > 0, "no worker was killed in time")


def together(count, work):
    """Runs work(connection) in as many sessions of the database, begun at one
    moment; returns their results and errors."""
    barrier, results, errors = threading.Barrier(count), [], []
    connections = [to_worker() for _ in range(count)]

    def run(connection):
        barrier.wait()
        try:
            results.append(work(connection))
        except Exception as error:
            errors.append(str(error).strip())

    threads = [threading.Thread(target=run, args=(c,)) for c in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for connection in connections:
        connection.close()
    return results, errors


empty_database()
equal(end(start_worker()), None)
watcher = to_worker()

# EventoDB checked, then inserted: of creators at once, all but one failed.
with test("fifty sessions use the same unknown namespace at once: one makes it"):
    for use in ("SELECT write_message(NULL, 'a-1', 'T', '{}')",
                "SELECT count(*) FROM get_category_messages('a')",
                "SELECT use_namespace('shared')"):
        def first_use(connection):
            rows(connection, "SET message_db.auto_create_namespaces = on")
            if "use_namespace" not in use:
                rows(connection, "SET message_db.namespace = 'shared'")
            return value(connection, use)
        results, errors = together(SESSIONS, first_use)
        equal(errors, [], "errors of " + use)
        if "write_message" in use:
            equal(sorted(results), list(range(SESSIONS)), "positions")
        equal(value(watcher, "SELECT count(*) FROM shared.message_db_namespace"), 1)
        value(watcher, "SELECT delete_namespace('shared')")

with test("of fifty create_namespace() at once one succeeds, and the others say why"):
    results, errors = together(SESSIONS, lambda c: value(c, "SELECT create_namespace('shared', 'x')"))
    equal(results, ["shared"])
    equal(set(errors), {"Namespace already exists: shared"})
    equal(value(watcher, "SELECT delete_namespace('shared')"), 0)

with test("fifty ensure_namespace() at once: one made it"):
    results, errors = together(SESSIONS, lambda c: value(c, "SELECT ensure_namespace('shared')"))
    equal(errors, [])
    equal(sorted(results), [False] * (SESSIONS - 1) + [True])
    value(watcher, "SELECT delete_namespace('shared')")

with test("creating, listing, asking and deleting at once: only the due errors"):
    def churn(connection):
        unexpected = []
        for _ in range(15):
            for statement, due in (
                    ("SELECT ensure_namespace('churn')", ()),
                    ("SELECT count(*) FROM list_namespaces()", ()),
                    ("SELECT state FROM message_store_status()", ()),
                    ("SELECT delete_namespace('churn')", ("MD001",))):
                try:
                    rows(connection, statement)
                except psycopg2.Error as error:
                    if error.pgcode not in due:
                        unexpected.append("%s %s: %s" % (error.pgcode, statement, error))
        return unexpected
    results, errors = together(6, churn)
    equal(errors + sum(results, []), [], "errors")

TENANTS = ["tenant_%d" % n for n in range(6)]


def call(connection):
    rows(connection, "CALL migrate_namespaces()")
    return [n.strip() for n in connection.notices]


def make_old():
    """Puts the default namespace back to Message DB's own table."""
    rows(watcher, "DROP TABLE IF EXISTS message_store.message_db_namespace")


with test("ten migrate at once, several namespaces"):
    for tenant in TENANTS:
        value(watcher, "SELECT ensure_namespace(%s)", tenant)
    for _ in range(5):
        make_old()
        equal(value(watcher, "SELECT state FROM message_store_status()"), "uninitialized")
        results, errors = together(10, call)
        equal(errors, [], "errors")
        equal([n for r in results for n in r if not n.endswith("has schema version 2")], [], "notices")
        equal({len(r) for r in results}, {1 + len(TENANTS)}, "namespaces that each reports")
        equal(value(watcher, "SELECT count(*) FROM message_store.message_db_namespace"), 1)
        equal(value(watcher, "SELECT state FROM message_store_status()"), "ready")

# In EventoDB the first that failed ended the start of the server.
with test("one that fails is reported and noted, the others go on"):
    make_old()
    rows(watcher, "ALTER TABLE tenant_2.messages RENAME metadata TO about")
    results, errors = together(10, call)
    equal(errors, [], "errors")
    for notices in results:
        equal([n for n in notices if n.startswith("WARNING")],
              ["WARNING:  namespace tenant_2 was not migrated: Not a message store: tenant_2"])
        equal(len([n for n in notices if n.endswith("has schema version 2")]), len(TENANTS))
    equal(rows(watcher, "SELECT state, namespaces_done, namespaces, last_error,"
               " last_error_at IS NOT NULL FROM message_store_status()"),
          [("error", 7, 7, "Not a message store: tenant_2", True)])
    rows(watcher, "ALTER TABLE tenant_2.messages RENAME about TO metadata")
    call(watcher)
    equal(rows(watcher, "SELECT state, last_error FROM message_store_status()"), [("ready", None)])

with test("one that belongs to another role, or whose DDL is refused, is reported"):
    make_old()
    rows(watcher, "DROP ROLE IF EXISTS regress_migrator")
    rows(watcher, "CREATE ROLE regress_migrator")
    rows(watcher, "GRANT USAGE ON SCHEMA message_store, tenant_1 TO regress_migrator")
    rows(watcher, "GRANT SELECT ON tenant_1.message_db_namespace TO regress_migrator")
    connection = to_worker()
    rows(connection, "SET ROLE regress_migrator")
    equal(call(connection),
          ["WARNING:  namespace message_store was not migrated: permission denied for schema message_store",
           "NOTICE:  namespace tenant_1 has schema version 2"])
    connection.close()
    rows(watcher, "CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql"
         " AS $$ BEGIN RAISE 'not on a Friday'; END $$")
    rows(watcher, "CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE TABLE')"
         " EXECUTE FUNCTION public.refuse()")
    del watcher.notices[:]
    equal(call(watcher), ["WARNING:  namespace message_store was not migrated: not on a Friday"]
          + ["NOTICE:  namespace %s has schema version 2" % t for t in TENANTS])
    equal(value(watcher, "SELECT state FROM message_store_status()"), "uninitialized")
    rows(watcher, "DROP EVENT TRIGGER refuse")
    call(watcher)
    equal(value(watcher, "SELECT state FROM message_store_status()"), "ready")
    rows(watcher, "DROP OWNED BY regress_migrator")
    rows(watcher, "DROP ROLE regress_migrator")

with test("ended in the middle, the next one resumes; others wait no longer than for it"):
    for _ in range(3):
        make_old()
        # holds back the migration of message_store, the first in order
        blocker = to_worker()
        blocker.autocommit = False
        rows(blocker, "LOCK TABLE pg_catalog.pg_description IN ACCESS EXCLUSIVE MODE")
        victim = subprocess.Popen(["psql", "-X", "-q", "-c", "CALL message_store.migrate_namespaces()",
                                   "worker"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(200):
            if value(watcher, "SELECT state FROM message_store_status()") == "migrating":
                break
            time.sleep(0.02)
        else:
            check(False, "the migration was not seen: %s" % rows(
                admin, "SELECT query, wait_event FROM pg_stat_activity WHERE datname = 'worker'"))
        asked = time.time()
        equal(value(watcher, "SELECT namespaces_done FROM message_store_status()"), len(TENANTS))
        check(time.time() - asked < 1, "the status was waited for")
        for pid in backends():
            value(admin, "SELECT pg_terminate_backend(%s)", pid)
        check("terminating connection" in victim.communicate(timeout=30)[1], "it was ended")
        blocker.rollback()
        blocker.close()
        equal(value(watcher, "SELECT state FROM message_store_status()"), "uninitialized")
        results, errors = together(3, call)
        equal(errors, [])
        equal(value(watcher, "SELECT state FROM message_store_status()"), "ready")

with test("the status is answered at once while a namespace is being deleted"):
    deleting = to_worker()
    deleting.autocommit = False
    value(deleting, "SELECT delete_namespace('tenant_3')")
    asked = time.time()
    equal(rows(watcher, "SELECT state, namespaces FROM message_store_status()"), [("migrating", 6)])
    check(time.time() - asked < 1, "the status was waited for")
    deleting.rollback()
    deleting.close()
    equal(rows(watcher, "SELECT state, namespaces FROM message_store_status()"), [("ready", 7)])

watcher.close()
rows(admin, "DROP DATABASE worker WITH (FORCE)")
admin.close()
finish()
