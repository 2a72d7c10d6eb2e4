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
 * fewer; the long one (see faults.h) all of them.  MEMORY_STEP=n takes only
 * every n-th of what either would fail, each scenario beginning at another, for
 * runs under valgrind.  An argument is the name of the one scenario to run.
 *
 *-------------------------------------------------------------------------
 */
#include "faults.h"
#include "scenarios.h"

#include <time.h>

static FaultCountdown countdown;	/* of the allocations */
static long runs;
static sqlite3_mem_methods real;

static void *
failing_malloc(int size)
{
	return fault_is_due(&countdown) ? NULL : real.xMalloc(size);
}

static void *
failing_realloc(void *pointer, int size)
{
	return fault_is_due(&countdown) ? NULL : real.xRealloc(pointer, size);
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

static uint64_t expected_rows[MAX_SCENARIOS];	/* a hash of each's rows */

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
	long		suspended = countdown.n;
	const char *text;

	countdown.n = 0;
	text = (const char *) sqlite3_column_text(query, column);
	countdown.n = suspended;
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
new_store(const Scenario *scenario)
{
	if (!scenario->in_file)
		return open_scenario(scenario, NULL);
	fault_remove_files();
	return open_scenario(scenario, fault_path("store.db"));
}

static void
note_uses(const Scenario *scenario)
{
	sqlite3    *db = new_store(scenario);

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

	for (int i = 0; i < scenario_count(); i++)
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

/*
 * From SQLite 3.44 on, lack of memory in preparing a statement anew can leave a
 * transaction open, see mdb_end_leftover(): the next statement ends it.
 */
static void
end_leftover(sqlite3 *db, int rc)
{
	if (rc == SQLITE_NOMEM && sqlite3_libversion_number() >= 3044000 &&
		sqlite3_get_autocommit(db))
		CHECK(run(db, "SELECT 1 FROM sqlite_schema LIMIT 0") == SQLITE_OK);
}

/* Returns whether the statement has done its work. */
static bool
check_outcome(sqlite3 *db, const Scenario *scenario, int rc)
{
	MdbString	state;

	CHECK(rc == SQLITE_OK || (rc == SQLITE_NOMEM && countdown.has_failed));
	end_leftover(db, rc);
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
	sqlite3    *db = new_store(scenario);
	const char *again = scenario->statement;
	uint64_t	hash = 0;
	int			rc;

	countdown.has_failed = false;
	countdown.n = n;
	rc = run_rows(db, scenario->statement, &hash);
	countdown.n = 0;
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
	return countdown.has_failed;
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
	countdown.has_failed = false;
	countdown.n = n;
	rc = sqlite3_messagedb_init(db, &message, NULL);
	countdown.n = 0;
	runs++;
	sqlite3_free(message);
	CHECK(rc == SQLITE_OK || (rc == SQLITE_NOMEM && countdown.has_failed));
	CHECK(sqlite3_messagedb_init(db, &message, NULL) == SQLITE_OK);
	CHECK(run(db, WRITE) == SQLITE_OK);
	CHECK_STRING(answer(db, VERSION), "0");
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == before);
	return countdown.has_failed;
}

/* Of the allocations that might fail, only every so many does. */
static long
step(void)
{
	const char *text = getenv("MEMORY_STEP");
	long		n = text ? atol(text) : 1;

	return n > 1 ? n : 1;
}

/* The allocation to fail after the n-th. */
static long
next_allocation(long n, int growth)
{
	for (long i = step(); i > 0; i--)
		n = fault_seconds() > 0 ? n + 1 : n + 1 + n / growth;
	return n;
}

static void
test_scenario(const Scenario *scenario)
{
	long		before = runs;
	long		first = 1 + (scenario - scenarios) % step();
	long		n = first;

	UNIT_CASE(scenario->name);
	countdown.keeps_failing = true;
	while (run_scenario(scenario, n) && unit_failed < 20)
		n = next_allocation(n, 6);
	countdown.keeps_failing = false;
	n = first;
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
	test_all_are_used();
	UNIT_CASE("load");
	for (long n = 1; load(n) && unit_failed < 20; n++)
		;
	for (int i = 0; i < scenario_count(); i++)
		if (!only || strcmp(only, scenarios[i].name) == 0)
			test_scenario(&scenarios[i]);
	printf("%ld failures of memory in %ld s\n", runs,
		   (long) (time(NULL) - begin));
	return unit_report();
}
