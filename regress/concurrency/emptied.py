"""A table that is emptied, or loses its last rows, under sessions that write:
streams begin anew, without gaps, whatever a session remembers of them.
"""

import os
import sys
import threading
import time

import psycopg2

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "drivers"))

from harness import check, connect, equal, finish, fresh, rows, test, value

WRITERS, SECONDS = 4, 2
EMPTY = {
    "TRUNCATE": "TRUNCATE messages",
    "TRUNCATE ... RESTART IDENTITY": "TRUNCATE messages RESTART IDENTITY",
    "clear_namespace": "SELECT clear_namespace(current_namespace())",
}

admin = connect()


def load(number, ending, errors):
    connection = connect()
    streams = ["e-%d" % n for n in range(3)]
    try:
        while not ending.is_set():
            for stream in streams:
                value(connection, "SELECT write_message(NULL, %s, 'T', '{}')", stream)
            value(connection, "SELECT write_messages(%s, '[{\"type\": \"T\", \"data\": 1},"
                  " {\"type\": \"T\", \"data\": 2}]')", streams[number % 3])
            value(connection, "SELECT stream_version(%s)", streams[0])
            rows(connection, "SELECT * FROM get_last_stream_message(%s)", streams[1])
            rows(connection, "SELECT * FROM get_category_messages('e')")
    except psycopg2.Error as error:
        errors.append("%s %s" % (error.pgcode, error))
    connection.close()


def under_load(work):
    ending, errors = threading.Event(), []
    threads = [threading.Thread(target=load, args=(n, ending, errors)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        work()
    finally:
        ending.set()
        for thread in threads:
            thread.join(30)
    equal(errors, [], "errors")


for name, sql in EMPTY.items():
    with test(name + " under load"):
        fresh(admin)
        value(admin, "SELECT ensure_namespace()")

        def empty():
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                time.sleep(0.05)
                rows(admin, sql)
            time.sleep(0.2)

        under_load(empty)
        found = rows(admin, "SELECT min(position), max(position) + 1 - count(*) FROM messages"
                     " GROUP BY stream_name")
        check(found, "nothing was written in the end")
        equal(set(found), {(0, 0)}, "first positions and gaps")

with test("a stream that loses its last rows goes on behind what is left"):
    fresh(admin)
    value(admin, "SELECT ensure_namespace()")
    one, other = connect(), connect()
    for connection in (one, other):
        for _ in range(50):
            value(connection, "SELECT write_message(NULL, 'l-1', 'T', '{}')")
    for left in (60, 3, 0):
        rows(admin, "DELETE FROM messages WHERE position >= %s", left)
        wanted = left - 1 if left else None
        for connection in (one, other):
            equal(value(connection, "SELECT stream_version('l-1')"), wanted, "version")
            equal([p for p, in rows(connection, "SELECT position FROM get_last_stream_message('l-1')")],
                  [] if wanted is None else [wanted], "last")
        equal(value(one, "SELECT write_message(NULL, 'l-1', 'T', '{}', NULL, %s)",
                    left - 1), left, "position")
        equal(value(other, "SELECT write_message(NULL, 'l-1', 'T', '{}')"), left + 1, "position")

with test("a stream that is written by hand goes on behind it"):
    rows(admin, "INSERT INTO messages (stream_name, position, type) VALUES ('l-1', 500, 'T')")
    equal(value(one, "SELECT write_message(NULL, 'l-1', 'T', '{}')"), 501, "position")
    equal(value(other, "SELECT stream_version('l-1')"), 501, "version")
    equal(value(other, "SELECT write_message(NULL, 'l-1', 'T', '{}', NULL, 501)"), 502, "position")

admin.close()
finish()
