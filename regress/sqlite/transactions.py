"""Transactions: what is one, its time, its locks, and what is left of it."""

import sqlite3
import time

from harness import (connect, equal, fails, is_true, process, rows, run, test,
                     value, write)

TIMES = "SELECT count(DISTINCT time) FROM messages"


@test
def rollback_leaves_nothing(directory):
    db = connect(directory.file())
    db.execute("BEGIN")
    equal([write(db, "a-1"), write(db, "a-1")], [0, 1])
    db.execute("ROLLBACK")
    equal(value(db, "SELECT count(*) FROM sqlite_schema"), 0)
    equal(write(db, "a-1"), 0)
    db.execute("BEGIN")
    equal(write(db, "a-1"), 1)
    db.execute("ROLLBACK")
    equal(value(db, "SELECT stream_version('a-1')"), 0)
    equal(value(connect(directory.file()),
                "SELECT stream_version('a-1')"), 0)


@test
def rollback_to_a_savepoint(_):
    db = connect()
    write(db, "a-1")
    db.execute("BEGIN")
    write(db, "a-1")
    db.execute("SAVEPOINT s")
    write(db, "a-1")
    db.execute("ROLLBACK TO s")
    equal(write(db, "a-1"), 2)
    db.execute("COMMIT")
    equal(value(db, "SELECT stream_version('a-1')"), 2)


@test
def a_failed_write_keeps_the_transaction(_):
    db = connect()
    db.execute("BEGIN")
    write(db, "a-1")
    fails(db, "SELECT write_message(NULL, 'a-1', 'T', '{}', NULL, 9)")
    is_true(db.in_transaction)
    equal(write(db, "a-1"), 1)
    db.execute("COMMIT")
    equal(value(db, "SELECT count(*) FROM messages"), 2)


@test
def one_time_for_a_transaction(_):
    db = connect()
    for begin, end in (("BEGIN", "COMMIT"), ("BEGIN IMMEDIATE", "COMMIT"),
                       ("SAVEPOINT s", "RELEASE s")):
        before = value(db, TIMES) if write(db, "a-1") is not None else None
        db.execute(begin)
        for i in range(50):
            write(db, "a-1")
        db.execute(end)
        equal(value(db, TIMES), before + 1)


@test
def one_time_after_a_rollback_to_a_savepoint(_):
    db = connect()
    db.execute("BEGIN")
    db.execute("SAVEPOINT s")
    write(db, "a-1")
    time = value(db, "SELECT time FROM messages")
    db.execute("ROLLBACK TO s")
    write(db, "a-1")
    equal(value(db, "SELECT time FROM messages"), time)


@test
def the_time_is_that_of_the_first_write(_):
    db = connect()
    now = "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now', '-0.002 seconds')"
    for begun in ("SELECT acquire_lock('a-1')",
                  "SELECT set_config('message_store.debug_get', 'off', true)",
                  "SELECT set_config('message_db.namespace', NULL, true)"):
        db.execute("BEGIN")
        value(db, begun)
        time.sleep(0.01)
        before = value(db, now)
        write(db, "a-1")
        is_true(value(db, "SELECT time FROM get_last_stream_message('a-1')")
                > before)
        db.execute("COMMIT")


@test
def another_time_for_each_transaction(_):
    db = connect()
    for begin, end in (("", ""), ("BEGIN", "COMMIT")):
        for i in range(20):
            db.execute(begin)
            write(db, "a-1")
            db.execute(end)
    equal(value(db, TIMES), 40)
    equal(value(db, "SELECT count(*) FROM messages AS a, messages AS b WHERE "
                "a.position < b.position AND a.time >= b.time"), 0)


@test
def a_writing_statement_is_one_transaction(_):
    """INSERT ... SELECT write_message(): all or nothing, and one time."""
    db = connect()
    db.execute("CREATE TABLE positions (position)")
    numbers = ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
               "FROM n WHERE i < 50) ")
    insert = (numbers + "INSERT INTO positions SELECT write_message(NULL, "
              "'a-' || (i % 2), 'T', '{}', NULL, "
              "CASE WHEN i = ? THEN 999 END) FROM n")
    fails(db, insert, 40, message="Wrong expected version: 999 "
          "(Stream: a-0, Stream Version: 18)")
    equal(value(db, "SELECT count(*) FROM sqlite_schema"), 1)
    is_true(not db.in_transaction)
    db.execute(insert, (0,))
    equal(rows(db, "SELECT count(*), max(position) FROM positions"),
          [(50, 24)])
    equal(value(db, TIMES), 1)
    db.execute("CREATE TEMP TABLE more AS SELECT write_message(NULL, 'b-1', "
               "'T', '{}') FROM positions")
    equal(value(db, TIMES), 2)


@test
def a_select_is_one_transaction_a_write(_):
    """The documented exception: SELECT write_message(), write_message()."""
    db = connect()
    fails(db, "SELECT write_message(NULL, 'a-1', 'T', '{}'), "
          "write_message(NULL, 'a-1', 'T', '{}', NULL, 9)")
    equal(value(db, "SELECT stream_version('a-1')"), 0)
    db.execute("BEGIN")
    fails(db, "SELECT write_message(NULL, 'a-1', 'T', '{}'), "
          "write_message(NULL, 'a-1', 'T', '{}', NULL, 9)")
    db.execute("ROLLBACK")
    equal(value(db, "SELECT stream_version('a-1')"), 0)


@test
def last_insert_rowid_is_the_global_position(_):
    db = connect()
    for i in range(1, 4):
        write(db, "a-%d" % i)
        equal(value(db, "SELECT last_insert_rowid()"), i)
        value(db, "SELECT acquire_lock('a-1')")
        equal(value(db, "SELECT last_insert_rowid()"), i)
    db.execute("BEGIN")
    write(db, "a-1")
    equal(value(db, "SELECT last_insert_rowid()"), 4)
    value(db, "SELECT acquire_lock('a-1')")
    equal(value(db, "SELECT last_insert_rowid()"), 4)


@test
def global_positions_are_never_used_twice(_):
    db = connect()
    for i in range(3):
        write(db, "a-1")
    db.execute("DELETE FROM messages WHERE global_position = 3")
    write(db, "a-1")
    equal(rows(db, "SELECT position, global_position FROM "
               "get_stream_messages('a-1')"), [(0, 1), (1, 2), (2, 4)])


@test
def stale_snapshot_fails_at_once_and_can_be_repeated(directory):
    first, second = connect(directory.file()), connect(directory.file())
    first.execute("PRAGMA journal_mode = wal")
    write(first, "a-1")
    first.execute("BEGIN")
    value(first, "SELECT stream_version('a-1')")
    write(second, "a-1")
    text = fails(first, "SELECT write_message(NULL, 'a-1', 'T', '{}')",
                 code="SQLITE_BUSY_SNAPSHOT", message="database is locked")
    is_true(text.split("\n")[1].startswith(
        "HINT:  This transaction began with a read."))
    fails(first, "SELECT acquire_lock('a-1')", code="SQLITE_BUSY_SNAPSHOT")
    is_true(first.in_transaction)
    first.execute("ROLLBACK")
    first.execute("BEGIN")
    equal(write(first, "a-1"), 2)
    first.execute("COMMIT")


@test
def read_then_write_without_wal(directory):
    """Both have read and want to write: one of them must start again."""
    first = connect(directory.file(), timeout=0.2)
    second = connect(directory.file(), timeout=0.2)
    write(first, "a-1")
    for db in (first, second):
        db.execute("BEGIN")
        value(db, "SELECT stream_version('a-1')")
    equal(write(first, "a-1"), 1)
    text = fails(second, "SELECT write_message(NULL, 'a-1', 'T', '{}')",
                 code="SQLITE_BUSY", message="database is locked")
    is_true("HINT:" in text)
    second.execute("ROLLBACK")
    first.execute("COMMIT")
    equal(write(second, "a-1"), 2)


@test
def first_act_of_a_write_is_the_lock(directory):
    """A deferred transaction that begins with a write waits for the lock."""
    db = connect(directory.file())
    db.execute("PRAGMA journal_mode = wal")
    write(db, "a-1")
    db.execute("BEGIN IMMEDIATE")
    write(db, "a-1")
    other = process("""
db = connect(sys.argv[1], timeout=30)
print("ready", flush=True)
sys.stdin.readline()
db.execute("BEGIN")
print(write(db, "a-1"))
db.execute("COMMIT")
""", directory.file())
    equal(other.stdout.readline(), "ready\n")
    other.stdin.write("go\n")
    other.stdin.flush()
    write(db, "a-1")
    db.execute("COMMIT")
    equal(other.communicate()[0], "3\n")


@test
def acquire_lock_keeps_other_writers_out(directory):
    db = connect(directory.file())
    write(db, "a-1")
    db.execute("BEGIN")
    equal(value(db, "SELECT acquire_lock('a-1')"),
          value(db, "SELECT hash_64('a')"))
    other = connect(directory.file(), timeout=0.1)
    fails(other, "SELECT write_message(NULL, 'b-1', 'T', '{}')",
          code="SQLITE_BUSY", message="database is locked")
    fails(other, "SELECT acquire_lock('b-1')", code="SQLITE_BUSY")
    db.execute("COMMIT")
    equal(write(other, "b-1"), 0)


@test
def acquire_lock_waits(directory):
    db = connect(directory.file())
    write(db, "a-1")
    db.execute("BEGIN")
    value(db, "SELECT acquire_lock('a-1')")
    other = process("""
db = connect(sys.argv[1], timeout=30)
print("ready", flush=True)
db.execute("BEGIN")
value(db, "SELECT acquire_lock('a-1')")
print(value(db, "SELECT stream_version('a-1')"))
""", directory.file())
    equal(other.stdout.readline(), "ready\n")
    write(db, "a-1")
    db.execute("COMMIT")
    equal(other.communicate()[0], "1\n")


@test
def acquire_lock_of_null_locks_nothing(directory):
    db = connect(directory.file())
    write(db, "a-1")
    db.execute("BEGIN")
    equal(value(db, "SELECT acquire_lock(NULL)"), None)
    equal(write(connect(directory.file(), timeout=0.1), "a-1"), 1)


@test
def acquire_lock_outside_a_transaction_is_let_go(directory):
    db = connect(directory.file())
    equal(value(db, "SELECT acquire_lock('a-1')"),
          value(db, "SELECT hash_64('a')"))
    is_true(not db.in_transaction)
    equal(write(connect(directory.file(), timeout=0.1), "a-1"), 0)
    equal(value(db, "SELECT count(*) FROM messages"), 1)


@test
def commit_that_is_refused_can_be_repeated(directory):
    """Without WAL a reader can hold up a commit; the time stays one."""
    db = connect(directory.file(), timeout=0.1)
    write(db, "a-1")
    reader = connect(directory.file())
    reader.execute("BEGIN")
    rows(reader, "SELECT * FROM get_stream_messages('a-1')")
    db.execute("BEGIN")
    write(db, "a-1")
    fails(db, "COMMIT", code="SQLITE_BUSY")
    write(db, "a-1")
    reader.execute("COMMIT")
    db.execute("COMMIT")
    equal(value(db, TIMES), 2)
    equal(value(db, "SELECT stream_version('a-1')"), 2)


@test
def first_write_inside_a_transaction_that_read(directory):
    db = connect(directory.file())
    db.execute("CREATE TABLE t (x)")
    db.execute("BEGIN")
    rows(db, "SELECT * FROM t")
    equal(write(db, "a-1"), 0)
    db.execute("COMMIT")
    equal(value(connect(directory.file()), "SELECT stream_version('a-1')"), 0)


@test
def writes_while_a_reader_is_open(_):
    db = connect()
    for i in range(5):
        write(db, "a-1")
    reader = db.execute("SELECT position FROM get_stream_messages('a-1')")
    equal(reader.fetchone(), (0,))
    write(db, "b-1")
    db.execute("BEGIN")
    write(db, "b-1")
    db.execute("COMMIT")
    equal([r[0] for r in reader], [1, 2, 3, 4])


run()
