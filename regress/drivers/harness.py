"""What the Python programs of this folder share.

A program calls check() for each thing that it looks at, groups them with
test(), and ends with finish(), which prints the figures that regress/run
reads.
"""

import contextlib
import json
import os
import sys
import traceback

import psycopg2

PATH = "-c search_path=message_store,public"
passed = failed = skipped = 0


def check(condition, what):
    """One fact; what says it in words."""
    if not condition:
        raise AssertionError(what)


def equal(found, wanted, what="value"):
    check(found == wanted, "%s: found %r, wanted %r" % (what, found, wanted))


@contextlib.contextmanager
def test(name):
    """A test: passed when nothing inside raises."""
    global passed, failed
    try:
        yield
    except Exception as error:
        failed += 1
        print("not ok - %s: %s" % (name, str(error).strip().split("\n")[0]))
        traceback.print_exc(file=sys.stdout)
    else:
        passed += 1
        print("ok - %s" % name)
    sys.stdout.flush()


def skip(name, why):
    global skipped
    skipped += 1
    print("skip - %s: %s" % (name, why))


def finish():
    tail = ", %d skipped" % skipped if skipped else ""
    print("%d passed, %d failed%s" % (passed, failed, tail))
    sys.exit(1 if failed else 0)


def connect(options=PATH, autocommit=True):
    """A connection as applications make it, to the server of the PG* variables."""
    connection = psycopg2.connect(options=options)
    connection.autocommit = autocommit
    return connection


def rows(connection, sql, *arguments):
    """Executes one statement and returns its rows, none for a command."""
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        return cursor.fetchall() if cursor.description else []


def value(connection, sql, *arguments):
    return rows(connection, sql, *arguments)[0][0]


@contextlib.contextmanager
def fails(sqlstate, text=None):
    """What is inside fails with that SQLSTATE, and that text if given."""
    try:
        yield
    except psycopg2.Error as error:
        equal(error.pgcode, sqlstate, "SQLSTATE of %s" % str(error).strip())
        if text is not None:
            equal(error.diag.message_primary, text, "message")
    else:
        raise AssertionError("no error where %s is due" % sqlstate)


def fresh(connection):
    """An empty database: the table messages is gone."""
    rows(connection, "SET client_min_messages = warning")
    rows(connection, "DROP TABLE IF EXISTS message_store.messages CASCADE")


def sqlite_extension():
    """The path of the SQLite extension for load_extension(), None without it."""
    path = os.environ.get("MDB_SQLITE")
    for suffix in (".so", ".dylib", ""):
        if path and os.path.exists(path + suffix):
            return path
    return None


def as_json(text):
    return None if text is None else json.loads(text)
