"""Errors: their texts, their codes, and that they do no damage."""

import os
import sqlite3
import urllib.parse

from harness import (connect, equal, fails, is_true, rows, run, test, value,
                     write)

ID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
WRITE = "SELECT write_message(?, ?, ?, ?, ?, ?)"


@test
def texts_and_codes(_):
    db = connect()
    write(db, "account-1", id=ID)
    fails(db, WRITE, ID, "account-1", "T", "{}", None, None,
          code="SQLITE_CONSTRAINT_UNIQUE",
          message='duplicate key value violates unique constraint '
                  '"messages_id"')
    fails(db, WRITE, None, "account-1", "T", "{}", None, 7,
          code="SQLITE_ERROR", message="Wrong expected version: 7 "
          "(Stream: account-1, Stream Version: 0)")
    fails(db, WRITE, None, None, "T", "{}", None, None,
          code="SQLITE_CONSTRAINT_NOTNULL",
          message='null value in column "stream_name" of relation "messages" '
                  'violates not-null constraint')
    fails(db, WRITE, None, "account-1", None, "{}", None, None,
          code="SQLITE_CONSTRAINT_NOTNULL",
          message='null value in column "type" of relation "messages" '
                  'violates not-null constraint')
    fails(db, WRITE, None, "a-" + "x" * 2047, "T", "{}", None, None,
          code="SQLITE_TOOBIG", message="stream name is too long")
    fails(db, WRITE, "bad", "account-1", "T", "{}", None, None,
          code="SQLITE_ERROR",
          message='invalid input syntax for type uuid: "bad"')
    fails(db, WRITE, None, "account-1", "T", "{", None, None,
          code="SQLITE_ERROR", message="invalid input syntax for type json")
    equal(value(db, "SELECT count(*) FROM messages"), 1)


@test
def detail_and_hint_follow_on_lines_of_their_own(_):
    db = connect()
    write(db, "account-1", id=ID)
    text = fails(db, WRITE, ID, "account-1", "T", "{}", None, None)
    equal(text.split("\n")[1:],
          ["DETAIL:  Key (id)=(%s) already exists." % ID])
    text = fails(db, "SELECT * FROM get_stream_messages('a-1', 0, 1, '1')")
    is_true(text.split("\n")[1].startswith("HINT:  "))


@test
def order_of_checks(_):
    """JSON and bigint before the call; then version, id, length, NOT NULL."""
    db = connect()
    long_name = "a-" + "x" * 3000
    fails(db, WRITE, "bad", long_name, None, "{", None, 9,
          message="invalid input syntax for type json")
    fails(db, WRITE, "bad", long_name, None, "{}", None, 9.5,
          message='invalid input syntax for type bigint: "9.5"')
    fails(db, WRITE, "bad", None, None, "{}", None, 9,
          message="Wrong expected version: 9 "
                  "(Stream: <NULL>, Stream Version: -1)")
    fails(db, WRITE, "bad", long_name, None, "{}", None, None,
          message='invalid input syntax for type uuid: "bad"')
    fails(db, WRITE, None, long_name, None, "{}", None, None,
          code="SQLITE_TOOBIG")
    fails(db, WRITE, None, "a-1", None, "{}", None, None,
          code="SQLITE_CONSTRAINT_NOTNULL")


@test
def duplicate_position(_):
    """Only rows inserted by a trigger or by hand can bring it about."""
    db = connect()
    write(db, "account-1")
    db.execute("CREATE TRIGGER also BEFORE INSERT ON messages "
               "WHEN new.type = 'Twice' BEGIN INSERT INTO messages "
               "(position, stream_name, type) "
               "VALUES (new.position, new.stream_name, 'T'); END")
    fails(db, WRITE, None, "account-1", "Twice", "{}", None, None,
          code="SQLITE_CONSTRAINT_UNIQUE",
          message='duplicate key value violates unique constraint '
                  '"messages_stream"')
    equal(value(db, "SELECT count(*) FROM messages"), 1)


@test
def other_constraints_keep_their_words(_):
    db = connect()
    db.execute("SELECT ensure_namespace()")
    db.execute("CREATE UNIQUE INDEX one_type ON messages (type)")
    db.execute("CREATE TRIGGER refuse BEFORE INSERT ON messages "
               "WHEN new.type = 'Refused' "
               "BEGIN SELECT raise(ABORT, 'not this one'); END")
    write(db, "account-1")
    fails(db, WRITE, None, "account-1", "Opened", "{}", None, None,
          code="SQLITE_CONSTRAINT_UNIQUE",
          message="UNIQUE constraint failed: messages.type")
    fails(db, WRITE, None, "account-1", "Refused", "{}", None, None,
          code="SQLITE_CONSTRAINT_TRIGGER", message="not this one")


@test
def store_does_not_exist(_):
    db = connect()
    equal(rows(db, "SELECT * FROM get_stream_messages('a-1')"), [])
    equal(rows(db, "SELECT * FROM get_category_messages('a')"), [])
    equal(rows(db, "SELECT * FROM get_all_messages()"), [])
    equal(rows(db, "SELECT * FROM get_last_stream_message('a-1')"), [])
    equal(value(db, "SELECT stream_version('a-1')"), None)
    equal(value(db, "SELECT count(*) FROM sqlite_schema"), 0)
    fails(db, "SELECT * FROM get_stream_messages('a')",
          message="Must be a stream name: a")


@test
def store_is_dropped(_):
    db = connect()
    write(db, "a-1")
    equal(len(rows(db, "SELECT * FROM get_stream_messages('a-1')")), 1)
    db.execute("DROP TABLE messages")
    equal(rows(db, "SELECT * FROM get_stream_messages('a-1')"), [])
    equal(value(db, "SELECT stream_version('a-1')"), None)
    fails(db, WRITE, None, "a-1", "T", "{}", None, None,
          message="stream_summary exists already, but no message store")
    for view in ("stream_summary", "type_summary", "stream_type_summary",
                 "type_stream_summary", "category_type_summary",
                 "type_category_summary"):
        db.execute("DROP VIEW " + view)
    equal(write(db, "a-1"), 0)


@test
def ensure_namespace_says_whether_it_did(directory):
    db = connect(directory.file())
    equal(value(db, "SELECT ensure_namespace()"), 1)
    equal(value(db, "SELECT ensure_namespace()"), 0)
    equal(value(connect(directory.file()), "SELECT ensure_namespace()"), 0)


@test
def foreign_objects_called_messages(_):
    for statement in (
            "CREATE TABLE messages (x)",
            "CREATE TABLE MESSAGES (id, stream_name, type, position, "
            "global_position, data, metadata, time)",
            "CREATE VIEW messages AS SELECT 1 AS id, 'a-1' AS stream_name, "
            "'T' AS type, 0 AS position, 1 AS global_position, NULL AS data, "
            "NULL AS metadata, '' AS time",
            "CREATE VIRTUAL TABLE messages USING fts5(id, stream_name, type, "
            "position, global_position, data, metadata, time)"):
        db = connect()
        db.execute(statement)
        before = rows(db, "SELECT sql FROM sqlite_schema")
        for use in ("SELECT write_message(NULL, 'a-1', 'T', '{}')",
                    "SELECT * FROM get_stream_messages('a-1')",
                    "SELECT * FROM get_category_messages('a')",
                    "SELECT * FROM get_last_stream_message('a-1')",
                    "SELECT stream_version('a-1')",
                    "SELECT ensure_namespace()"):
            fails(db, use, code="SQLITE_ERROR",
                  message="Not a message store: message_store")
        equal(rows(db, "SELECT sql FROM sqlite_schema"), before)
        is_true(not db.in_transaction)


@test
def table_without_its_unique_indexes(_):
    db = connect()
    write(db, "a-1")
    db.execute("DROP INDEX messages_stream")
    other = connect()
    db.backup(other)
    fails(other, WRITE, None, "a-1", "T", "{}", None, None,
          message="Not a message store: message_store")


@test
def a_name_is_taken(_):
    for statement in ("CREATE TABLE type_summary (x)",
                      "CREATE TABLE t (x); CREATE INDEX messages_id ON t (x)"):
        for begin in ("", "BEGIN"):
            db = connect()
            db.executescript(statement)
            before = rows(db, "SELECT sql FROM sqlite_schema")
            db.execute(begin)
            fails(db, WRITE, None, "a-1", "T", "{}", None, None,
                  code="SQLITE_ERROR")
            equal(db.in_transaction, begin != "")
            equal(rows(db, "SELECT sql FROM sqlite_schema"), before)


@test
def a_failed_statement_leaves_no_lock(directory):
    """What was prepared cannot be prepared again after the schema changed."""
    for drop, create, uses in (
            ("DROP TABLE messages", "CREATE VIEW messages AS SELECT 1 AS x",
             ("SELECT write_message(NULL, 'a-1', 'T', '{}')",
              "SELECT * FROM get_stream_messages('a-1')",
              "SELECT stream_version('a-1')")),
            ("SELECT 1", "CREATE TABLE message_db_transaction (x)",
             ("SELECT acquire_lock('a-1')", "SELECT clear_namespace('message_store')"))):
        path = directory.file(str(len(uses)))
        db, other = connect(path), connect(path, timeout=0.1, load=False)
        write(db, "a-1")
        for use in uses:
            rows(db, use)
        other.execute(drop)
        other.execute(create)
        for use in uses:
            fails(db, use, code="SQLITE_ERROR")
            is_true(not db.in_transaction)
            other.execute("BEGIN EXCLUSIVE")
            other.execute("COMMIT")


@test
def a_refused_statement_leaves_no_lock(directory):
    """The same when an authorizer refuses what it allowed before."""
    refused = []
    path = directory.file()
    db, other = connect(path), connect(path, timeout=0.1, load=False)
    db.set_authorizer(lambda action, *names: sqlite3.SQLITE_DENY
                      if action in refused else sqlite3.SQLITE_OK)
    uses = (("SELECT write_message(NULL, 'a-1', 'T', '{}')", sqlite3.SQLITE_INSERT),
            ("SELECT acquire_lock('a-1')", sqlite3.SQLITE_DELETE))
    for use, _ in uses:
        rows(db, use)
    for number, (use, action) in enumerate(uses):
        other.execute("CREATE TABLE other_%d (x)" % number)
        refused[:] = [action]
        fails(db, use, code="SQLITE_AUTH")
        is_true(not db.in_transaction)
        other.execute("BEGIN EXCLUSIVE")
        other.execute("COMMIT")
        refused.clear()
        rows(db, use)


@test
def read_only_file(directory):
    path = directory.file()
    fails(connect("file:%s?mode=rwc" % path, uri=True),
          "SELECT * FROM get_stream_messages('a')")
    db = connect("file:%s?mode=ro" % path, uri=True)
    equal(rows(db, "SELECT * FROM get_stream_messages('a-1')"), [])
    fails(db, WRITE, None, "a-1", "T", "{}", None, None,
          code="SQLITE_READONLY",
          message="attempt to write a readonly database")
    fails(db, "SELECT ensure_namespace()", code="SQLITE_READONLY")

    write(connect(path), "a-1")
    db = connect("file:%s?mode=ro" % path, uri=True)
    equal(len(rows(db, "SELECT * FROM get_stream_messages('a-1')")), 1)
    fails(db, WRITE, None, "a-1", "T", "{}", None, None,
          code="SQLITE_READONLY")
    fails(db, "SELECT acquire_lock('a-1')", code="SQLITE_READONLY")


@test
def read_only_namespaces(directory):
    """A namespace's file, too, is opened to read only."""
    path = directory.file("the %41 ? of #.db")
    for mode in "delete", "wal":
        writer = connect(path)
        value(writer, "SELECT ensure_namespace() + ensure_namespace('tenant_a')")
        value(writer, "PRAGMA journal_mode = " + mode)
        db = connect("file:%s?mode=ro" % urllib.parse.quote(path), uri=True)
        equal(rows(db, "SELECT name, schema_version FROM list_namespaces()"),
              [("message_store", 2), ("tenant_a", 2)])
        value(db, "SELECT use_namespace('tenant_a')")
        fails(db, WRITE, None, "a-1", "T", "{}", None, None,
              code="SQLITE_READONLY", message="attempt to write a readonly database")
        for call in "clear_namespace('tenant_a')", "delete_namespace('tenant_a')", \
                    "rename_namespace('tenant_a', 'tenant_b')", "ensure_namespace('tenant_b')":
            fails(db, "SELECT " + call, code="SQLITE_READONLY")
        fails(db, "DELETE FROM tenant_a.messages", code="SQLITE_READONLY")
        equal(rows(db, "SELECT * FROM get_stream_messages('a-1')"), [])
        equal(rows(db, "SELECT * FROM verify_namespace('tenant_a')"), [])
        equal(value(db, "SELECT state FROM message_store_status()"), "ready")


@test
def query_only(_):
    db = connect()
    write(db, "a-1")
    db.execute("PRAGMA query_only = on")
    equal(len(rows(db, "SELECT * FROM get_stream_messages('a-1')")), 1)
    fails(db, WRITE, None, "a-1", "T", "{}", None, None,
          code="SQLITE_READONLY")
    fails(db, "SELECT acquire_lock('a-1')", code="SQLITE_READONLY")
    db.execute("PRAGMA query_only = off")
    equal(write(db, "a-1"), 1)


@test
def file_is_no_database(directory):
    with open(directory.file(), "w") as file:
        file.write("no database at all" * 100)
    db = connect(directory.file())
    fails(db, WRITE, None, "a-1", "T", "{}", None, None, code="SQLITE_NOTADB")
    fails(db, "SELECT * FROM get_stream_messages('a-1')", code="SQLITE_NOTADB")
    equal(os.path.getsize(directory.file()), 1800)


@test
def disk_full(directory):
    db = connect(directory.file())
    write(db, "a-1")
    pages = value(db, "PRAGMA page_count")
    db.execute("PRAGMA max_page_count = %d" % (pages + 4))
    written = 1
    while True:
        try:
            write(db, "a-1", '"%s"' % ("x" * 500))
            written += 1
        except sqlite3.Error as error:
            is_true("full" in str(error))
            break
    is_true(not db.in_transaction)
    equal(value(db, "SELECT count(*) FROM messages"), written)
    db.execute("PRAGMA max_page_count = 100000")
    equal(write(db, "a-1"), written)


@test
def internal_function_refuses_others(_):
    db = connect()
    fails(db, "SELECT message_db_next_position(NULL, 1)",
          message="message_db_next_position() is internal")
    fails(db, "SELECT message_db_next_position(1, 1)",
          message="message_db_next_position() is internal")
    fails(db, "INSERT INTO message_db_transaction VALUES (1)",
          code="SQLITE_READONLY")
    equal(rows(db, "SELECT * FROM message_db_transaction"), [])


@test
def wrong_number_of_arguments(_):
    db = connect()
    fails(db, "SELECT write_message(NULL, 'a-1', 'T')")
    fails(db, "SELECT * FROM get_stream_messages('a-1', 1, 2, NULL, 5)")


run()
