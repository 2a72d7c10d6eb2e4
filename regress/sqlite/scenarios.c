/*-------------------------------------------------------------------------
 *
 * scenarios.c
 *	  See scenarios.h.
 *
 *-------------------------------------------------------------------------
 */
#include "scenarios.h"

#define BATCH "SELECT write_messages('account-1', " \
	"'[{\"type\": \"A\", \"data\": {\"b\": 1}, \"metadata\": {}}, " \
	"{\"data\": null, \"type\": \"\\u0001\"}, {\"type\": \"B\", \"data\": 1}]')"
#define BIG_BATCH "SELECT write_messages('account-1', '[' || " \
	"replace(hex(zeroblob(20)), '00', '{\"type\": \"A\", \"data\": 1}, ') || " \
	"'{\"type\": \"A\", \"data\": 1}]')"
#define WITH_ID(version) "SELECT write_messages('account-1', " \
	"'[{\"type\": \"B\", \"data\": 1, " \
	"\"id\": \"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"}]', " version ")"
#define IDEMPOTENT \
	"SELECT set_config('message_db.idempotent_writes', 'on', 0)"
#define BIG_WRITE "SELECT write_message(NULL, 'account-1', 'Opened', " \
	"'{\"b\": 1, \"a\": \"' || hex(zeroblob(3000)) || '\"}', " \
	"'{\"b\": 1, \"a\": \"' || hex(zeroblob(500)) || '\"}')"

#define CREATE "SELECT ensure_namespace('tenant_a')"
#define USE "SELECT use_namespace('tenant_a')"
#define USE_MAIN "SELECT use_namespace('message_store')"
#define WRITE_THERE CREATE ";" USE ";" WRITE
#define LIST "SELECT count(*) FROM list_namespaces() WHERE name = 'tenant_a'"
#define LIST_B "SELECT count(*) FROM list_namespaces() WHERE name = 'tenant_b'"
#define DELETE "SELECT delete_namespace('tenant_a')"
#define RENAME "SELECT rename_namespace('tenant_a', 'tenant_b')"

#define UTF_16 "PRAGMA encoding = 'UTF-16le';"

/* As the release before namespaces left it, but for its own main table. */
#define VERSION_1 WRITE "; DROP TABLE message_db_namespace"
#define SCHEMA_VERSION "SELECT current_version FROM message_store_status()"

/* Eleven namespaces, of which SQLite attaches ten. */
#define TENANTS "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 " \
	"FROM n WHERE i < 10) "
#define CREATE_TENANTS CREATE ";" \
	TENANTS "SELECT ensure_namespace('t' || i) FROM n; " \
	TENANTS "SELECT use_namespace('t' || i) FROM n"

#define COPY "VACUUM tenant_a INTO '%s-tenant_b.db'"

const Scenario scenarios[MAX_SCENARIOS] = {
	{"first write", false, "", WRITE, VERSION, "NULL", "0"},
	{"write", false, WRITE, WRITE, VERSION, "0", "1"},
	{"write in a transaction", false, WRITE, WRITE, VERSION, "1", "2",
	"BEGIN; " WRITE},
	{"first write in a transaction", false, "", WRITE, VERSION, "NULL", "0",
	"BEGIN"},
	{"big write", false, WRITE, BIG_WRITE, VERSION, "0", "1"},
	{"first batch", false, "", BATCH, VERSION, "NULL", "2"},
	{"batch", false, WRITE, BATCH, VERSION, "0", "3"},
	{"big batch", false, WRITE, BIG_BATCH, VERSION, "0", "21"},
	{"batch in a transaction", false, WRITE, BATCH, VERSION, "1", "4",
	"BEGIN; " WRITE},
	{"repeated batch", false, IDEMPOTENT ";" WITH_ID("NULL"), WITH_ID("7"),
	VERSION, "0", "0"},
	{"expected version", false, WRITE,
		"SELECT write_message('{00000000-0000-0000-0000-00000000000' || "
		"substr('1234567', (SELECT count(*) + 1 FROM messages), 1) || '}', "
		"'account-1', 'Opened', NULL, NULL, (SELECT stream_version('account-1')))",
	VERSION, "0", "1"},
	{"stream", false, WRITE ";" WRITE,
		"SELECT * FROM get_stream_messages('account-1')", VERSION, "1", "1"},
	{"write while reading", false, WRITE "; CREATE TABLE written (position)",
		"INSERT INTO written SELECT write_message(NULL, 'account-1', 'Seen', "
		"'{}') FROM get_stream_messages('account-1', 0, -1)",
	VERSION, "0", "1"},
	{"category", false, WRITE ";" WRITE,
		"SELECT * FROM get_category_messages('account', 1, 9, 's', 0, 1)",
	VERSION, "1", "1"},
	{"condition", false,
		WRITE ";" WRITE ";"
		"SELECT set_config('message_store.sql_condition', 'on', 0)",
		"SELECT * FROM get_category_messages('account', 1, 9, NULL, NULL, "
	"NULL, 'position > 0')", VERSION, "1", "1"},
	{"last message", false, WRITE,
		"SELECT * FROM get_last_stream_message('account-1', 'Opened')",
	VERSION, "0", "0"},
	{"all messages", false, BATCH,
		"SELECT a.data, b.type FROM get_all_messages() AS a JOIN "
		"get_all_messages(2, 9) AS b LEFT JOIN message_store_writers()",
	VERSION, "2", "2"},
	{"some columns", false, BATCH,
		"SELECT data FROM get_all_messages() UNION ALL "
	"SELECT type FROM get_all_messages()", VERSION, "2", "2"},
	{"version", false, WRITE, VERSION, VERSION, "0", "0"},
	{"lock", false, "", "SELECT acquire_lock('account-1')", VERSION, "NULL",
	"NULL", "BEGIN"},
	{"lock in a namespace", false, WRITE_THERE,
		"SELECT acquire_lock('account-1')", VERSION, "0", "0", "BEGIN"},
	{"arguments in UTF-16", false, UTF_16
		"CREATE TABLE names AS SELECT 'account-1' AS name",
		"SELECT write_message(NULL, name, 'Opened', NULL) FROM names",
	VERSION, "NULL", "0"},
	{"reading UTF-16", false, UTF_16 WRITE,
	"SELECT * FROM get_all_messages()", VERSION, "0", "0"},
	{"settings", false, "",
		"SELECT set_config('message_store.debug_get', 'on', 1)",
		"SELECT current_setting('message_store.debug_get')", "off", "on",
	"BEGIN"},
	{"the namespace as a setting", false, CREATE,
		"SELECT set_config('message_db.namespace', 'tenant_a', 1)",
		"SELECT current_setting('message_db.namespace')", "message_store",
	"tenant_a", "BEGIN"},
	{"current settings", false, "", "SELECT current_namespace(), "
		"current_setting('message_db.namespace'), "
		"current_setting('message_store.debug', 1)",
	"SELECT 1", "1", "1"},
	{"debug", false, WRITE "; SELECT set_config('message_store.debug', 'on', 0)",
		WRITE, VERSION, "0", "1"},
	{"names", false, "", "SELECT category('a-1'), id('a-1'), "
		"cardinal_id('a-1+2'), hash_64('a'), consumer_group_member('a-1', 3), "
		"is_category('a'), message_store_version(), message_db_version()",
	"SELECT 1", "1", "1"},

	/* namespaces in memory */
	{"create the default namespace", false, "",
		"SELECT create_namespace('message_store', 'd', '{\"b\": 1, \"a\": 2}')",
		"SELECT metadata FROM get_namespace('message_store')", "no row",
	"{\"a\": 2, \"b\": 1}", NULL, "SELECT ensure_namespace()"},
	{"create a namespace", false, "", CREATE, LIST, "0", "1"},
	{"use a namespace", false, CREATE, USE, "SELECT current_namespace()",
	"message_store", "tenant_a"},
	{"write in a namespace", false, CREATE ";" USE, WRITE, VERSION, "NULL",
	"0"},
	{"write in a namespace in a transaction", false, CREATE ";" USE, WRITE,
	VERSION, "NULL", "0", "BEGIN"},
	{"batch in a namespace in a transaction", false, CREATE ";" USE, BATCH,
	VERSION, "NULL", "2", "BEGIN"},
	{"create by use", false,
		"SELECT set_config('message_db.auto_create_namespaces', 'on', 0)",
	USE, "SELECT current_namespace()", "message_store", "tenant_a"},
	{"list", false, WRITE_THERE, "SELECT * FROM list_streams('a', 9), "
		"list_categories(), list_namespaces(), namespace_info('tenant_a'), "
		"get_namespace('tenant_a'), message_store_status()",
	VERSION, "0", "0"},
	{"verify", false, WRITE "; UPDATE messages SET position = 5, "
		"stream_name = 'account-22', data = '{ }'; "
		"UPDATE sqlite_sequence SET seq = 0",
		"SELECT * FROM verify_namespace('message_store')",
		"SELECT count(*) FROM verify_namespace()", "3", "3"},
	{"delete the default namespace", false, WRITE,
		"SELECT delete_namespace('message_store')",
		"SELECT state FROM message_store_status()", "ready", "uninitialized",
	NULL, "SELECT ensure_namespace()"},
	{"delete", false, WRITE_THERE, DELETE, LIST, "1", "0", NULL, CREATE},
	{"rename", false, WRITE_THERE, RENAME, LIST_B, "0", "1", NULL, CREATE},
	{"delete the default namespace in a transaction", false, WRITE,
		"SELECT delete_namespace('message_store')",
		"SELECT state FROM message_store_status()", "ready", "uninitialized",
	"BEGIN;" WRITE, "SELECT ensure_namespace()"},
	{"delete in a transaction", false, WRITE_THERE, DELETE, LIST, "1", "0",
	"BEGIN;" WRITE, CREATE},
	{"rename in a transaction", false, WRITE_THERE, RENAME, LIST_B, "0", "1",
	"BEGIN;" WRITE, CREATE},
	{"clear in a transaction", false, WRITE_THERE,
		"SELECT clear_namespace('tenant_a')", VERSION, "1", "NULL",
	"BEGIN;" WRITE},
	{"create in a transaction", false, WRITE, CREATE, LIST, "0", "1",
	"BEGIN;" WRITE},
	{"clear", false, WRITE_THERE, "SELECT clear_namespace('tenant_a')",
	VERSION, "0", "NULL"},
	{"migrate", false, VERSION_1, "SELECT migrate_namespace()",
	SCHEMA_VERSION, "1", "2", NULL, NULL, true},
	{"migrate all", false, VERSION_1, "SELECT * FROM migrate_namespaces()",
	SCHEMA_VERSION, "1", "2", NULL, NULL, true},
	{"write to a store of version 1", false, VERSION_1, WRITE, VERSION, "0",
	"1"},

	/* namespaces in files */
	{"create a file", true, "", CREATE, LIST, "0", "1"},
	{"create a file in WAL mode", true, "PRAGMA journal_mode = wal", CREATE,
	LIST, "0", "1"},
	{"adopt a copy", true, WRITE_THERE ";" COPY,
		"SELECT ensure_namespace('tenant_b')",
		"SELECT message_count FROM namespace_info('tenant_b')",
	"Namespace does not exist: tenant_b", "1"},
	{"write in a file", true, CREATE ";" USE, WRITE, VERSION, "NULL", "0"},
	{"batch in a file", true, CREATE ";" USE, BATCH, VERSION, "NULL", "2"},
	{"first use of a file", true, WRITE_THERE ";" USE_MAIN
		"; DETACH tenant_a", USE, "SELECT current_namespace()",
	"message_store", "tenant_a"},
	{"write in files in a transaction", true, WRITE_THERE, WRITE, VERSION,
	"1", "2", "BEGIN;" USE_MAIN ";" WRITE ";" USE ";" WRITE},
	{"commit of two files", true, WRITE_THERE, "COMMIT", VERSION, "1", "1",
		"BEGIN;" USE_MAIN ";" WRITE ";" USE ";" WRITE, VERSION},
	{"use one more file than fits", true, CREATE_TENANTS, USE,
	"SELECT current_namespace()", "t10", "tenant_a"},
	{"list files", true, WRITE_THERE, "SELECT * FROM list_streams(), "
		"list_categories(), list_namespaces(), namespace_info('tenant_a'), "
	"message_store_status()", VERSION, "0", "0"},
	{"list files that are not attached", true, WRITE_THERE ";" USE_MAIN
		"; DETACH tenant_a", "SELECT * FROM list_namespaces(), "
		"get_namespace('tenant_a')", LIST, "1", "1"},
	{"clear a file", true, WRITE_THERE, "SELECT clear_namespace('tenant_a')",
	VERSION, "0", "NULL"},
	{"create a file in a transaction", true, WRITE, CREATE, LIST, "0", "1",
	"BEGIN;" WRITE},
	{"clear a file in a transaction", true, WRITE_THERE,
		"SELECT clear_namespace('tenant_a')", VERSION, "1", "NULL",
	"BEGIN;" WRITE},
	{"delete a file", true, WRITE_THERE, DELETE, LIST, "1", "0", NULL,
	CREATE, true},
	{"delete a file in a transaction", true, WRITE_THERE, DELETE, LIST, "1",
	"0", "BEGIN", CREATE},
	{"commit of a deletion", true, WRITE_THERE, "COMMIT", LIST, "0", "0",
	"BEGIN;" DELETE, CREATE},
	{"rename a file", true, WRITE_THERE, RENAME, LIST_B, "0", "1", NULL,
	CREATE, true},
	{"rename a file in a transaction", true, WRITE_THERE, RENAME, LIST_B, "0",
	"1", "BEGIN", CREATE},
	{"finish a renaming", true, WRITE_THERE "; UPDATE message_db_namespaces "
		"SET former_name = 'tenant_b'; UPDATE tenant_a.message_db_namespace "
		"SET name = 'tenant_b'", "SELECT ensure_namespace('tenant_c')",
	VERSION, "0", "0"},
	{"finish a deletion", true, WRITE_THERE ";" USE_MAIN "; UPDATE message_db_namespaces "
		"SET name = NULL; UPDATE tenant_a.message_db_namespace "
		"SET name = NULL; DETACH tenant_a",
	"SELECT ensure_namespace('tenant_c')", LIST, "0", "0"},
	{"migrate files", true, WRITE_THERE
		"; DROP TABLE tenant_a.message_db_namespace",
		"SELECT * FROM migrate_namespaces()",
		"SELECT schema_version FROM get_namespace('tenant_a')", "1", "2",
	NULL, NULL, true},
	{"migrate a file", true, WRITE_THERE
		"; DROP TABLE tenant_a.message_db_namespace",
		"SELECT migrate_namespace('tenant_a')",
		"SELECT schema_version FROM get_namespace('tenant_a')", "1", "2",
	NULL, NULL, true},
};

int
scenario_count(void)
{
	int			count = 0;

	while (count < MAX_SCENARIOS && scenarios[count].name)
		count++;
	return count;
}

sqlite3 *
open_scenario(const Scenario *scenario, const char *path)
{
	sqlite3    *db = open_store(path ? path : ":memory:");
	char	   *before = sqlite3_mprintf(scenario->before, path);

	CHECK(run(db, before) == SQLITE_OK);
	sqlite3_free(before);
	if (scenario->begin)
		CHECK(run(db, scenario->begin) == SQLITE_OK);
	return db;
}
