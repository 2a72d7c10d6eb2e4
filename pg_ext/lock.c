/*-------------------------------------------------------------------------
 *
 * lock.c
 *	  The locks of categories and of streams.
 *
 * A writer of an ordinary table holds its category's lock in share mode until
 * its transaction ends: many write at once, and acquire_lock(), which takes it
 * exclusively, waits for them and keeps others out.  With
 * message_db.category_lock = commit, and for tables that are not ordinary, a
 * writer takes it exclusively, too.  Then the messages of a category become
 * visible in the order of their global positions, because its writers commit
 * one after another, as in Message DB.
 *
 * It is an advisory lock, so other programs can take it too, and the
 * transaction machinery releases it.
 *
 * In the default namespace the key is Message DB's, hash_64(category).  Every
 * other namespace has keys of its own, so that no two wait for each other:
 * hash_64(namespace || '-' || category), which no category of the default one
 * can have, because a category holds no '-'.
 *
 * The writers of one stream wait for each other in a queue: each holds the
 * stream's lock until its transaction ends.  The server's lock table has room
 * for some thousand locks, so a transaction keeps only its first ones, and
 * lets later ones go after each write.  Its row, not yet committed, then keeps
 * others from writing after it (append.c).
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

#include "storage/proc.h"
#include "utils/fmgrprotos.h"

#define KEPT_STREAM_LOCKS 256	/* a transaction */

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
mdb_lock_category(const MdbNamespace *namespace, MdbString stream_name,
				  bool exclusive)
{
	MdbString	category = mdb_category(stream_name);
	MdbInteger	key = MDB_NULL_INTEGER;

	if (stream_name.data)
	{
		key = mdb_integer(lock_key(namespace, category));
		DirectFunctionCall1(exclusive ? pg_advisory_xact_lock_int8
							: pg_advisory_xact_lock_shared_int8,
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
	MdbInteger	key;

	if (!PG_ARGISNULL(0))
		(void) mdb_namespace_to_read(); /* it must exist */
	key = mdb_lock_category(mdb_current_namespace(),
							mdb_text_argument(fcinfo, 0), true);
	if (key.is_null)
		PG_RETURN_NULL();
	PG_RETURN_INT64(key.value);
}

/* ------------------------------------------------------------------------
 * Streams
 * ------------------------------------------------------------------------
 */

/* Counts a stream's lock of this transaction; whether it is one to keep. */
static bool
is_to_keep(void)
{
	static LocalTransactionId transaction;
	static int	kept;

	if (transaction != mdb_local_transaction())
	{
		transaction = mdb_local_transaction();
		kept = 0;
	}
	if (kept == KEPT_STREAM_LOCKS)
		return false;
	kept++;
	return true;
}

void
mdb_lock_stream(MdbStreamLock *lock, uint64 hash)
{
	SET_LOCKTAG_ADVISORY(lock->tag, MyDatabaseId, (uint32) (hash >> 32),
						 (uint32) hash, MDB_LOCK_MARK_STREAM);
	lock->is_new = LockAcquire(&lock->tag, ExclusiveLock, false,
							   false) != LOCKACQUIRE_ALREADY_HELD;
}

void
mdb_unlock_stream(MdbStreamLock *lock)
{
	LockRelease(&lock->tag, ExclusiveLock, false);
}

void
mdb_settle_stream_lock(MdbStreamLock *lock)
{
	if (!lock->is_new || !is_to_keep())
		mdb_unlock_stream(lock);
}
