"""The same hostile calls on both databases: what both accept has one answer,
and what one refuses the other refuses with the same words.

Only arguments of the type that PostgreSQL asks for are given, with the
exception that text stands for a bigint, which both read.  Times, and ids that
the databases make, are not compared.
"""

import datetime
import decimal
import json
import os
import random
import re
import sqlite3
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "drivers")]

import psycopg2

from attack import SEED, functions, numbers, values
from harness import check, connect, equal, finish, fresh, rows, skip, sqlite_extension, test

QUICK_CALLS = 3000
RESTART = 400                   # calls until both begin with empty stores

# What the databases do not have alike (docs/differences.md)
NOT_ALIKE = {
    "message_store_status",     # tells the number of rights
    "message_store_writers",    # of PostgreSQL's transactions
    "message_db_version",       # compared below
}

# Columns that tell of the database itself
OWN_COLUMNS = {"location", "size_bytes"}

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$")
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def plain(found):
    """A value of either database as both have it."""
    if isinstance(found, bool):
        return int(found)
    if isinstance(found, decimal.Decimal):
        return float(found)
    if isinstance(found, datetime.datetime):
        return "a time"
    if isinstance(found, (dict, list)):
        return json.dumps(found)
    if isinstance(found, str):
        return "an id" if ID.match(found) else "a time" if TIME.match(found) else found
    return found


def answer(cursor):
    """The rows of a statement, without what is a database's own."""
    columns = [i for i, column in enumerate(cursor.description) if column[0] not in OWN_COLUMNS]
    return [tuple(plain(row[i]) for i in columns) for row in cursor.fetchall()]


class PostgreSQL:
    def __init__(self):
        self.connection = connect()
        self.functions = functions.listed(self.connection.cursor())

    def begin(self):
        rows(self.connection, "SET message_db.namespace = DEFAULT")
        for name, in rows(self.connection, "SELECT name FROM list_namespaces()"):
            if name != "message_store":
                rows(self.connection, "SELECT delete_namespace(%s)", name)
        fresh(self.connection)

    def execute(self, sql, arguments):
        """Rows, or the words of the error."""
        sequence = self.sequence() if "write_message" in sql else None
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(sql.replace("?", "%s"), arguments)
                return answer(cursor)
        except psycopg2.Error as error:
            if sequence:        # the global position that a failed write may use up
                rows(self.connection, "SELECT setval(%s, %s, %s)", *sequence)
            return error.diag.message_primary

    def sequence(self):
        """Name and state of the sequence of global positions, None without a table."""
        namespace = rows(self.connection, "SELECT quote_ident(current_namespace())")[0][0]
        name = namespace + ".messages_global_position_seq"
        if rows(self.connection, "SELECT to_regclass(%s)", name)[0][0] is None:
            return None
        return (name,) + rows(self.connection, "SELECT last_value, is_called FROM " + name)[0]


class SQLite:
    def __init__(self):
        self.connection = None

    def begin(self):
        if self.connection:
            self.connection.close()
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.enable_load_extension(True)
        self.connection.load_extension(sqlite_extension())

    def execute(self, sql, arguments):
        try:
            return answer(self.connection.execute(sql, arguments))
        except sqlite3.Error as error:
            return re.split("\nDETAIL:  |\nHINT:  ", str(error))[0]


def make_arguments(function, generator):
    count = len(function.types)
    hostile = set(range(count)) if generator.random() < 0.2 else {generator.randrange(count + 1)}
    return [values.common(generator, type_name) if i in hostile
            else values.right(generator, function.names[i], type_name)
            for i, type_name in enumerate(function.types)]


def compare(sql, arguments, databases):
    found, wanted = (d.execute(sql, arguments) for d in databases)
    if found != wanted and not differ_on_purpose(sql, found, wanted):
        raise AssertionError("%s %.500r\n  PostgreSQL: %.500r\n  SQLite: %.500r"
                             % (sql, arguments, found, wanted))
    return isinstance(found, list)


def differ_on_purpose(sql, found, wanted):
    """Where the current namespace was deleted, acquire_lock takes the name's
    lock in PostgreSQL; and of two mistakes the listings name another one."""
    deleted = [str(answer).startswith("Namespace does not exist") for answer in (found, wanted)]
    if "acquire_lock" in sql:
        return deleted[1]
    return "list_" in sql and any(deleted) and isinstance(found, str) and isinstance(wanted, str)


if sqlite_extension() is None:
    skip("same answers", "the SQLite extension is not built")
    finish()

databases = PostgreSQL(), SQLite()
databases[1].begin()
names, tables = functions.of_sqlite(databases[1].connection)
shared = [f for f in databases[0].functions
          if f.name in names | tables and f.name not in NOT_ALIKE and not f.is_procedure]
made = answered = 0

with test("the same answers, HOSTILE_SEED=%d" % SEED):
    for number in numbers(QUICK_CALLS):
        if number % RESTART == 0:
            for database in databases:
                database.begin()
        # the default namespace: a first write that fails leaves it in SQLite only
        if number % RESTART == 0 or function.name == "delete_namespace":
            for database in databases:
                database.execute("SELECT ensure_namespace('message_store')", [])
        generator = random.Random(SEED * 1000003 + number)
        function = generator.choice(shared)
        arguments = make_arguments(function, generator)
        sql = "SELECT %s%s(%s)" % ("* FROM " if function.name in tables else "", function.name,
                                   ", ".join("?" * len(arguments)))
        try:
            answered += compare(sql, arguments, databases)
        except Exception:
            print("call %d" % number)
            raise
        made += 1

with test("%d calls of %d functions, %d with an answer" % (made, len(shared), answered)):
    check(len(shared) > 20, "functions are found")
    check(answered > made / 5, "calls are answered")

with test("versions"):
    sql = "SELECT message_db_version(), message_store_version()"
    equal(databases[0].execute(sql, []), databases[1].execute(sql, []), "versions")

finish()
