/*-------------------------------------------------------------------------
 *
 * threads_test.c
 *	  Everything that the extension does, done by threads of one process.
 *
 * Writers of one store, each with a connection of its own and all with the same
 * one; every scenario of scenarios.c in several threads, each with a store of
 * its own, where the answers are known; and a store that threads use for all
 * there is at once, while connections come and go, namespaces are created,
 * renamed and deleted, and another thread interrupts.  There, calls may fail;
 * but only for a reason that they may have, and the store is sound afterwards.
 *
 * "make tsan" runs this with the thread sanitizer.
 *
 *-------------------------------------------------------------------------
 */
#include "faults.h"
#include "scenarios.h"

#include <pthread.h>
#include <unistd.h>

#define THREADS 4
#define WRITES 100

/* A thread's work; what all of them share, and its own number. */
typedef struct Thread
{
	pthread_t	thread;
	int			number;
	const char *path;
	sqlite3    *shared;			/* a connection that all use, or NULL */
} Thread;

static void
run_threads(void *(*start) (void *), const char *path, sqlite3 *shared)
{
	Thread		threads[THREADS];

	for (int i = 0; i < THREADS; i++)
	{
		threads[i] = (Thread) {.number = i,.path = path,.shared = shared};
		CHECK(pthread_create(&threads[i].thread, NULL, start,
							 &threads[i]) == 0);
	}
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i].thread, NULL) == 0);
}

static sqlite3 *
open_in_thread(const Thread *thread, int busy_timeout)
{
	sqlite3    *db = open_store(thread->path);

	sqlite3_busy_timeout(db, busy_timeout);
	return db;
}

static const char *
store_path(void)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s", fault_path("store.db"));
	return path;
}

/* A new store. */
static sqlite3 *
new_store(const char *journal_mode)
{
	sqlite3    *db;
	char		pragma[60];

	fault_remove_files();
	db = open_store(store_path());
	snprintf(pragma, sizeof(pragma), "PRAGMA journal_mode = %s", journal_mode);
	CHECK_STRING(answer(db, pragma), journal_mode);
	return db;
}

/* ------------------------------------------------------------------------
 * Writers
 * ------------------------------------------------------------------------
 */

/* Two streams that all threads write to. */
static void *
write_messages(void *argument)
{
	Thread	   *thread = argument;
	sqlite3    *db = thread->shared ? thread->shared :
		open_in_thread(thread, 60000);

	for (int i = 0; i < WRITES; i++)
		CHECK(sqlite3_exec(db, i % 2 ?
						   "SELECT write_message(NULL, 'a-1', 'T', '{}')" :
						   "SELECT write_message(NULL, 'b-1', 'T', '{}')",
						   NULL, NULL, NULL) == SQLITE_OK);
	if (!thread->shared)
		CHECK(sqlite3_close(db) == SQLITE_OK);
	return NULL;
}

static void
check_messages(sqlite3 *db)
{
	CHECK_STRING(answer(db, "SELECT stream_version('a-1')"), "199");
	CHECK_STRING(answer(db, "SELECT stream_version('b-1')"), "199");
	CHECK_STRING(answer(db, "SELECT count(*) FROM verify_namespace()"), "0");
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

static void
test_writers(const char *journal_mode)
{
	sqlite3    *db;

	UNIT_CASE(journal_mode);
	db = new_store(journal_mode);
	run_threads(write_messages, store_path(), NULL);
	check_messages(db);
}

static void
test_writers_with_shared_connection(void)
{
	sqlite3    *db = open_store(":memory:");

	UNIT_CASE("writers with a shared connection");
	run_threads(write_messages, NULL, db);
	check_messages(db);
}

/* ------------------------------------------------------------------------
 * Scenarios, in stores that each thread has for itself
 * ------------------------------------------------------------------------
 */

static void *
run_scenarios(void *argument)
{
	Thread	   *thread = argument;
	int			count = scenario_count();

	for (int i = 0; i < count; i++)
	{
		const Scenario *scenario =
			&scenarios[(i + thread->number * count / THREADS) % count];
		char		path[300];
		sqlite3    *db;

		UNIT_CASE(scenario->name);
		snprintf(path, sizeof(path), "%s-%d-%d.db", thread->path,
				 thread->number, i);
		db = open_scenario(scenario, scenario->in_file ? path : NULL);
		CHECK(run_through(db, scenario->statement) == SQLITE_OK);
		CHECK_STRING(answer(db, scenario->control), scenario->with);
		CHECK(sqlite3_close(db) == SQLITE_OK);
	}
	return NULL;
}

static void
test_scenarios(void)
{
	fault_remove_files();
	run_threads(run_scenarios, store_path(), NULL);
}

/* ------------------------------------------------------------------------
 * A store that all use for everything
 * ------------------------------------------------------------------------
 */

#define ROUNDS 12
#define CALLS 12

/* With a number from 0 to 2 in the place of each %d. */
static const char *const calls[] = {
	WRITE,
	WRITE "; " WRITE,
	"BEGIN; " WRITE "; SAVEPOINT s; " WRITE "; ROLLBACK TO s; COMMIT",
	"BEGIN IMMEDIATE; " WRITE "; ROLLBACK",
	"SELECT write_messages('batch-%d', '[{\"type\": \"A\", \"data\": {}}, "
	"{\"type\": \"B\", \"data\": [1, 2]}]')",
	"SELECT write_message(NULL, 'versions-%d', 'T', '{}', NULL, "
	"(SELECT ifnull(stream_version('versions-%d'), -1)))",
	"SELECT * FROM get_stream_messages('account-%d')",
	"SELECT * FROM get_category_messages('account', 1, 100, NULL, %d, 3)",
	"SELECT * FROM get_all_messages(1, 100)",
	"SELECT * FROM get_last_stream_message('account-%d')",
	"SELECT * FROM list_streams(), list_categories()",
	"SELECT * FROM list_namespaces()",
	"SELECT * FROM message_store_status(), message_store_writers()",
	"SELECT * FROM namespace_info('t%d')",
	"SELECT * FROM verify_namespace('t%d')",
	"BEGIN; SELECT acquire_lock('account-%d'); " WRITE "; COMMIT",
	"SELECT set_config('message_db.idempotent_writes', 'on', 0), "
	"set_config('message_store.debug', 'off', 1), "
	"current_setting('message_db.namespace')",
	"SELECT ensure_namespace('t%d'); SELECT use_namespace('t%d'); " WRITE,
	"SELECT create_namespace('t%d', 'a tenant', '{\"n\": %d}')",
	"SELECT use_namespace('t%d'); " WRITE,
	"SELECT use_namespace('message_store')",
	"BEGIN; SELECT use_namespace('t%d'); " WRITE
	"; SELECT use_namespace('message_store'); " WRITE "; COMMIT",
	"SELECT rename_namespace('t%d', 't%d')",
	"SELECT clear_namespace('t%d')",
	"SELECT delete_namespace('t%d')",
	"DETACH t%d",
	"SELECT * FROM migrate_namespaces()",
	"SELECT migrate_namespace('t%d')",
};

/* The connection that each thread has open, for the one that interrupts. */
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3 *open_connections[THREADS];
static bool ended;

static void
publish(const Thread *thread, sqlite3 *db)
{
	pthread_mutex_lock(&open_lock);
	open_connections[thread->number] = db;
	pthread_mutex_unlock(&open_lock);
}

static void *
interrupt(void *unused)
{
	bool		goes_on = true;

	(void) unused;
	for (int i = 0; goes_on; i++)
	{
		usleep(2000);
		pthread_mutex_lock(&open_lock);
		if (open_connections[i % THREADS])
			sqlite3_interrupt(open_connections[i % THREADS]);
		goes_on = !ended;
		pthread_mutex_unlock(&open_lock);
	}
	return NULL;
}

/*
 * A namespace may not exist, or exist already; somebody may write, or have the
 * transaction that another thread has begun; a file may go while it is opened.
 */
static bool
may_fail_with(int rc)
{
	switch (rc)
	{
		case SQLITE_OK:
		case SQLITE_ERROR:
		case SQLITE_BUSY:
		case SQLITE_LOCKED:
		case SQLITE_INTERRUPT:
		case SQLITE_ABORT:
		case SQLITE_CONSTRAINT:
			return true;
	}
	return false;
}

static void
do_something(sqlite3 *db, uint64_t *random)
{
	int			call = (int) fault_random_below(random, sizeof(calls) /
												sizeof(calls[0]));
	char	   *sql = sqlite3_mprintf(calls[call],
									  (int) fault_random_below(random, 3),
									  (int) fault_random_below(random, 3));
	int			rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	UNIT_CASE(calls[call]);
	if (!CHECK(may_fail_with(rc)))
		printf("    result:   %d, %s\n", sqlite3_extended_errcode(db),
			   sqlite3_errmsg(db));
	sqlite3_free(sql);
}

static void *
do_things(void *argument)
{
	Thread	   *thread = argument;
	uint64_t	random = fault_seed() * THREADS + (uint64_t) thread->number;

	for (int round = 0; round < ROUNDS; round++)
	{
		sqlite3    *db = thread->shared ? thread->shared :
			open_in_thread(thread, 200);

		publish(thread, db);
		for (int i = 0; i < CALLS; i++)
		{
			do_something(db, &random);
			/* that no transaction stays open for long; mostly there is none */
			sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		}
		publish(thread, NULL);
		if (!thread->shared)
			CHECK(sqlite3_close(db) == SQLITE_OK);
	}
	return NULL;
}

/* All that is there is sound, and of use. */
static void
check_store(void)
{
	sqlite3    *db = open_store(store_path());

	CHECK_STRING(answer(db, "SELECT count(*) FROM list_namespaces() AS n JOIN "
						"verify_namespace(n.name)"), "0");
	CHECK_STRING(answer(db, "PRAGMA integrity_check"), "ok");
	for (int i = 0; i < 3; i++)
	{
		char		sql[200];

		snprintf(sql, sizeof(sql), "SELECT ensure_namespace('t%d'); "
				 "SELECT use_namespace('t%d'); " WRITE, i, i);
		CHECK(run(db, sql) == SQLITE_OK);
	}
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

static void
test_everything(const char *journal_mode, bool shares_connection)
{
	sqlite3    *db;
	pthread_t	interrupter;

	UNIT_CASE(journal_mode);
	db = new_store(journal_mode);
	ended = false;
	CHECK(pthread_create(&interrupter, NULL, interrupt, NULL) == 0);
	run_threads(do_things, store_path(), shares_connection ? db : NULL);
	pthread_mutex_lock(&open_lock);
	ended = true;
	pthread_mutex_unlock(&open_lock);
	CHECK(pthread_join(interrupter, NULL) == 0);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	check_store();
}

int
main(void)
{
	printf("FAULT_SEED=%llu\n", (unsigned long long) fault_seed());
	test_writers("wal");
	test_writers("delete");
	test_scenarios();
	test_everything("wal", false);
	test_everything("delete", false);
	if (sqlite3_threadsafe())
	{
		test_writers_with_shared_connection();
		test_everything("wal", true);
	}
	return unit_report();
}
