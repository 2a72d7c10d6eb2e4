/*-------------------------------------------------------------------------
 *
 * write.c
 *	  Optimistic locking: a stream's version, the expected one, and the next
 *	  position.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

bool
mdb_next_positions(MdbString stream_name, MdbInteger version,
				   MdbInteger expected_version, int64_t count,
				   int64_t *first, MdbError *error)
{
	int64_t		current = version.is_null ? -1 : version.value;

	if (!expected_version.is_null && expected_version.value != current)
		return mdb_fail(error, MDB_WRONG_EXPECTED_VERSION, stream_name,
						expected_version, mdb_integer(current));
	if (current > INT64_MAX - count)
		return mdb_fail(error, MDB_STREAM_FULL, stream_name,
						MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	*first = current + 1;
	return true;
}

bool
mdb_next_position(MdbString stream_name, MdbInteger version,
				  MdbInteger expected_version, int64_t *position,
				  MdbError *error)
{
	return mdb_next_positions(stream_name, version, expected_version, 1,
							  position, error);
}
