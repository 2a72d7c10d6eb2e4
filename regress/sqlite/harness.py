"""What the Python tests of the SQLite extension share.

A test is a function under @test; a file ends with run().  Each test gets a
directory of its own and passes unless it raises; skip() ends it as one that
could not be made here.  MDB_SQLITE names the
extension without its ".so"; by default it is the one in the top directory.
"""

import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
EXTENSION = os.environ.get("MDB_SQLITE", str(TOP / "message_db"))

tests = []


def test(function):
    tests.append(function)
    return function


class Skipped(Exception):
    """Raised by skip()."""


def skip(why):
    raise Skipped(why)


class Directory:
    """A test's own directory."""

    def __init__(self, path):
        self.path = path

    def file(self, name="store.db"):
        return os.path.join(self.path, name)


def connect(path=":memory:", timeout=5.0, load=True, **options):
    """A connection in which every statement is its own transaction."""
    connection = sqlite3.connect(path, timeout=timeout, isolation_level=None,
                                 **options)
    if load:
        connection.enable_load_extension(True)
        connection.load_extension(EXTENSION)
        connection.enable_load_extension(False)
    return connection


def value(connection, sql, *parameters):
    """The first column of the first row, None when there is none."""
    row = connection.execute(sql, parameters).fetchone()
    return row[0] if row else None


def rows(connection, sql, *parameters):
    return connection.execute(sql, parameters).fetchall()


def write(connection, stream_name, data="{}", **arguments):
    return value(connection, "SELECT write_message(?, ?, ?, ?, ?, ?)",
                 arguments.get("id"), stream_name,
                 arguments.get("type", "Opened"), data,
                 arguments.get("metadata"), arguments.get("expected_version"))


def create(connection, *names):
    """Creates namespaces."""
    for name in names:
        equal(value(connection, "SELECT create_namespace(?)", name), name)


def use(connection, name):
    equal(value(connection, "SELECT use_namespace(?)", name), name)


def location(connection, name):
    """The path of a namespace's file."""
    return value(connection, "SELECT location FROM get_namespace(?)", name)


def attached(connection):
    """The names under which SQLite has databases."""
    return [r[1] for r in connection.execute("PRAGMA database_list")]


def fails(connection, sql, *parameters, message=None, code=None):
    """The statement must fail, with that first line and that code's name."""
    try:
        connection.execute(sql, parameters).fetchall()
    except sqlite3.Error as error:
        lines = str(error).split("\n")
        if message is not None:
            equal(lines[0], message)
        if code is not None and hasattr(error, "sqlite_errorname"):
            equal(error.sqlite_errorname, code)
        return str(error)
    raise AssertionError("no error: " + sql)


def equal(actual, expected):
    if actual != expected:
        raise AssertionError("%r, not %r" % (actual, expected))


def is_true(condition, what="condition"):
    if not condition:
        raise AssertionError("%s is false" % (what,))


def shell(path, script):
    """Output and error output of the sqlite3 shell."""
    program = shutil.which("sqlite3")
    if program is None:
        skip("there is no sqlite3 shell")
    done = subprocess.run([program, "-batch", path], input=script, text=True,
                          capture_output=True, timeout=60)
    return done.stdout, done.stderr


def process(code, *arguments):
    """Starts Python on code, which finds this module and arguments in argv."""
    return subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.path.insert(0, %r)\n"
         "from harness import *\n%s" % (str(TOP / "regress" / "sqlite"), code)]
        + [str(a) for a in arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def run():
    passed = failed = skipped = 0
    for function in tests:
        name = function.__name__
        with tempfile.TemporaryDirectory() as path:
            try:
                function(Directory(path))
            except Skipped as why:
                skipped += 1
                print("skip - %s: %s" % (name, why))
            except Exception as error:
                failed += 1
                print("not ok - %s: %s" % (name, error))
                traceback.print_exc(file=sys.stdout)
            else:
                passed += 1
                print("ok - " + name)
    tail = ", %d skipped" % skipped if skipped else ""
    print("%d passed, %d failed%s" % (passed, failed, tail))
    sys.exit(failed > 0 or passed + skipped == 0)
