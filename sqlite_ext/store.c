/*-------------------------------------------------------------------------
 *
 * store.c
 *	  The table, indexes and views of a namespace: whether they are there, and
 *	  how they come about and go.
 *
 * Their text is sql/namespace_sqlite.sql and sql/registration_sqlite.sql.  It
 * says nowhere IF NOT EXISTS: if one of the names is taken by something else,
 * nothing is created.
 *
 * The schema version is 1 when there is a table of messages and no table
 * message_db_namespace: so it was before there were namespaces.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

#include "namespace_sqlite.h"
#include "registration_sqlite.h"

#define INDEX_NAMES "'messages_id', 'messages_stream', 'messages_category'"
#define VIEW_NAMES "'stream_summary', 'type_summary', " \
	"'stream_type_summary', 'type_stream_summary', " \
	"'category_type_summary', 'type_category_summary'"

/*
 * Whether messages is an ordinary table (a view and a virtual table have no
 * root page) with the indexes; no row when there is none.
 */
static const char find_table[] =
"SELECT rootpage > 0 AND 3 = (SELECT count(*) FROM \"%w\".sqlite_schema "
"WHERE type = 'index' AND lower(tbl_name) = 'messages' AND name IN "
"(" INDEX_NAMES ")) FROM \"%w\".sqlite_schema WHERE "
"lower(name) = 'messages' AND type IN ('table', 'view')";

static const char find_registration[] =
"SELECT 1 FROM \"%w\".sqlite_schema WHERE name = 'message_db_namespace' AND "
"type = 'table'";

static const char find_taken_name[] =
"SELECT name || ' exists already, but no message store' "
"FROM \"%w\".sqlite_schema WHERE lower(name) IN "
"(" INDEX_NAMES ", " VIEW_NAMES ")";

static void
fail_foreign_table(const MdbStore *store, MdbFailure *failure)
{
	mdb_fail_namespace(failure, MDB_NOT_A_MESSAGE_TABLE, store->name);
}

/* Checks that messages, which is an ordinary table, has our columns. */
static void
check_columns(const MdbStore *store, MdbFailure *failure)
{
	static const char *const columns[] = {
		"global_position", "position", "time", "stream_name", "type", "data",
		"metadata", "id"
	};

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
	{
		int			counts_up = 0;
		int			rc;

		rc = sqlite3_table_column_metadata(store->db, store->schema,
										   "messages", columns[i], NULL, NULL,
										   NULL, NULL, &counts_up);
		if (rc == SQLITE_ERROR || (rc == SQLITE_OK && i == 0 && !counts_up))
			fail_foreign_table(store, failure);
		else if (rc != SQLITE_OK)
			mdb_fail_database(failure, store->db, rc);
		if (failure->code)
			return;
	}
}

/* Reads what the store says of itself. */
static void
read_registration(const MdbStore *store, MdbStoreState *state,
				  MdbFailure *failure)
{
	MdbError	error;
	sqlite3_stmt *query;

	query = mdb_query(failure, store->db,
					  "SELECT * FROM \"%w\".message_db_namespace",
					  store->schema);
	state->version = 1;
	for (int i = 0; query && i < sqlite3_column_count(query); i++)
	{
		const char *column = sqlite3_column_name(query, i);

		if (column && strcmp(column, "schema_version") == 0)
			state->version = sqlite3_column_int64(query, i);
		else if (column && strcmp(column, "name") == 0)
			sqlite3_snprintf(sizeof(state->name), state->name, "%s",
							 mdb_column_text(query, i));
	}
	sqlite3_finalize(query);
	if (state->version > MDB_SCHEMA_VERSION)
	{
		mdb_fail(&error, MDB_NEWER_SCHEMA_VERSION, mdb_string(store->name),
				 mdb_integer(state->version), mdb_integer(MDB_SCHEMA_VERSION));
		mdb_fail_with(failure, &error);
	}
}

/* The version is looked at first: a newer table may look otherwise. */
MdbStoreState
mdb_look_at(const MdbStore *store, MdbFailure *failure)
{
	MdbStoreState state = {false};
	bool		is_right;
	sqlite3_stmt *lookup;

	state.registered = mdb_query_integer(failure, store->db, find_registration,
										 store->schema) != 0;
	if (state.registered)
		read_registration(store, &state, failure);
	lookup = mdb_query(failure, store->db, find_table, store->schema,
					   store->schema);
	if (!lookup)
		return state;
	is_right = sqlite3_column_int(lookup, 0) != 0;
	sqlite3_finalize(lookup);

	if (!state.registered)
		state.version = 1;
	if (is_right)
		check_columns(store, failure);
	else
		fail_foreign_table(store, failure);
	state.exists = !failure->code;
	return state;
}

static void
check_names_are_free(const MdbStore *store, MdbFailure *failure)
{
	sqlite3_stmt *lookup = mdb_query(failure, store->db, find_taken_name,
									 store->schema);

	if (lookup)
		mdb_fail_text(failure, SQLITE_ERROR, mdb_column_text(lookup, 0));
	sqlite3_finalize(lookup);
}

static void
run_script(const MdbStore *store, const char *script, MdbFailure *failure)
{
	char	   *text;

	if (failure->code)
		return;
	text = mdb_text_for_schema(script, store->schema);
	if (text)
		mdb_run(failure, store->db, "%s", text);
	else
		mdb_fail_memory(failure);
	sqlite3_free(text);
}

void
mdb_complete_store(const MdbStore *store, const MdbStoreState *state,
				   MdbFailure *failure)
{
	if (!state->exists)
	{
		check_names_are_free(store, failure);
		run_script(store, mdb_namespace_sql, failure);
	}
	if (!state->registered)
		run_script(store, mdb_registration_sql, failure);
	if (state->registered && !*state->name)
		mdb_run(failure, store->db,
				"DROP TRIGGER IF EXISTS \"%w\".message_db_deleted",
				store->schema);
	if (strcmp(state->name, store->name) != 0)
		mdb_run(failure, store->db,
				"UPDATE \"%w\".message_db_namespace SET name = %Q",
				store->schema, store->name);
}

int64_t
mdb_retire_store(const MdbStore *store, MdbFailure *failure)
{
	int64_t		messages;

	mdb_run(failure, store->db, "DELETE FROM \"%w\".messages", store->schema);
	messages = sqlite3_changes64(store->db);
	mdb_run(failure, store->db,
			"UPDATE \"%w\".message_db_namespace SET name = NULL; "
			"CREATE TRIGGER IF NOT EXISTS \"%w\".message_db_deleted "
			"BEFORE INSERT ON messages "
			"BEGIN SELECT raise(ABORT, 'this namespace was deleted'); END",
			store->schema, store->schema);
	return messages;
}

int64_t
mdb_drop_store(const MdbStore *store, MdbFailure *failure)
{
	static const char views[] =
	"DROP VIEW IF EXISTS @namespace@.stream_summary;"
	"DROP VIEW IF EXISTS @namespace@.type_summary;"
	"DROP VIEW IF EXISTS @namespace@.stream_type_summary;"
	"DROP VIEW IF EXISTS @namespace@.type_stream_summary;"
	"DROP VIEW IF EXISTS @namespace@.category_type_summary;"
	"DROP VIEW IF EXISTS @namespace@.type_category_summary;";
	static const char tables[] =
	"DROP TABLE IF EXISTS @namespace@.message_db_namespace;"
	"DROP TABLE @namespace@.messages;";
	int64_t		messages;

	run_script(store, views, failure);	/* takes the lock */
	messages = mdb_query_integer(failure, store->db,
								 "SELECT count(*) FROM \"%w\".messages",
								 store->schema);
	run_script(store, tables, failure);
	return messages;
}
