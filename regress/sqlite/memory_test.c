/*-------------------------------------------------------------------------
 *
 * memory_test.c
 *	  Runs out of memory at one allocation after the other.
 *
 * Each scenario runs again and again, the first time with its first
 * allocation failing, then with its second, until none fails any more; and
 * once more like that with all later allocations failing too.  Every run must
 * succeed, with the rows that it has otherwise, or end with SQLITE_NOMEM; and
 * afterwards no transaction is open, the database is sound, nothing is half
 * done, the same statement succeeds, and closing gives all memory and files
 * back.
 *
 * Which functions and virtual tables there are is asked of SQLite, and which
 * of them a scenario uses is heard from its authorizer.  What no scenario uses
 * fails the test: whoever adds a function adds a row to scenarios[].
 *
 * The quick form fails every one of the first allocations, and then fewer and
 * fewer; the long one (see faults.h) all of them.  An argument is the name of
 * the one scenario to run.
 *
 *-------------------------------------------------------------------------
 */
#include "faults.h"

#include <time.h>
#include <unistd.h>

/* The allocation that fails, counted down; 0 for none. */
static long countdown;
static bool has_failed;
static bool keeps_failing;
static long runs;
static sqlite3_mem_methods real;

static bool
fails_now(void)
{
	if (countdown == 0)
		return false;
	if (countdown > 1)
	{
		countdown--;
		return false;
	}
	if (!keeps_failing)
		countdown = 0;
	has_failed = true;
	return true;
}

static void *
failing_malloc(int size)
{
	return fails_now() ? NULL : real.xMalloc(size);
}

static void *
failing_realloc(void *pointer, int size)
{
	return fails_now() ? NULL : real.xRealloc(pointer, size);
}

static void
install_failing_memory(void)
{
	sqlite3_mem_methods failing;

	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
	failing = real;
	failing.xMalloc = failing_malloc;
	failing.xRealloc = failing_realloc;
	CHECK(sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) == SQLITE_OK);
	CHECK(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) == SQLITE_OK);
}

/* ------------------------------------------------------------------------
 * Scenarios
 * ------------------------------------------------------------------------
 */

typedef struct Scenario
{
	const char *name;
	bool		in_file;
	const char *before;			/* with memory enough */
	const char *statement;		/* with an allocation failing */
	const char *control;		/* then, with memory enough */
	const char *without;		/* its answer when the statement failed */
	const char *with;			/* when it succeeded */
	const char *begin;			/* opens a transaction before the statement */
	const char *again;			/* what then works, if not the statement */
	bool		tidies_up;		/* after its commit: can fail and be done */
} Scenario;

#define WRITE "SELECT write_message(NULL, 'account-1', 'Opened', " \
	"'{\"b\": 1, \"a\": \"\\n\"}', '{\"correlationStreamName\": \"s-1\"}')"
#define VERSION "SELECT stream_version('account-1')"
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

/* As the release before namespaces left it, but for its own main table. */
#define VERSION_1 WRITE "; DROP TABLE message_db_namespace"
#define SCHEMA_VERSION "SELECT current_version FROM message_store_status()"

/* Eleven namespaces, of which SQLite attaches ten. */
#define TENANTS "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 " \
	"FROM n WHERE i < 10) "
#define CREATE_TENANTS CREATE ";" \
	TENANTS "SELECT ensure_namespace('t' || i) FROM n; " \
	TENANTS "SELECT use_namespace('t' || i) FROM n"

/* The program's folder is that of the files. */
#define COPY "VACUUM tenant_a INTO 'store.db-tenant_b.db'"

static uint64_t expected_rows[100];	/* a hash of each scenario's rows */

static const Scenario scenarios[] = {
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
		"SELECT count(*) FROM tenant_a.sqlite_schema WHERE name = "
	"'message_db_namespace'", "0", "1", NULL, NULL, true},
	{"migrate a file", true, WRITE_THERE
		"; DROP TABLE tenant_a.message_db_namespace",
		"SELECT migrate_namespace('tenant_a')",
		"SELECT schema_version FROM get_namespace('tenant_a')", "1", "2",
	NULL, NULL, true},
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

_Static_assert(SCENARIOS <= 100, "expected_rows is too small");

/* Whether a text is an id or a time, which differ from run to run. */
static bool
is_id_or_time(const char *text)
{
	return (strlen(text) == 36 && text[8] == '-' && text[13] == '-') ||
		(strlen(text) >= 19 && text[10] == ' ' && text[13] == ':');
}

/* With memory enough, because a number becomes a text here. */
static void
add_value(uint64_t *hash, sqlite3_stmt *query, int column)
{
	long		suspended = countdown;
	const char *text;

	countdown = 0;
	text = (const char *) sqlite3_column_text(query, column);
	countdown = suspended;
	if (!text)
		text = "\1";
	else if (is_id_or_time(text))
		text = "\2";
	do
		*hash = (*hash ^ (unsigned char) *text) * 0x100000001b3u;
	while (*text++);
}

/* Runs a statement to its end; adds what its rows are to the hash. */
static int
run_rows(sqlite3 *db, const char *sql, uint64_t *hash)
{
	sqlite3_stmt *query = NULL;
	int			rc = sqlite3_prepare_v2(db, sql, -1, &query, NULL);

	if (rc != SQLITE_OK)
		return rc;
	while (sqlite3_step(query) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(query); i++)
			add_value(hash, query, i);
	return sqlite3_finalize(query);
}

/* ------------------------------------------------------------------------
 * What the scenarios use
 * ------------------------------------------------------------------------
 */

static sqlite3 *uses;			/* with a table of the names used */

/* An authorizer that allows all, and writes down what is used. */
static int
note_use(void *unused, int action, const char *object, const char *name,
		 const char *schema, const char *by)
{
	const char *used = action == SQLITE_FUNCTION ? name : object;
	char	   *sql;

	(void) unused, (void) schema, (void) by;
	if (used)
	{
		sql = sqlite3_mprintf("INSERT OR IGNORE INTO used VALUES (%Q)", used);
		CHECK(run(uses, sql) == SQLITE_OK);
		sqlite3_free(sql);
	}
	return SQLITE_OK;
}

static sqlite3 *
open_scenario(const Scenario *scenario)
{
	sqlite3    *db;

	if (scenario->in_file)
		fault_remove_files();
	db = open_store(scenario->in_file ? fault_path("store.db") : ":memory:");
	CHECK(run(db, scenario->before) == SQLITE_OK);
	if (scenario->begin)
		CHECK(run(db, scenario->begin) == SQLITE_OK);
	return db;
}

static void
note_uses(const Scenario *scenario)
{
	sqlite3    *db = open_scenario(scenario);

	sqlite3_set_authorizer(db, note_use, NULL);
	CHECK(run_rows(db, scenario->statement,
				   &expected_rows[scenario - scenarios]) == SQLITE_OK);
	CHECK_STRING(answer(db, scenario->control), scenario->with);
	sqlite3_close(db);
}

/* Every function and table of the extension must be used by a scenario. */
static void
test_all_are_used(void)
{
	char	   *message = NULL;

	UNIT_CASE("what the scenarios use");
	CHECK(sqlite3_open(":memory:", &uses) == SQLITE_OK);
	CHECK(run(uses, "CREATE TABLE used (name UNIQUE); "
			  "CREATE TABLE plain AS SELECT name FROM pragma_function_list "
			  "UNION SELECT name FROM pragma_module_list") == SQLITE_OK);
	CHECK(sqlite3_messagedb_init(uses, &message, NULL) == SQLITE_OK);
	CHECK(run(uses, "CREATE TABLE added AS SELECT name FROM "
			  "pragma_function_list UNION SELECT name FROM pragma_module_list "
			  "EXCEPT SELECT name FROM plain") == SQLITE_OK);
	CHECK_STRING(answer(uses, "SELECT count(*) > 30 FROM added WHERE name "
						"NOT LIKE 'pragma%'"), "1");

	for (size_t i = 0; i < SCENARIOS; i++)
	{
		UNIT_CASE(scenarios[i].name);
		note_uses(&scenarios[i]);
	}
	UNIT_CASE("not used by any scenario");
	CHECK_STRING(answer(uses, "SELECT group_concat(name) FROM added WHERE "
						"name NOT LIKE 'pragma%' AND name NOT IN used"),
				 "NULL");
	sqlite3_close(uses);
}

/* ------------------------------------------------------------------------
 * Running them
 * ------------------------------------------------------------------------
 */

/* Returns whether the statement has done its work. */
static bool
check_outcome(sqlite3 *db, const Scenario *scenario, int rc)
{
	MdbString	state;

	CHECK(rc == SQLITE_OK || (rc == SQLITE_NOMEM && has_failed));
	check_idle(db, scenario->begin != NULL);
	CHECK_STRING(answer(db, "PRAGMA integrity_check"), "ok");
	if (rc != SQLITE_OK && scenario->begin && sqlite3_get_autocommit(db))
	{
		/* SQLite has rolled all back */
		CHECK(run(db, scenario->begin) == SQLITE_OK);
		return false;
	}
	state = answer(db, scenario->control);
	if (rc != SQLITE_OK && !(scenario->tidies_up &&
							 strcmp(state.data, scenario->with) == 0))
		return !CHECK_STRING(state, scenario->without);
	return CHECK_STRING(state, scenario->with);
}

/* Runs a scenario with its n-th allocation failing; returns whether one did. */
static bool
run_scenario(const Scenario *scenario, long n)
{
	sqlite3_int64 before = sqlite3_memory_used();
	int			files = fault_open_files();
	sqlite3    *db = open_scenario(scenario);
	const char *again = scenario->statement;
	uint64_t	hash = 0;
	int			rc;

	has_failed = false;
	countdown = n;
	rc = run_rows(db, scenario->statement, &hash);
	countdown = 0;
	runs++;

	if (rc == SQLITE_OK)
		CHECK(hash == expected_rows[scenario - scenarios]);
	if (check_outcome(db, scenario, rc) && scenario->again)
		again = scenario->again;
	CHECK(run_through(db, again) == SQLITE_OK);
	if (!sqlite3_get_autocommit(db))
		CHECK(run(db, "COMMIT") == SQLITE_OK);
	CHECK_STRING(answer(db, "PRAGMA integrity_check"), "ok");
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == before);
	CHECK(fault_open_files() == files);
	return has_failed;
}

/* Loading: the connection is usable or closes cleanly. */
static bool
load(long n)
{
	sqlite3_int64 before = sqlite3_memory_used();
	sqlite3    *db;
	char	   *message = NULL;
	int			rc;

	CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
	has_failed = false;
	countdown = n;
	rc = sqlite3_messagedb_init(db, &message, NULL);
	countdown = 0;
	runs++;
	sqlite3_free(message);
	CHECK(rc == SQLITE_OK || (rc == SQLITE_NOMEM && has_failed));
	CHECK(sqlite3_messagedb_init(db, &message, NULL) == SQLITE_OK);
	CHECK(run(db, WRITE) == SQLITE_OK);
	CHECK_STRING(answer(db, VERSION), "0");
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == before);
	return has_failed;
}

/* The allocation to fail after the n-th. */
static long
next_allocation(long n, int growth)
{
	return fault_seconds() > 0 ? n + 1 : n + 1 + n / growth;
}

static void
test_scenario(const Scenario *scenario)
{
	long		before = runs;
	long		n = 1;

	UNIT_CASE(scenario->name);
	keeps_failing = true;
	while (run_scenario(scenario, n) && unit_failed < 20)
		n = next_allocation(n, 6);
	keeps_failing = false;
	n = 1;
	while (run_scenario(scenario, n) && unit_failed < 20)
		n = next_allocation(n, 15);
	printf("%s: %ld allocations, %ld of them failed\n", scenario->name, n - 1,
		   runs - before);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;
	time_t		begin = time(NULL);

	install_failing_memory();
	CHECK(chdir(fault_path("")) == 0);
	test_all_are_used();
	UNIT_CASE("load");
	for (long n = 1; load(n) && unit_failed < 20; n++)
		;
	for (size_t i = 0; i < SCENARIOS; i++)
		if (!only || strcmp(only, scenarios[i].name) == 0)
			test_scenario(&scenarios[i]);
	printf("%ld failures of memory in %ld s\n", runs,
		   (long) (time(NULL) - begin));
	return unit_report();
}
