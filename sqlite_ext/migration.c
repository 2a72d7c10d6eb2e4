/*-------------------------------------------------------------------------
 *
 * migration.c
 *	  migrate_namespace(), migrate_namespaces() and message_store_status().
 *
 * Version 1 of the schema is a main database without a registration; it is
 * read as it is, and gets its registration at the first write or here.  Each
 * namespace is migrated in a transaction of its own that looks first, so
 * several processes may do it at once, and one that was killed is finished by
 * the next.
 *
 * What went wrong with a namespace stands in the main database's registry (in
 * its own file nothing may be writable), and with it the version that it was
 * brought to.  So message_store_status() reads the main database only, and
 * answers at once.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

/* ------------------------------------------------------------------------
 * Migrating
 * ------------------------------------------------------------------------
 */

/* A job for mdb_do_writing(): completes a store of this connection. */
static void
migrate_job(MdbSession *session, void *argument, MdbFailure *failure)
{
	const MdbStore *store = argument;
	MdbStoreState state = mdb_look_at(store, failure);

	(void) session;
	if (!failure->code && state.exists)
		mdb_complete_store(store, &state, failure);
}

static void
migrate_store(MdbSession *session, MdbStore *store, MdbFailure *failure)
{
	if (store->db == session->db)
	{
		mdb_do_writing(session, strcmp(store->schema, "main") != 0,
					   migrate_job, store, failure);
		return;
	}
	mdb_run(failure, store->db, "BEGIN IMMEDIATE");
	migrate_job(session, store, failure);
	mdb_run(failure, store->db, "COMMIT");
}

typedef struct Outcome
{
	const char *name;
	int64_t		version;
	char	   *error;			/* NULL for success */
} Outcome;

/* A job for mdb_do_writing() */
static void
record_job(MdbSession *session, void *argument, MdbFailure *failure)
{
	const Outcome *outcome = argument;

	mdb_run(failure, session->db, "UPDATE main.message_db_namespaces SET "
			"schema_version = %lld, last_error = %Q, last_error_at = "
			"CASE WHEN %Q NOTNULL THEN strftime('%%Y-%%m-%%d %%H:%%M:%%f', "
			"'now') END WHERE name = %Q", outcome->version, outcome->error,
			outcome->error, outcome->name);
}

/* Writes the outcome into the registry, if it says otherwise. */
static void
record(MdbSession *session, Outcome *outcome)
{
	MdbFailure	ignored = MDB_NO_FAILURE;

	if (mdb_has_registry(session, &ignored) &&
		mdb_query_integer(&ignored, session->db, "SELECT 1 FROM "
						  "main.message_db_namespaces WHERE name = %Q AND "
						  "(last_error IS NOT %Q OR schema_version <> %lld)",
						  outcome->name, outcome->error, outcome->version))
		mdb_do_writing(session, false, record_job, outcome, &ignored);
	mdb_clear_failure(&ignored);
}

/* An MdbVisit: migrates, and makes a row of migrate_namespaces() */
static void
migrate(MdbSession *session, const MdbStore *visited, const char *location,
		MdbRows *rows, MdbFailure *failure)
{
	MdbStore	store = *visited;
	MdbFailure	problem = MDB_NO_FAILURE;
	MdbStoreState before = {false};
	MdbStoreState after;
	Outcome		outcome;

	if (store.db)
		before = mdb_look_at(&store, &problem);
	else
		mdb_fail_text(&problem, SQLITE_CANTOPEN, "unable to open its file");
	if (!problem.code && !before.exists)
		return;
	if (!problem.code && !before.registered)
		migrate_store(session, &store, &problem);
	after = before;
	if (!problem.code)
		after = mdb_look_at(&store, &problem);
	if (mdb_fail_call(failure, &problem))
	{
		mdb_clear_failure(&problem);
		return;
	}

	outcome = (Outcome) {store.name, after.version, problem.message};
	record(session, &outcome);
	mdb_append_rows(rows, mdb_query(failure, session->db, "SELECT %Q, "
									"nullif(%lld, 0), nullif(%lld, 0), %Q",
									store.name, before.version, after.version,
									problem.message), failure);
	mdb_clear_failure(&problem);
	(void) location;
}

void
mdb_list_migrations(MdbSession *session, MdbRows *rows, MdbFailure *failure)
{
	mdb_visit_namespaces(session, NULL, migrate, rows, failure);
	session->main.checked = false;
}

/* migrate_namespace(name = current_namespace()) -> its schema version now */
void
mdb_migrate_namespace_function(sqlite3_context *context, int argc,
							   sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	char		name[MDB_NAME_SIZE];
	MdbNamespace *namespace;
	MdbStore	store;
	MdbStoreState state = {false};

	strcpy(name, session->current_name.value);
	if (argc > 0 && sqlite3_value_type(argv[0]) != SQLITE_NULL)
		mdb_name_argument(argv[0], name, &failure);
	namespace = mdb_require_namespace(session, name, &failure);
	if (namespace)
	{
		store = mdb_store_of(session, namespace);
		state = mdb_look_at(&store, &failure);
		if (!failure.code && !state.registered)
			migrate_store(session, &store, &failure);
		namespace->checked = false;
		state = mdb_look_at(&store, &failure);
	}
	if (failure.code)
		mdb_result_failure(context, &failure);
	else
		sqlite3_result_int64(context, state.version);
}

/* ------------------------------------------------------------------------
 * Status
 * ------------------------------------------------------------------------
 */

/*
 * What a database of this connection says of itself, as a row (version, error,
 * time).
 */
static void
append_store(MdbSession *session, const MdbNamespace *namespace,
			 sqlite3_str *text, MdbFailure *failure)
{
	MdbFailure	problem = MDB_NO_FAILURE;
	MdbStore	store = mdb_store_of(session, namespace);
	MdbStoreState state = mdb_look_at(&store, &problem);

	if (mdb_fail_call(failure, &problem))
		;
	else if (problem.code)
		sqlite3_str_appendf(text, " UNION ALL SELECT nullif(%lld, 0), "
							"%Q, NULL", state.version, problem.message);
	else if (state.exists && state.registered)
		sqlite3_str_appendf(text, " UNION ALL SELECT schema_version, "
							"last_error, last_error_at FROM "
							"\"%w\".message_db_namespace", store.schema);
	else if (state.exists)
		sqlite3_str_appendf(text, " UNION ALL SELECT %lld, NULL, NULL",
							state.version);
	mdb_clear_failure(&problem);
}

void
mdb_list_status(MdbSession *session, MdbRows *rows, MdbFailure *failure)
{
	sqlite3_str *text = sqlite3_str_new(NULL);
	char	   *finished;

	sqlite3_str_appendall(text, "WITH namespaces(version, error, at) AS ("
						  "SELECT 0, NULL, NULL WHERE 0");
	append_store(session, &session->main, text, failure);
	if (mdb_has_registry(session, failure))
		sqlite3_str_appendall(text, " UNION ALL SELECT schema_version, "
							  "last_error, last_error_at FROM "
							  "main.message_db_namespaces WHERE name NOTNULL");
	if (mdb_is_in_memory(session))
		for (MdbNamespace *n = session->main.next; n; n = n->next)
			if (mdb_is_attached(session, n))
				append_store(session, n, text, failure);
	sqlite3_str_appendf(text, ") SELECT CASE WHEN count(*) = 0 THEN "
						"'uninitialized' WHEN count(error) > 0 THEN 'error' "
						"WHEN min(version) < %d THEN 'uninitialized' "
						"ELSE 'ready' END, min(version), %d, "
						"count(*) FILTER (WHERE version >= %d), count(*), "
						"(SELECT error FROM namespaces WHERE error NOTNULL "
						"ORDER BY at DESC LIMIT 1), max(at) FROM namespaces",
						MDB_SCHEMA_VERSION, MDB_SCHEMA_VERSION,
						MDB_SCHEMA_VERSION);
	finished = sqlite3_str_finish(text);
	if (finished)
		mdb_append_rows(rows, mdb_query(failure, session->db, "%s", finished),
						failure);
	else
		mdb_fail_memory(failure);
	sqlite3_free(finished);
}
