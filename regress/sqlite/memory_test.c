/*-------------------------------------------------------------------------
 *
 * memory_test.c
 *	  Runs out of memory at every single allocation, one after the other.
 *
 * Each scenario runs again and again, the first time with its first
 * allocation failing, then with its second, until none fails any more; and
 * once more like that, with bigger steps and all later allocations failing
 * too.  Every run must succeed or end with SQLITE_NOMEM; and afterwards no
 * transaction is open, the same statement succeeds, nothing is half done, and
 * closing gives all memory back.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_test.h"

#include <unistd.h>

/* The allocation that fails, counted down; 0 for none. */
static long countdown;
static bool has_failed;
static bool keeps_failing;
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
}

typedef struct Scenario
{
	const char *name;
	const char *before;			/* with memory enough */
	const char *statement;		/* with an allocation failing */
	const char *control;		/* then, with memory enough */
	const char *without;		/* its answer when the statement failed */
	const char *with;			/* when it succeeded */
	int			step;			/* to the next allocation, 0 counts as 1 */
	bool		in_file;
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
#define LIST "SELECT count(*) FROM list_namespaces() WHERE name = 'tenant_a'"

static const Scenario scenarios[] = {
	{"first write", "", WRITE, VERSION, "NULL", "0"},
	{"write", WRITE, WRITE, VERSION, "0", "1"},
	{"write in a transaction", WRITE "; BEGIN; " WRITE, WRITE, VERSION,
	"1", "2"},
	{"first write in a transaction", "BEGIN", WRITE, VERSION, "NULL", "0", 7},
	{"big write", WRITE, BIG_WRITE, VERSION, "0", "1"},
	{"first batch", "", BATCH, VERSION, "NULL", "2", 7},
	{"batch", WRITE, BATCH, VERSION, "0", "3"},
	{"big batch", WRITE, BIG_BATCH, VERSION, "0", "21"},
	{"batch in a transaction", WRITE "; BEGIN; " WRITE, BATCH, VERSION,
	"1", "4"},
	{"repeated batch", IDEMPOTENT ";" WITH_ID("NULL"), WITH_ID("7"), VERSION,
	"0", "0"},
	{"stream", WRITE ";" WRITE,
		"SELECT * FROM get_stream_messages('account-1')", VERSION, "1", "1"},
	{"category", WRITE ";" WRITE,
		"SELECT * FROM get_category_messages('account', 1, 9, 's', 0, 1)",
	VERSION, "1", "1"},
	{"condition",
		WRITE ";" WRITE ";"
		"SELECT set_config('message_store.sql_condition', 'on', 0)",
		"SELECT * FROM get_category_messages('account', 1, 9, NULL, NULL, "
	"NULL, 'position > 0')", VERSION, "1", "1"},
	{"last message", WRITE,
		"SELECT * FROM get_last_stream_message('account-1', 'Opened')",
	VERSION, "0", "0"},
	{"all messages", BATCH,
		"SELECT a.data, b.type FROM get_all_messages() AS a, "
	"get_all_messages(2, 9) AS b, message_store_writers()", VERSION, "2", "2"},
	{"some columns", BATCH,
		"SELECT data FROM get_all_messages() UNION ALL "
	"SELECT type FROM get_all_messages()", VERSION, "2", "2"},
	{"version", WRITE, VERSION, VERSION, "0", "0"},
	{"lock", "BEGIN", "SELECT acquire_lock('account-1')", VERSION, "NULL",
	"NULL"},
	{"settings", "BEGIN",
		"SELECT set_config('message_store.debug_get', 'on', 1)",
	"SELECT current_setting('message_store.debug_get')", "off", "on"},
	{"names", "", "SELECT category('a-1'), id('a-1'), cardinal_id('a-1+2'), "
		"hash_64('a'), consumer_group_member('a-1', 3), is_category('a')",
	"SELECT 1", "1", "1"},
	{"create a namespace", "", CREATE, LIST, "0", "1"},
	{"use a namespace", CREATE, USE, VERSION, "NULL", "NULL"},
	{"write in a namespace", CREATE ";" USE, WRITE, VERSION, "NULL", "0"},
	{"write in a namespace in a transaction", CREATE ";" USE ";BEGIN", WRITE,
	VERSION, "NULL", "0", 3},
	{"batch in a namespace in a transaction", CREATE ";" USE ";BEGIN", BATCH,
	VERSION, "NULL", "2", 3},
	{"list", CREATE ";" USE ";" WRITE, "SELECT * FROM list_streams(), "
		"list_categories(), list_namespaces(), namespace_info('tenant_a'), "
	"message_store_status()", VERSION, "0", "0"},
	{"create a file", "", CREATE, LIST, "0", "1", 7, true},
	{"write in a file", CREATE ";" USE, WRITE, VERSION, "NULL", "0", 3, true},
	{"batch in a file", CREATE ";" USE, BATCH, VERSION, "NULL", "2", 3, true},
	{"list files", CREATE ";" USE ";" WRITE, "SELECT * FROM "
		"list_namespaces(), namespace_info('tenant_a'), migrate_namespaces()",
	VERSION, "0", "0", 5, true},
	{"clear a file", CREATE ";" USE ";" WRITE,
	"SELECT clear_namespace('tenant_a')", VERSION, "0", "NULL", 5, true},
};

/* The path of a database whose files do not exist. */
static const char *
new_file(void)
{
	static const char *const suffixes[] = {
		"", "-journal", "-namespace-1.db", "-namespace-1.db-journal"
	};
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/message_db_memory_test_%ld.db",
			 (long) getpid());
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
	{
		char		name[100];

		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
	return path;
}

/* Runs a query to its end. */
static int
run_through(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *query = NULL;
	int			rc = sqlite3_prepare_v2(db, sql, -1, &query, NULL);

	if (rc == SQLITE_OK)
	{
		while (sqlite3_step(query) == SQLITE_ROW)
			;
		rc = sqlite3_finalize(query);
	}
	return rc;
}

/*
 * Runs a scenario with its n-th allocation failing; returns whether one did.
 * Running out of memory may roll SQLite's whole transaction back.
 */
static bool
run_scenario(const Scenario *scenario, long n)
{
	sqlite3_int64 before = sqlite3_memory_used();
	sqlite3    *db = open_store(scenario->in_file ? new_file() : ":memory:");
	bool		in_transaction;
	int			rc;

	sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, NULL, 0, 0);
	CHECK(run(db, scenario->before) == SQLITE_OK);
	in_transaction = !sqlite3_get_autocommit(db);

	has_failed = false;
	countdown = n;
	rc = run_through(db, scenario->statement);
	countdown = 0;

	CHECK(rc == SQLITE_OK || (rc == SQLITE_NOMEM && has_failed));
	CHECK(in_transaction || sqlite3_get_autocommit(db));
	if (!in_transaction || !sqlite3_get_autocommit(db))
		CHECK_STRING(answer(db, scenario->control),
					 rc == SQLITE_OK ? scenario->with : scenario->without);
	CHECK(run_through(db, scenario->statement) == SQLITE_OK);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == before);
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
	sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, NULL, 0, 0);
	has_failed = false;
	countdown = n;
	rc = sqlite3_messagedb_init(db, &message, NULL);
	countdown = 0;
	sqlite3_free(message);
	CHECK(rc == SQLITE_OK || (rc == SQLITE_NOMEM && has_failed));
	CHECK(sqlite3_messagedb_init(db, &message, NULL) == SQLITE_OK);
	CHECK(run(db, WRITE) == SQLITE_OK);
	CHECK_STRING(answer(db, VERSION), "0");
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == before);
	return has_failed;
}

int
main(void)
{
	install_failing_memory();

	UNIT_CASE("load");
	for (long n = 1; load(n) && unit_failed < 20; n++)
		;
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
	{
		const Scenario *scenario = &scenarios[i];
		long		n = 1;

		UNIT_CASE(scenario->name);
		keeps_failing = true;
		while (run_scenario(scenario, n) && unit_failed < 20)
			n += 1 + n / 50;
		keeps_failing = false;
		n = 1;
		while (run_scenario(scenario, n) && unit_failed < 20)
			n += scenario->step ? scenario->step : 1;
		printf("%s: %ld allocations\n", scenario->name, n - 1);
	}
	new_file();
	return unit_report();
}
