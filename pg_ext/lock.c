/*-------------------------------------------------------------------------
 *
 * lock.c
 *	  The lock of a category.
 *
 * One category's messages become visible in the order of their global
 * positions, because its writers commit one after another: each holds this
 * lock from before it looks at the stream until its transaction ends.  It is
 * an advisory lock with Message DB's key, so other programs can take it too,
 * and the transaction machinery releases it.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

#include "utils/fmgrprotos.h"

static void
debug_lock(MdbString stream_name, MdbString category, MdbInteger hash)
{
	if (!mdb_debugging(MDB_CALL_ACQUIRE_LOCK))
		return;
	mdb_debug_title(MDB_CALL_ACQUIRE_LOCK);
	mdb_debug_text(MDB_CALL_ACQUIRE_LOCK, 0, stream_name);
	mdb_debug_text(MDB_CALL_ACQUIRE_LOCK, 1, category);
	mdb_debug_integer(MDB_CALL_ACQUIRE_LOCK, 2, hash);
}

MdbInteger
mdb_lock_category(MdbString stream_name)
{
	MdbString	category = mdb_category(stream_name);
	MdbInteger	hash = MDB_NULL_INTEGER;

	if (stream_name.data)
	{
		hash = mdb_integer(mdb_hash_64(mdb_to_utf8(category)));
		DirectFunctionCall1(pg_advisory_xact_lock_int8,
							Int64GetDatum(hash.value));
	}
	debug_lock(stream_name, category, hash);
	return hash;
}

/* acquire_lock(stream_name varchar) -> bigint; NULL locks nothing */
PG_FUNCTION_INFO_V1(message_db_acquire_lock);
Datum
message_db_acquire_lock(PG_FUNCTION_ARGS)
{
	MdbInteger	hash = mdb_lock_category(mdb_text_argument(fcinfo, 0));

	if (hash.is_null)
		PG_RETURN_NULL();
	PG_RETURN_INT64(hash.value);
}
