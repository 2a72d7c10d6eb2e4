/*-------------------------------------------------------------------------
 *
 * threads_test.c
 *	  Threads that write at once, each with a connection of its own and all
 *	  with the same one.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_test.h"

#include <pthread.h>
#include <unistd.h>

#define THREADS 4
#define WRITES 100

static char path[200];
static sqlite3 *shared;

/* Two streams that all threads write to; returns how many writes failed. */
static long
write_messages(sqlite3 *db)
{
	long		failures = 0;

	for (int i = 0; i < WRITES; i++)
		failures += run(db, i % 2 ?
						"SELECT write_message(NULL, 'a-1', 'T', '{}')" :
						"SELECT write_message(NULL, 'b-1', 'T', '{}')") !=
			SQLITE_OK;
	return failures;
}

static void *
write_with_own_connection(void *unused)
{
	sqlite3    *db = NULL;
	char	   *message = NULL;
	long		failures;

	(void) unused;
	if (sqlite3_open(path, &db) != SQLITE_OK ||
		sqlite3_messagedb_init(db, &message, NULL) != SQLITE_OK)
		return (void *) 1;
	sqlite3_busy_timeout(db, 60000);
	failures = write_messages(db);
	failures += sqlite3_close(db) != SQLITE_OK;
	return (void *) failures;
}

static void *
write_with_shared_connection(void *unused)
{
	(void) unused;
	return (void *) write_messages(shared);
}

static void
run_threads(void *(*start) (void *))
{
	pthread_t	threads[THREADS];
	void	   *failures;

	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, start, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
	{
		CHECK(pthread_join(threads[i], &failures) == 0);
		CHECK(failures == NULL);
	}
}

static void
check_gapless(sqlite3 *db, const char *expected_version)
{
	CHECK_STRING(answer(db, "SELECT stream_version('a-1')"), expected_version);
	CHECK_STRING(answer(db, "SELECT stream_version('b-1')"), expected_version);
	CHECK_STRING(answer(db, "SELECT count(*) FROM messages WHERE position <> "
						"(SELECT count(*) FROM messages AS before WHERE "
						"before.stream_name = messages.stream_name AND "
						"before.global_position < messages.global_position)"),
				 "0");
}

static void
test_own_connections(const char *journal_mode)
{
	char		pragma[60];
	sqlite3    *db;

	UNIT_CASE(journal_mode);
	snprintf(pragma, sizeof(pragma), "PRAGMA journal_mode = %s", journal_mode);
	unlink(path);
	db = open_store(path);
	CHECK_STRING(answer(db, pragma), journal_mode);
	run_threads(write_with_own_connection);
	check_gapless(db, "199");
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

static void
test_shared_connection(void)
{
	UNIT_CASE("a shared connection");
	shared = open_store(":memory:");
	run_threads(write_with_shared_connection);
	check_gapless(shared, "199");
	CHECK(sqlite3_close(shared) == SQLITE_OK);
}

int
main(void)
{
	const char *directory = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/message_db_threads_%d.db",
			 directory ? directory : "/tmp", (int) getpid());
	test_own_connections("wal");
	test_own_connections("delete");
	if (sqlite3_threadsafe())
		test_shared_connection();
	unlink(path);
	return unit_report();
}
