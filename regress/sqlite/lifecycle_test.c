/*-------------------------------------------------------------------------
 *
 * lifecycle_test.c
 *	  Loading, closing, and what goes on while a connection lives: kept
 *	  statements never keep it from closing, and a transaction's end is
 *	  noticed.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_test.h"

#define WRITE "SELECT write_message(NULL, 'account-1', 'Opened', '{}')"

static void
use_everything(sqlite3 *db)
{
	CHECK_STRING(answer(db, WRITE), "0");
	CHECK_STRING(answer(db, WRITE), "1");
	CHECK_STRING(answer(db, "SELECT stream_version('account-1')"), "1");
	CHECK_STRING(answer(db, "SELECT count(*) FROM "
						"get_stream_messages('account-1')"), "2");
	CHECK_STRING(answer(db, "SELECT count(*) FROM "
						"get_category_messages('account')"), "2");
	CHECK_STRING(answer(db, "SELECT count(*) FROM "
						"get_last_stream_message('account-1')"), "1");
	CHECK_STRING(answer(db, "SELECT count(*) FROM "
						"get_last_stream_message('account-1', 'Opened')"), "1");
	CHECK_STRING(answer(db, "SELECT acquire_lock('account-1') IS NULL"), "0");
}

static void
test_close_after_use(void)
{
	sqlite3_int64 before = sqlite3_memory_used();
	sqlite3    *db;

	UNIT_CASE("close after use");
	db = open_store(":memory:");
	use_everything(db);
	CHECK(prepared_statements(db) > 0);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == before);
}

static void
test_close_unused(void)
{
	sqlite3_int64 before = sqlite3_memory_used();
	sqlite3    *db;

	UNIT_CASE("close without use");
	db = open_store(":memory:");
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == before);
}

/* sqlite3_close() gives up, but has disconnected the virtual tables. */
static void
test_close_refused(void)
{
	sqlite3_int64 before = sqlite3_memory_used();
	sqlite3    *db = open_store(":memory:");
	sqlite3_stmt *reader;

	UNIT_CASE("close refused");
	use_everything(db);
	sqlite3_prepare_v2(db, "SELECT position FROM "
					   "get_stream_messages('account-1')", -1, &reader, NULL);
	CHECK(sqlite3_step(reader) == SQLITE_ROW);
	CHECK(sqlite3_close(db) == SQLITE_BUSY);
	CHECK(sqlite3_step(reader) == SQLITE_ROW);
	CHECK(sqlite3_column_int(reader, 0) == 1);
	CHECK(sqlite3_step(reader) == SQLITE_DONE);
	CHECK_STRING(answer(db, WRITE), "2");
	CHECK_STRING(answer(db, "SELECT count(*) FROM "
						"get_stream_messages('account-1')"), "3");
	CHECK(prepared_statements(db) > 1);
	sqlite3_finalize(reader);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == before);
}

static void
test_close_later(void)
{
	sqlite3_int64 before = sqlite3_memory_used();
	sqlite3    *db = open_store(":memory:");
	sqlite3_stmt *reader;

	UNIT_CASE("sqlite3_close_v2 with a reader in the middle");
	use_everything(db);
	sqlite3_prepare_v2(db, "SELECT a.position FROM "
					   "get_stream_messages('account-1') a, "
					   "get_stream_messages('account-1') b", -1, &reader, NULL);
	CHECK(sqlite3_step(reader) == SQLITE_ROW);
	CHECK(sqlite3_close_v2(db) == SQLITE_OK);
	CHECK(sqlite3_step(reader) == SQLITE_ROW);
	CHECK(sqlite3_finalize(reader) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == before);
}

static void
test_close_in_transaction(void)
{
	sqlite3_int64 before = sqlite3_memory_used();
	sqlite3    *db = open_store(":memory:");

	UNIT_CASE("close in a transaction");
	CHECK(run(db, "BEGIN; " WRITE "; " WRITE) == SQLITE_OK);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == before);
}

/* After the refused close SQLite no longer reports the transaction's end. */
static void
test_close_refused_in_transaction(void)
{
	sqlite3    *db = open_store(":memory:");
	sqlite3_stmt *reader;

	UNIT_CASE("close refused in a transaction");
	use_everything(db);
	sqlite3_prepare_v2(db, "SELECT 1 FROM get_stream_messages('account-1')",
					   -1, &reader, NULL);
	CHECK(sqlite3_step(reader) == SQLITE_ROW);
	CHECK(run(db, "BEGIN; " WRITE) == SQLITE_OK);
	CHECK(sqlite3_close(db) == SQLITE_BUSY);
	CHECK(run(db, WRITE "; COMMIT; " WRITE) == SQLITE_OK);
	CHECK_STRING(answer(db, "SELECT stream_version('account-1')"), "4");
	sqlite3_finalize(reader);
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

/* A reader in use twice, and again inside itself. */
static void
test_same_reader_twice(void)
{
	sqlite3    *db = open_store(":memory:");

	UNIT_CASE("the same reader twice");
	use_everything(db);
	CHECK_STRING(answer(db, "SELECT count(*) FROM "
						"get_stream_messages('account-1') a, "
						"get_stream_messages('account-1') b, "
						"get_stream_messages('account-1') c"), "8");
	CHECK_STRING(answer(db, "SELECT sum((SELECT count(*) FROM "
						"get_stream_messages(s.stream_name, s.position))) "
						"FROM get_stream_messages('account-1') s"), "3");
	CHECK_STRING(answer(db, "SELECT group_concat(write_message(NULL, "
						"'copy-1', type, data)) FROM "
						"get_stream_messages('account-1')"), "0,1");
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

static void
test_load_twice(void)
{
	sqlite3_int64 before = sqlite3_memory_used();
	sqlite3    *db = open_store(":memory:");
	char	   *message = NULL;

	UNIT_CASE("load twice");
	use_everything(db);
	CHECK(run(db, "SELECT set_config('message_store.debug_get', 'on', 0)") ==
		  SQLITE_OK);
	CHECK(sqlite3_messagedb_init(db, &message, NULL) == SQLITE_OK);
	CHECK(message == NULL);
	CHECK_STRING(answer(db, "SELECT current_setting('message_store.debug_get')"),
				 "on");
	CHECK_STRING(answer(db, WRITE), "2");
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == before);
}

static void
test_auto_extension(void)
{
	sqlite3    *db;

	UNIT_CASE("auto extension");
	CHECK(sqlite3_auto_extension((void (*) (void)) sqlite3_messagedb_init) ==
		  SQLITE_OK);
	CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
	CHECK(sqlite3_errcode(db) == SQLITE_OK);
	use_everything(db);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	sqlite3_reset_auto_extension();
}

static int
interrupt_once(void *pointer)
{
	sqlite3   **db = pointer;

	if (*db)
		sqlite3_interrupt(*db);
	*db = NULL;
	return 0;
}

/* A long read that returns no row cannot be stopped between rows. */
static void
test_interrupt(void)
{
	sqlite3    *db = open_store(":memory:");
	sqlite3    *to_interrupt = db;
	sqlite3_stmt *reader;

	UNIT_CASE("interrupt");
	run(db, "SELECT ensure_namespace()");
	run(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
		"WHERE i < 20000) INSERT INTO messages (position, stream_name, type) "
		"SELECT 0, 'account-' || i, 'Opened' FROM n");
	sqlite3_prepare_v2(db, "SELECT 1 FROM get_category_messages('account', 1, "
					   "-1, 'nobody')", -1, &reader, NULL);
	sqlite3_progress_handler(db, 50000, interrupt_once, &to_interrupt);
	CHECK(sqlite3_step(reader) == SQLITE_INTERRUPT);
	CHECK(to_interrupt == NULL);
	sqlite3_progress_handler(db, 0, NULL, NULL);
	sqlite3_finalize(reader);
	CHECK_STRING(answer(db, "SELECT count(*) FROM "
						"get_category_messages('account', 1, -1)"), "20000");
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

/* A table of the user's under the name of the internal one. */
static void
test_session_name_taken(void)
{
	sqlite3    *db = open_store(":memory:");

	UNIT_CASE("the name message_db_transaction is taken");
	run(db, "CREATE TABLE message_db_transaction (x); "
		"INSERT INTO message_db_transaction VALUES (1)");
	CHECK_STRING(answer(db, "SELECT acquire_lock('account-1')"),
				 "the name message_db_transaction is taken by a table");
	CHECK_STRING(answer(db, "SELECT ensure_namespace()"),
				 "the name message_db_transaction is taken by a table");
	CHECK_STRING(answer(db, "SELECT count(*) FROM message_db_transaction"), "1");
	CHECK(sqlite3_get_autocommit(db));
	run(db, "DROP TABLE message_db_transaction");
	use_everything(db);
	run(db, "CREATE TABLE message_db_transaction (x)");
	CHECK_STRING(answer(db, "SELECT acquire_lock('account-1')"),
				 "the name message_db_transaction is taken by a table");
	CHECK_STRING(answer(db, WRITE), "2");
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

int
main(void)
{
	test_close_unused();
	test_close_after_use();
	test_close_refused();
	test_close_later();
	test_close_in_transaction();
	test_close_refused_in_transaction();
	test_same_reader_twice();
	test_load_twice();
	test_auto_extension();
	test_interrupt();
	test_session_name_taken();
	return unit_report();
}
