"""Stores of every schema version, kept as dumps, are read, migrated, written.

regress/fixtures/postgresql_version_N.sql was made by the release that had the
schema version N.  It stays as it is, and so does what is read from it here.
A store of a newer version than ours is refused and left untouched.
"""

import os
import subprocess
import sys

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "drivers"))

from harness import PATH, as_json, connect, equal, fails, finish, rows, test, value

admin = connect()


def restore(version, dbname="fixture"):
    rows(admin, "DROP DATABASE IF EXISTS %s WITH (FORCE)" % dbname)
    rows(admin, "CREATE DATABASE %s TEMPLATE template0" % dbname)
    script = os.path.join(HERE, "..", "fixtures", "postgresql_version_%d.sql" % version)
    done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script, dbname],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    equal(done.returncode, 0, done.stdout)
    return to(dbname)


def to(dbname):
    connection = psycopg2.connect(dbname=dbname, options=PATH)
    connection.autocommit = True
    return connection


def everything(connection):
    return rows(connection, "SELECT to_jsonb(m)::text FROM messages m ORDER BY global_position")


def write(connection, stream, expected):
    return value(connection, "SELECT write_message(NULL, %s, 'T', '{}', NULL, %s)", stream, expected)


with test("version 1, Message DB's table: read, written, then migrated in place"):
    connection = restore(1)
    before = everything(connection)
    equal(rows(connection, "SELECT * FROM message_store_status()"),
          [("uninitialized", 1, 2, 0, 1, None, None)])
    equal([(p, g, as_json(d)) for p, g, d in rows(
        connection, "SELECT position, global_position, data FROM get_stream_messages('account-1')")],
        [(0, 1, {"owner": "Ada", "amount": 1.5}), (1, 2, {"amount": 10}), (2, 9, {})])
    equal(rows(connection, "SELECT stream_name FROM get_category_messages('account', correlation => 'signup')"),
          [("account-1",)])
    equal(rows(connection, "SELECT data FROM get_category_messages('Überweisung')"), [('"two\\nlines"',)])
    equal(rows(connection, "SELECT stream_name, version, messages FROM list_streams()"),
          [("account-1", 2, 3), ("account-2+east", 0, 1), ("Überweisung-日本", 0, 1)])
    equal(everything(connection), before, "reading changed it")
    with fails("P0001", "Wrong expected version: 1 (Stream: account-1, Stream Version: 2)"):
        write(connection, "account-1", 1)
    equal(write(connection, "account-1", 2), 3)
    equal(value(connection, "SELECT global_position FROM get_last_stream_message('account-1')"), 12)
    before = everything(connection), value(connection, "SELECT pg_relation_filenode('messages')")
    equal(value(connection, "SELECT migrate_namespace()"), 2)
    equal((everything(connection), value(connection, "SELECT pg_relation_filenode('messages')")), before)
    equal(value(connection, "SELECT state FROM message_store_status()"), "ready")
    equal(write(connection, "account-1", 3), 4)
    connection.close()

with test("version 1, deleted: all that was in it is gone"):
    connection = restore(1)
    equal(value(connection, "SELECT delete_namespace('message_store')"), 5)
    equal(value(connection, "SELECT count(*) FROM pg_class WHERE relkind <> 'c'"
                " AND relnamespace = 'message_store'::regnamespace"), 0)
    connection.close()

with test("version 2: what the namespaces say, messages, positions, the last error"):
    connection = restore(2)
    equal(rows(connection, "SELECT name, description, metadata, created_at::text, schema_version"
               " FROM list_namespaces()"),
          [("message_store", None, None, "2024-03-04 00:00:00", 2),
           ("tenant_a", "The first", '{"token_hash": "0f"}', "2024-03-05 00:00:00", 2)])
    equal(rows(connection, "SELECT state, last_error, last_error_at::text FROM message_store_status()"),
          [("error", "an old one", "2024-03-06 00:00:00")])
    equal(rows(connection, "SELECT position, global_position, time::text FROM get_category_messages('account')"),
          [(0, 1, "2024-03-04 05:06:07.123456"), (1, 3, "2024-03-04 05:06:08")])
    equal(write(connection, "account-1", 1), 2)
    equal(value(connection, "SELECT global_position FROM get_last_stream_message('account-1')"), 5)
    rows(connection, "CALL migrate_namespaces()")
    equal(value(connection, "SELECT state FROM message_store_status()"), "ready")
    value(connection, "SELECT use_namespace('tenant_a')")
    equal(write(connection, "account-1", 0), 1)
    equal(value(connection, "SELECT global_position FROM get_last_stream_message('account-1')"), 2)
    connection.close()

with test("version 3, of a later release: refused, and left untouched"):
    restore(2).close()
    with to("fixture") as connection:
        rows(connection, "UPDATE message_db_namespace SET schema_version = 3")
        before = everything(connection), rows(connection, "SELECT * FROM message_db_namespace")
    # in a new session, as after a restore
    connection = to("fixture")
    for statement in ("SELECT write_message(NULL, 'account-1', 'T', '{}')",
                      "SELECT * FROM get_stream_messages('account-1')",
                      "SELECT * FROM get_category_messages('account')",
                      "SELECT stream_version('account-1')", "SELECT list_streams()",
                      "SELECT migrate_namespace()", "SELECT ensure_namespace()",
                      "SELECT clear_namespace('message_store')", "SELECT delete_namespace('message_store')"):
        with fails("MD005", "Namespace has a newer schema version: message_store"):
            rows(connection, statement)
    rows(connection, "CALL migrate_namespaces()")
    equal((everything(connection), rows(connection, "SELECT * FROM message_db_namespace")), before)
    equal(rows(connection, "SELECT state, last_error FROM message_store_status()"),
          [("error", "Namespace has a newer schema version: message_store")])
    # the other one is served
    value(connection, "SELECT use_namespace('tenant_a')")
    equal(value(connection, "SELECT stream_version('account-1')"), 0)
    connection.close()

rows(admin, "DROP DATABASE IF EXISTS fixture WITH (FORCE)")
admin.close()
finish()
