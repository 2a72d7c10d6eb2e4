"""Out of memory at each point of every function, one after the other.

In the build whose calls of the server can be made to fail (pg_ext/fault.c,
fault_points.h).  Each scenario of parts/scenarios.py runs in new sessions,
the first one's first point failing, then the second one's second, until none
fails.  After each failure it must be as if nothing had happened: the store is
the same, the session lives with its settings, it holds no lock, another
session can write (so that the brief lock is free), and the statement works.
And once more inside a transaction, at a savepoint: what went wrong is rolled
back to it, the statement works, and the transaction ends without a warning of
the server's, which would tell of something that was left open.

The quick form fails some points of each, chosen by CRASH_SEED, the long one all.

Which functions there are is asked of the database, and which calls the library
makes of the server, of the library: what is new and not here fails the test.
"""

import os
import random
import re
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "stress"), os.path.join(here, "..", "drivers")]

import psycopg2

from harness import PATH, check, connect, equal, finish, rows, test, value
from load import server
from parts import scenarios
from parts.form import LONG, SEED, print_seed

SAMPLE, OF_WRITE = 3, 40    # points of a scenario in the quick form
MANY = 1000000              # more points than any scenario has
OUT_OF_MEMORY = "53200"
# The planner calls the first, for category(); the other one comes at the end.
NOT_IN_SCENARIOS = ("category_support", "migrate_namespaces")

# What the library calls and cannot run out of memory: it releases, looks at the
# session's own memory, or is called when the library is loaded or to raise an
# error.
CANNOT_FAIL = """
    AtEOXact_GUC BackendXidGetPid CacheRegisterRelcacheCallback CacheRegisterSyscacheCallback
    DefineCustomBoolVariable DefineCustomEnumVariable DefineCustomIntVariable DefineCustomStringVariable
    ExecDropSingleTupleTableSlot ExecStoreVirtualTuple FlushErrorState FreeExecutorState GUC_check_errcode
    GetActiveSnapshot GetCurrentCommandId GetCurrentTransactionStartTimestamp GetNamedDSMSegment GetUserId
    GetUserIdAndSecContext IsCatalogRelation LWLockAcquire LWLockInitialize LWLockNewTrancheId LWLockRelease
    LockBuffer LockRelease MemoryContextDelete MemoryContextReset NewGUCNestLevel PopActiveSnapshot
    PostmasterIsAliveInternal
    ProcessInterrupts RecoveryInProgress RegisterXactCallback ReleaseBuffer ReleaseSysCache SPI_cursor_close
    SPI_finish SPI_freeplan SPI_freetuptable SPI_gettypeid SPI_is_cursor_plan SPI_result_code_string
    SetUserIdAndSecContext ShmemInitStruct TransactionIdIsCurrentTransactionId UnlockRelationOid
    UnlockReleaseBuffer bms_free check_stack_depth errcode errdetail errdetail_internal errfinish errhint
    errmsg errmsg_internal errstart errstart_cold errtableconstraint format_elog_string getJsonbOffset
    geterrcode getmissingattr hash_bytes hash_bytes_extended hash_destroy hash_get_num_entries hash_seq_init
    hash_seq_search heap_datum_check heap_freetuple heap_getsysattr index_close index_endscan index_insert_cleanup
    nocache_index_getattr nocachegetattr pg_advisory_lock_int8 pg_advisory_unlock_int8
    pg_advisory_xact_lock_int8 pg_advisory_xact_lock_shared_int8 pg_namespace_aclcheck pg_re_throw
    pg_strcasecmp pg_usleep pre_format_elog_string relation_close resetStringInfo slot_getsomeattrs_int
    systable_endscan table_close toast_close_indexes tuplestore_end
""".split()
# What else of the server's it names.
VARIABLES = set("""
    BufferBlocks CheckXidAlive CritSectionCount CurrentMemoryContext GUC_check_errdetail_string
    GUC_check_errmsg_string InitializingParallelWorker InterruptHoldoffCount InterruptPending
    LocalBufferBlockPointers MainLWLockArray
    MyDatabaseId MyProc MyProcPid PG_exception_stack SPI_processed SPI_result SPI_tuptable
    SharedInvalidMessageCounter SnapshotAnyData TTSOpsMinimalTuple TopMemoryContext XactIsoLevel bsysscan
    error_context_stack wal_level work_mem
""".split())

server.use_test_build()

# All that may be half done: relations with owners and rights, and their rows.
STATE = """
CREATE FUNCTION public.state() RETURNS SETOF text LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    relation record;
BEGIN
    FOR relation IN
        SELECT c.oid::regclass AS name, c.relkind, c.relowner, c.relacl, nspacl
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
        WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
        ORDER BY nspname, relname
    LOOP
        RETURN NEXT relation::text;
        IF relation.relkind = 'r' THEN
            RETURN QUERY EXECUTE format('SELECT t::text FROM %s AS t ORDER BY t', relation.name);
        END IF;
    END LOOP;
    RETURN QUERY SELECT nspname::text FROM pg_namespace ORDER BY nspname;
    RETURN QUERY SELECT gid FROM pg_prepared_xacts;
END $$
"""

# What a session is like when nothing is going on in it.
CALM = """
    SELECT current_user, current_setting('search_path'), current_setting('message_db.namespace'),
        (SELECT md5(string_agg(name || setting, ',' ORDER BY name)) FROM pg_settings
        WHERE name LIKE 'enable%' OR name LIKE 'message%' AND name <> 'message_db.test_allocation'),
        (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype <> 'virtualxid'
            AND NOT (locktype = 'relation' AND relation::regclass::text LIKE 'pg\\_%')),
        (SELECT count(*) FROM pg_cursors WHERE name <> ''), (SELECT count(*) FROM pg_prepared_statements)
"""

admin, other = connect(), connect()
choose = random.Random(SEED)
failures = 0


def execute(connection, statements):
    for statement in statements:
        rows(connection, statement)


def begin_with_base():
    """Drops what there is, and makes the store that all scenarios begin with."""
    for name, in rows(admin, "SELECT gid FROM pg_prepared_xacts"):
        rows(admin, "ROLLBACK PREPARED '%s'" % name)
    if rows(admin, "SELECT 1 FROM pg_roles WHERE rolname = 'regress_reader'"):
        execute(admin, ("DROP OWNED BY regress_reader", "DROP ROLE regress_reader"))
    execute(admin, (
        "DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE",
        "DROP SCHEMA IF EXISTS tenant_a CASCADE", "DROP SCHEMA IF EXISTS tenant_b CASCADE"))
    execute(admin, scenarios.BASE)


def state():
    return rows(admin, "SELECT public.state()")


def others_can_write():
    """In both namespaces: nobody holds a lock of them, of whatever kind."""
    execute(other, ("ROLLBACK", "BEGIN"))
    for namespace in ("message_store", "tenant_a"):
        rows(other, "SET LOCAL message_db.namespace = " + namespace)
        value(other, "SELECT write_message(NULL, 'account-1', 'T', '{}')")
    rows(other, "ROLLBACK")


class Session:
    """A new session, which has done nothing but the scenario's settings."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.connection = connect(PATH + " -c client_min_messages=warning")
        value(self.connection, "SELECT message_db_version()")
        execute(self.connection, scenario.settings)
        self.calm = self.look()

    def look(self):
        return rows(self.connection, CALM)

    def run(self):
        """The statement's rows; None when it fails, as it must, with its own
        error."""
        try:
            return rows(self.connection, self.scenario.statement)
        except psycopg2.Error as error:
            if self.scenario.error is None or error.pgcode != self.scenario.error:
                raise
            return None

    def fails_at(self, point, local=""):
        """Runs the statement with that point failing; whether it came to it."""
        rows(self.connection, "SET %s message_db.test_allocation = %d" % (local, point))
        try:
            self.run()
        except psycopg2.errors.OutOfMemory:
            return True
        return False

    def points(self):
        """How many points the statement has, which is rolled back, and its
        rows."""
        execute(self.connection, ("SET message_db.test_allocation = %d" % MANY, "BEGIN"))
        found = self.run()
        rows(self.connection, "ROLLBACK")
        left = value(self.connection, "SELECT current_setting('message_db.test_allocation')::int")
        rows(self.connection, "SET message_db.test_allocation = 0")
        return MANY - left, found

    def end(self):
        """No notice has come but those that were asked for."""
        warnings = [text for text in self.connection.notices if not text.startswith("NOTICE")]
        self.connection.close()
        equal(warnings, [], "warnings")


def fail_alone(session, point, before):
    """In a transaction of its own, after which all is as before."""
    check(session.fails_at(point), "there was no failure %d" % point)
    equal(session.look(), session.calm, "the session after failure %d" % point)
    equal(state(), before, "the store after failure %d" % point)
    others_can_write()


def fail_at_savepoint(session, point, before, wanted):
    """The same, in a transaction that goes on: the statement works then.  Now
    that the session knows some things there may be fewer points."""
    connection = session.connection
    execute(connection, ("BEGIN", "SAVEPOINT s"))
    session.fails_at(point, "LOCAL")
    rows(connection, "ROLLBACK TO s")
    equal(session.run(), wanted, "rows after failure %d" % point)
    execute(connection, ("ROLLBACK TO s", "COMMIT"))
    equal(session.look(), session.calm, "the session after a transaction with failure %d" % point)
    equal(state(), before, "the store after a transaction with failure %d" % point)


def chosen(scenario, count):
    """Which of so many points are to fail."""
    points = range(1, count + 1)
    sample = OF_WRITE if scenario.name == "write" else SAMPLE
    return points if LONG or count <= sample else sorted(choose.sample(points, sample))


def fail_everywhere(scenario):
    """Returns how often it failed, and how many points there are."""
    execute(admin, scenario.setup)
    session = Session(scenario)
    count, wanted = session.points()
    session.end()
    before = state()
    points = chosen(scenario, count)
    for point in points:
        session = Session(scenario)
        fail_alone(session, point, before)
        fail_at_savepoint(session, point, before, wanted)
        session.end()
    return len(points), count


def fail_migrations():
    """migrate_namespaces() commits, and goes on where a namespace fails: it
    says so, and the next call mends it."""
    statement, point = "CALL migrate_namespaces()", 0
    while True:
        point += 1
        execute(admin, scenarios.VERSION_1)
        connection = connect(PATH + " -c client_min_messages=warning")
        value(connection, "SELECT message_db_version()")
        rows(connection, "SET message_db.test_allocation = %d" % point)
        failed = 0
        try:
            rows(connection, statement)
        except psycopg2.errors.OutOfMemory:
            failed = 1
        failed += len([text for text in connection.notices if "out of memory" in text])
        left = value(connection, "SELECT current_setting('message_db.test_allocation')::int")
        if left > 0:
            check(not failed, "an error without a failure")
            return point - 1
        check(failed or rows(connection, "SELECT state FROM message_store_status()") == [("ready",)],
              "failure %d was not told" % point)
        others_can_write()
        rows(connection, statement)
        equal(rows(connection, "SELECT state, last_error FROM message_store_status()"), [("ready", None)])
        connection.close()


def calls_of_the_server():
    """The functions that the library wants from the server.  The C library's
    have a version in their names."""
    library = os.path.join(os.environ["PG_BUILD"], "message_db.so")
    symbols = subprocess.run(["nm", "-D", "--undefined-only", library], text=True,
                             stdout=subprocess.PIPE, check=True).stdout.split("\n")
    return {line.split()[1] for line in symbols
            if line.split()[:1] == ["U"] and "@" not in line} - VARIABLES


def declared_points():
    with open(os.path.join(here, "..", "..", "pg_ext", "fault_points.h")) as file:
        return set(re.findall(r"(?m)^#define (\w+)\(", file.read()))


with test("every function is in a scenario"):
    functions = [name for name, in rows(admin, """
        SELECT DISTINCT proname FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
        WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refobjid = (
            SELECT oid FROM pg_extension WHERE extname = 'message_db')""")]
    text = " ".join(scenario.statement for scenario in scenarios.SCENARIOS)
    check(len(functions) > 40, "the functions are found")
    equal([name for name in sorted(functions) if name not in NOT_IN_SCENARIOS
           and not re.search(r"\b%s\(" % name, text)], [], "without a scenario")

with test("every call of the server can fail, or cannot"):
    calls, points = calls_of_the_server(), declared_points()
    check(len(points) > 100, "the points are found")
    equal(sorted(calls - points - set(CANNOT_FAIL)), [], "neither in fault_points.h nor in CANNOT_FAIL")

execute(admin, ("SET client_min_messages = warning", STATE))
rows(other, "SET statement_timeout = '30s'")
begin_with_base()
print_seed()
for scenario in scenarios.SCENARIOS:
    with test("out of memory: " + scenario.name):
        done, count = fail_everywhere(scenario)
        failures += 2 * done
        print("    %d of %d points" % (done, count))
    begin_with_base()

with test("out of memory: migrate all"):
    failures += fail_migrations()
    begin_with_base()

with test("after all that the store is sound"):
    execute(admin, (scenarios.WRITE, scenarios.BATCH, scenarios.BIG_BATCH))
    for namespace in ("message_store", "tenant_a"):
        equal(rows(admin, "SELECT * FROM verify_namespace(%s)", namespace), [], namespace)

print("    %d failures" % failures)
admin.close()
other.close()
finish()
