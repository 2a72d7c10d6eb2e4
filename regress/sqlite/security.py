"""What a database file that somebody else made can and cannot do."""

import json
import os
import sqlite3

from harness import connect, equal, fails, is_true, rows, run, skip, test, value, write

WRITERS = ("write_message(NULL, 'a-1', 'T', '{}')",
           "write_message(NULL, 'a-1', 'T', '{}', NULL)",
           "write_message(NULL, 'a-1', 'T', '{}', NULL, NULL)",
           "write_messages('a-1', '[{\"type\": \"T\", \"data\": 1}]')",
           "write_messages('a-1', '[{\"type\": \"T\", \"data\": 1}]', 0)",
           "acquire_lock('a-1')",
           "create_namespace()",
           "set_config('message_store.sql_condition', 'on', false)",
           "message_db_next_position(NULL, 1)")

PURE = ("category('a-1')", "id('a-1')", "cardinal_id('a-1')",
        "is_category('a')", "hash_64('a')", "consumer_group_member('a-1', 2)",
        "message_db_version()", "message_store_version()")

READERS = ("stream_version('a-1')",
           "current_setting('message_store.debug')",
           "current_setting('message_store.debug', 1)")


@test
def views_and_triggers_cannot_write(_):
    for trusted in ("on", "off"):
        db = connect()
        write(db, "a-1")
        db.execute("PRAGMA trusted_schema = " + trusted)
        db.execute("CREATE TABLE t (x)")
        for number, writer in enumerate(WRITERS):
            name = writer.split("(")[0]
            db.execute("CREATE VIEW v%d AS SELECT %s AS x" % (number, writer))
            fails(db, "SELECT x FROM v%d" % number,
                  message="unsafe use of %s()" % name)
            db.execute("CREATE TRIGGER r%d AFTER INSERT ON t WHEN new.x = %d "
                       "BEGIN SELECT %s; END" % (number, number, writer))
            fails(db, "INSERT INTO t VALUES (%d)" % number,
                  message="unsafe use of %s()" % name)
        equal(value(db, "SELECT stream_version('a-1')"), 0)


@test
def internal_table_is_out_of_reach_of_triggers(_):
    if sqlite3.sqlite_version_info < (3, 40):
        return                  # older ones let a trigger touch it: no harm
    db = connect()
    db.execute("CREATE TABLE t (x)")
    db.execute("CREATE TRIGGER r AFTER INSERT ON t "
               "BEGIN DELETE FROM message_db_transaction; END")
    fails(db, "INSERT INTO t VALUES (1)", code="SQLITE_ERROR")
    equal(value(db, "SELECT count(*) FROM t"), 0)


@test
def readers_work_in_views_of_an_untrusted_schema(_):
    db = connect()
    write(db, "a-1")
    db.execute("PRAGMA trusted_schema = off")
    for number, reader in enumerate(READERS + PURE):
        db.execute("CREATE VIEW v%d AS SELECT %s AS x" % (number, reader))
        is_true(value(db, "SELECT x IS NOT NULL FROM v%d" % number) == 1)
    for reader in ("get_stream_messages('a-1')", "get_category_messages('a')",
                   "get_last_stream_message('a-1')"):
        db.execute("DROP VIEW IF EXISTS r")
        db.execute("CREATE VIEW r AS SELECT * FROM " + reader)
        equal(len(rows(db, "SELECT * FROM r")), 1)


@test
def pure_functions_in_indexes_and_generated_columns(_):
    db = connect()
    db.execute("PRAGMA trusted_schema = off")
    db.execute("CREATE TABLE t (name, category AS (category(name)) STORED)")
    for number, function in enumerate(PURE):
        db.execute("CREATE INDEX i%d ON t (%s)" %
                   (number, function.replace("'a-1'", "name")
                    .replace("'a'", "name").replace("()", "() || name")))
    db.execute("INSERT INTO t (name) VALUES ('a-1')")
    equal(value(db, "SELECT category FROM t"), "a")


@test
def names_are_bound_not_pasted(_):
    db = connect()
    name = "a'; DROP TABLE messages; --\"-1"
    write(db, name)
    equal(rows(db, "SELECT stream_name FROM get_stream_messages(?)", name),
          [(name,)])
    equal(rows(db, "SELECT stream_name FROM get_category_messages(?)",
               "a'; DROP TABLE messages; "), [(name,)])


@test
def names_are_quoted_wherever_they_go(directory):
    """Streams, types, data, correlations with what SQL or printf would take."""
    names = ("'", "''", '"', "\\", ";", "/*", "%s%n%d", "%Q%w", "?1", ":a",
             "@namespace@", "@columns@", "@messages@", "\n", "\r\n", "\t",
             "x'ff'", "]", "[a", "`", "\u00e4", "\U0001f600", "x" * 1500)
    db = connect(directory.file())
    value(db, "SELECT use_namespace('message_store')")
    for name in names:
        stream = name + "-1"
        equal(write(db, stream, type=name, data='{"x": "y"}',
                    metadata='{"correlationStreamName": "c-1"}'), 0)
        equal(value(db, "SELECT write_messages(?, ?)", stream, json.dumps(
            [{"type": name, "data": name, "metadata": {name: name}}])), 1)
        equal(value(db, "SELECT stream_version(?)", stream), 1)
        equal(rows(db, "SELECT stream_name, type FROM get_stream_messages(?)",
                   stream), [(stream, name)] * 2)
        equal(len(rows(db, "SELECT 1 FROM get_category_messages(?, 0, 9, ?)",
                       name, "c")), 1)
        equal(len(rows(db, "SELECT 1 FROM get_last_stream_message(?, ?)",
                       stream, name)), 1)
        equal(rows(db, "SELECT stream_name FROM list_streams(?)", stream),
              [(stream,)])
        equal(json.loads(value(db, "SELECT data FROM get_last_stream_message"
                               "(?)", stream)), name)
    equal(len(rows(db, "SELECT 1 FROM list_categories()")), len(names))
    equal(rows(db, "SELECT * FROM verify_namespace()"), [])


CALLS = WRITERS[:6] + ("clear_namespace('tenant_a')",
                       "rename_namespace('tenant_a', 'tenant_c')",
                       "delete_namespace('tenant_a')",
                       "create_namespace('tenant_b')",
                       "ensure_namespace('tenant_b')",
                       "use_namespace('tenant_a')",
                       "migrate_namespace('tenant_a')") + READERS

TABLES = ("get_stream_messages('a-1')", "get_category_messages('a')",
          "get_last_stream_message('a-1')", "get_all_messages()",
          "list_streams()", "list_categories()", "list_namespaces()",
          "get_namespace('tenant_a')", "namespace_info('tenant_a')",
          "verify_namespace('tenant_a')", "message_store_status()",
          "migrate_namespaces()", "message_store_writers()")

ACTIONS = ("CREATE_INDEX", "CREATE_TABLE", "CREATE_VIEW", "DELETE",
           "DROP_TABLE", "INSERT", "PRAGMA", "READ", "TRANSACTION", "UPDATE",
           "ATTACH", "DETACH", "SAVEPOINT", "RECURSIVE")


def state(path):
    """What a store holds, looked at from outside, and that it is sound."""
    db = connect(path)
    result = rows(db, "SELECT name, schema_version FROM list_namespaces()")
    for name, _ in list(result):
        equal(rows(db, "SELECT * FROM verify_namespace(?)", name), [])
        result += rows(db, "SELECT message_count FROM namespace_info(?)", name)
    db.close()
    return result


def make_store(directory):
    for name in os.listdir(directory.path):
        os.unlink(directory.file(name))
    db = connect(directory.file())
    db.execute("PRAGMA synchronous = off")
    write(db, "a-1")
    value(db, "SELECT create_namespace('tenant_a')")
    return db


@test
def the_authorizer_is_asked(directory):
    """What an application forbids stays forbidden inside the functions.

    A call either does its work without the action, or fails and changes
    nothing.  An INSERT that an authorizer ignores fails, too.
    """
    refused = set()
    for action in ACTIONS:
        code = getattr(sqlite3, "SQLITE_" + action)
        for verdict in (sqlite3.SQLITE_DENY, sqlite3.SQLITE_IGNORE):
            if verdict == sqlite3.SQLITE_IGNORE and action != "INSERT":
                continue
            for call in CALLS + TABLES:
                db = make_store(directory)
                before = state(directory.file())
                db.set_authorizer(lambda done, *names: verdict
                                  if done == code else sqlite3.SQLITE_OK)
                failed = False
                try:
                    db.execute("SELECT * FROM " + call if call in TABLES
                               else "SELECT " + call).fetchall()
                except sqlite3.Error:
                    failed = True
                    refused.add(action)
                is_true(not db.in_transaction, call)
                # Python before 3.11 does not take None
                db.set_authorizer(lambda *names: sqlite3.SQLITE_OK)
                db.close()
                after = state(directory.file())
                what = "%s without %s: %r" % (call, action, after)
                if failed:
                    is_true(after == before, what)
                elif call.startswith("write_message"):
                    is_true(after != before, what)
    equal(refused >= {"DELETE", "INSERT", "READ", "UPDATE", "ATTACH"}, True)


def without_attaching(directory, forbid, message):
    """No file beside is touched."""
    make_store(directory).close()
    db = connect(directory.file())
    forbid(db)
    files = sorted(os.listdir(directory.path))
    for call in ("create_namespace('tenant_b')",
                 "ensure_namespace('tenant_b')",
                 "use_namespace('tenant_a')",
                 "delete_namespace('tenant_a')",
                 "rename_namespace('tenant_a', 'tenant_c')"):
        fails(db, "SELECT " + call, message=message)
    equal(rows(db, "SELECT name, schema_version FROM list_namespaces()"),
          [("message_store", 2), ("tenant_a", None)])
    equal(write(db, "a-1"), 1)
    equal(sorted(os.listdir(directory.path)), files)


@test
def the_authorizer_can_forbid_attaching(directory):
    without_attaching(directory, lambda db: db.set_authorizer(
        lambda action, *names: sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_ATTACH else sqlite3.SQLITE_OK), "not authorized")


@test
def the_limit_can_forbid_attaching(directory):
    if not hasattr(sqlite3.Connection, "setlimit"):
        skip("this Python cannot set it")
    without_attaching(directory, lambda db: db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0),
                      "too many attached databases - max 0")


@test
def limits(directory):
    """SQLite's limits hold inside: an error, and nothing half done."""
    if not hasattr(sqlite3.Connection, "setlimit"):
        skip("this Python cannot set them")
    for limit, settings in (("LENGTH", (100, 1000, 3000)),
                            ("SQL_LENGTH", (10, 60, 100, 150, 200, 300, 500)),
                            ("COLUMN", (1, 2, 4, 7, 8)),
                            ("EXPR_DEPTH", (1, 2, 3, 4, 5, 10)),
                            ("COMPOUND_SELECT", (1,)),
                            ("VDBE_OP", (1, 10, 30, 100, 300)),
                            ("FUNCTION_ARG", (0, 1, 3, 6)),
                            ("ATTACHED", (0, 1)),
                            ("LIKE_PATTERN_LENGTH", (0, 1)),
                            ("VARIABLE_NUMBER", (1, 3, 6)),
                            ("TRIGGER_DEPTH", (0, 1))):
        for setting in settings:
            for call in CALLS + TABLES:
                db = make_store(directory)
                before = state(directory.file())
                db.setlimit(getattr(sqlite3, "SQLITE_LIMIT_" + limit), setting)
                failed = False
                try:
                    db.execute("SELECT * FROM " + call if call in TABLES
                               else "SELECT " + call).fetchall()
                except sqlite3.Error as error:
                    failed = True
                    is_true(str(error), call)
                except MemoryError:     # SQLite's word for too many steps
                    failed = True
                    equal(limit, "VDBE_OP")
                is_true(not db.in_transaction, call)
                db.close()
                if failed:
                    equal(state(directory.file()), before)


run()
