"""An updated extension is the same as a fresh one, object by object.

Every version from which the server knows an update path is installed and
updated: those that the tree has scripts for, so that a new release needs no
new test, and Message DB's own functions, which adoption takes in.
"""

import os
import re
import sys

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "drivers"), os.path.join(HERE, "..", "lib")]

import original
from harness import check, connect, equal, finish, rows, skip, test, value

SCRIPTS = os.path.join(HERE, "..", "..", "sql")
ORIGINAL = "original-1.3.0"
admin = connect()


def database(statements=()):
    """A connection to a new database in which the statements have run."""
    rows(admin, "DROP DATABASE IF EXISTS updated WITH (FORCE)")
    rows(admin, "CREATE DATABASE updated TEMPLATE template0")
    connection = psycopg2.connect(dbname="updated")
    connection.autocommit = True
    for statement in statements:
        rows(connection, statement)
    return connection


def objects(connection):
    """The extension's members by their description: all that the catalogues
    say of them, apart from numbers."""
    found = {}
    for name, definition, acl, comment in rows(connection, """
        SELECT pg_describe_object(d.classid, d.objid, d.objsubid),
            CASE d.classid
                WHEN 'pg_proc'::regclass THEN
                    (SELECT pg_get_functiondef(oid) || prosupport::text FROM pg_proc WHERE oid = d.objid)
                WHEN 'pg_type'::regclass THEN
                    (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) || ' '
                        || attcollation::regcollation, ', ' ORDER BY attnum)
                    FROM pg_attribute JOIN pg_type t ON attrelid = t.typrelid WHERE t.oid = d.objid)
            END,
            CASE d.classid
                WHEN 'pg_proc'::regclass THEN (SELECT proacl::text FROM pg_proc WHERE oid = d.objid)
                WHEN 'pg_type'::regclass THEN (SELECT typacl::text FROM pg_type WHERE oid = d.objid)
            END,
            obj_description(d.objid, d.classid::regclass::name)
        FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'message_db'
            -- from PostgreSQL 18 on, also the types' arrays
            AND pg_describe_object(d.classid, d.objid, d.objsubid) NOT LIKE '%[]'"""):
        found[name] = (definition, acl, comment)
    return found


def others(connection):
    """What stands in the schema and is no member."""
    return [r[0] for r in rows(connection, """
        SELECT pg_describe_object(c.classid, c.objid, 0) FROM (
            SELECT 'pg_proc'::regclass AS classid, oid AS objid FROM pg_proc
            WHERE pronamespace = 'message_store'::regnamespace
            UNION ALL SELECT 'pg_class'::regclass, oid FROM pg_class
            WHERE relnamespace = 'message_store'::regnamespace AND relkind <> 'c') AS c
        WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = c.classid AND d.objid = c.objid
            AND d.deptype = 'e')""")]


def same(connection, with_privileges=True):
    found = objects(connection)
    equal(sorted(found), sorted(fresh), "the objects")
    for name, (definition, acl, comment) in fresh.items():
        equal(found[name][0], definition, "definition of " + name)
        equal(found[name][2], comment, "comment of " + name)
        if with_privileges:
            equal(found[name][1], acl, "privileges of " + name)
    equal(value(connection, "SELECT extversion FROM pg_extension WHERE extname = 'message_db'"), version)
    connection.close()


connection = database(["CREATE EXTENSION message_db"])
version = value(connection, "SELECT extversion FROM pg_extension WHERE extname = 'message_db'")
fresh = objects(connection)
sources = [r[0] for r in rows(connection, "SELECT source FROM pg_extension_update_paths('message_db')"
                              " WHERE target = %s AND path IS NOT NULL", version)]
connection.close()

with test("there is a path to this release from each that the tree has a script for"):
    written = {m.group(1) for m in (re.fullmatch(r"message_db--([^-].*?)--([0-9].*)\.sql", f)
                                    for f in os.listdir(SCRIPTS)) if m}
    equal(sorted(written - set(sources)), [], "versions without a path")
    check(ORIGINAL in sources, "Message DB has a path")
    check(len(fresh) > 20, "the objects are found")

for source in sorted(set(sources) - {ORIGINAL}):
    with test("%s, updated, is the same as fresh" % source):
        same(database(["CREATE EXTENSION message_db VERSION '%s'" % source,
                       "ALTER EXTENSION message_db UPDATE"]))

# The way out lets go of the functions, so that DROP EXTENSION leaves them.
with test("turned into Message DB, then adopted, it is the same as fresh"):
    same(database(["CREATE EXTENSION message_db",
                   "ALTER EXTENSION message_db UPDATE TO '%s'" % ORIGINAL,
                   "DROP EXTENSION message_db",
                   "CREATE EXTENSION message_db VERSION '%s'" % ORIGINAL,
                   "ALTER EXTENSION message_db UPDATE"]))

with test("the way out leaves Message DB's functions and type, and nothing else"):
    connection = database(["CREATE EXTENSION message_db",
                           "ALTER EXTENSION message_db UPDATE TO '%s'" % ORIGINAL])
    equal(objects(connection), {}, "members")
    equal(sorted(re.sub(r"function message_store\.|\(.*", "", o) for o in others(connection)), sorted("""
        acquire_lock cardinal_id category get_category_messages get_last_stream_message
        get_stream_messages hash_64 id is_category message_store_version stream_version
        write_message""".split()))
    connection.close()

# Message DB's own privileges, of its role, stay.
try:
    original.database()
except original.Unavailable as reason:
    skip("Message DB, adopted, is the same as fresh", str(reason))
else:
    with test("Message DB, adopted, is the same as fresh"):
        connection = database()
        original.run("install.sh", "updated")
        for statement in ("CREATE EXTENSION message_db VERSION '%s'" % ORIGINAL,
                          "ALTER EXTENSION message_db UPDATE"):
            rows(connection, statement)
        same(connection, with_privileges=False)

rows(admin, "DROP DATABASE IF EXISTS updated WITH (FORCE)")
rows(admin, "DROP ROLE IF EXISTS message_store")
admin.close()
finish()
