/*-------------------------------------------------------------------------
 *
 * write.c
 *	  write_message().
 *
 * What follows the arguments is in insert.c.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

static void
take_arguments(MdbWrite *write, MdbMessage *message, MdbString *id,
			   MdbScratch *scratch, int argc, sqlite3_value **argv)
{
	MdbFailure *failure = write->failure;

	*id = mdb_text_argument(argv[0], failure);
	write->stream_name = mdb_text_argument(argv[1], failure);
	message->type = mdb_text_argument(argv[2], failure);
	message->data.data = mdb_json_argument(argv[3], scratch,
										   &message->data.length, failure);
	message->metadata.data = mdb_json_argument(argc > 4 ? argv[4] : NULL,
											   scratch,
											   &message->metadata.length,
											   failure);
	write->expected_version = mdb_integer_argument(argc > 5 ? argv[5] : NULL,
												   failure);
}

/* The message's id; a NULL id gets one. */
static void
take_id(MdbWrite *write, MdbMessage *message, MdbString id)
{
	MdbError	error;

	message->has_new_id = !id.data;
	if (!id.data)
		mdb_generate_id(message->id);
	else if (!mdb_parse_id(id, message->id, &error))
	{
		write->wrong_id = id;
		return;
	}
	mdb_format_id(message->id, write->id);
}

static void
debug_arguments(const MdbWrite *write, MdbString id)
{
	const MdbCall call = MDB_CALL_WRITE_MESSAGE;
	const MdbMessage *message = write->messages;

	mdb_debug_lock(write->session, write->stream_name, write->failure);
	mdb_debug_title(call);
	mdb_debug_text(call, 0, id.data ? id : mdb_string(write->id));
	mdb_debug_text(call, 1, write->stream_name);
	mdb_debug_text(call, 2, message->type);
	mdb_debug_text(call, 3, message->data);
	mdb_debug_text(call, 4, message->metadata);
	mdb_debug_integer(call, 5, write->expected_version);
}

/*
 * write_message(id, stream_name, type, data, metadata = NULL,
 * expected_version = NULL) -> position
 */
void
mdb_write_message_function(sqlite3_context *context, int argc,
						   sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	MdbMessage	message;
	MdbString	id;
	MdbScratch	scratch;
	MdbWrite	write = {
		.session = session,
		.call = MDB_CALL_WRITE_MESSAGE,
		.messages = &message,
		.count = 1,
		.debug = mdb_debugging(session, MDB_CALL_WRITE_MESSAGE),
		.failure = &failure
	};
	int64_t		position = 0;

	scratch.used = 0;
	take_arguments(&write, &message, &id, &scratch, argc, argv);
	if (!failure.code)
	{
		take_id(&write, &message, id);
		if (write.debug)
			debug_arguments(&write, id);
		position = mdb_write(&write);
	}
	mdb_free_json(&scratch, message.data.data);
	mdb_free_json(&scratch, message.metadata.data);
	if (failure.code)
		mdb_result_failure(context, &failure);
	else
		sqlite3_result_int64(context, position);
}

/*
 * message_db_next_position(write, version [, the name that the file has]) ->
 * position; internal
 */
void
mdb_next_position_function(sqlite3_context *context, int argc,
						   sqlite3_value **argv)
{
	MdbWrite   *write = sqlite3_value_pointer(argv[0], MDB_WRITE_POINTER);
	MdbInteger	version = MDB_NULL_INTEGER;

	if (!write)
	{
		sqlite3_result_error(context,
							 "message_db_next_position() is internal", -1);
		return;
	}
	if (sqlite3_value_type(argv[1]) != SQLITE_NULL)
		version = mdb_integer(sqlite3_value_int64(argv[1]));
	if (mdb_admit_write(write, version, argc > 2 ? argv[2] : NULL))
		sqlite3_result_int64(context, write->first);
	else
		sqlite3_result_error(context, write->is_repeated ?
							 "message stands already" : "message refused",
							 -1);
}
