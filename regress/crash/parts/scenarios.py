"""A call of every function of the extension, in every way that takes other code.

Each scenario begins with the same store: the namespaces message_store and
tenant_a, three messages in the first and two in the second (BASE).  setup is
done before, by another session; settings by the session itself; then comes
statement, which returns the same rows every time, or fails with error.

Whoever adds a function adds a scenario.  migrate_namespaces(), which commits,
is the one that is not here.
"""

from collections import namedtuple

Scenario = namedtuple("Scenario", "name statement setup settings error", defaults=((), (), None))

BASE = (
    "SELECT ensure_namespace()",
    "SELECT ensure_namespace('tenant_a')",
    """SELECT write_message('00000000-0000-0000-0000-00000000000' || i, 'account-1', 'Opened',
        '{"b": 1, "a": "\\n"}', '{"correlationStreamName": "s-1"}') FROM generate_series(1, 3) AS i""",
    "SET message_db.namespace = tenant_a",
    "SELECT write_message(NULL, 'account-' || i, 'Opened', '{}') FROM generate_series(1, 2) AS i",
    "RESET message_db.namespace",
)

NOISE = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 400) AS i)"
CORRELATION = '\'{"correlationStreamName": "s-1"}\''
WRITE = "SELECT write_message(NULL, 'account-1', 'Opened', '{\"a\": [1, \"x\"]}', %s)" % CORRELATION
BIG_WRITE = "SELECT write_message(NULL, 'account-1', 'Opened', jsonb_build_object('noise', %s), %s)" % (
    NOISE, CORRELATION)
BATCH = """SELECT write_messages('account-1', '[{"type": "A", "data": {"b": 1}, "metadata": {}},
    {"data": null, "type": "B", "id": "00000000-0000-0000-0000-0000000000aa"}]')"""
# several parts under the brief lock, each with rows that are inserted as drafts
BIG_BATCH = """SELECT write_messages('account-1', (SELECT jsonb_agg(jsonb_build_object('type', 'T', 'data',
    CASE WHEN i %% 60 = 0 THEN %s ELSE 'x' END)) FROM generate_series(1, 130) AS i))""" % NOISE
REPEATED = """SELECT write_messages('account-1', '[{"type": "Opened", "data": {"b": 1, "a": "\\n"},
    "id": "00000000-0000-0000-0000-000000000002"}]', 7)"""

IN_TENANT = ("SET message_db.namespace = tenant_a",)
REPEATABLE = ("SET default_transaction_isolation = 'repeatable read'",)
SERIALIZABLE = ("SET default_transaction_isolation = 'serializable'",)
DEBUG = ("SET message_store.debug = on",)
IDEMPOTENT = ("SET message_db.idempotent_writes = on",)
CONDITION = ("SET message_store.sql_condition = on",)
AUTO_CREATE = ("SET message_db.auto_create_namespaces = on",)
# what makes a table one that is written and read by statements
CHECKED = ("ALTER TABLE messages ADD CHECK (type <> '')",)
INDEXED = ("CREATE INDEX messages_extra ON messages ((lower(type)), stream_name) WHERE position >= 0",)
FIRST = ("SELECT delete_namespace('message_store')",)
# of Message DB: no registration
VERSION_1 = ("DROP TABLE message_store.message_db_namespace",)
ROLE = ("CREATE ROLE regress_reader",)
IN_PROGRESS = ("BEGIN", "SELECT write_message(NULL, 'account-9', 'Opened', '{}')",
               "SELECT write_message(NULL, 'order-1', 'Opened', '{}')", "PREPARE TRANSACTION 'allocations'")
WRONG = ("SELECT ensure_namespace('tenant_b')",
         "INSERT INTO tenant_b.messages (stream_name, type, position) VALUES ('a-1', '', 1), ('a-1', '', 3)",
         "SELECT setval('tenant_b.messages_global_position_seq', 1)")

READ = "SELECT * FROM get_stream_messages('account-1')"
READ_CATEGORY = "SELECT * FROM get_category_messages('account', 1, 10)"
READ_GROUP = "SELECT * FROM get_category_messages('account', 1, 10, 's', 0, 1)"
READ_IF = "SELECT * FROM get_category_messages('account', 1, 2, condition => 'position >= 0')"
READ_LAST = "SELECT * FROM get_last_stream_message('account-1', 'Opened')"
VERSION = "SELECT stream_version('account-1')"

WRITING = (
    Scenario("first write", WRITE, FIRST),
    Scenario("write", WRITE),
    Scenario("write in another namespace", WRITE, (), IN_TENANT),
    Scenario("write in repeatable read", WRITE, (), REPEATABLE),
    Scenario("write in serializable", WRITE, (), SERIALIZABLE),
    Scenario("write with an index of the user's", WRITE, INDEXED),
    Scenario("write with notices", WRITE, (), DEBUG + ("SET client_min_messages = notice",)),
    Scenario("write that locks to the commit", WRITE, (), ("SET message_db.category_lock = commit",)),
    Scenario("write of a large message", BIG_WRITE),
    Scenario("write of a message without data", "SELECT write_message(NULL, 'a', 'T', NULL)"),
    Scenario("write by a statement", WRITE, CHECKED),
    Scenario("write by a statement in repeatable read", WRITE, CHECKED, REPEATABLE),
    Scenario("write by a statement in another namespace", WRITE,
             ("ALTER TABLE tenant_a.messages ADD CHECK (type <> '')",), IN_TENANT),
    Scenario("expected version", "SELECT write_message('{00000000-0000-0000-0000-0000000000aa}',"
             " 'account-1', 'Opened', '{}', NULL, 2)"),
    Scenario("wrong expected version", "SELECT write_message(NULL, 'account-1', 'Opened', '{}', NULL, 1)",
             error="P0001"),
    Scenario("an id that is there", "SELECT write_message('00000000-0000-0000-0000-000000000001',"
             " 'order-1', 'Opened', '{}')", error="23505"),
    Scenario("an id that is none", "SELECT write_message('1', 'order-1', 'Opened', '{}')", error="22P02"),
    Scenario("a type that is NULL", "SELECT write_message(NULL, 'order-1', NULL, '{}')", error="23502"),
    Scenario("batch", BATCH),
    Scenario("batch by statements", BATCH, CHECKED),
    Scenario("large batch", BIG_BATCH),
    Scenario("batch that is none", "SELECT write_messages('a-1', '[{\"typ\": \"A\"}]')", error="22023"),
    Scenario("repeated batch", REPEATED, (), IDEMPOTENT),
    Scenario("repeated batch by statements", REPEATED, CHECKED, IDEMPOTENT),
    Scenario("lock", "SELECT acquire_lock('account-1')"),
    Scenario("lock in another namespace", "SELECT acquire_lock('account-1')", (), IN_TENANT + DEBUG),
)

READING = (
    Scenario("stream", READ),
    Scenario("stream with a condition", READ.replace("')", "', condition => 'position > 0')"), (), CONDITION),
    Scenario("stream by a statement", READ, CHECKED),
    Scenario("stream in pages", "SELECT * FROM get_stream_messages('account-1', 1, 1)", (), DEBUG),
    Scenario("stream that is a category", "SELECT * FROM get_stream_messages('account')", error="P0001"),
    Scenario("category", READ_CATEGORY),
    Scenario("category in serializable", READ_CATEGORY, (), SERIALIZABLE),
    Scenario("category with correlation, of a member", READ_GROUP, (), DEBUG),
    Scenario("category with a condition", READ_IF, (), CONDITION),
    Scenario("category with a condition, behind a writer", READ_IF, IN_PROGRESS, CONDITION),
    Scenario("category by a statement", READ_GROUP, CHECKED),
    Scenario("category behind row security", READ_CATEGORY, (
        "ALTER TABLE messages ENABLE ROW LEVEL SECURITY",)),
    Scenario("all messages", "SELECT * FROM get_all_messages()", (), DEBUG),
    Scenario("all messages with a condition", "SELECT * FROM get_all_messages(1, 9, 'position > 0')", (),
             CONDITION),
    Scenario("all messages by statements", "SELECT * FROM get_all_messages()", CHECKED, error="0A000"),
    Scenario("last message", READ_LAST, (), DEBUG),
    Scenario("last message by a statement", READ_LAST, CHECKED),
    Scenario("version", VERSION),
    Scenario("version by a statement", VERSION, CHECKED),
    Scenario("names", "SELECT category(s), id(s), cardinal_id(s), is_category(s), hash_64(s),"
             " consumer_group_member(s, 3) FROM (VALUES ('a-1+2'::varchar), ('b')) AS v (s)"),
    Scenario("category of a column", "SELECT category(stream_name) FROM messages"
             " WHERE category(stream_name) = 'account'"),
    Scenario("versions", "SELECT message_store_version(), message_db_version()"),
    Scenario("rows in progress", "SELECT category, \"position\" FROM rows_in_progress()", IN_PROGRESS),
    Scenario("writers", "SELECT category, \"position\", prepared_transaction FROM message_store_writers()",
             IN_PROGRESS),
)

NAMESPACES = (
    Scenario("create a namespace", "SELECT create_namespace('tenant_b', 'd', '{\"a\": 1}')"),
    Scenario("create one that is there", "SELECT create_namespace('tenant_a')", error="MD002"),
    Scenario("create one with a wrong name", "SELECT create_namespace('Tenant')", error="MD003"),
    Scenario("ensure a namespace", "SELECT ensure_namespace('tenant_b')"),
    Scenario("ensure one that is there", "SELECT ensure_namespace('tenant_a')"),
    Scenario("ensure one without registration", "SELECT ensure_namespace()", VERSION_1),
    Scenario("create by a write", WRITE, (), AUTO_CREATE + ("SET message_db.namespace = tenant_b",)),
    Scenario("create by a read", READ, (), AUTO_CREATE + ("SET message_db.namespace = tenant_b",)),
    Scenario("delete", "SELECT delete_namespace('tenant_a')"),
    Scenario("delete the default namespace", "SELECT delete_namespace('message_store')"),
    Scenario("delete one that is not there", "SELECT delete_namespace('tenant_b')", error="MD001"),
    Scenario("clear", "SELECT clear_namespace('tenant_a')"),
    Scenario("rename", "SELECT rename_namespace('tenant_a', 'tenant_b')"),
    Scenario("use", "SELECT use_namespace('tenant_a'), current_namespace()"),
    Scenario("create by use", "SELECT use_namespace('tenant_b')", (), AUTO_CREATE),
    Scenario("current", "SELECT current_namespace()", (), IN_TENANT),
    Scenario("existing", "SELECT existing_namespace(), existing_namespace('tenant_a')"),
    Scenario("described", "SELECT * FROM described_namespace('tenant_a')"),
    Scenario("described of version 1", "SELECT * FROM described_namespace('message_store')", VERSION_1),
    Scenario("get", "SELECT * FROM get_namespace('tenant_a')"),
    Scenario("list", "SELECT * FROM list_namespaces()"),
    Scenario("registration", "SELECT * FROM registration_of('tenant_a')"),
    Scenario("registration to another role", "SELECT * FROM registration_of('tenant_a')",
             ROLE + ("SELECT grant_access('regress_reader', 'tenant_a')",), ("SET ROLE regress_reader",)),
    Scenario("streams", "SELECT * FROM list_streams('a', 9)"),
    Scenario("streams of a namespace", "SELECT * FROM streams_of_namespace('tenant_a', '', NULL, '')"),
    Scenario("categories", "SELECT * FROM list_categories()", (), IN_TENANT),
    Scenario("info", "SELECT message_count, stream_count, category_count FROM namespace_info('tenant_a')"),
    Scenario("verify", "SELECT * FROM verify_namespace('tenant_a')"),
    Scenario("verify one that is not sound", "SELECT * FROM verify_namespace('tenant_b')", WRONG),
    Scenario("status", "SELECT * FROM message_store_status()"),
    Scenario("migrate", "SELECT migrate_namespace()", VERSION_1),
    Scenario("note a migration", "SELECT note_migration('tenant_a', 'failed')::text"),
    Scenario("note a migration of another role's", "SELECT note_migration('tenant_a', 'failed')::text",
             ROLE + ("ALTER TABLE tenant_a.message_db_namespace OWNER TO regress_reader",
                     "GRANT USAGE ON SCHEMA tenant_a TO regress_reader")),
    Scenario("grant", "SELECT grant_access('regress_reader', 'tenant_a')::text", ROLE),
    Scenario("revoke", "SELECT revoke_access('regress_reader', 'message_store')::text",
             ROLE + ("SELECT grant_access('regress_reader')",)),
)

SCENARIOS = WRITING + READING + NAMESPACES
