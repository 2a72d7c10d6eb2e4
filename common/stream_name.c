/*-------------------------------------------------------------------------
 *
 * stream_name.c
 *	  The parts of a stream name, and the checks of text that comes in.
 *
 *	  account-123+abc
 *	  |       |  |
 *	  |       |  '-- the first '+' ends the cardinal id: 123
 *	  |       '----- the first '-' ends the category, the id is 123+abc
 *	  '------------- category: account
 *
 * Nothing is copied: the parts point into the name.  Any bytes are fine, as
 * UTF-8 and every other encoding that a database may have keep '-' and '+'
 * to themselves.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

static MdbString
up_to(MdbString text, char separator)
{
	const char *found = NULL;

	if (text.length > 0)
		found = memchr(text.data, separator, text.length);
	if (found)
		text.length = (size_t) (found - text.data);
	return text;
}

MdbString
mdb_category(MdbString stream_name)
{
	return up_to(stream_name, '-');
}

MdbString
mdb_id(MdbString stream_name)
{
	size_t		category = up_to(stream_name, '-').length;

	if (category == stream_name.length)
		return MDB_NULL_STRING;
	return (MdbString) {stream_name.data + category + 1,
						stream_name.length - category - 1};
}

MdbString
mdb_cardinal_id(MdbString stream_name)
{
	return up_to(mdb_id(stream_name), '+');
}

bool
mdb_is_category(MdbString stream_name)
{
	return up_to(stream_name, '-').length == stream_name.length;
}

bool
mdb_check_stream_name(MdbString stream_name, MdbError *error)
{
	if (stream_name.length <= MDB_MAX_STREAM_NAME)
		return true;
	return mdb_fail(error, MDB_STREAM_NAME_TOO_LONG, stream_name,
					mdb_integer((int64_t) stream_name.length),
					mdb_integer(MDB_MAX_STREAM_NAME));
}
