/*-------------------------------------------------------------------------
 *
 * fault_history.c
 *	  Does the steps of a history, and learns its states; see fault_history.h.
 *
 *-------------------------------------------------------------------------
 */
#include "fault_history.h"

const char *
history_path(void)
{
	return fault_path("store.db");
}

/*
 * Namespaces follow main in all but the cache, whose size SQLite keeps for each.
 * In WAL mode the cache must not spill: SQLite (3.40.1, without message_db)
 * then leaves a wrong checksum in the WAL at ROLLBACK TO, and all that is
 * committed afterwards is lost at the next recovery.
 */
static int
set_modes(const History *history, sqlite3 *db)
{
	const HistoryMode *mode = history->mode;
	sqlite3_stmt *databases = NULL;
	sqlite3_str *sql = sqlite3_str_new(NULL);
	char	   *text;
	int			rc = sqlite3_prepare_v2(db, "SELECT name FROM "
										"pragma_database_list WHERE name <> "
										"'temp'", -1, &databases, NULL);

	while (rc == SQLITE_OK && sqlite3_step(databases) == SQLITE_ROW)
	{
		const char *name = (const char *) sqlite3_column_text(databases, 0);

		sqlite3_str_appendf(sql, "PRAGMA \"%w\".cache_size = 3;", name);
		if (strcmp(name, "main") == 0)
			sqlite3_str_appendf(sql, "PRAGMA main.synchronous = %s; "
								"PRAGMA main.journal_mode = %s;"
								"PRAGMA cache_spill = %s;",
								mode->synchronous, mode->journal_mode,
								strcmp(mode->journal_mode, "wal") == 0 ?
								"off" : "on");
	}
	sqlite3_finalize(databases);
	text = sqlite3_str_finish(sql);
	if (rc == SQLITE_OK && text)
		rc = run(db, text);
	sqlite3_free(text);
	return rc;
}

static void
load(sqlite3 *db)
{
	char	   *message = NULL;

	CHECK(sqlite3_messagedb_init(db, &message, NULL) == SQLITE_OK);
	sqlite3_free(message);
}

sqlite3 *
history_open(const History *history, const char *vfs)
{
	sqlite3    *db = NULL;
	int			rc = sqlite3_open_v2(history_path(), &db,
									 SQLITE_OPEN_READWRITE |
									 SQLITE_OPEN_CREATE, vfs);

	if (rc == SQLITE_OK)
	{
		load(db);
		rc = set_modes(history, db);
	}
	if (rc == SQLITE_OK)
		return db;
	CHECK(vfs != NULL);
	sqlite3_close(db);
	return NULL;
}

int
history_do(const History *history, sqlite3 *db, int number)
{
	int			rc = run(db, history->steps[number].sql);

	if (rc == SQLITE_OK)
		set_modes(history, db);
	return rc;
}

int
history_go_to(const History *history, sqlite3 *db, int number)
{
	char		sql[80];

	snprintf(sql, sizeof(sql), "SELECT use_namespace('%s')",
			 number == 0 ? "message_store" : history->steps[number - 1].current);
	return run(db, sql);
}

static bool
has_batches(void)
{
	sqlite3    *db = open_store(":memory:");
	bool		result;

	result = strcmp(answer(db, "SELECT count(*) > 0 FROM pragma_function_list "
						   "WHERE name = 'write_messages'").data, "1") == 0;
	sqlite3_close(db);
	return result;
}

void
history_make(History *history, uint64_t seed, const HistoryMode *mode)
{
	sqlite3    *db;

	memset(history, 0, sizeof(History));
	history->seed = seed;
	history->mode = mode;
	history_make_steps(history, has_batches());
	fault_remove_files();
	db = history_open(history, NULL);
	history->states[0] = state_read();
	for (int i = 0; i < history->count; i++)
	{
		int			rc = history_do(history, db, i);

		if (!CHECK(rc == SQLITE_OK))
		{
			printf("    step %d of seed %llu: %.500s\n    %s\n", i,
				   (unsigned long long) seed, history->steps[i].sql,
				   sqlite3_errmsg(db));
			break;
		}
		history->states[i + 1] = state_read();
	}
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

void
history_free(History *history)
{
	for (int i = 0; i < history->count; i++)
		sqlite3_free(history->steps[i].sql);
	for (int i = 0; i <= history->count; i++)
		state_free(&history->states[i]);
}
