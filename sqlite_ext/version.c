/*-------------------------------------------------------------------------
 *
 * version.c
 *	  stream_version(): the position of a stream's last message.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

/* Leaves the result NULL when the namespace has no table. */
static void
result_version(sqlite3_context *context, MdbSession *session,
			   MdbNamespace *namespace, MdbString stream_name,
			   MdbFailure *failure)
{
	sqlite3_stmt *select = mdb_take_statement(session, namespace,
											  MDB_STATEMENT_VERSION, failure);
	int			rc;

	if (!select)
		return;
	rc = sqlite3_bind_text64(select, 1, stream_name.data, stream_name.length,
							 SQLITE_STATIC, SQLITE_UTF8);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(select);
	if (rc == SQLITE_ROW)
		sqlite3_result_value(context, sqlite3_column_value(select, 0));
	else
		mdb_fail_statement(session, namespace, rc, failure);
	mdb_give_statement(session, namespace, MDB_STATEMENT_VERSION, select);
}

/* stream_version(stream_name) -> position of the last message, or NULL */
void
mdb_stream_version_function(sqlite3_context *context, int argc,
							sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	MdbString	stream_name = mdb_text_argument(argv[0], &failure);
	MdbNamespace *namespace;
	int			attempts = 0;

	(void) argc;
	do
	{
		if (attempts++ == MDB_ATTEMPTS)
			mdb_fail_unsettled(&failure);
		namespace = mdb_namespace_to_read(session, &failure);
		if (!namespace)
			break;
		result_version(context, session, namespace, stream_name, &failure);
	} while (!mdb_confirm_namespace(session, namespace, &failure) &&
			 !failure.code);
	if (failure.code)
		mdb_result_failure(context, &failure);
}
