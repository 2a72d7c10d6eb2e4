/*-------------------------------------------------------------------------
 *
 * names.c
 *	  The pure functions: parts of a stream name, hash, consumer group.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

static void
result_text(sqlite3_context *context, MdbString text)
{
	if (text.data)
		sqlite3_result_text64(context, text.data, text.length,
							  SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* Calls a function of the core on the argument; NULL gives NULL. */
static void
result_part(sqlite3_context *context, sqlite3_value *value,
			MdbString (*part) (MdbString))
{
	MdbFailure	failure = MDB_NO_FAILURE;
	MdbString	stream_name = mdb_text_argument(value, &failure);

	if (failure.code)
		mdb_result_failure(context, &failure);
	else if (stream_name.data)
		result_text(context, part(stream_name));
}

/* category(stream_name) -> text */
void
mdb_category_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	(void) argc;
	result_part(context, argv[0], mdb_category);
}

/* id(stream_name) -> text, NULL when there is none */
void
mdb_id_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	(void) argc;
	result_part(context, argv[0], mdb_id);
}

/* cardinal_id(stream_name) -> text, NULL when there is no id */
void
mdb_cardinal_id_function(sqlite3_context *context, int argc,
						 sqlite3_value **argv)
{
	(void) argc;
	result_part(context, argv[0], mdb_cardinal_id);
}

/* is_category(stream_name) -> 0 or 1; 1 for NULL */
void
mdb_is_category_function(sqlite3_context *context, int argc,
						 sqlite3_value **argv)
{
	MdbFailure	failure = MDB_NO_FAILURE;
	MdbString	stream_name = mdb_text_argument(argv[0], &failure);

	(void) argc;
	if (failure.code)
		mdb_result_failure(context, &failure);
	else
		sqlite3_result_int(context, mdb_is_category(stream_name));
}

/* hash_64(value) -> integer */
void
mdb_hash_64_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	MdbFailure	failure = MDB_NO_FAILURE;
	MdbString	value = mdb_text_argument(argv[0], &failure);

	(void) argc;
	if (failure.code)
		mdb_result_failure(context, &failure);
	else if (value.data)
		sqlite3_result_int64(context, mdb_hash_64(value));
}

/* consumer_group_member(stream_name, consumer_group_size) -> integer or NULL */
void
mdb_consumer_group_member_function(sqlite3_context *context, int argc,
								   sqlite3_value **argv)
{
	MdbFailure	failure = MDB_NO_FAILURE;
	MdbString	stream_name = mdb_text_argument(argv[0], &failure);
	MdbInteger	size = mdb_integer_argument(argv[1], &failure);
	MdbError	error;
	int64_t		member = -1;

	(void) argc;
	if (stream_name.data && !size.is_null)
	{
		if (mdb_check_group_size(size, &error))
			member = mdb_consumer_group_member(stream_name, size.value);
		else
			mdb_fail_with(&failure, &error);
	}
	if (failure.code)
		mdb_result_failure(context, &failure);
	else if (member >= 0)
		sqlite3_result_int64(context, member);
}
