/*-------------------------------------------------------------------------
 *
 * version.c
 *	  stream_version(): the position of a stream's last message.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

/* stream_version(stream_name) -> position of the last message, or NULL */
void
mdb_stream_version_function(sqlite3_context *context, int argc,
							sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	MdbString	stream_name = mdb_text_argument(argv[0], &failure);
	sqlite3_stmt *select = mdb_take_statement(session, MDB_STATEMENT_VERSION,
											  &failure);
	int			rc;

	(void) argc;
	if (select)
	{
		rc = sqlite3_bind_text64(select, 1, stream_name.data,
								 stream_name.length, SQLITE_STATIC,
								 SQLITE_UTF8);
		if (rc == SQLITE_OK)
			rc = sqlite3_step(select);
		if (rc == SQLITE_ROW)
			sqlite3_result_value(context, sqlite3_column_value(select, 0));
		else
			mdb_fail_statement(session, rc, &failure);
		mdb_give_statement(session, MDB_STATEMENT_VERSION, select);
	}
	if (failure.code)
		mdb_result_failure(context, &failure);
}
