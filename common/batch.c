/*-------------------------------------------------------------------------
 *
 * batch.c
 *	  What the argument "messages" of write_messages() may be.
 *
 * It is a JSON array of objects, a message each:
 *
 *	  {"type": "Deposited", "data": {"amount": 1}, "metadata": null, "id": ...}
 *
 * type and data must be there.  JSON null is SQL NULL.  A key of another name
 * is an error, because it may be one of these misspelt, and what it holds would
 * be lost.
 *
 * Each database walks through the array in its own way, and tells what it
 * finds in the order of jsonb: shorter keys first, none twice.  So both report
 * the same of several mistakes.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

static const char *const key_names[MDB_BATCH_KEYS] = {
	[MDB_BATCH_ID] = "id",
	[MDB_BATCH_DATA] = "data",
	[MDB_BATCH_TYPE] = "type",
	[MDB_BATCH_METADATA] = "metadata",
};

static bool
wrong_message(const MdbBatchMessage *message, const char *why,
			  MdbError *error)
{
	return mdb_fail(error, MDB_BATCH_WRONG_MESSAGE, mdb_string(why),
					mdb_integer(message->index), MDB_NULL_INTEGER);
}

bool
mdb_check_batch(MdbJsonKind kind, int64_t count, MdbError *error)
{
	if (kind == MDB_KIND_ARRAY && count > 0)
		return true;
	return mdb_fail(error, kind == MDB_KIND_ARRAY ? MDB_BATCH_EMPTY :
					MDB_BATCH_NOT_ARRAY, MDB_NULL_STRING, MDB_NULL_INTEGER,
					MDB_NULL_INTEGER);
}

bool
mdb_begin_batch_message(MdbBatchMessage *message, int64_t index,
						MdbJsonKind kind, MdbError *error)
{
	message->index = index;
	message->keys = 0;
	message->has_id = false;
	if (kind == MDB_KIND_OBJECT)
		return true;
	return wrong_message(message, "not an object", error);
}

bool
mdb_find_batch_key(const MdbBatchMessage *message, MdbString name,
				   MdbBatchKey *key, MdbError *error)
{
	for (int i = 0; i < MDB_BATCH_KEYS; i++)
		if (name.length == strlen(key_names[i]) &&
			memcmp(name.data, key_names[i], name.length) == 0)
		{
			*key = (MdbBatchKey) i;
			return true;
		}
	return mdb_fail(error, MDB_BATCH_UNKNOWN_KEY, name,
					mdb_integer(message->index), MDB_NULL_INTEGER);
}

static bool
take_id(MdbBatchMessage *message, MdbJsonKind kind, MdbString text,
		MdbError *error)
{
	MdbError	reason;

	if (kind == MDB_KIND_NULL)
		return true;
	if (kind != MDB_KIND_STRING)
		return wrong_message(message, "id is not a string", error);
	if (!mdb_parse_id(text, message->id, &reason))
		return wrong_message(message, "id is not a UUID", error);
	message->has_id = true;
	return true;
}

bool
mdb_check_batch_value(MdbBatchMessage *message, MdbBatchKey key,
					  MdbJsonKind kind, MdbString text, MdbError *error)
{
	message->keys |= 1u << key;
	if (key == MDB_BATCH_ID)
		return take_id(message, kind, text, error);
	if (key == MDB_BATCH_TYPE && kind != MDB_KIND_STRING)
		return wrong_message(message, "type is not a string", error);
	return true;
}

bool
mdb_end_batch_message(const MdbBatchMessage *message, MdbError *error)
{
	if (!(message->keys & 1u << MDB_BATCH_TYPE))
		return wrong_message(message, "type is missing", error);
	if (!(message->keys & 1u << MDB_BATCH_DATA))
		return wrong_message(message, "data is missing", error);
	return true;
}
