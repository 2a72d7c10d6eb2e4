"""Messages that are too large for the server's memory: errors, not crashes.

The server runs with a limit of its address space (ulimit -v).  Messages of a
few megabytes up to hundreds are written in all ways, and read in all ways.  Of
each call the answer is right, or the error says that there is too little memory
or that a value is too long; sessions that were there before are there
afterwards, the store is sound, and small messages go on.  A read of many
messages needs the memory for one.

The long form has more sizes, and some without the limit, up to the server's
own, one gigabyte.
"""

import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "stress"), os.path.join(here, "..", "drivers")]

import psycopg2
from harness import check, connect, equal, finish, rows, test, value
from load import server
from parts.form import LONG
from parts.invariants import problems_of, problems_of_log

LIMIT = 300000              # kilobytes
SIZES = (1, 8, 24, 64, 160) if LONG else (1, 24)
MB = 1 << 20
OUT_OF_MEMORY, LIMIT_EXCEEDED = "53200", "54000"
TOO_LARGE = (OUT_OF_MEMORY, LIMIT_EXCEEDED)
# The server's word for a value of more than a gigabyte.
TOO_LONG = "invalid memory alloc request size"

# Texts of so many bytes: one that does not compress, one that does, and two
# whose JSON is twice and six times as long.
NOISE = "repeat((SELECT string_agg(md5(i::text), '') FROM generate_series(1, 256) AS i), %d / 8192)"
SAME = "repeat('x', %d)"
QUOTES = "repeat('\"', %d)"
CONTROLS = "repeat(E'\\u0001', %d)"
TEXTS = (NOISE, SAME, QUOTES, CONTROLS) if LONG else (QUOTES,)

WRITES = (
    "SELECT write_message(NULL, 'large-1', 'T', to_jsonb({text}))",
    "SELECT write_message(NULL, 'large-1', 'T', '{{}}', jsonb_build_object('correlationStreamName', 'a-1', 'x', {text}))",
    "SELECT write_messages('large-1', jsonb_build_array(jsonb_build_object('type', 'T', 'data', {text}),"
    " jsonb_build_object('type', 'U', 'data', {text})))",
    "SELECT write_message(NULL, 'large-1', {text}, '{{}}')",
    "SELECT write_message(NULL, {text}, 'T', '{{}}')",
    "SELECT write_message({text}, 'large-1', 'T', '{{}}')",
    "SELECT write_messages('large-1', to_jsonb({text}))",
)
SUM = "SELECT count(*), sum(length(data)), sum(hashtext(data)) FROM "
READS = (
    SUM + "get_stream_messages('large-1', 0, -1)",
    SUM + "get_category_messages('large', 1, -1)",
    SUM + "get_category_messages('large', 1, -1, condition => 'true')",
    SUM + "get_all_messages(1, -1)",
)
STORED = "SELECT count(*), sum(length(data::text)), sum(hashtext(data::text)) FROM messages"
OTHERS = (
    "SELECT sum(length(metadata)) FROM get_category_messages('large', 1, -1, 'a')",
    "SELECT length(data) FROM get_last_stream_message('large-1')",
    "SELECT stream_version('large-1')",
    "SELECT * FROM verify_namespace()",
)
NAMES = ("SELECT length(category({text})), length(id('a-' || {text})), hash_64({text}), is_category({text})",
         "SELECT acquire_lock({text})", "SELECT count(*) FROM get_stream_messages('a-' || {text})",
         "SELECT count(*) FROM list_streams({text})", "SELECT use_namespace({text})",
         "SELECT count(*) FROM get_category_messages('a', condition => 'true OR ' || quote_literal({text}) || '=type')")
# Of some kilobytes each, and compressed; more than the limit together.
MANY = """SELECT count(write_messages('many-' || i, (SELECT jsonb_agg(jsonb_build_object('type', 'T', 'data', d,
        'metadata', jsonb_build_object('correlationStreamName', 'a-1', 'x', repeat('message_db ', 1500))))
        FROM generate_series(1, 100) AS d))) FROM generate_series(1, 100) AS i"""
READS_OF_MANY = tuple("SELECT count(*) FROM " + reader for reader in (
    "get_category_messages('many', 1, -1)",
    "get_category_messages('many', 1, -1, 'a')",
    "get_category_messages('many', 1, -1, 'a', 0, 1)",
    "get_category_messages('many', 1, -1, 'a', condition => 'true')",
    "get_all_messages(1, -1)",
))
# Errors of these come because the text is what it is, not because of its size.
OF_THE_TEXT = ("22P02", "22023", "22021", "54000", "MD003", "P0001")

server.use_own_server()
admin = connect()


def answer(connection, statement):
    """The rows, or the SQLSTATE of an error that may come."""
    try:
        return rows(connection, statement)
    except psycopg2.Error as error:
        if TOO_LONG in str(error):
            return LIMIT_EXCEEDED
        check(error.pgcode in TOO_LARGE + OF_THE_TEXT, "%s: %s %s" % (
            statement[:60], error.pgcode, str(error)[:500]))
        return error.pgcode


class Count:
    """Of calls, and of those that had too little memory."""

    def __init__(self):
        self.calls = self.failed = 0

    def answer(self, connection, statement):
        found = answer(connection, statement)
        self.calls += 1
        self.failed += found == OUT_OF_MEMORY
        return found

    def try_text(self, connection, text):
        """All calls with that text."""
        rows(admin, "TRUNCATE messages")
        for statement in WRITES + NAMES:
            self.answer(connection, statement.format(text=text))
        stored = answer(admin, STORED)
        for statement in READS:
            found = self.answer(connection, statement)
            if found not in TOO_LARGE and stored not in TOO_LARGE:
                equal(found, stored, statement)
        for statement in OTHERS:
            self.answer(connection, statement)
        equal(value(connection, "SELECT write_message(NULL, 'small-1', 'T', '{}')"), 0, "a small message")


def try_sizes(connection, sizes, texts):
    """Returns how many calls there were, and how many had too little memory."""
    count = Count()
    for size in sizes:
        for text in texts:
            count.try_text(connection, text % (size * MB))
    return count.calls, count.failed


def is_sound():
    rows(admin, "TRUNCATE messages")
    equal(problems_of(admin), [], "problems")
    equal(problems_of_log("primary"), [], "the server's log")


def to_server():
    connection = connect()
    rows(connection, "SET message_store.sql_condition = on")
    return connection


if LONG:
    with test("up to the server's own limits"):
        value(admin, "SELECT ensure_namespace()")
        waiting, working = connect(), to_server()
        print("    %d calls, %d without memory" % try_sizes(working, (255,), (SAME, CONTROLS)))
        print("    %d calls, %d without memory" % try_sizes(working, (1023,), (SAME,)))
        equal(value(waiting, "SELECT 1"), 1, "another session")
        is_sound()
        waiting.close()
        working.close()

admin.close()
server.shell("server_stop primary && ulimit -v %d && server_start primary" % LIMIT)
admin = connect()
value(admin, "SELECT ensure_namespace()")
with test("with a limit of the address space"):
    waiting, working = connect(), to_server()
    calls, failed = try_sizes(working, SIZES, TEXTS)
    print("    %d calls, %d without memory" % (calls, failed))
    equal(value(waiting, "SELECT 1"), 1, "another session")
    check(failed > 0, "there was memory for everything")
    check(failed < calls / 2, "there was memory for hardly anything")
    is_sound()
with test("a read of many messages"):
    working = to_server()
    rows(working, MANY)
    for statement in READS_OF_MANY:
        equal(answer(working, statement), [(10000,)], statement)
    working.close()
    is_sound()
admin.close()
finish()
