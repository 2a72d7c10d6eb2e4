/*-------------------------------------------------------------------------
 *
 * hostile_calls_test.c
 *	  Calls every function and virtual table with hostile arguments.
 *
 * A round has a seed.  It makes a store, in memory or in files, and calls what
 * the extension offers some dozen times, with arguments of every storage, in
 * and out of transactions.  A call answers, or ends with an error that has a
 * code and a text of its own.  One that fails, and a reader, changes nothing.
 * At the end SQLite and verify_namespace() find nothing wrong, the connection
 * works, and closing gives all memory and files back.
 *
 * The quick form runs rounds with seeds from FAULT_SEED on; the long one, with
 * FAULT_SECONDS, has values of up to 100 MB in it.  An argument is the seed of
 * the one round to run.
 *
 *-------------------------------------------------------------------------
 */
#include "hostile.h"

#include <time.h>

#define QUICK_ROUNDS 150
#define CALLS 80

static long calls;
static long answers;			/* calls that did not fail */

/* ------------------------------------------------------------------------
 * What must not change
 * ------------------------------------------------------------------------
 */

/*
 * The current namespace, the others with their descriptions, and the messages
 * of the current one; an error when that was deleted.  The default namespace
 * comes with the first write, and stays when that fails.
 */
static const char state_query[] =
"SELECT current_namespace() || (SELECT coalesce(group_concat(name || '/' || "
"coalesce(description, '') || '/' || coalesce(metadata, '') || created_at), "
"'') FROM list_namespaces() WHERE name <> 'message_store') || "
"(SELECT count(*) || ' ' || coalesce(max(global_position), 0) || ' ' || "
"total(length(data)) || total(length(type)) || total(position) "
"FROM get_all_messages(1, -1))";

static char *
state_of(sqlite3 *db)
{
	sqlite3_stmt *query = NULL;
	char	   *state = NULL;

	CHECK(sqlite3_prepare_v2(db, state_query, -1, &query, NULL) == SQLITE_OK);
	if (sqlite3_step(query) == SQLITE_ROW)
		state = sqlite3_mprintf("%s", sqlite3_column_text(query, 0));
	else
		state = sqlite3_mprintf("%s", sqlite3_errmsg(db));
	sqlite3_finalize(query);
	return state;
}

/* A condition may call anything, with the caller's rights. */
static bool
conditions_are_on(sqlite3 *db)
{
	return strcmp(answer(db, "SELECT current_setting('message_store."
						 "sql_condition')").data, "on") == 0;
}

static void
check_same_state(sqlite3 *db, const char *before, const HostileObject *object)
{
	char	   *after = state_of(db);

	if (!CHECK(before && after && strcmp(before, after) == 0))
		printf("    %s changed\n    %.300s\n    into\n    %.300s\n",
			   object->name, before, after);
	sqlite3_free(after);
}

/* ------------------------------------------------------------------------
 * A round
 * ------------------------------------------------------------------------
 */

static void
make_call(sqlite3 *db, uint64_t *random)
{
	const HostileObject *object =
		&hostile_objects[fault_random_below(random, hostile_object_count)];
	bool		is_free = conditions_are_on(db);
	int			in_transaction = !sqlite3_get_autocommit(db);
	char	   *before = state_of(db);
	int			rc = hostile_try(db, object, random, false);

	calls++;
	answers += rc == SQLITE_OK;
	if (!is_free && (rc != SQLITE_OK || !object->may_change))
		check_same_state(db, before, object);
	sqlite3_free(before);
	CHECK(in_transaction == !sqlite3_get_autocommit(db));
	if (sqlite3_table_column_metadata(db, "temp", "made", NULL, NULL, NULL,
									  NULL, NULL, NULL) == SQLITE_OK)
		run(db, "DROP TABLE temp.made");
}

static void
change_transaction(sqlite3 *db, uint64_t *random)
{
	static const char *const inside[] = {
		"COMMIT", "ROLLBACK", "SAVEPOINT s", "SAVEPOINT s", "RELEASE s",
		"ROLLBACK TO s"
	};

	if (sqlite3_get_autocommit(db))
		CHECK(run(db, fault_random_below(random, 2) ? "BEGIN" :
				  "BEGIN IMMEDIATE") == SQLITE_OK);
	else
		run(db, inside[fault_random_below(random, 6)]);
}

/* Goes through all namespaces. */
static void
check_soundness(sqlite3 *db)
{
	sqlite3_stmt *names = NULL;

	if (!sqlite3_get_autocommit(db))
		CHECK(run(db, "COMMIT") == SQLITE_OK);
	CHECK_STRING(answer(db, "PRAGMA integrity_check"), "ok");
	CHECK(sqlite3_prepare_v2(db, "SELECT name FROM list_namespaces()", -1,
							 &names, NULL) == SQLITE_OK);
	while (sqlite3_step(names) == SQLITE_ROW)
	{
		char	   *sql = sqlite3_mprintf("SELECT violation || detail FROM "
										  "verify_namespace(%Q)",
										  sqlite3_column_text(names, 0));

		CHECK_STRING(answer(db, sql), "no row");
		sqlite3_free(sql);
	}
	CHECK(sqlite3_finalize(names) == SQLITE_OK);
	check_idle(db, false);
	CHECK(run(db, "SELECT use_namespace('message_store'); "
			  "SELECT write_message(NULL, 'last-1', 'T', '{}')") == SQLITE_OK);
}

static sqlite3 *
open_round(uint64_t *random)
{
	bool		in_files = fault_random_below(random, 2);
	sqlite3    *db;

	fault_remove_files();
	db = open_store(in_files ? fault_path("store.db") : ":memory:");
	if (in_files && fault_random_below(random, 2))
		CHECK(run(db, "PRAGMA journal_mode = wal") == SQLITE_OK);
	CHECK(run(db, "SELECT ensure_namespace('tenant_a'); "
			  "SELECT ensure_namespace('tenant_b'); "
			  "SELECT write_message(NULL, 'account-1', 'Opened', '{}'); "
			  "SELECT write_messages('account-2', "
			  "'[{\"type\": \"A\", \"data\": 1}, {\"type\": \"B\", \"data\": "
			  "null}]'); SELECT use_namespace('tenant_a'); "
			  "SELECT write_message(NULL, 'account-1', 'Opened', '{}')")
		  == SQLITE_OK);
	if (fault_random_below(random, 2))
		CHECK(run(db, "SELECT set_config('message_store.sql_condition', 'on', "
				  "0)") == SQLITE_OK);
	return db;
}

static void
run_round(uint64_t seed)
{
	uint64_t	random = seed;
	char		name[40];
	sqlite3_int64 memory = sqlite3_memory_used();
	int			files = fault_open_files();
	sqlite3    *db = open_round(&random);

	snprintf(name, sizeof(name), "seed %llu", (unsigned long long) seed);
	UNIT_CASE(name);
	for (int i = 0; i < CALLS && unit_failed < 20; i++)
	{
		if (fault_random_below(&random, 10) == 0)
			change_transaction(db, &random);
		make_call(db, &random);
	}
	check_soundness(db);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == memory);
	CHECK(fault_open_files() == files);
	UNIT_CASE("");
}

/* Values of up to 100 MB; they take long, so they are few. */
static void
set_largest(uint64_t seed)
{
	if (fault_seconds() > 0)
		hostile_largest = seed % 500 == 0 ? 100000000 :
			seed % 50 == 0 ? 1000000 : 20000;
	else
		hostile_largest = seed % 50 == 0 ? 1000000 : 20000;
}

int
main(int argc, char **argv)
{
	uint64_t	first = argc > 1 ? strtoull(argv[1], NULL, 10) : fault_seed();
	uint64_t	seed = first;
	int64_t		begin = time(NULL);

	setvbuf(stdout, NULL, _IOLBF, 0);
	fault_path("");				/* so that no file counts as left open */
	hostile_learn_objects();
	do
	{
		set_largest(seed);
		if (seed % 100 == 0 || argc > 1)
			printf("seed %llu\n", (unsigned long long) seed);
		run_round(seed++);
	} while (argc < 2 && unit_failed == 0 &&
			 (fault_seconds() > 0 ? fault_time_is_left(begin) :
			  seed < first + QUICK_ROUNDS));
	printf("%d objects, seeds %llu to %llu, %ld calls, %ld answers\n",
		   hostile_object_count, (unsigned long long) first,
		   (unsigned long long) seed - 1, calls, answers);
	hostile_forget_objects();
	return unit_report();
}
