"""Who looks at all namespaces while others create, rename and delete some never
fails.

Health checks call message_store_status() at any time.  A namespace that is just
being renamed or deleted is left out.
"""

import os
import sys
import threading
import time

import psycopg2

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "drivers"))

from harness import check, connect, equal, finish, fresh, rows, test

SECONDS = 3
LOOKS = ("SELECT * FROM message_store_status()", "SELECT * FROM list_namespaces()",
         "SELECT * FROM get_namespace('message_store')")


def come_and_go(number, over):
    connection, names = connect(), ["passing_%d" % number, "renamed_%d" % number]
    while not over.is_set():
        rows(connection, "SELECT create_namespace(%s)", names[0])
        for _ in range(30):
            rows(connection, "SELECT rename_namespace(%s, %s)", *names)
            names.reverse()
        rows(connection, "SELECT delete_namespace(%s)", names[0])
    connection.close()


admin = connect()
with test("message_store_status() and listings while namespaces come and go"):
    fresh(admin)
    rows(admin, "SELECT ensure_namespace()")
    over, errors, looks = threading.Event(), [], 0
    others = [threading.Thread(target=come_and_go, args=(n, over)) for n in range(4)]
    for thread in others:
        thread.start()
    end = time.monotonic() + SECONDS
    try:
        while time.monotonic() < end:
            for sql in LOOKS:
                looks += 1
                try:
                    check(rows(admin, sql), "no rows: " + sql)
                except psycopg2.Error as error:
                    errors.append("%s: %s %s" % (sql, error.pgcode, error))
    finally:
        over.set()
        for thread in others:
            thread.join(30)
    print("    %d looks" % looks)
    equal(errors, [], "errors")
finish()
