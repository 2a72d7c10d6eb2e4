/*-------------------------------------------------------------------------
 *
 * namespace.c
 *	  The table, indexes and views of a namespace: whether they are there, and
 *	  how they come about.
 *
 * They are created at the first write, or by create_namespace().  Reading
 * needs none: a store that does not exist has no messages.
 *
 * Creation takes the write lock first and then looks again, because another
 * process may have been faster.  The text of it all is
 * sql/namespace_sqlite.sql.  It says nowhere IF NOT EXISTS: if one of the
 * names is taken by something else, nothing is created.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

#include "namespace_sqlite.h"

#define INDEX_NAMES "'messages_id', 'messages_stream', 'messages_category'"
#define VIEW_NAMES "'stream_summary', 'type_summary', " \
	"'stream_type_summary', 'type_stream_summary', " \
	"'category_type_summary', 'type_category_summary'"

/*
 * Whether messages is an ordinary table (a view and a virtual table have no
 * root page) with the indexes; no row when there is none.
 */
static const char find_table[] =
"SELECT rootpage > 0 AND 3 = (SELECT count(*) FROM @namespace@.sqlite_schema "
"WHERE type = 'index' AND lower(tbl_name) = 'messages' AND name IN "
"(" INDEX_NAMES ")) FROM @namespace@.sqlite_schema WHERE "
"lower(name) = 'messages' AND type IN ('table', 'view')";

static const char find_taken_name[] =
"SELECT name || ' exists already, but no message store' "
"FROM @namespace@.sqlite_schema WHERE lower(name) IN "
"(" INDEX_NAMES ", " VIEW_NAMES ")";

/*
 * Prepares a query of the schema and steps to its first row.  NULL when there
 * is none, or on failure; otherwise the caller finalizes it.
 */
static sqlite3_stmt *
look_up(MdbSession *session, const char *query, MdbFailure *failure)
{
	char	   *text;
	sqlite3_stmt *lookup = NULL;
	int			rc;

	if (failure->code)
		return NULL;
	text = mdb_text_for_schema(query, session->namespace.schema);
	if (!text)
	{
		mdb_fail_memory(failure);
		return NULL;
	}
	rc = sqlite3_prepare_v2(session->db, text, -1, &lookup, NULL);
	sqlite3_free(text);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(lookup);
	if (rc == SQLITE_ROW)
		return lookup;
	if (rc != SQLITE_DONE)
		mdb_fail_database(failure, session->db, rc);
	sqlite3_finalize(lookup);
	return NULL;
}

static bool
fail_foreign_table(const MdbSession *session, MdbFailure *failure)
{
	MdbError	error;

	mdb_fail(&error, MDB_NOT_A_MESSAGE_TABLE,
			 mdb_string(session->namespace.schema), MDB_NULL_INTEGER,
			 MDB_NULL_INTEGER);
	mdb_fail_with(failure, &error);
	return false;
}

/* Checks that messages, which is an ordinary table, has our columns. */
static bool
check_columns(MdbSession *session, MdbFailure *failure)
{
	static const char *const columns[] = {
		"global_position", "position", "time", "stream_name", "type", "data",
		"metadata", "id"
	};

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
	{
		int			counts_up = 0;
		int			rc;

		rc = sqlite3_table_column_metadata(session->db,
										   session->namespace.schema,
										   "messages", columns[i], NULL, NULL,
										   NULL, NULL, &counts_up);
		if (rc == SQLITE_ERROR || (rc == SQLITE_OK && i == 0 && !counts_up))
			return fail_foreign_table(session, failure);
		if (rc != SQLITE_OK)
		{
			mdb_fail_database(failure, session->db, rc);
			return false;
		}
	}
	return true;
}

bool
mdb_namespace_exists(MdbSession *session, MdbFailure *failure)
{
	sqlite3_stmt *lookup = look_up(session, find_table, failure);
	bool		is_right;

	if (!lookup)
		return false;
	is_right = sqlite3_column_int(lookup, 0) != 0;
	sqlite3_finalize(lookup);
	return is_right ? check_columns(session, failure) :
		fail_foreign_table(session, failure);
}

static void
check_names_are_free(MdbSession *session, MdbFailure *failure)
{
	sqlite3_stmt *lookup = look_up(session, find_taken_name, failure);
	const char *message;

	if (!lookup)
		return;
	message = (const char *) sqlite3_column_text(lookup, 0);
	if (message)
		mdb_fail_text(failure, SQLITE_ERROR, message);
	else
		mdb_fail_memory(failure);
	sqlite3_finalize(lookup);
}

/* A job for mdb_do_writing() */
static void
create_objects(MdbSession *session, MdbFailure *failure)
{
	char	   *text;
	int			rc;

	session->created = false;
	if (mdb_namespace_exists(session, failure))
		return;
	check_names_are_free(session, failure);
	if (failure->code)
		return;

	text = mdb_text_for_schema(mdb_namespace_sql, session->namespace.schema);
	if (!text)
	{
		mdb_fail_memory(failure);
		return;
	}
	rc = sqlite3_exec(session->db, text, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		mdb_fail_database(failure, session->db, rc);
	sqlite3_free(text);
	session->created = true;
}

bool
mdb_create_namespace(MdbSession *session, MdbFailure *failure)
{
	mdb_do_writing(session, create_objects, failure);
	return !failure->code && session->created;
}

/* create_namespace() -> whether it was created */
void
mdb_create_namespace_function(sqlite3_context *context, int argc,
							  sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	bool		created = mdb_create_namespace(session, &failure);

	(void) argc, (void) argv;
	if (failure.code)
		mdb_result_failure(context, &failure);
	else
		sqlite3_result_int(context, created);
}
