/*-------------------------------------------------------------------------
 *
 * read.c
 *	  What the readers' arguments may be, in Message DB's order of checks.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

#define DEFAULT_BATCH_SIZE 1000

static void
put_default(MdbInteger *value, int64_t otherwise)
{
	if (value->is_null)
		*value = mdb_integer(otherwise);
}

bool
mdb_check_batch_size(MdbInteger *batch_size, int64_t otherwise,
					 MdbError *error)
{
	put_default(batch_size, otherwise);
	if (batch_size->value >= -1)
		return true;
	return mdb_fail(error, MDB_NEGATIVE_BATCH_SIZE, MDB_NULL_STRING,
					MDB_NULL_INTEGER, MDB_NULL_INTEGER);
}

static bool
check_condition_and_batch(MdbRead *read, MdbError *error)
{
	if (read->condition.data && !read->condition_activated)
		return mdb_fail(error, MDB_CONDITION_NOT_ACTIVATED, MDB_NULL_STRING,
						MDB_NULL_INTEGER, MDB_NULL_INTEGER);

	return mdb_check_batch_size(&read->batch_size, DEFAULT_BATCH_SIZE, error);
}

bool
mdb_check_stream_read(MdbRead *read, MdbError *error)
{
	if (mdb_is_category(read->name))
		return mdb_fail(error, MDB_NOT_A_STREAM_NAME, read->name,
						MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	put_default(&read->position, 0);
	return check_condition_and_batch(read, error);
}

bool
mdb_check_read_of_all(MdbRead *read, MdbError *error)
{
	put_default(&read->position, 1);
	return check_condition_and_batch(read, error);
}

bool
mdb_check_category_read(MdbRead *read, MdbError *error)
{
	if (!mdb_is_category(read->name))
		return mdb_fail(error, MDB_NOT_A_CATEGORY, read->name,
						MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	if (!mdb_is_category(read->correlation))
		return mdb_fail(error, MDB_CORRELATION_NOT_A_CATEGORY,
						read->correlation, MDB_NULL_INTEGER,
						MDB_NULL_INTEGER);
	if (!mdb_check_consumer_group(read->member, read->size, error))
		return false;
	put_default(&read->position, 1);
	return check_condition_and_batch(read, error);
}
