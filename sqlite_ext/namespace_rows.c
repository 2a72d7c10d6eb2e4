/*-------------------------------------------------------------------------
 *
 * namespace_rows.c
 *	  What there is to tell of namespaces, as rows.
 *
 * A namespace that is attached is read through this connection, so what the
 * transaction has changed is seen; the others are opened in a connection of
 * their own, one after the other, and stay unattached.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

#define LOCATION "ifnull(nullif(%Q, ''), ':memory:') AS location"

static const char registration_text[] =
"SELECT %Q AS name, description, metadata, created_at, schema_version, "
LOCATION " FROM \"%w\".message_db_namespace";

static const char old_registration_text[] =
"SELECT %Q AS name, NULL AS description, NULL AS metadata, "
"NULL AS created_at, nullif(%lld, 0) AS schema_version, " LOCATION;

static const char info_text[] =
MDB_STREAMS "SELECT namespaces.*, (SELECT count(*) FROM \"%w\".messages), "
"(SELECT count(*) FROM streams WHERE name IS NOT NULL), "
"(SELECT count(DISTINCT substr(name, 1, instr(name || '-', '-') - 1)) "
"FROM streams WHERE name IS NOT NULL), "
"(SELECT time FROM \"%w\".messages ORDER BY global_position DESC LIMIT 1), "
"%lld FROM (%s) AS namespaces";

/* ------------------------------------------------------------------------
 * Rows
 * ------------------------------------------------------------------------
 */

static bool
append_value(MdbRows *rows, sqlite3_value *value)
{
	if (rows->count == rows->room)
	{
		int64_t		room = rows->room * 2 + 64;
		void	   *values = sqlite3_realloc64(rows->values, (sqlite3_uint64)
											   room * sizeof(sqlite3_value *));

		if (!values)
			return false;
		rows->values = values;
		rows->room = room;
	}
	rows->values[rows->count] = sqlite3_value_dup(value);
	return rows->values[rows->count++] != NULL;
}

void
mdb_append_rows(MdbRows *rows, sqlite3_stmt *query, MdbFailure *failure)
{
	int			rc = SQLITE_ROW;

	while (query && rc == SQLITE_ROW)
	{
		rows->columns = sqlite3_column_count(query);
		for (int i = 0; i < rows->columns; i++)
			if (!append_value(rows, sqlite3_column_value(query, i)))
				mdb_fail_memory(failure);
		rc = failure->code ? failure->code : sqlite3_step(query);
	}
	if (query && rc != SQLITE_DONE)
		mdb_fail_database(failure, sqlite3_db_handle(query), rc);
	sqlite3_finalize(query);
}

void
mdb_free_rows(MdbRows *rows)
{
	for (int64_t i = 0; i < rows->count; i++)
		sqlite3_value_free(rows->values[i]);
	sqlite3_free(rows->values);
	memset(rows, 0, sizeof(MdbRows));
}

/* ------------------------------------------------------------------------
 * Namespaces
 * ------------------------------------------------------------------------
 */

static void
visit_file(MdbSession *session, const char *name, const char *path,
		   MdbVisit *visit, MdbRows *rows, MdbFailure *failure)
{
	MdbStore	store = {NULL, "main", name};
	MdbFailure	problem = MDB_NO_FAILURE;

	if (mdb_file_exists(session, path, &problem))
		store.db = mdb_open_file(session, path, false,
								 mdb_busy_timeout(session), &problem);
	if (!mdb_fail_call(failure, &problem))
		visit(session, &store, path, rows, failure);
	mdb_clear_failure(&problem);
	sqlite3_close(store.db);
}

/* Under the same name another file may be attached, of one that is deleted. */
static bool
is_attached_file(MdbSession *session, MdbNamespace *namespace,
				 const char *path)
{
	return namespace->is_known && mdb_is_attached(session, namespace) &&
		strcmp(namespace->registered_path, path) == 0;
}

static void
visit_one(MdbSession *session, const char *name, const char *file,
		  MdbVisit *visit, MdbRows *rows, MdbFailure *failure)
{
	MdbNamespace *namespace = mdb_is_default_name(name) ? &session->main :
		mdb_attached(session, name);
	bool		has_no_file = namespace &&
		(namespace == &session->main || mdb_is_in_memory(session));
	char	   *path = has_no_file ? NULL
		: mdb_file_path(session, file, failure);

	if (has_no_file ||
		(path && namespace && is_attached_file(session, namespace, path)))
	{
		MdbStore	store = mdb_store_of(session, namespace);

		visit(session, &store, sqlite3_db_filename(session->db, store.schema),
			  rows, failure);
	}
	else if (path)
		visit_file(session, name, path, visit, rows, failure);
	sqlite3_free(path);
}

/* The names of all namespaces and their files, in order. */
static void
list_names(MdbSession *session, MdbRows *names, MdbFailure *failure)
{
	sqlite3_str *text = sqlite3_str_new(NULL);
	char	   *finished;

	sqlite3_str_appendall(text, "SELECT '" MDB_DEFAULT_NAMESPACE
						  "' AS name, '' AS file");
	if (mdb_has_registry(session, failure))
		sqlite3_str_appendall(text, " UNION ALL SELECT name, file FROM "
							  "main.message_db_namespaces WHERE name NOTNULL");
	if (mdb_is_in_memory(session))
		for (MdbNamespace *n = session->main.next; n; n = n->next)
			sqlite3_str_appendf(text, " UNION ALL SELECT %Q, ''", n->name);
	sqlite3_str_appendall(text, " ORDER BY 1");
	finished = sqlite3_str_finish(text);
	if (finished)
		mdb_append_rows(names, mdb_query(failure, session->db, "%s", finished),
						failure);
	else
		mdb_fail_memory(failure);
	sqlite3_free(finished);
}

void
mdb_visit_namespaces(MdbSession *session, const char *only, MdbVisit *visit,
					 MdbRows *rows, MdbFailure *failure)
{
	MdbRows		names = {0};

	list_names(session, &names, failure);
	for (int64_t i = 0; i + 1 < names.count && !failure->code; i += 2)
	{
		const char *name = mdb_value_text(names.values[i]);

		if (!only || strcmp(only, name) == 0)
			visit_one(session, name, mdb_value_text(names.values[i + 1]),
					  visit, rows, failure);
	}
	mdb_free_rows(&names);
}

/* The query for the columns that all have, from sqlite3_malloc(). */
static char *
registration_query(const MdbStore *store, const MdbStoreState *state,
				   const char *location, MdbFailure *failure)
{
	char	   *text;

	if (failure->code)
		return NULL;
	if (state->registered)
		text = sqlite3_mprintf(registration_text, store->name, location,
							   store->schema);
	else
		text = sqlite3_mprintf(old_registration_text, store->name,
							   state->version, location);
	if (!text)
		mdb_fail_memory(failure);
	return text;
}

/*
 * An MdbVisit: a row of get_namespace() and list_namespaces().  Of a
 * namespace that cannot be read the row says what is known.
 */
static void
show_namespace(MdbSession *session, const MdbStore *store,
			   const char *location, MdbRows *rows, MdbFailure *failure)
{
	MdbStoreState state = {false};
	MdbFailure	problem = MDB_NO_FAILURE;
	char	   *text;

	if (store->db)
		state = mdb_look_at(store, &problem);
	mdb_fail_call(failure, &problem);
	if (problem.code || !store->db)
	{
		mdb_clear_failure(&problem);
		mdb_append_rows(rows, mdb_query(failure, session->db,
										old_registration_text, store->name,
										state.version, location), failure);
	}
	if (!state.exists)
		return;
	text = registration_query(store, &state, location, failure);
	if (text)
		mdb_append_rows(rows, mdb_query(failure, store->db, "%s", text),
						failure);
	sqlite3_free(text);
}

void
mdb_list_info(MdbSession *session, const char *name, MdbRows *rows,
			  MdbFailure *failure)
{
	MdbNamespace *namespace = mdb_require_namespace(session, name, failure);
	MdbStore	store;
	MdbStoreState state;
	char	   *text;
	const char *s;
	int64_t		size;

	if (!namespace)
		return;
	store = mdb_store_of(session, namespace);
	s = store.schema;
	state = mdb_look_at(&store, failure);
	text = registration_query(&store, &state,
							  sqlite3_db_filename(session->db, s), failure);
	size = mdb_query_integer(failure, session->db, "PRAGMA \"%w\".page_count",
							 s);
	size *= mdb_query_integer(failure, session->db, "PRAGMA \"%w\".page_size",
							  s);
	if (text)
		mdb_append_rows(rows, mdb_query(failure, session->db, info_text, s, s,
										s, s, s, size, text), failure);
	sqlite3_free(text);
}

void
mdb_list_namespaces(MdbSession *session, const char *only, MdbRows *rows,
					MdbFailure *failure)
{
	mdb_visit_namespaces(session, only, show_namespace, rows, failure);
}
