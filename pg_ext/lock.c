/*-------------------------------------------------------------------------
 *
 * lock.c
 *	  The lock of a category.
 *
 * One category's messages become visible in the order of their global
 * positions, because its writers commit one after another: each holds this
 * lock from before it looks at the stream until its transaction ends.  It is
 * an advisory lock, so other programs can take it too, and the transaction
 * machinery releases it.
 *
 * In the default namespace the key is Message DB's, hash_64(category).  Every
 * other namespace has keys of its own, so that no two wait for each other:
 * hash_64(namespace || '-' || category), which no category of the default one
 * can have, because a category holds no '-'.
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

static int64
lock_key(const MdbNamespace *namespace, MdbString category)
{
	const char *name = NameStr(namespace->name);

	if (!mdb_is_default_namespace(namespace))
		category = mdb_string(psprintf("%s-%.*s", name, (int) category.length,
									   category.data));
	return mdb_hash_64(mdb_to_utf8(category));
}

MdbInteger
mdb_lock_category(const MdbNamespace *namespace, MdbString stream_name)
{
	MdbString	category = mdb_category(stream_name);
	MdbInteger	key = MDB_NULL_INTEGER;

	if (stream_name.data)
	{
		key = mdb_integer(lock_key(namespace, category));
		DirectFunctionCall1(pg_advisory_xact_lock_int8,
							Int64GetDatum(key.value));
	}
	debug_lock(stream_name, category, key);
	return key;
}

/* acquire_lock(stream_name varchar) -> bigint; NULL locks nothing */
PG_FUNCTION_INFO_V1(message_db_acquire_lock);
Datum
message_db_acquire_lock(PG_FUNCTION_ARGS)
{
	MdbInteger	key = mdb_lock_category(mdb_current_namespace(),
										   mdb_text_argument(fcinfo, 0));

	if (key.is_null)
		PG_RETURN_NULL();
	PG_RETURN_INT64(key.value);
}
