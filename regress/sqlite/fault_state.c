/*-------------------------------------------------------------------------
 *
 * fault_state.c
 *	  The state of a history's store, and whether it is sound.
 *
 *-------------------------------------------------------------------------
 */
#include "fault_history.h"

/* ------------------------------------------------------------------------
 * States
 * ------------------------------------------------------------------------
 */

/* The rows of a query as text, appended. */
static int
append_rows(sqlite3_str *text, sqlite3 *db, const char *format,
			const char *name)
{
	char	   *sql = sqlite3_mprintf(format, name, name);
	sqlite3_stmt *query = NULL;
	int			rc = sqlite3_prepare_v2(db, sql, -1, &query, NULL);

	sqlite3_free(sql);
	while (rc == SQLITE_OK && sqlite3_step(query) == SQLITE_ROW)
	{
		for (int i = 0; i < sqlite3_column_count(query); i++)
			sqlite3_str_appendf(text, "%s|", sqlite3_column_text(query, i));
		sqlite3_str_appendall(text, "\n");
	}
	return rc == SQLITE_OK ? sqlite3_finalize(query) : rc;
}

/* The namespaces themselves, which CHECK() needs by name. */
static void
read_contents(sqlite3 *db, StateNamespace *namespace)
{
	bool		is_main = strcmp(namespace->name, "message_store") == 0;
	sqlite3_str *text = sqlite3_str_new(NULL);
	char		use[80];
	int			rc;

	snprintf(use, sizeof(use), "SELECT use_namespace('%s')", namespace->name);
	rc = run(db, use);
	if (rc == SQLITE_OK)
		rc = append_rows(text, db, "SELECT description FROM "
						 "get_namespace(%Q)", namespace->name);
	if (rc == SQLITE_OK)
		rc = append_rows(text, db, "SELECT global_position, position, "
						 "stream_name, type, hex(substr(data, 1, 20)), "
						 "length(data), id FROM \"%w\".messages ORDER BY "
						 "global_position",
						 is_main ? "main" : namespace->name);
	if (!CHECK(rc == SQLITE_OK))
		printf("    namespace %s: %s\n", namespace->name, sqlite3_errmsg(db));
	namespace->contents = sqlite3_str_finish(text);
	if (!namespace->contents)
		namespace->contents = sqlite3_mprintf("");
}

static void
forget_empty_default(State *state)
{
	for (int i = 0; i < state->count; i++)
	{
		StateNamespace *n = &state->namespaces[i];

		if (strcmp(n->name, "message_store") != 0 ||
			strlen(n->contents) > strlen("|\n"))
			continue;
		sqlite3_free(n->contents);
		*n = state->namespaces[--state->count];
	}
}

State
state_read(void)
{
	State		state = {0};
	sqlite3    *db = open_store(history_path());
	sqlite3_stmt *names = NULL;

	sqlite3_busy_timeout(db, 1000);
	CHECK(sqlite3_prepare_v2(db, "SELECT name FROM list_namespaces()", -1,
							 &names, NULL) == SQLITE_OK);
	while (sqlite3_step(names) == SQLITE_ROW &&
		   state.count < HISTORY_NAMESPACES)
		snprintf(state.namespaces[state.count++].name, 20, "%s",
				 (const char *) sqlite3_column_text(names, 0));
	CHECK(sqlite3_finalize(names) == SQLITE_OK);
	for (int i = 0; i < state.count; i++)
		read_contents(db, &state.namespaces[i]);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	forget_empty_default(&state);
	return state;
}

void
state_free(State *state)
{
	for (int i = 0; i < state->count; i++)
		sqlite3_free(state->namespaces[i].contents);
	state->count = 0;
}

void
state_print(const State *state)
{
	for (int i = 0; i < state->count; i++)
		printf("    %s: %s\n", state->namespaces[i].name,
			   state->namespaces[i].contents);
	if (state->count == 0)
		printf("    no namespace\n");
}

/* ------------------------------------------------------------------------
 * A sound store
 * ------------------------------------------------------------------------
 */

static void
check_file(const char *path)
{
	const char *suffix = strrchr(path, '.');
	sqlite3    *db = NULL;

	if (!suffix || strcmp(suffix, ".db") != 0)
		return;
	CHECK(sqlite3_open(path, &db) == SQLITE_OK);
	sqlite3_busy_timeout(db, 1000);
	if (!CHECK_STRING(answer(db, "PRAGMA integrity_check"), "ok"))
		printf("    file: %s\n", path);
	sqlite3_close(db);
}

static void
check_sound(sqlite3 *db)
{
	CHECK_STRING(answer(db, "SELECT violation || ' ' || ifnull(stream_name, '') "
						"|| ' ' || ifnull(position, '') || ' ' || detail "
						"FROM verify_namespace()"), "no row");
}

static void
check_namespaces(sqlite3 *db)
{
	sqlite3_stmt *names = NULL;
	char		text[200];

	CHECK(sqlite3_prepare_v2(db, "SELECT name, (SELECT group_concat(name) "
							 "FROM list_namespaces()) FROM list_namespaces()",
							 -1, &names, NULL) == SQLITE_OK);
	while (sqlite3_step(names) == SQLITE_ROW)
	{
		const char *name = (const char *) sqlite3_column_text(names, 0);

		snprintf(text, sizeof(text), "SELECT use_namespace('%s')", name);
		CHECK_STRING(answer(db, text), name);
		check_sound(db);
		CHECK_STRING(answer(db, "SELECT write_message(NULL, 'check-1', 'T', "
							"'{}')"), "0");
		CHECK_STRING(answer(db, "SELECT migrate_namespace()"), "2");
		check_sound(db);
	}
	CHECK(sqlite3_finalize(names) == SQLITE_OK);
}

/* A file of no namespace that is registered, nor beside one. */
static void
check_is_known(const char *path)
{
	sqlite3    *db = open_store(history_path());
	char	   *sql = sqlite3_mprintf("SELECT count(*) FROM (SELECT '' AS file "
									  "UNION ALL SELECT file FROM "
									  "message_db_namespaces) WHERE %Q IN "
									  "(%Q || file, %Q || file || '-wal', "
									  "%Q || file || '-shm', "
									  "%Q || file || '-journal')",
									  path, history_path(), history_path(),
									  history_path(), history_path());

	if (!CHECK_STRING(answer(db, sql), "1"))
		printf("    file: %s\n", path);
	sqlite3_free(sql);
	sqlite3_close(db);
}

void
history_heal(void)
{
	sqlite3    *db = open_store(history_path());

	sqlite3_busy_timeout(db, 1000);
	CHECK_STRING(answer(db, "SELECT ensure_namespace('healer')"), "1");
	CHECK_STRING(answer(db, "SELECT delete_namespace('healer')"), "0");
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

void
history_check_store(void)
{
	sqlite3    *db;

	fault_each_file(check_file);
	db = open_store(history_path());
	sqlite3_busy_timeout(db, 1000);
	CHECK_STRING(answer(db, "SELECT count(*) FROM message_db_namespaces WHERE "
						"name IS NULL OR former_name IS NOT NULL"), "0");
	check_namespaces(db);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	fault_each_file(check_file);
	fault_each_file(check_is_known);
}
