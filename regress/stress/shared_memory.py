"""The brief lock without its shared memory: the server has given away what it
had left over before the first message is written.

The table of heavyweight locks grows into that memory.  The lock is then one of
these, for every session alike, and readers miss nothing either.
"""

import os
import sys
import threading

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "drivers")]

import psycopg2

from harness import check, connect, equal, fails, finish, rows, skip, test, value
from load import server
from load.campaign import Campaign, report

NAME = "message_db brief locks"

server.use_test_build()
server.shell("server_restart primary -c max_locks_per_transaction=10 -c max_connections=40")


def allocated(connection):
    return value(connection, "SELECT count(*) FROM pg_shmem_allocations WHERE name = %s", NAME)


def use_up(sql):
    """Takes locks until there is no memory for one more."""
    connection = connect(autocommit=False)
    with fails("53200"):
        for first in range(0, 1000000, 1000):
            rows(connection, sql, first, first + 999)
    return connection


admin = connect()
value(admin, "SELECT message_db_version()")
if value(admin, "SELECT current_setting('server_version_num')::int >= 170000"):
    skip("shared memory used up", "from PostgreSQL 17 on it is not needed")
    finish()

with test("the server's left-over memory is used up"):
    # both tables of the lock manager: of locks, and of who holds them
    use_up("SELECT pg_advisory_xact_lock(1, i) FROM generate_series(%s, %s) i").close()
    rows(admin, "BEGIN")
    rows(admin, "SELECT pg_advisory_xact_lock_shared(2, i) FROM generate_series(1, 400) i")
    holders = []
    while len(holders) < 30:
        holders.append(connect(autocommit=False))
        try:
            rows(holders[-1], "SELECT pg_advisory_xact_lock_shared(2, i) FROM generate_series(1, 400) i")
        except psycopg2.errors.OutOfMemory:
            break
    else:
        check(False, "there is memory for ever more locks")
    rows(admin, "COMMIT")
    for holder in holders:
        holder.close()

with test("the first write works, with a lock of the other kind"):
    equal(allocated(admin), 0, "allocated before")
    writer = connect()
    equal(value(writer, "SELECT write_message(NULL, 'a-1', 'T', '{}')"), 0)
    equal(allocated(admin), 0, "allocated afterwards")
    equal(value(writer, "SELECT write_message(NULL, 'a-1', 'T', '{}')"), 1)
    equal(value(connect(), "SELECT write_message(NULL, 'a-1', 'T', '{}')"), 2)

with test("an error while it is held releases it"):
    rows(admin, "ALTER SEQUENCE messages_global_position_seq MAXVALUE 3")
    rows(writer, "BEGIN")
    rows(writer, "SAVEPOINT a")
    with fails("2200H"):
        value(writer, "SELECT write_message(NULL, 'a-1', 'T', '{}')")
    rows(writer, "ROLLBACK TO a")
    other = connect()
    rows(other, "SET statement_timeout = '5s'")
    with fails("2200H"):
        value(other, "SELECT write_message(NULL, 'a-2', 'T', '{}')")
    rows(writer, "COMMIT")
    rows(admin, "ALTER SEQUENCE messages_global_position_seq NO MAXVALUE")
    equal(value(other, "SELECT write_message(NULL, 'a-1', 'T', '{}')"), 3)

with test("a writer that waits for it can be canceled"):
    rows(writer, "SET message_db.test_delay = 2000000")
    rows(other, "SET statement_timeout = '50ms'")
    canceled = 0
    thread = threading.Thread(target=lambda: value(
        writer, "SELECT write_message(NULL, 'a-2', 'T', '{}')"))
    thread.start()
    while thread.is_alive():
        try:
            value(other, "SELECT write_message(NULL, 'a-3', 'T', '{}')")
        except psycopg2.errors.QueryCanceled:
            canceled += 1
    thread.join()
    check(canceled > 0, "nobody was canceled")
    rows(writer, "SET message_db.test_delay = 0")
    equal(rows(admin, "SELECT stream_name FROM messages GROUP BY stream_name"
               " HAVING count(*) <> max(position) + 1"), [], "streams with gaps")

for connection in (writer, other):
    connection.close()

with test("readers miss nothing"):
    report(Campaign(3, writer_options="-c message_db.test_delay=500").run())
    equal(allocated(admin), 0, "allocated by then")

with test("the same without the lock: they do"):
    for _ in range(8):
        verdict = Campaign(2, writer_options="-c message_db.test_delay=1000"
                           " -c message_db.test_brief_lock=off").run()
        if any(verdict.missed.values()):
            break
    check(any(verdict.missed.values()), "nothing missed")

admin.close()
finish()
