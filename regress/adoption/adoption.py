"""A Message DB becomes ours in place, and the way back.

Message DB is installed from its own package, used, and adopted while sessions
use it; then it behaves as ours.  The way back makes a working Message DB of
it, or of a store that never was one, with every message.
"""

import glob
import os
import subprocess
import sys

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path[:0] = [os.path.join(HERE, "..", "drivers"), os.path.join(HERE, "..", "lib")]

import original
from harness import PATH, check, connect, equal, fails, finish, rows, skip, test, value

ADOPT = ("CREATE EXTENSION message_db VERSION 'original-1.3.0'", "ALTER EXTENSION message_db UPDATE")
LEAVE = ("BEGIN", "ALTER EXTENSION message_db UPDATE TO 'original-1.3.0'", "DROP EXTENSION message_db", "COMMIT")
FUNCTIONS = """acquire_lock cardinal_id category get_category_messages get_last_stream_message
    get_stream_messages hash_64 id is_category message_store_version stream_version write_message""".split()
BUSY = 3000     # messages of other categories, so that an index is worth its while

try:
    original.database()
except original.Unavailable as reason:
    skip("adoption of Message DB", str(reason))
    finish()

admin = connect()


def new_database(name, template="template0"):
    rows(admin, "DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)
    rows(admin, "CREATE DATABASE %s TEMPLATE %s" % (name, template))
    # Message DB's own scripts are for a database without this
    if name != "original":
        rows(admin, "ALTER DATABASE %s SET search_path = message_store, public" % name)


def to(name, role=None, autocommit=True):
    connection = psycopg2.connect(dbname=name, user=role or os.environ.get("PGUSER"), options=PATH)
    connection.autocommit = autocommit
    return connection


def execute(connection, statements):
    for statement in statements:
        rows(connection, statement)


def write(connection, stream, expected=None, data="{}"):
    return value(connection, "SELECT write_message(gen_random_uuid()::varchar, %s, 'T', %s,"
                 " '{\"correlationStreamName\": \"signup-1\"}', %s)", stream, data, expected)


def fill(connection):
    rows(connection, "SELECT count(write_message(gen_random_uuid()::varchar, 'busy-' || i %% 100, 'T',"
         " '{}')) FROM generate_series(1, %s) i", BUSY)
    for n in range(30):
        write(connection, "account-%d" % (n % 3))
    rows(connection, "ANALYZE messages")


def files(connection):
    """What would change if the table were copied or an index built anew."""
    return rows(connection, """
        SELECT relname, relkind, pg_relation_filenode(oid), reltoastrelid FROM pg_class
        WHERE relnamespace = 'message_store'::regnamespace AND relkind IN ('r', 'i', 'S', 'v')
            AND relname !~ 'message_db_namespace' ORDER BY relname COLLATE "C" """)


def privileges(connection):
    return rows(connection, """
        SELECT relname, acl::text FROM pg_class, unnest(relacl) AS acl
        WHERE relnamespace = 'message_store'::regnamespace AND relname <> 'message_db_namespace'
        UNION ALL SELECT proname, acl::text FROM pg_proc, unnest(proacl) AS acl
        WHERE pronamespace = 'message_store'::regnamespace AND proname = ANY (%s)
        UNION ALL SELECT nspname, acl::text FROM pg_namespace, unnest(nspacl) AS acl
        WHERE nspname = 'message_store' ORDER BY 1, 2""", FUNCTIONS)


def messages(connection):
    return rows(connection, "SELECT to_jsonb(m) FROM message_store.messages m ORDER BY global_position")


def index_is_used(connection, index, statement):
    """In a transaction: the server counts what this one has done."""
    rows(connection, "BEGIN")
    rows(connection, statement)
    scans = value(connection, "SELECT pg_stat_get_xact_numscans(%s::regclass)", "message_store." + index)
    rows(connection, "ROLLBACK")
    check(scans > 0, "%s is not used by %s" % (index, statement))


def old_indexes_are_used(connection):
    for statement, index in (
            ("SELECT * FROM get_category_messages('account')", "messages_category"),
            ("SELECT * FROM get_category_messages('account', correlation => 'signup')", "messages_category"),
            ("SELECT * FROM get_stream_messages('account-1')", "messages_stream"),
            ("SELECT * FROM get_last_stream_message('account-1')", "messages_stream"),
            ("SELECT * FROM stream_version('account-1')", "messages_stream"),
            ("SELECT * FROM messages WHERE category(stream_name) = 'account'", "messages_category")):
        index_is_used(connection, index, statement)


def answers(connection):
    """What clients see; the same before and after an adoption."""
    return [rows(connection, sql) for sql in (
        "SELECT * FROM get_stream_messages('account-1')",
        "SELECT * FROM get_stream_messages('account-1', 3, 2)",
        "SELECT * FROM get_category_messages('account')",
        "SELECT * FROM get_category_messages('account', 3010, 5, correlation => 'signup')",
        "SELECT * FROM get_category_messages('busy', consumer_group_member => 1, consumer_group_size => 3)",
        "SELECT * FROM get_last_stream_message('account-2')",
        "SELECT stream_version('account-2'), stream_version('account-9')",
        "SELECT id('a-1+2'), cardinal_id('a-1+2'), category('a-1+2'), is_category('a'), hash_64('a')",
        "SELECT message_store_version()",
        "SELECT * FROM type_summary",
        "SELECT * FROM category_type_summary")]


new_database("original")
original.run("install.sh", "original")

with test("Message DB in use becomes ours in place"):
    new_database("adopted", "original")
    owner, client, prepared, writing = to("adopted"), to("adopted", "message_store"), to("adopted"), \
        to("adopted", "message_store", autocommit=False)
    rows(owner, "GRANT SELECT ON messages TO message_store WITH GRANT OPTION")
    fill(owner)
    write(client, "account-1")
    rows(prepared, "PREPARE w AS SELECT write_message(gen_random_uuid()::varchar, 'plan-1', 'T', '{}')")
    rows(prepared, "PREPARE r AS SELECT count(*) FROM get_category_messages('plan')")
    rows(prepared, "PREPARE p AS SELECT count(*) FROM messages WHERE category(stream_name) = 'plan'")
    for _ in range(7):
        for name in "wrp":
            rows(prepared, "EXECUTE " + name)
    open_position = write(writing, "open-1")
    # while a statement has the index open, the server keeps what it knows of its expressions
    holding = to("adopted", autocommit=False)
    held = holding.cursor("held")
    held.execute("SELECT position FROM messages WHERE category(stream_name) = 'account' ORDER BY global_position")
    held.fetchone()
    before = files(owner), privileges(owner), messages(owner), answers(owner)
    rows(owner, "SET lock_timeout = '5s'")
    execute(owner, ADOPT)
    equal(files(owner), before[0], "files")
    equal(privileges(owner), before[1], "privileges")
    equal(messages(owner), before[2], "messages")
    equal(answers(owner), before[3], "answers")
    equal(value(owner, "SELECT extversion = message_db_version() FROM pg_extension"
                " WHERE extname = 'message_db'"), True)
    equal(rows(owner, "SELECT DISTINCT lanname FROM pg_proc p JOIN pg_language l ON l.oid = prolang"
               " WHERE pronamespace = 'message_store'::regnamespace AND proname = ANY (%s)", FUNCTIONS),
          [("c",)])

with test("a cursor from before reads on"):
    equal(value(holding, "SELECT count(*) FROM messages WHERE category(stream_name) = 'account'"), 31)
    equal(len(held.fetchall()), 30)
    holding.commit()
    holding.autocommit = True

with test("a transaction that began under the old functions still keeps its category to itself"):
    rows(client, "SET lock_timeout = '300ms'")
    with fails("55P03"):
        write(client, "open-2")
    rows(client, "RESET lock_timeout")
    equal(write(writing, "open-1", open_position), open_position + 1)
    writing.commit()
    equal(write(client, "open-1", open_position + 1), open_position + 2)

with test("sessions from before go on, with their rights and their plans"):
    for n in range(7):
        equal(rows(prepared, "EXECUTE w"), [(7 + n,)])
        equal(rows(prepared, "EXECUTE r"), [(8 + n,)])
        equal(rows(prepared, "EXECUTE p"), [(8 + n,)])
    equal(write(client, "account-1", 10), 11)
    equal(value(client, "SELECT count(*) FROM get_stream_messages('account-1')"), 12)
    with fails("42501"):
        rows(client, "DELETE FROM messages")
    equal(value(client, "SELECT global_position - lag FROM (SELECT global_position, lag(global_position)"
                " OVER (ORDER BY global_position) FROM messages ORDER BY 1 DESC LIMIT 1) s"), 1,
          "the sequence goes on")

# A session keeps the expressions of an index as its planner had simplified them,
# with Message DB's category().
with test("sessions from before treat the table as new ones do, and no reader passes over a message"):
    new, late = to("adopted"), to("adopted", autocommit=False)
    write(late, "turn-1")
    write(new, "turn-2")
    for connection in owner, client, prepared, holding, new:
        equal(value(connection, "SELECT count(*) FROM get_category_messages('turn')"), 0)
        check(value(connection, "SELECT max(stream_name) FROM get_all_messages(1, -1)") < "turn-1", "all messages")
    late.rollback()
    for connection in owner, client, prepared, holding, new:
        equal(value(connection, "SELECT count(*) FROM get_category_messages('turn')"), 1)
    rows(owner, "DELETE FROM messages WHERE stream_name = 'turn-2'")
    new.close()
    late.close()

# No ANALYZE in between, of which the server would tell the sessions.
with test("the planner uses the indexes that were there, in sessions from before, too"):
    new = to("adopted")
    for connection in owner, prepared, new:
        old_indexes_are_used(connection)
    new.close()

with test("it is migrated on request; it is used before, and as it is"):
    equal(rows(owner, "SELECT name, schema_version FROM list_namespaces()"), [("message_store", 1)])
    equal(value(client, "SELECT state FROM message_store_status()"), "uninitialized")
    equal(value(owner, "SELECT count(*) FROM list_streams('account')"), 3)
    equal(rows(owner, "SELECT category FROM list_categories()"),
          [("account",), ("busy",), ("open",), ("plan",)])
    before = files(owner)
    rows(owner, "CALL migrate_namespaces()")
    equal(files(owner), before, "files")
    equal(rows(owner, "SELECT name, schema_version FROM list_namespaces()"), [("message_store", 2)])
    for connection in owner, client:
        equal(value(connection, "SELECT state FROM message_store_status()"), "ready")
    equal(write(client, "account-1", 11), 12)
    value(owner, "SELECT create_namespace('tenant_a')")
    value(owner, "SELECT use_namespace('tenant_a')")
    equal(write(owner, "account-1", -1), 0)
    value(owner, "SELECT use_namespace('message_store')")
    equal(value(owner, "SELECT stream_version('account-1')"), 12)

with test("adopted twice at once, or without Message DB: refused, nothing changes"):
    with fails("42710"):
        rows(owner, ADOPT[0])
    new_database("empty")
    connection = to("empty")
    with fails("42704"):
        rows(connection, ADOPT[0])
    equal(value(connection, "SELECT count(*) FROM pg_namespace WHERE nspname = 'message_store'"), 0)
    connection.close()


def scenario(topic, dbname, results):
    """Runs a scenario of regress/common; returns what differs."""
    script = os.path.join(HERE, "..", "common", topic + ".sql")
    awk = os.path.join(HERE, "..", "lib", "scenario.awk")
    base = os.path.join(results, topic)
    text = subprocess.check_output(["awk", "-v", "mode=split", "-v", "shell=psql", "-f", awk, script])
    with open(base + ".log", "wb") as log:
        subprocess.run(["psql", "-X", "-q", "-A", "-t", "-P", "null=NULL", "-v", "VERBOSITY=terse", dbname],
                       input=text, stdout=log, stderr=log,
                       env=dict(os.environ, PGOPTIONS="-c client_min_messages=warning"))
    text = subprocess.run(["awk", "-v", "mode=merge", "-v", "output=" + base + ".log", "-f", awk, script],
                          stdout=subprocess.PIPE).stdout
    with open(base + ".out", "wb") as output:
        output.write(text)
    return subprocess.run(["diff", "-u", os.path.join(ROOT, "expected", "common", topic + ".out"),
                           base + ".out"], stdout=subprocess.PIPE, text=True).stdout


# These begin without the table messages, or drop it.
NEED_NO_TABLE = ("namespace", "namespaces")

with test("every common scenario runs on an adopted store as on ours"):
    results = os.path.join(ROOT, "build", "regress", "adoption")
    os.makedirs(results, exist_ok=True)
    new_database("blank", "original")
    connection = to("blank")
    execute(connection, ADOPT)
    connection.close()
    topics = [os.path.basename(f)[:-4] for f in sorted(glob.glob(os.path.join(HERE, "..", "common", "*.sql")))]
    different = {}
    for topic in topics:
        if topic not in NEED_NO_TABLE:
            new_database("scenario", "blank")
            difference = scenario(topic, "scenario", results)
            if difference:
                different[topic] = difference
    for topic, difference in different.items():
        print("# %s\n%s" % (topic, difference))
    check(len(topics) > 10, "the scenarios are found")
    equal(sorted(different), [], "scenarios that differ")


def back(dbname):
    connection = to(dbname)
    execute(connection, LEAVE)
    connection.close()
    rows(admin, "ALTER DATABASE %s RESET search_path" % dbname)
    original.run("install-functions.sh", dbname)
    original.run("install-views.sh", dbname)


def is_message_db(dbname):
    """Its functions work, none is ours, and they use the index."""
    connection = to(dbname)
    equal(value(connection, "SELECT count(*) FROM pg_extension WHERE extname = 'message_db'"), 0)
    equal(rows(connection, "SELECT DISTINCT lanname FROM pg_proc p JOIN pg_language l ON l.oid = prolang"
               " WHERE pronamespace = 'message_store'::regnamespace"), [("plpgsql",)])
    equal([r[0] for r in rows(connection, "SELECT proname FROM pg_proc"
                              " WHERE pronamespace = 'message_store'::regnamespace ORDER BY 1")], FUNCTIONS)
    version = value(connection, "SELECT stream_version('account-1')")
    equal(write(connection, "account-1", version), version + 1)
    with fails("P0001"):
        write(connection, "account-1", version)
    rows(connection, "ANALYZE messages")
    old_indexes_are_used(connection)
    connection.close()


with test("the way back: Message DB again, with the messages written meanwhile"):
    kept = messages(owner)
    before = answers(owner)
    owner.close()
    back("adopted")
    connection = to("adopted")
    equal(messages(connection), kept, "messages")
    equal(answers(connection), before, "answers")
    # those that stayed connected
    equal(write(client, "account-1", 12), 13)
    old_indexes_are_used(prepared)
    is_message_db("adopted")
    equal(value(connection, "SELECT indexdef FROM pg_indexes WHERE indexname = 'messages_category'"
                " AND schemaname = 'message_store'").count("split_part"), 0)

with test("and once more to ours"):
    before = files(connection)
    execute(connection, ADOPT)
    equal(files(connection), before, "files")
    rows(connection, "CALL migrate_namespaces()")
    equal(value(connection, "SELECT state FROM message_store_status()"), "ready")
    equal(rows(connection, "SELECT name FROM list_namespaces()"), [("message_store",), ("tenant_a",)])
    equal(write(client, "account-1", 14), 15)
    old_indexes_are_used(prepared)
    old_indexes_are_used(connection)
    connection.close()

with test("the way back of a store that never was Message DB"):
    new_database("own")
    connection = to("own")
    rows(connection, "CREATE EXTENSION message_db")
    fill(connection)
    kept, before = messages(connection), answers(connection)
    connection.close()
    back("own")
    connection = to("own")
    equal(messages(connection), kept, "messages")
    equal(answers(connection), before, "answers")
    is_message_db("own")
    # and to ours again, with the index that it has now
    execute(connection, ADOPT)
    old_indexes_are_used(connection)
    equal(write(connection, "account-1", 10), 11)
    connection.close()

with test("the way back without a table, or with a second namespace: the namespace stays"):
    new_database("own")
    connection = to("own")
    rows(connection, "CREATE EXTENSION message_db")
    value(connection, "SELECT create_namespace('tenant_a')")
    value(connection, "SELECT use_namespace('tenant_a')")
    write(connection, "account-1")
    execute(connection, LEAVE)
    equal(value(connection, "SELECT count(*) FROM tenant_a.messages"), 1)
    connection.close()

for connection in client, prepared, writing, holding:
    connection.close()
for name in ("adopted", "original", "empty", "blank", "scenario", "own"):
    rows(admin, "DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)
rows(admin, "DROP ROLE IF EXISTS message_store")
admin.close()
finish()
