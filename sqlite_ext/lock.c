/*-------------------------------------------------------------------------
 *
 * lock.c
 *	  acquire_lock(): keeps other writers out until the transaction ends.
 *
 * SQLite has one writer at a time in a database, so the lock of a category is
 * the database's write lock.  Outside a transaction it is waited for, taken
 * and let go.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

void
mdb_debug_lock(MdbString stream_name)
{
	MdbString	category = mdb_category(stream_name);

	mdb_debug_title(MDB_CALL_ACQUIRE_LOCK);
	mdb_debug_text(MDB_CALL_ACQUIRE_LOCK, 0, stream_name);
	mdb_debug_text(MDB_CALL_ACQUIRE_LOCK, 1, category);
	mdb_debug_integer(MDB_CALL_ACQUIRE_LOCK, 2,
					  category.data ? mdb_integer(mdb_hash_64(category)) :
					  MDB_NULL_INTEGER);
}

/* acquire_lock(stream_name) -> hash of its category; NULL locks nothing */
void
mdb_acquire_lock_function(sqlite3_context *context, int argc,
						  sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	MdbString	stream_name = mdb_text_argument(argv[0], &failure);

	(void) argc;
	if (stream_name.data)
		mdb_take_write_lock(session, &failure);
	if (failure.code)
	{
		mdb_result_failure(context, &failure);
		return;
	}
	if (mdb_debugging(session, MDB_CALL_ACQUIRE_LOCK))
		mdb_debug_lock(stream_name);
	if (stream_name.data)
		sqlite3_result_int64(context, mdb_hash_64(mdb_category(stream_name)));
}
