"""A database with several namespaces, grants, a user's own index and column, and
what must be the same wherever it is brought to.
"""

import os
import subprocess
import sys

import psycopg2

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "drivers"))

from harness import PATH, equal, fails, rows, value

NAMESPACES = ("message_store", "tenant_a", "tenant_b")
ROLES = "regress_dump, regress_dump_reader"


def to(name, role=None):
    connection = psycopg2.connect(dbname=name, user=role or os.environ.get("PGUSER"), options=PATH)
    connection.autocommit = True
    return connection


def write(connection, stream, expected=None):
    return value(connection, "SELECT write_message(gen_random_uuid()::varchar, %s, 'T', '{\"n\": 1.50}',"
                 " '{\"correlationStreamName\": \"c-1\"}', %s)", stream, expected)


def create_roles(admin):
    rows(admin, "DROP ROLE IF EXISTS " + ROLES)
    rows(admin, "CREATE ROLE regress_dump LOGIN")
    rows(admin, "CREATE ROLE regress_dump_reader")


def fill(dbname):
    """Messages in every namespace, and what a user adds to them."""
    connection = to(dbname)
    value(connection, "SELECT create_namespace('tenant_a', 'The first', '{\"token_hash\": \"0f\"}')")
    value(connection, "SELECT create_namespace('tenant_b')")
    for namespace in NAMESPACES:
        value(connection, "SELECT ensure_namespace(%s)", namespace)
        value(connection, "SELECT grant_access('regress_dump', %s)", namespace)
        value(connection, "SELECT use_namespace(%s)", namespace)
        for n in range(20):
            write(connection, "account-%d" % (n % 3))
        # a gap in the global positions, at the end too
        rows(connection, "BEGIN")
        write(connection, "account-1")
        rows(connection, "ROLLBACK")
        write(connection, "account-1")
        rows(connection, "BEGIN")
        write(connection, "account-1")
        rows(connection, "ROLLBACK")
    for namespace in ("message_store", "tenant_a"):
        rows(connection, "ALTER TABLE %s.messages ADD COLUMN region text NOT NULL DEFAULT 'north'" % namespace)
        rows(connection, "CREATE INDEX by_type ON %s.messages (type, region)" % namespace)
        rows(connection, "GRANT SELECT ON %s.messages TO regress_dump_reader" % namespace)
    connection.close()


def contents(connection):
    """All that a dump has to carry, as text."""
    found = {}
    for name in NAMESPACES:
        found[name] = [rows(connection, sql.replace("@", name)) for sql in (
            "SELECT to_jsonb(m)::text FROM @.messages m ORDER BY global_position",
            "SELECT to_jsonb(n)::text FROM @.message_db_namespace n",
            "SELECT last_value, is_called FROM @.messages_global_position_seq",
            "SELECT pg_get_serial_sequence('@.messages', 'global_position')",
            "SELECT indexdef FROM pg_indexes WHERE schemaname = '@' ORDER BY 1",
            "SELECT viewname, definition FROM pg_views WHERE schemaname = '@' ORDER BY 1",
            "SELECT attname, format_type(atttypid, atttypmod), attcollation::regcollation::text, attnotnull,"
            " pg_get_expr(adbin, adrelid) FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid"
            " AND adnum = attnum WHERE attrelid = '@.messages'::regclass AND attnum > 0 ORDER BY attnum",
            "SELECT relname, acl::text FROM pg_class, unnest(relacl) acl"
            " WHERE relnamespace = '@'::regnamespace ORDER BY 1, 2",
            "SELECT acl::text FROM pg_namespace, unnest(nspacl) acl WHERE nspname = '@' ORDER BY 1",
            "SELECT relname, obj_description(oid, 'pg_class') FROM pg_class WHERE relnamespace = '@'::regnamespace"
            " AND relkind IN ('r', 'v') ORDER BY 1")]
    return found


# EventoDB's import rewound the sequence to the highest position that it had
# brought: here it stands where it stood, behind those that were rolled back.
def goes_on(dbname, last=23):
    """The next write gets the next positions, and conflicts are still found.
    last is the highest global position that was ever given out."""
    connection = to(dbname, "regress_dump")
    for name in NAMESPACES:
        value(connection, "SELECT use_namespace(%s)", name)
        version = value(connection, "SELECT stream_version('account-1')")
        with fails("P0001", "Wrong expected version: %d (Stream: account-1, Stream Version: %d)"
                   % (version - 1, version)):
            write(connection, "account-1", version - 1)
        equal(write(connection, "account-1", version), version + 1)
        equal(value(connection, "SELECT global_position FROM get_last_stream_message('account-1')"), last + 1)
        equal(value(connection, "SELECT count(*) FROM get_category_messages('account')"), last - 1)
    connection.close()


def same(dbname, wanted):
    connection = to(dbname)
    found = contents(connection)
    for name in NAMESPACES:
        for part, (one, other) in enumerate(zip(found[name], wanted[name])):
            equal(one, other, "%s, part %d" % (name, part))
    equal(value(connection, "SELECT state FROM message_store_status()"), "ready")
    equal([r[0] for r in rows(connection, "SELECT name FROM list_namespaces()")], list(NAMESPACES))
    equal(rows(connection, "SELECT description, metadata FROM get_namespace('tenant_a')"),
          [("The first", '{"token_hash": "0f"}')])
    connection.close()


def shell(command):
    done = subprocess.run(["bash", "-c", "set -o pipefail; " + command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    equal(done.returncode, 0, "%s said %s" % (command, done.stdout))
