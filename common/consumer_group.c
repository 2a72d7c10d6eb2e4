/*-------------------------------------------------------------------------
 *
 * consumer_group.c
 *	  Which member of a consumer group reads a stream.
 *
 * All streams with one cardinal id go to one member, so that an entity's
 * streams (account-1, account-1+audit) are read by one consumer, in order.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

bool
mdb_check_group_size(MdbInteger size, MdbError *error)
{
	if (size.value >= 1)
		return true;
	return mdb_fail(error, MDB_GROUP_SIZE_TOO_SMALL, MDB_NULL_STRING,
					MDB_NULL_INTEGER, size);
}

bool
mdb_check_consumer_group(MdbInteger member, MdbInteger size, MdbError *error)
{
	MdbErrorCode code;

	if (member.is_null && size.is_null)
		return true;

	if (member.is_null || size.is_null)
		code = MDB_GROUP_INCOMPLETE;
	else if (size.value < 1)
		code = MDB_GROUP_SIZE_TOO_SMALL;
	else if (member.value < 0)
		code = MDB_GROUP_MEMBER_TOO_SMALL;
	else if (member.value >= size.value)
		code = MDB_GROUP_MEMBER_TOO_LARGE;
	else
		return true;
	return mdb_fail(error, code, MDB_NULL_STRING, member, size);
}

int64_t
mdb_consumer_group_member(MdbString stream_name, int64_t size)
{
	MdbString	cardinal_id = mdb_cardinal_id(stream_name);
	uint64_t	hash;

	if (!cardinal_id.data)
		return -1;
	hash = (uint64_t) mdb_hash_64(cardinal_id);
	if (hash >> 63)
		hash = -hash;			/* the absolute value, 2^63 included */
	return (int64_t) (hash % (uint64_t) size);
}
