/*-------------------------------------------------------------------------
 *
 * version.c
 *	  stream_version(): the position of a stream's last message.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

MdbInteger
mdb_read_version(MdbSession *session, MdbNamespace *namespace,
				 MdbString stream_name, MdbFailure *failure)
{
	sqlite3_stmt *select = mdb_take_statement(session, namespace,
											  MDB_STATEMENT_VERSION, failure);
	MdbInteger	version = MDB_NULL_INTEGER;
	int			rc;

	if (!select)
		return version;
	rc = sqlite3_bind_text64(select, 1, stream_name.data, stream_name.length,
							 SQLITE_STATIC, SQLITE_UTF8);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(select);
	if (rc == SQLITE_ROW)
		version = mdb_integer(sqlite3_column_int64(select, 0));
	else if (rc != SQLITE_DONE)
		mdb_fail_statement(session, namespace, rc, failure);
	mdb_give_statement(session, namespace, MDB_STATEMENT_VERSION, select);
	return version;
}

/* The same in the current namespace, which others may replace meanwhile. */
static MdbInteger
current_version(MdbSession *session, MdbString stream_name,
				MdbFailure *failure)
{
	for (int i = 0; i < MDB_ATTEMPTS; i++)
	{
		MdbNamespace *namespace = mdb_namespace_to_read(session, failure);
		MdbInteger	version;

		if (!namespace)
			return MDB_NULL_INTEGER;
		version = mdb_read_version(session, namespace, stream_name, failure);
		if (mdb_confirm_namespace(session, namespace, failure))
			return version;
	}
	mdb_fail_unsettled(failure);
	return MDB_NULL_INTEGER;
}

/* stream_version(stream_name) -> position of the last message, or NULL */
void
mdb_stream_version_function(sqlite3_context *context, int argc,
							sqlite3_value **argv)
{
	MdbFailure	failure = MDB_NO_FAILURE;
	MdbString	stream_name = mdb_text_argument(argv[0], &failure);
	MdbInteger	version = current_version(sqlite3_user_data(context),
										  stream_name, &failure);

	(void) argc;
	if (failure.code)
		mdb_result_failure(context, &failure);
	else if (!version.is_null)
		sqlite3_result_int64(context, version.value);
}
