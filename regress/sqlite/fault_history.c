/*-------------------------------------------------------------------------
 *
 * fault_history.c
 *	  See fault_history.h.
 *
 *-------------------------------------------------------------------------
 */
#include "fault_history.h"

#include <stdarg.h>
#include <unistd.h>

/* What the generator knows of the store that its steps make. */
typedef struct Plan
{
	uint64_t	random;
	bool		exists[3];		/* tenants a, b and c */
	int			current;		/* one of them, or -1 for the default one */
	bool		default_exists;
	int			writes;
	sqlite3_str *sql;
	bool		spans;
} Plan;

static const char *const tenants[] = {"ta", "tb", "tc"};

const char *
history_path(void)
{
	return fault_path("store.db");
}

/* ------------------------------------------------------------------------
 * Making steps
 * ------------------------------------------------------------------------
 */

static void
add_sql(Plan *plan, const char *format, ...)
{
	va_list		arguments;

	va_start(arguments, format);
	sqlite3_str_vappendf(plan->sql, format, arguments);
	va_end(arguments);
	sqlite3_str_appendall(plan->sql, ";");
}

static int
choose(Plan *plan, int limit)
{
	return (int) fault_random_below(&plan->random, limit);
}

/* A tenant that exists, or one that does not; -1 when there is none. */
static int
choose_tenant(Plan *plan, bool exists)
{
	int			first = choose(plan, 3);

	for (int i = 0; i < 3; i++)
		if (plan->exists[(first + i) % 3] == exists)
			return (first + i) % 3;
	return -1;
}

/* A write; now and then one of some pages, or with the version expected. */
static void
add_write(Plan *plan)
{
	int			number = plan->writes++;
	int			stream = choose(plan, 3);
	int			size = choose(plan, 6) == 0 ? 3000 + choose(plan, 9000) : 3;

	plan->default_exists = plan->default_exists || plan->current < 0;
	sqlite3_str_appendf(plan->sql, "SELECT write_message("
						"'00000000-0000-7000-8000-%012x', 'account-%d', "
						"'Opened', '{\"n\": %d, \"pad\": \"%.*c\"}', NULL",
						number, stream, number, size, 'x');
	if (choose(plan, 3) == 0)
		sqlite3_str_appendf(plan->sql, ", "
							"(SELECT ifnull(stream_version('account-%d'), -1))",
							stream);
	add_sql(plan, ")");
}

static void
add_writes(Plan *plan, int count)
{
	for (int i = 0; i < count; i++)
		add_write(plan);
}

/* A batch, when there is the function for it. */
static void
add_batch(Plan *plan)
{
	int			number = plan->writes;

	plan->writes += 4;
	plan->default_exists = plan->default_exists || plan->current < 0;
	add_sql(plan, "SELECT write_messages('account-%d', "
			"(SELECT json_group_array(json_object('type', 'Opened', 'data', "
			"json_object('n', column1), 'id', "
			"printf('00000000-0000-7000-8000-%%012x', column1))) "
			"FROM (VALUES (%d), (%d), (%d), (%d))))", choose(plan, 3), number,
			number + 1, number + 2, number + 3);
}

static void
add_use(Plan *plan, int tenant)
{
	plan->current = tenant;
	add_sql(plan, "SELECT use_namespace('%s')",
			tenant < 0 ? "message_store" : tenants[tenant]);
}

static void
add_create(Plan *plan)
{
	int			tenant = choose_tenant(plan, false);

	if (tenant < 0)
		return;
	plan->exists[tenant] = true;
	add_sql(plan, "SELECT create_namespace('%s', 'number %d', '{\"b\": 1}')",
			tenants[tenant], plan->writes);
	if (choose(plan, 2))
		add_use(plan, tenant);
}

static void
add_delete(Plan *plan)
{
	int			tenant = choose_tenant(plan, true);

	if (tenant < 0)
		return;
	plan->exists[tenant] = false;
	if (plan->current == tenant)
		add_use(plan, -1);
	add_sql(plan, "SELECT delete_namespace('%s')", tenants[tenant]);
}

static void
add_rename(Plan *plan)
{
	int			old = choose_tenant(plan, true);
	int			new = choose_tenant(plan, false);

	if (old < 0 || new < 0)
		return;
	plan->exists[old] = false;
	plan->exists[new] = true;
	add_sql(plan, "SELECT rename_namespace('%s', '%s')", tenants[old],
			tenants[new]);
	if (plan->current == old)
		add_use(plan, new);
}

static void
add_clear(Plan *plan)
{
	int			tenant = choose(plan, 4) ? choose_tenant(plan, true) : -1;

	if (tenant >= 0)
		add_sql(plan, "SELECT clear_namespace('%s')", tenants[tenant]);
	else if (plan->default_exists)
		add_sql(plan, "SELECT clear_namespace('message_store')");
}

/* Back to schema version 1, and forward again in a later step or at a write. */
static void
add_version_1(Plan *plan)
{
	if (choose(plan, 2))
		add_sql(plan, "SELECT count(*) FROM migrate_namespaces()");
	else
		add_sql(plan, "DROP TABLE IF EXISTS main.message_db_namespace");
}

/* Writes to two namespaces in one transaction. */
static void
add_span(Plan *plan)
{
	int			tenant = choose_tenant(plan, true);

	if (tenant < 0)
		return;
	plan->spans = true;
	add_sql(plan, "BEGIN IMMEDIATE");
	add_use(plan, -1);
	add_writes(plan, 1 + choose(plan, 2));
	add_use(plan, tenant);
	add_writes(plan, 1 + choose(plan, 2));
	add_sql(plan, "COMMIT");
}

static void
add_savepoints(Plan *plan)
{
	add_sql(plan, "BEGIN IMMEDIATE");
	add_write(plan);
	add_sql(plan, "SAVEPOINT s");
	add_writes(plan, 2);
	add_sql(plan, "ROLLBACK TO s");
	add_write(plan);
	add_sql(plan, "COMMIT");
}

/* What is rolled back must leave nothing, so the plan forgets it. */
static void
add_rolled_back(Plan *plan)
{
	Plan		before = *plan;

	add_sql(plan, "BEGIN IMMEDIATE");
	add_write(plan);
	switch (choose(plan, 4))
	{
		case 0:
			add_create(plan);
			break;
		case 1:
			add_delete(plan);
			break;
		case 2:
			add_rename(plan);
			break;
		case 3:
			add_clear(plan);
			break;
	}
	add_sql(plan, "ROLLBACK");
	before.random = plan->random;
	before.writes = plan->writes;
	*plan = before;
	add_use(plan, plan->current);
}

/* Namespaces change in a transaction that also writes. */
static void
add_large_transaction(Plan *plan)
{
	plan->spans = true;
	add_sql(plan, "BEGIN IMMEDIATE");
	add_write(plan);
	switch (choose(plan, 3))
	{
		case 0:
			add_create(plan);
			add_write(plan);
			break;
		case 1:
			add_rename(plan);
			add_write(plan);
			break;
		case 2:
			add_delete(plan);
			break;
	}
	add_sql(plan, "COMMIT");
}

static void
add_step(Plan *plan, bool has_batches)
{
	switch (choose(plan, 16))
	{
		case 0:
			add_use(plan, choose_tenant(plan, true));
			break;
		case 1:
		case 2:
			add_create(plan);
			break;
		case 3:
			add_delete(plan);
			break;
		case 4:
			add_rename(plan);
			break;
		case 5:
			add_clear(plan);
			break;
		case 6:
			add_version_1(plan);
			break;
		case 7:
			add_span(plan);
			break;
		case 8:
			add_savepoints(plan);
			break;
		case 9:
			add_rolled_back(plan);
			break;
		case 10:
			add_large_transaction(plan);
			break;
		case 11:
			if (choose(plan, 2))
				add_sql(plan, "PRAGMA wal_checkpoint");
			else if (plan->default_exists)
				add_sql(plan, "SELECT count(*) FROM "
						"verify_namespace('message_store')");
			break;
		case 12:
			if (has_batches)
				add_batch(plan);
			break;
		default:
			add_write(plan);
	}
}

/* Makes the steps; those for which the choice finds nothing are writes. */
static void
make_steps(History *history, bool has_batches)
{
	Plan		plan = {.random = history->seed, .current = -1};

	history->count = HISTORY_STEPS;
	for (int i = 0; i < history->count; i++)
	{
		plan.sql = sqlite3_str_new(NULL);
		plan.spans = false;
		add_step(&plan, has_batches);
		if (sqlite3_str_length(plan.sql) == 0)
			add_write(&plan);
		history->steps[i].spans = plan.spans;
		history->steps[i].current = plan.current < 0 ? "message_store" :
			tenants[plan.current];
		history->steps[i].sql = sqlite3_str_finish(plan.sql);
	}
}

/* ------------------------------------------------------------------------
 * Doing them
 * ------------------------------------------------------------------------
 */

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
	make_steps(history, has_batches());
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

/* What a state says of a namespace; NULL when it is not there. */
static const char *
contents_of(const State *state, const char *name)
{
	for (int i = 0; i < state->count; i++)
		if (strcmp(state->namespaces[i].name, name) == 0)
			return state->namespaces[i].contents;
	return NULL;
}

static bool
same_contents(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
state_equals(const State *a, const State *b)
{
	bool		equal = a->count == b->count;

	for (int i = 0; i < a->count && equal; i++)
		equal = strcmp(a->namespaces[i].name, b->namespaces[i].name) == 0 &&
			same_contents(a->namespaces[i].contents, b->namespaces[i].contents);
	return equal;
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
 * What may be found
 * ------------------------------------------------------------------------
 */

static bool
same_names(const State *a, const State *b)
{
	bool		same = a->count == b->count;

	for (int i = 0; i < a->count && same; i++)
		same = contents_of(b, a->namespaces[i].name) != NULL;
	return same;
}

/*
 * Files that have different numbers of commits: the names are those of some
 * state, and each contents is that of some namespace in some state, because a
 * file may have been renamed since; or empty, because a file begins so.
 */
static bool
is_patchwork(const History *history, const State *state, int first, int last)
{
	bool		names = false;

	for (int i = first; i <= last; i++)
		names = names || same_names(state, &history->states[i]);
	for (int n = 0; n < state->count && names; n++)
	{
		const char *contents = state->namespaces[n].contents;
		const char *messages = strchr(contents, '\n');
		bool		found = messages && !messages[1];

		for (int i = first; i <= last; i++)
			for (int j = 0; j < history->states[i].count; j++)
				found = found ||
					same_contents(contents,
								  history->states[i].namespaces[j].contents);
		names = found;
	}
	return names;
}

/* The first state that may be found when so many changes may be lost. */
static int
first_state(const History *history, int done, int lost)
{
	int			first = done;

	for (int i = 0; i < lost && first > 0; i++)
	{
		while (first > 0 && state_equals(&history->states[first - 1],
										 &history->states[first]))
			first--;
		first -= first > 0;
	}
	return first;
}

bool
history_allows(const History *history, const State *state, int done,
			   bool in_doubt, bool power_lost)
{
	const bool	is_wal = strcmp(history->mode->journal_mode, "wal") == 0;
	int			lost = power_lost ? history->mode->steps_lost : 0;
	int			first = first_state(history, done, lost);
	int			last = done + in_doubt;

	for (int i = first; i <= last; i++)
		if (state_equals(state, &history->states[i]))
			return true;
	if (is_wal && lost > 0)
		return is_patchwork(history, state, 0, last);
	return is_wal && in_doubt && history->steps[done].spans &&
		is_patchwork(history, state, done, last);
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
