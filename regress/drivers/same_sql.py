"""One application, two databases: the same SQL text and arguments through
psycopg2 and through Python's sqlite3 give the same rows and the same errors.

Only the sign of a placeholder differs between the two drivers.
"""

import os
import re
import sqlite3
import tempfile

import psycopg2

from harness import check, connect, equal, finish, fresh, rows, skip, sqlite_extension, test


class PostgreSQL:
    def __init__(self):
        self.connection = connect()
        fresh(self.connection)

    def execute(self, sql, *arguments):
        """Rows, or the message of the error."""
        try:
            return rows(self.connection, sql.replace("%", "%%").replace("?", "%s")
                        if arguments else sql, *arguments)
        except psycopg2.Error as error:
            return error.diag.message_primary

    def close(self):
        self.connection.close()


class SQLite:
    def __init__(self, path):
        self.connection = self.connect(path)

    @staticmethod
    def connect(path):
        connection = sqlite3.connect(path, isolation_level=None)
        connection.enable_load_extension(True)
        connection.load_extension(sqlite_extension())
        connection.enable_load_extension(False)
        return connection

    def execute(self, sql, *arguments):
        try:
            return self.connection.execute(sql, arguments).fetchall()
        except sqlite3.Error as error:
            # SQLite has one text for all: the message, then detail and hint
            return re.split("\nDETAIL:  |\nHINT:  ", str(error))[0]

    def close(self):
        self.connection.close()


if sqlite_extension() is None:
    skip("same SQL", "the SQLite extension is not built")
    finish()

directory = tempfile.TemporaryDirectory()
path = os.path.join(directory.name, "test.db")
databases = PostgreSQL(), SQLite(path)


def both(sql, *arguments, wanted=None):
    """Executes it on both, which must agree; and be as wanted, if given."""
    postgresql, sqlite = (d.execute(sql, *arguments) for d in databases)
    equal(sqlite, postgresql, "SQLite's answer to %s" % sql)
    if wanted is not None:
        equal(postgresql, wanted, sql)
    return postgresql


WRITE = "SELECT write_message(?, ?, ?, ?, ?, ?)"
MESSAGES = "SELECT id, stream_name, type, position, global_position, data, metadata FROM "
ID = "00000000-0000-0000-0000-%012d"

with test("a store that has no messages yet"):
    both("SELECT * FROM get_stream_messages('account-1')", wanted=[])
    both("SELECT * FROM get_category_messages('account')", wanted=[])
    both("SELECT * FROM get_last_stream_message('account-1')", wanted=[])
    both("SELECT stream_version('account-1')", wanted=[(None,)])

with test("writing, with and without an expected version"):
    both(WRITE, ID % 1, "account-1", "Opened", '{"owner":"Ada","n":1.50}',
         '{"correlationStreamName":"signup-7"}', -1, wanted=[(0,)])
    both(WRITE, ID % 2, "account-1", "Closed", None, None, 0, wanted=[(1,)])
    both(WRITE, ID % 3, "account-2+x", "Naïve ☃", "null", "[]", None, wanted=[(0,)])
    both(WRITE, "{%s}" % (ID % 4).upper(), "other-1", "", '""', None, None, wanted=[(0,)])

with test("errors of writing"):
    both(WRITE, None, "account-1", "T", "{}", None, 9,
         wanted="Wrong expected version: 9 (Stream: account-1, Stream Version: 1)")
    both(WRITE, None, "nothing-1", "T", "{}", None, 0)
    both(WRITE, "bad", "account-1", "T", "{}", None, None)
    both(WRITE, ID % 1, "account-1", "T", "{}", None, 7)
    both(WRITE, None, "account-1", "T", '{"a": "\\u0000"}', None, None)
    both(WRITE, None, "account-1", "T", "{", None, None)

with test("reading streams, categories, groups, the last message"):
    both(MESSAGES + "get_stream_messages(?)", "account-1")
    both(MESSAGES + "get_stream_messages(?, ?, ?)", "account-1", 1, 1)
    both(MESSAGES + "get_stream_messages(?, ?, ?)", "account-1", None, None)
    both(MESSAGES + "get_category_messages(?)", "account")
    both(MESSAGES + "get_category_messages(?, ?, ?, ?)", "account", 1, -1, "signup")
    for member in range(3):
        both(MESSAGES + "get_category_messages(?, ?, ?, ?, ?, ?)",
             "account", 1, -1, None, member, 3)
    both(MESSAGES + "get_last_stream_message(?)", "account-1")
    both(MESSAGES + "get_last_stream_message(?, ?)", "account-1", "Opened")
    both("SELECT stream_version(?), hash_64(?), category(?), id(?), cardinal_id(?)",
         *["account-2+x"] * 5)
    both("SELECT consumer_group_member(?, ?)", "account-2+x", 5)
    both("SELECT message_store_version()", wanted=[("1.3.0",)])

with test("errors of reading"):
    for sql in ("get_stream_messages('account')", "get_stream_messages(NULL)",
                "get_stream_messages('account-1', 0, -2)",
                "get_stream_messages('account-1', 0, 1, 'true')",
                "get_category_messages('account-1')",
                "get_category_messages('account', 1, 1, 'a-1')",
                "get_category_messages('account', 1, 1, NULL, 0)",
                "get_category_messages('account', 1, 1, NULL, 1, 1)"):
        check(isinstance(both("SELECT count(*) FROM " + sql), str), sql)

with test("a condition, allowed by the same statement"):
    both("SELECT set_config('message_store.sql_condition', 'on', false)", wanted=[("on",)])
    both("SELECT position FROM get_stream_messages(?, ?, ?, ?)",
         "account-1", 0, 10, "type = 'Closed'", wanted=[(1,)])
    both("SELECT set_config('message_store.sql_condition', 'off', false)", wanted=[("off",)])
    both("SELECT position FROM get_stream_messages(?, ?, ?, ?)", "account-1", 0, 10, "true")

with test("transactions"):
    for statement in ("BEGIN", "SAVEPOINT a"):
        both(statement)
    both(WRITE, ID % 5, "tx-1", "T", "{}", None, -1, wanted=[(0,)])
    both("ROLLBACK TO a")
    both(WRITE, ID % 5, "tx-1", "T", "{}", None, -1, wanted=[(0,)])
    both(WRITE, ID % 6, "tx-1", "T", "{}", None, 0, wanted=[(1,)])
    both("SELECT count(DISTINCT time) FROM get_stream_messages('tx-1')", wanted=[(1,)])
    both("COMMIT")
    both("BEGIN")
    both(WRITE, ID % 7, "tx-1", "T", "{}", None, 1, wanted=[(2,)])
    both("ROLLBACK")
    both("SELECT stream_version('tx-1')", wanted=[(1,)])

with test("the summaries"):
    for view in ("stream_summary", "type_summary", "stream_type_summary",
                 "type_stream_summary", "category_type_summary", "type_category_summary"):
        both("SELECT * FROM (SELECT CAST(message_count AS integer), CAST(percent AS real)"
             " FROM %s) AS s" % view)
    both("SELECT category, type, message_count FROM category_type_summary")

with test("what SQLite's driver wrote is there for the next connection"):
    other = SQLite.connect(path)
    equal(other.execute("SELECT stream_version('account-1')").fetchall(), [(1,)])
    other.close()
    plain = sqlite3.connect(path)
    equal(plain.execute("SELECT count(*) FROM messages").fetchall(),
          rows(databases[0].connection, "SELECT count(*) FROM messages"))
    plain.close()

for database in databases:
    database.close()
directory.cleanup()
finish()
