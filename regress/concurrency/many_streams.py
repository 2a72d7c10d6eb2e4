"""Transactions that write very many streams, with the server's usual number
of locks: 20,000 in one, and two of them at once.

A transaction keeps the locks of its first streams; who wants one of the others
waits for the transaction itself.
"""

import os
import sys
import threading

import psycopg2

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "drivers"))

from harness import check, connect, equal, fails, finish, fresh, rows, test, value

MANY = 20000
WRITE = ("SELECT count(write_message(NULL, 'm-' || lpad(i::text, 6, '0'), 'T', '{}'))"
         " FROM generate_series(%s, %s, %s) i")

admin, one, other = connect(), connect(), connect()
rows(other, "SET lock_timeout = '200ms'")


def begin(connection, first=1, last=MANY, step=1):
    rows(connection, "BEGIN")
    return value(connection, WRITE, first, last, step)


def background(work):
    """Starts work(), which ends when somebody commits; its outcome is in a list."""
    outcome = []

    def run():
        try:
            outcome.append(work())
        except psycopg2.Error as error:
            outcome.append(error.pgcode)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


fresh(admin)
value(admin, "SELECT ensure_namespace()")
equal(value(admin, "SHOW max_locks_per_transaction"), "64", "the server's usual setting")

with test("20,000 streams in one transaction, with few locks"):
    equal(begin(one), MANY)
    locks = value(admin, "SELECT count(*) FROM pg_locks WHERE pid = %s", one.info.backend_pid)
    check(locks < 1000, "%d locks" % locks)
    equal(value(admin, "SELECT count(*) FROM get_category_messages('m')"), 0, "seen while open")

with test("others wait for each of them: the first, one in the middle, the last"):
    for stream in ("m-000001", "m-010000", "m-%06d" % MANY):
        with fails("55P03"):
            value(other, "SELECT write_message(NULL, %s, 'T', '{}')", stream)
    equal(value(other, "SELECT write_message(NULL, 'm-new', 'T', '{}')"), 0, "a stream of its own")

with test("who waits goes on behind it after the commit"):
    waiting = [connect() for _ in range(2)]
    results = [background(lambda c=c, s=s: value(c, "SELECT write_message(NULL, %s, 'T', '{}')", s))
               for c, s in zip(waiting, ("m-000001", "m-010000"))]
    rows(one, "COMMIT")
    for thread, outcome in results:
        thread.join(30)
        equal(outcome, [1], "position")
    equal(value(admin, "SELECT count(*) FROM get_category_messages('m', 1, -1)"), MANY + 3)

with test("two such transactions at once, without a common stream"):
    equal(begin(one, 30001, 30001 + 2 * MANY - 2, 2), MANY)
    equal(begin(other, 30002, 30001 + 2 * MANY - 1, 2), MANY)
    rows(one, "COMMIT")
    equal(value(admin, "SELECT count(*) FROM get_category_messages('m', 1, -1)"), 2 * MANY + 3,
          "seen before the open one")
    last = value(admin, "SELECT max(global_position) FROM messages")
    equal(value(admin, "SELECT count(*) FROM get_category_messages('m', %s, -1)", last + 1), 0,
          "seen of the open one")
    rows(other, "COMMIT")
    equal(value(admin, "SELECT count(*) FROM get_category_messages('m', 1, -1)"), 3 * MANY + 3)

with test("two at once with the same streams in the same order: one after the other"):
    equal(begin(one), MANY)
    rows(other, "SET lock_timeout = 0")
    thread, outcome = background(lambda: begin(other))
    rows(one, "COMMIT")
    thread.join(60)
    equal(outcome, [MANY], "the other one's writes")
    rows(other, "COMMIT")

with test("two at once in opposite order, with common streams behind the kept locks: a deadlock is told"):
    rows(one, "SET deadlock_timeout = '50ms'")
    rows(other, "SET deadlock_timeout = '10s'")
    begin(one, 100001, 101000)
    begin(other, 102000, 101001, -1)
    thread, outcome = background(lambda: value(other, WRITE, 100900, 100900, 1))
    while not value(admin, "SELECT count(*) FROM pg_locks WHERE NOT granted"):
        pass
    with fails("40P01"):
        value(one, WRITE, 101001, 101001, 1)
    rows(one, "ROLLBACK")
    thread.join(30)
    equal(outcome, [1], "the other one's write")
    rows(other, "COMMIT")

with test("rolled back to a savepoint, the streams are free"):
    rows(one, "BEGIN")
    rows(one, "SAVEPOINT a")
    value(one, WRITE, 200001, 200001 + MANY, 1)
    rows(one, "ROLLBACK TO a")
    rows(other, "SET lock_timeout = '200ms'")
    equal(value(other, "SELECT write_message(NULL, 'm-200001', 'T', '{}')"), 0)
    equal(value(other, "SELECT write_message(NULL, 'm-210000', 'T', '{}')"), 0)
    equal(value(one, "SELECT write_message(NULL, 'm-200001', 'T', '{}')"), 1)
    rows(one, "COMMIT")

with test("prepared, it keeps others out"):
    begin(one, 300001, 300001 + 2000)
    rows(one, "PREPARE TRANSACTION 'many_streams'")
    for stream in ("m-300001", "m-301500"):
        with fails("55P03"):
            value(other, "SELECT write_message(NULL, %s, 'T', '{}')", stream)
    rows(one, "COMMIT PREPARED 'many_streams'")
    equal(value(other, "SELECT write_message(NULL, 'm-301500', 'T', '{}')"), 1)

with test("an expected version is checked behind the kept locks, too"):
    begin(one, 400001, 401000)
    thread, outcome = background(
        lambda: value(admin, "SELECT write_message(NULL, 'm-400900', 'T', '{}', NULL, -1)"))
    rows(one, "COMMIT")
    thread.join(30)
    equal(outcome, ["P0001"], "outcome")

equal(rows(one, "SELECT stream_name FROM messages GROUP BY stream_name"
           " HAVING count(*) <> max(position) + 1"), [], "streams with gaps")
finish()
