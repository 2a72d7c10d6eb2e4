"""PostgreSQL through psycopg2, as clients of Message DB use it.

Connection options carry the search_path, arguments are cast in the SQL text,
optional ones are named; results are read by column name.
"""

import threading
import uuid

import psycopg2
import psycopg2.errors
import psycopg2.extras

from harness import (as_json, check, connect, equal, fails, finish, fresh,
                     rows, test, value)

WRITE = ("SELECT write_message(%s::varchar, %s::varchar, %s::varchar,"
         " %s::jsonb, %s::jsonb, %s::bigint)")
STREAM = ("SELECT * FROM get_stream_messages(%s::varchar, %s::bigint,"
          " %s::bigint, condition => %s::varchar)")
CATEGORY = ("SELECT * FROM get_category_messages(%s::varchar, %s::bigint,"
            " %s::bigint, correlation => %s::varchar,"
            " consumer_group_member => %s::bigint,"
            " consumer_group_size => %s::bigint, condition => %s::varchar)")
LAST = "SELECT * FROM get_last_stream_message(%s::varchar)"


def new_id():
    return str(uuid.uuid4())


def write(connection, stream, type="T", data='{"n": 1}', metadata=None,
          expected=None, id=None):
    return value(connection, WRITE, id or new_id(), stream, type, data,
                 metadata, expected)


def dictionaries(connection, sql, *arguments):
    with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as c:
        c.execute(sql, arguments)
        return c.fetchall()


connection = connect()

with test("write and read"):
    fresh(connection)
    id = new_id().upper()
    equal(write(connection, "account-1", "Opened", '{"owner": "Ada", "b": [1, 2.50]}',
                '{"correlationStreamName": "signup-7"}', -1, id), 0, "position")
    equal(write(connection, "account-1", "Closed", None, None, 0), 1, "position")
    first, second = dictionaries(connection, STREAM, "account-1", 0, 1000, None)
    equal(list(first), ["id", "stream_name", "type", "position", "global_position",
                        "data", "metadata", "time"], "columns")
    equal(first["id"], id.lower(), "id")
    equal(first["data"], '{"b": [1, 2.50], "owner": "Ada"}', "data")
    equal(as_json(first["metadata"]), {"correlationStreamName": "signup-7"}, "metadata")
    equal((second["data"], second["metadata"]), (None, None), "NULLs")
    equal(type(first["time"]).__name__, "datetime", "type of time")
    check(first["time"].tzinfo is None, "the time has no time zone")
    equal((first["global_position"], second["global_position"]), (1, 2), "global positions")
    equal(dictionaries(connection, LAST, "account-1"), [second], "the last message")
    equal(dictionaries(connection, CATEGORY, "account", 1, 1000, "signup", 0, 1, None),
          [first], "by correlation and member")
    equal(value(connection, "SELECT stream_version(%s::varchar)", "account-1"), 1)
    equal(value(connection, "SELECT stream_version(%s::varchar)", "account-2"), None)

with test("text, quotes and all of Unicode arrive as they were sent"):
    for text in ("it's", 'a "b"', "back\\slash", "%s {} $1", "naïve ☃ 𝄞 e\u0301",
                 "line\nbreak\ttab", " blank ", ""):
        stream = "x" + text + "-1"
        document = psycopg2.extras.Json({"t": text}).dumps({"t": text})
        equal(write(connection, stream, text, document), 0, "position")
        message = dictionaries(connection, STREAM, stream, 0, 1, None)[0]
        equal((message["stream_name"], message["type"], as_json(message["data"])),
              (stream, text, {"t": text}), "message")

with test("a megabyte of data, and of type"):
    big = '{"t": "%s"}' % ("x" * 1000000)
    equal(write(connection, "big-1", data=big), 0)
    equal(write(connection, "big-1", type="y" * 1000000), 1)
    equal(dictionaries(connection, STREAM, "big-1", 0, 1, None)[0]["data"], big)

with test("a wrong version: the error that clients look for"):
    with fails("P0001", "Wrong expected version: 9 (Stream: account-1, Stream Version: 1)"):
        write(connection, "account-1", expected=9)
    try:
        write(connection, "account-1", expected=0)
    except psycopg2.errors.RaiseException as error:
        check("Wrong expected version" in str(error), "its text is in the exception")

with test("an id twice: the constraint's name in the error"):
    id = new_id()
    write(connection, "account-3", id=id)
    try:
        write(connection, "account-3", id=id)
        check(False, "an id was taken twice")
    except psycopg2.errors.UniqueViolation as error:
        equal(error.diag.constraint_name, "messages_id", "constraint")
        check('unique constraint "messages_id"' in str(error), "its text")

with test("a condition's error: the server's, and where in the condition"):
    # A client sees the text that was executed, and a position in it.
    rows(connection, "SELECT set_config('message_store.sql_condition', 'on', false)")
    for condition, sqlstate, word in (
            ("no_such_column = 1", "42703", "no_such_column"),
            ("true AND nothing(type)", "42883", "nothing(type)"),
            ("type ===== 'x'", "42883", "===== 'x'"),
            ("naïve_☃ = 1", "42703", "naïve_☃"),
            ("(position", "42601", None)):
        for sql, name in ((STREAM, "account-1"), (CATEGORY, "account")):
            arguments = (name, 0, 10) + ((None,) * 3 if sql is CATEGORY else ()) + (condition,)
            try:
                rows(connection, sql, *arguments)
                check(False, "%s was taken" % condition)
            except psycopg2.Error as error:
                equal(error.pgcode, sqlstate, condition)
                text = error.diag.internal_query
                check(condition in text, "the condition stands in %r" % text)
                position = int(error.diag.internal_position) - 1
                if word:
                    equal(text[position:position + len(word)], word, "where")
    rows(connection, "RESET message_store.sql_condition")

with test("another setting of the prefix does not hinder"):
    other = connect("-c search_path=message_store,public -c message_store.tenant=a"
                    " -c message_store.sql_condition=on")
    equal(len(rows(other, STREAM, "account-1", 0, 10, "type = 'Opened'")), 1)
    equal(value(other, "SELECT current_setting('message_store.tenant')"), "a")
    other.close()

with test("transactions of the driver"):
    other = connect(autocommit=False)
    write(other, "tx-1")
    write(other, "tx-2")
    equal(value(connection, "SELECT stream_version('tx-1')"), None, "before commit")
    other.rollback()
    equal(value(connection, "SELECT stream_version('tx-1')"), None, "after rollback")
    write(other, "tx-1")
    other.commit()
    equal(value(connection, "SELECT stream_version('tx-1')"), 0, "after commit")
    with fails("P0001"):
        write(other, "tx-1", expected=5)
    with fails("25P02"):
        write(other, "tx-1", expected=0)
    other.rollback()
    equal(write(other, "tx-1", expected=0), 1)
    other.commit()
    other.close()

with test("a server-side cursor"):
    other = connect(autocommit=False)
    for n in range(25):
        write(other, "cursor-1", data='{"n": %d}' % n)
    with other.cursor("named") as cursor:
        cursor.itersize = 10
        cursor.execute(STREAM, ("cursor-1", 0, -1, None))
        equal([as_json(r[5])["n"] for r in cursor], list(range(25)), "rows")
    other.commit()
    other.close()

with test("executemany and VALUES"):
    with connection.cursor() as cursor:
        cursor.executemany(WRITE, [(new_id(), "many-1", "T", "{}", None, n - 1)
                                   for n in range(20)])
    equal(value(connection, "SELECT stream_version('many-1')"), 19)
    with connection.cursor() as cursor:
        found = psycopg2.extras.execute_values(
            cursor,
            "SELECT write_message(v.id, 'many-2', 'T', v.data::jsonb)"
            " FROM (VALUES %s) AS v (id, data)",
            [(new_id(), '{"n": %d}' % n) for n in range(20)], fetch=True)
    equal(found, [(n,) for n in range(20)])

with test("a retry loop: every worker gets through, nothing is lost"):
    WORKERS, EACH = 4, 15
    conflicts = []

    def work(worker):
        mine = connect()
        for n in range(EACH):
            while True:
                version = value(mine, "SELECT stream_version(%s::varchar)", "retry-1")
                try:
                    write(mine, "retry-1", data='{"worker": %d, "n": %d}' % (worker, n),
                          expected=-1 if version is None else version)
                    break
                except psycopg2.errors.RaiseException:
                    conflicts.append(worker)
        mine.close()

    threads = [threading.Thread(target=work, args=(w,)) for w in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = dictionaries(connection, STREAM, "retry-1", 0, -1, None)
    equal([m["position"] for m in found], list(range(WORKERS * EACH)), "positions")
    equal(sorted((as_json(m["data"])["worker"], as_json(m["data"])["n"]) for m in found),
          sorted((w, n) for w in range(WORKERS) for n in range(EACH)), "messages")

with test("the role message_store and \"$user\", with text arguments"):
    rows(connection, "DROP ROLE IF EXISTS message_store")
    rows(connection, "CREATE ROLE message_store LOGIN")
    rows(connection, "SELECT grant_access('message_store')")
    other = psycopg2.connect(user="message_store", options='-c search_path="$user",public')
    other.autocommit = True
    equal(value(other, "SELECT write_message(%s, %s, %s, %s)", new_id(), "role-1", "T", "{}"), 0)
    equal(value(other, "SELECT write_message(%s::text, %s::text, %s::text, %s, %s, %s)",
                new_id(), "role-1", "T", "{}", None, 0), 1)
    equal(len(rows(other, "SELECT * FROM get_category_messages(%s)", "role")), 2)
    with fails("42501"):
        rows(other, "DELETE FROM messages")
    equal(value(other, "SELECT message_store_version()"), "1.3.0")
    other.close()
    rows(connection, "SELECT revoke_access('message_store')")
    rows(connection, "DROP ROLE message_store")

with test("the table itself, as test suites of clients use it"):
    rows(connection, "TRUNCATE message_store.messages RESTART IDENTITY")
    equal(write(connection, "account-1", expected=-1), 0)
    equal(rows(connection, "SELECT global_position, position, stream_name FROM messages"),
          [(1, 0, "account-1")])

connection.close()
finish()
