"""pg_dump and pg_restore carry every namespace, and DROP EXTENSION loses none.

A database with several namespaces, grants, a user's own index and column is
dumped and restored in each way, own and adopted: the same rows and positions,
the next write gets the next ones, an expected version still conflicts.
"""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "drivers"), os.path.join(HERE, "..", "lib")]

import original
from harness import connect, equal, fails, finish, rows, skip, test, value
from parts.store import ROLES, contents, create_roles, fill, goes_on, same, shell, to, write

admin = connect()
WORK = subprocess.check_output(["mktemp", "-d"], text=True).strip()


def new_database(name):
    rows(admin, "DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)
    rows(admin, "CREATE DATABASE %s TEMPLATE template0" % name)


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


create_roles(admin)
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

for name in ("source", "restored"):
    rows(admin, "DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)
rows(admin, "DROP ROLE " + ROLES)
rows(admin, "DROP ROLE IF EXISTS message_store")
admin.close()
subprocess.run(["rm", "-rf", WORK])
finish()
