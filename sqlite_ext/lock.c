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

/*
 * The key that PostgreSQL locks for the category: its hash, and in another
 * namespace than the default one that of namespace and category.
 */
static MdbInteger
lock_key(const MdbSession *session, MdbString category, MdbFailure *failure)
{
	const char *name = session->current_name.value;
	char	   *text;
	int64_t		hash;

	if (!category.data || failure->code)
		return MDB_NULL_INTEGER;
	if (strcmp(name, MDB_DEFAULT_NAMESPACE) == 0)
		return mdb_integer(mdb_hash_64(category));
	text = sqlite3_mprintf("%s-%.*s", name, (int) category.length,
						   category.data);
	if (!text)
	{
		mdb_fail_memory(failure);
		return MDB_NULL_INTEGER;
	}
	hash = mdb_hash_64(mdb_string(text));
	sqlite3_free(text);
	return mdb_integer(hash);
}

void
mdb_debug_lock(const MdbSession *session, MdbString stream_name,
			   MdbFailure *failure)
{
	MdbString	category = mdb_category(stream_name);
	MdbInteger	key = lock_key(session, category, failure);

	mdb_debug_title(MDB_CALL_ACQUIRE_LOCK);
	mdb_debug_text(MDB_CALL_ACQUIRE_LOCK, 0, stream_name);
	mdb_debug_text(MDB_CALL_ACQUIRE_LOCK, 1, category);
	mdb_debug_integer(MDB_CALL_ACQUIRE_LOCK, 2, key);
}

/* Locks the current namespace, which others may delete until then. */
static void
lock_namespace(MdbSession *session, MdbFailure *failure)
{
	MdbNamespace *namespace;

	for (int i = 0; i < MDB_ATTEMPTS; i++)
	{
		namespace = mdb_namespace_to_write(session, failure);
		if (!namespace)
			return;
		mdb_take_write_lock(session, namespace, failure);
		if (mdb_confirm_namespace(session, namespace, failure))
			return;
	}
	mdb_fail_unsettled(failure);
}

/* acquire_lock(stream_name) -> the category's key; NULL locks nothing */
void
mdb_acquire_lock_function(sqlite3_context *context, int argc,
						  sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	MdbString	stream_name = mdb_text_argument(argv[0], &failure);
	MdbInteger	key;

	(void) argc;
	if (stream_name.data)
		lock_namespace(session, &failure);
	if (!failure.code && mdb_debugging(session, MDB_CALL_ACQUIRE_LOCK))
		mdb_debug_lock(session, stream_name, &failure);
	key = lock_key(session, mdb_category(stream_name), &failure);
	if (failure.code)
		mdb_result_failure(context, &failure);
	else if (!key.is_null)
		sqlite3_result_int64(context, key.value);
}
