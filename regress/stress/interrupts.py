"""Errors, cancels and killed sessions while a writer has the brief lock.

In the build whose writers dawdle under it on demand: afterwards the lock is
free, nothing of the failed write is left, and streams have no gap.
"""

import json
import os
import random
import sys
import threading
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "drivers")]

import psycopg2

from harness import check, connect, equal, fails, finish, fresh, rows, test, value
from load import server

DELAY = 20                  # milliseconds, upper bound for each step of a write
ROUNDS = 60

server.use_test_build()

admin = connect()
quick = connect()
rows(quick, "SET statement_timeout = '5s'")


def slow():
    connection = connect()
    rows(connection, "SET message_db.test_delay = %d" % (DELAY * 1000))
    return connection


def write(connection, stream="s-1", metadata=None):
    return value(connection, "SELECT write_message(NULL, %s, 'T', '{}', %s)", stream, metadata)


def sound(least=0):
    """Streams without gaps, the category in order, and the lock free."""
    write(quick, "after-1")
    equal(rows(admin, "SELECT stream_name FROM messages GROUP BY stream_name"
               " HAVING count(*) <> max(position) + 1"), [], "streams with gaps")
    equal(rows(admin, "SELECT global_position FROM get_category_messages('s', 1, -1)"),
          rows(admin, "SELECT global_position FROM messages WHERE stream_name LIKE 's-%%'"
               " ORDER BY 1"), "the category")
    check(value(admin, "SELECT count(*) FROM messages WHERE stream_name LIKE 's-%%'") >= least,
          "too few messages")


with test("the delay is there"):
    fresh(admin)
    value(admin, "SELECT ensure_namespace()")
    one = slow()
    began = time.monotonic()
    for _ in range(20):
        write(one)
    check(time.monotonic() - began > 20 * DELAY / 1000 / 2, "20 writes came at once")
    sound(20)

with test("statement_timeout while the lock is held"):
    choose = random.Random(1)
    canceled = written = 0
    for round in range(ROUNDS):
        rows(one, "SET statement_timeout = %d" % choose.randint(1, 4 * DELAY))
        try:
            write(one, "s-2")
            written += 1
        except psycopg2.errors.QueryCanceled:
            canceled += 1
        write(quick, "s-3")
    rows(one, "SET statement_timeout = 0")
    check(canceled > 5 and written > 5, "%d canceled, %d written" % (canceled, written))
    equal(value(admin, "SELECT count(*) FROM messages WHERE stream_name = 's-2'"), written)
    sound(written + ROUNDS)

with test("cancel and terminate while the lock is held, and others wait for it"):
    choose = random.Random(2)
    waiting = [slow() for _ in range(3)]
    written = [0]

    def load(connection):
        while not connection.closed and not over.is_set():
            try:
                write(connection, "s-4")
                written[0] += 1
            except psycopg2.errors.QueryCanceled:
                pass
            except psycopg2.OperationalError:
                return

    over = threading.Event()
    threads = [threading.Thread(target=load, args=(c,)) for c in waiting]
    for thread in threads:
        thread.start()
    for round in range(ROUNDS):
        time.sleep(choose.random() * DELAY / 1000)
        victim = choose.choice(waiting)
        rows(admin, "SELECT pg_cancel_backend(%s)", victim.info.backend_pid)
        write(quick, "s-5")
    for victim in waiting[:2]:
        rows(admin, "SELECT pg_terminate_backend(%s, 5000)", victim.info.backend_pid)
        write(quick, "s-5")
    over.set()
    for thread in threads:
        thread.join(20)
        check(not thread.is_alive(), "a writer hangs")
    equal(value(admin, "SELECT count(*) FROM messages WHERE stream_name = 's-4'") >= written[0],
          True, "acknowledged messages are stored")
    sound()

with test("an error in a position-ordered index, with the lock held"):
    # too long for an index entry, and it does not compress
    noise = "%x" % random.Random(3).getrandbits(40000)
    metadata = json.dumps({"correlationStreamName": noise})
    for connection in (one, quick):
        before = value(admin, "SELECT count(*) FROM messages")
        with fails("54000"):
            write(connection, "s-6", metadata)
        equal(value(admin, "SELECT count(*) FROM messages"), before)
        rows(connection, "BEGIN")
        write(connection, "s-7")
        rows(connection, "SAVEPOINT a")
        with fails("54000"):
            write(connection, "s-6", metadata)
        rows(connection, "ROLLBACK TO a")
        write(connection, "s-6")
        rows(connection, "COMMIT")
    sound()

with test("an error of the sequence, with the lock held"):
    last = value(admin, "SELECT last_value FROM messages_global_position_seq")
    rows(admin, "ALTER SEQUENCE messages_global_position_seq MAXVALUE %d" % (last + 1))
    write(quick, "s-8")
    for connection in (one, quick, one):
        with fails("2200H"):
            write(connection, "s-8")
    rows(admin, "ALTER SEQUENCE messages_global_position_seq NO MAXVALUE")
    write(one, "s-8")
    sound()

finish()
