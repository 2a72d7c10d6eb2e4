"""pg_dump and pg_restore carry every namespace, and DROP EXTENSION loses none.

A database with several namespaces, grants, a user's own index and column is
dumped and restored in each way, own and adopted: the same rows and positions,
the next write gets the next ones, an expected version still conflicts.
"""

import os
import subprocess
import sys

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "drivers"), os.path.join(HERE, "..", "lib")]

import original
from harness import PATH, connect, equal, fails, finish, rows, skip, test, value

admin = connect()
WORK = subprocess.check_output(["mktemp", "-d"], text=True).strip()
NAMESPACES = ("message_store", "tenant_a", "tenant_b")


def new_database(name):
    rows(admin, "DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)
    rows(admin, "CREATE DATABASE %s TEMPLATE template0" % name)


def to(name, role=None):
    connection = psycopg2.connect(dbname=name, user=role or os.environ.get("PGUSER"), options=PATH)
    connection.autocommit = True
    return connection


def write(connection, stream, expected=None):
    return value(connection, "SELECT write_message(gen_random_uuid()::varchar, %s, 'T', '{\"n\": 1.50}',"
                 " '{\"correlationStreamName\": \"c-1\"}', %s)", stream, expected)


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
            "SELECT relname, obj_description(oid) FROM pg_class WHERE relnamespace = '@'::regnamespace"
            " AND relkind IN ('r', 'v') ORDER BY 1")]
    return found


# EventoDB's import rewound the sequence to the highest position that it had
# brought: here it stands where it stood, behind those that were rolled back.
def goes_on(dbname):
    """The next write gets the next positions, and conflicts are still found."""
    connection = to(dbname, "regress_dump")
    for name in NAMESPACES:
        value(connection, "SELECT use_namespace(%s)", name)
        version = value(connection, "SELECT stream_version('account-1')")
        with fails("P0001", "Wrong expected version: %d (Stream: account-1, Stream Version: %d)"
                   % (version - 1, version)):
            write(connection, "account-1", version - 1)
        equal(write(connection, "account-1", version), version + 1)
        equal(value(connection, "SELECT global_position FROM get_last_stream_message('account-1')"), 24)
        equal(value(connection, "SELECT count(*) FROM get_category_messages('account')"), 22)
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


WAYS = (
    ("pg_dump | psql", "pg_dump source | psql -X -q -v ON_ERROR_STOP=1 restored"),
    ("pg_dump --inserts | psql", "pg_dump --inserts source | psql -X -q -v ON_ERROR_STOP=1 restored"),
    ("pg_dump -Fc, pg_restore", "pg_dump -Fc -f %(work)s/c source &&"
     " pg_restore --exit-on-error -d restored %(work)s/c"),
    ("pg_dump -Fc, pg_restore -j2", "pg_restore --exit-on-error -j2 -d restored %(work)s/c"),
    ("pg_dump -Fd -j2, pg_restore -j2", "rm -rf %(work)s/d && pg_dump -Fd -j2 -f %(work)s/d source &&"
     " pg_restore --exit-on-error -j2 -d restored %(work)s/d"),
    ("schema, then data", "pg_dump --schema-only source | psql -X -q -v ON_ERROR_STOP=1 restored &&"
     " pg_dump --data-only source | psql -X -q -v ON_ERROR_STOP=1 restored"),
)


def restores(kind):
    connection = to("source")
    wanted = contents(connection)
    connection.close()
    for name, command in WAYS:
        with test("%s: %s" % (kind, name)):
            new_database("restored")
            shell(command % {"work": WORK})
            same("restored", wanted)
            goes_on("restored")


rows(admin, "DROP ROLE IF EXISTS regress_dump, regress_dump_reader")
rows(admin, "CREATE ROLE regress_dump LOGIN")
rows(admin, "CREATE ROLE regress_dump_reader")

new_database("source")
connection = to("source")
rows(connection, "CREATE EXTENSION message_db")
connection.close()
fill("source")
restores("own")

with test("a dump of a restored one is the same dump"):
    new_database("restored")
    shell("pg_dump source > %s/one; psql -X -q -v ON_ERROR_STOP=1 -f %s/one restored" % (WORK, WORK))
    # pg_dump of recent servers writes a random key
    shell("pg_dump restored > %s/two; diff <(grep -v restrict %s/one) <(grep -v restrict %s/two)" % ((WORK,) * 3))

with test("DROP EXTENSION, then CREATE EXTENSION: nothing lost, and it goes on"):
    connection = to("restored")
    wanted = contents(connection)
    rows(connection, "DROP EXTENSION message_db")
    equal(value(connection, "SELECT count(*) FROM tenant_a.messages"), 21)
    rows(connection, "CREATE EXTENSION message_db")
    connection.close()
    same("restored", wanted)
    goes_on("restored")

with test("pg_dump --schema of one namespace is one elsewhere, after ensure_namespace"):
    for create in ("before", "after"):
        new_database("restored")
        connection = to("restored")
        if create == "before":
            rows(connection, "CREATE EXTENSION message_db")
        shell("pg_dump --schema=tenant_a source | psql -X -q -v ON_ERROR_STOP=1 restored")
        if create == "after":
            rows(connection, "CREATE EXTENSION message_db")
        equal(value(connection, "SELECT ensure_namespace('tenant_a')"), False)
        equal(rows(connection, "SELECT name, description, schema_version FROM list_namespaces()"),
              [("tenant_a", "The first", 2)])
        value(connection, "SELECT use_namespace('tenant_a')")
        equal(write(connection, "account-1", 7), 8)
        equal(value(connection, "SELECT max(global_position) FROM get_stream_messages('account-1')"), 24)
        connection.close()

with test("a dump of the table alone is a namespace of the first version, until then"):
    new_database("restored")
    connection = to("restored")
    rows(connection, "CREATE EXTENSION message_db")
    rows(connection, "CREATE SCHEMA tenant_a")
    shell("pg_dump --table=tenant_a.messages source | psql -X -q -v ON_ERROR_STOP=1 restored")
    equal(rows(connection, "SELECT schema_version FROM get_namespace('tenant_a')"), [(1,)])
    equal(value(connection, "SELECT ensure_namespace('tenant_a')"), False)
    equal(rows(connection, "SELECT schema_version FROM get_namespace('tenant_a')"), [(2,)])
    value(connection, "SELECT use_namespace('tenant_a')")
    equal(write(connection, "account-1", 7), 8)
    connection.close()

try:
    new_database("source")
    original.run("install.sh", "source")
except original.Unavailable as reason:
    skip("dumps of an adopted Message DB", str(reason))
else:
    connection = to("source")
    rows(connection, "CREATE EXTENSION message_db VERSION 'original-1.3.0'")
    rows(connection, "ALTER EXTENSION message_db UPDATE")
    connection.close()
    fill("source")
    restores("adopted")

    # the index that Message DB made is built on a function of the extension
    with test("DROP EXTENSION of an adopted one is refused, and loses nothing"):
        connection = to("source")
        wanted = contents(connection)
        with fails("2BP01"):
            rows(connection, "DROP EXTENSION message_db")
        connection.close()
        same("source", wanted)

servers = subprocess.run("ls -d /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb 2>/dev/null | wc -l",
                         shell=True, stdout=subprocess.PIPE, text=True).stdout.strip()
skip("pg_upgrade", "it needs two servers that have the extension, and the tests have one"
     " (%s on this machine)" % servers)

for name in ("source", "restored"):
    rows(admin, "DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)
rows(admin, "DROP ROLE regress_dump, regress_dump_reader")
rows(admin, "DROP ROLE IF EXISTS message_store")
admin.close()
subprocess.run(["rm", "-rf", WORK])
finish()
