"""pg_upgrade carries every namespace, as a dump does, and what is set for roles.

A cluster is upgraded by copying its files, and what comes of it once more, by
linking them.  The machine has one version of the server: pg_upgrade takes that
as the old one and the new one, and does all that it does between two.  That
the tables of one version are fit for the next is the server's own affair.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE] + [os.path.join(HERE, "..", folder) for folder in ("drivers", "lib", "stress")]

import original
from harness import connect, equal, finish, rows, skip, test, value
from load import server
from parts.store import contents, create_roles, fill, goes_on, same, to

server.use_own_server()

UPGRADE = """as_server_user "$SERVER_BIN/pg_upgrade" -U postgres -b "$SERVER_BIN" -B "$SERVER_BIN" \
    -d "$SERVER_DIR/%s/data" -D "$SERVER_DIR/%s/data" -s "$SERVER_DIR" %s"""

admin = connect()
create_roles(admin)
databases = ["own"]
rows(admin, "CREATE DATABASE own TEMPLATE template0")
connection = to("own")
rows(connection, "CREATE EXTENSION message_db")
connection.close()
try:
    rows(admin, "CREATE DATABASE adopted TEMPLATE template0")
    original.run("install.sh", "adopted")
    connection = to("adopted")
    rows(connection, "CREATE EXTENSION message_db VERSION 'original-1.3.0'")
    rows(connection, "ALTER EXTENSION message_db UPDATE")
    connection.close()
    databases.append("adopted")
except original.Unavailable as reason:
    skip("pg_upgrade of an adopted Message DB", str(reason))
for database in databases:
    fill(database)
rows(admin, "ALTER ROLE regress_dump IN DATABASE own SET message_db.namespace = 'tenant_a'")
admin.close()

old = "primary"
for new, how, option in (("copied", "copying", ""), ("linked", "linking", "--link")):
    wanted = {}
    for database in databases:
        connection = to(database)
        wanted[database] = contents(connection)
        connection.close()
    with test("pg_upgrade, " + how):
        server.shell("server_stop %s && server_cluster %s && server_stop %s" % (old, new, new))
        server.shell(UPGRADE % (old, new, option))
        server.start(new)
        os.environ["PGHOST"] = server.socket(new)
    for database in databases:
        with test("%s: %s, what there was" % (how, database)):
            same(database, wanted[database])
            connection = to(database)
            equal(rows(connection, "SELECT * FROM list_namespaces() n, verify_namespace(n.name)"), [])
            connection.close()
        with test("%s: %s goes on" % (how, database)):
            goes_on(database, {"copied": 23, "linked": 24}[new])
    with test("%s: what is set for a role" % how):
        connection = to("own", "regress_dump")
        equal(value(connection, "SELECT current_namespace()"), "tenant_a")
        connection.close()
    old = new

finish()
