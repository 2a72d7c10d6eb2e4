/*-------------------------------------------------------------------------
 *
 * write.c
 *	  write_message().
 *
 * A write is one statement:
 *
 *	  INSERT INTO messages (position, ...) VALUES
 *		  (message_db_next_position(?1, (SELECT max(position) ...)), ...)
 *
 * It takes the write lock before it reads the stream's version, so the
 * version cannot change under it, and it waits for the lock as long as
 * busy_timeout says.  The internal function message_db_next_position() gets
 * the version and, through a pointer that only this file can bind, the
 * arguments; it makes the checks that come after the lock, in Message DB's
 * order: expected version, id, length of the name, columns that may not be
 * NULL.
 *
 * Afterwards last_insert_rowid() is the message's global position.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

#define WRITE_POINTER "message_db write"

/* A call of write_message(). */
typedef struct Write
{
	MdbString	id;
	MdbString	stream_name;
	MdbString	type;
	char	   *data;
	size_t		data_length;
	char	   *metadata;
	size_t		metadata_length;
	MdbInteger	expected_version;

	char		id_text[MDB_ID_LENGTH + 1]; /* canonical */
	bool		id_is_valid;
	char		time[MDB_TIME_LENGTH + 1];
	bool		debug;
	const char *namespace;		/* NULL for the default one */
	bool		is_moved;		/* the file is not the namespace's any more */
	int64_t		position;
	MdbError	error;			/* what the checks found, or MDB_OK */
} Write;

static void
take_arguments(Write *write, int argc, sqlite3_value **argv,
			   MdbFailure *failure)
{
	memset(write, 0, sizeof(Write));
	write->id = mdb_text_argument(argv[0], failure);
	write->stream_name = mdb_text_argument(argv[1], failure);
	write->type = mdb_text_argument(argv[2], failure);
	write->data = mdb_json_argument(argv[3], &write->data_length, failure);
	write->metadata = mdb_json_argument(argc > 4 ? argv[4] : NULL,
										&write->metadata_length, failure);
	write->expected_version = mdb_integer_argument(argc > 5 ? argv[5] : NULL,
												   failure);
}

/* The message's id in canonical form; a NULL id gets one. */
static void
take_id(Write *write)
{
	unsigned char id[16];
	MdbError	error;

	write->id_is_valid = true;
	if (!write->id.data)
		mdb_generate_id(id);
	else
		write->id_is_valid = mdb_parse_id(write->id, id, &error);
	if (write->id_is_valid)
		mdb_format_id(id, write->id_text);
}

/* An id that is a column's NULL in PostgreSQL is generated here. */
static bool
check_columns(const Write *write, MdbError *error)
{
	unsigned char id[16];

	if (!write->id_is_valid)
		return mdb_parse_id(write->id, id, error);
	if (!mdb_check_stream_name(write->stream_name, error))
		return false;
	if (write->stream_name.data && write->type.data)
		return true;
	return mdb_fail(error, MDB_NULL_COLUMN,
					mdb_string(write->stream_name.data ? "type" :
							   "stream_name"),
					MDB_NULL_INTEGER, MDB_NULL_INTEGER);
}

/*
 * message_db_next_position(write, version [, the name that the file has]) ->
 * position; internal
 */
void
mdb_next_position_function(sqlite3_context *context, int argc,
						   sqlite3_value **argv)
{
	Write	   *write = sqlite3_value_pointer(argv[0], WRITE_POINTER);
	MdbInteger	version = MDB_NULL_INTEGER;

	if (!write)
	{
		sqlite3_result_error(context,
							 "message_db_next_position() is internal", -1);
		return;
	}
	write->is_moved = argc > 2 && write->namespace &&
		strcmp(mdb_value_text(argv[2]), write->namespace) != 0;
	if (write->is_moved)
	{
		sqlite3_result_error(context, "namespace moved", -1);
		return;
	}
	if (sqlite3_value_type(argv[1]) != SQLITE_NULL)
		version = mdb_integer(sqlite3_value_int64(argv[1]));

	if (!mdb_next_position(write->stream_name, version,
						   write->expected_version, &write->position,
						   &write->error) ||
		!check_columns(write, &write->error))
	{
		sqlite3_result_error(context, "message refused", -1);
		return;
	}
	if (write->debug)
	{
		mdb_debug_integer(MDB_CALL_WRITE_MESSAGE, 6,
						  version.is_null ? mdb_integer(-1) : version);
		mdb_debug_integer(MDB_CALL_WRITE_MESSAGE, 7,
						  mdb_integer(write->position));
	}
	sqlite3_result_int64(context, write->position);
}

static void
debug_arguments(const MdbSession *session, const Write *write,
				MdbFailure *failure)
{
	const MdbCall call = MDB_CALL_WRITE_MESSAGE;

	mdb_debug_lock(session, write->stream_name, failure);
	mdb_debug_title(call);
	mdb_debug_text(call, 0, write->id.data ? write->id :
				   mdb_string(write->id_text));
	mdb_debug_text(call, 1, write->stream_name);
	mdb_debug_text(call, 2, write->type);
	mdb_debug_text(call, 3, mdb_string(write->data));
	mdb_debug_text(call, 4, mdb_string(write->metadata));
	mdb_debug_integer(call, 5, write->expected_version);
}

static int
bind_string(sqlite3_stmt *statement, int number, MdbString text)
{
	return sqlite3_bind_text64(statement, number, text.data, text.length,
							   SQLITE_STATIC, SQLITE_UTF8);
}

static int
bind_write(sqlite3_stmt *insert, Write *write)
{
	int			rc;

	rc = sqlite3_bind_pointer(insert, 1, write, WRITE_POINTER, NULL);
	if (rc == SQLITE_OK)
		rc = bind_string(insert, 2, write->stream_name);
	if (rc == SQLITE_OK)
		rc = bind_string(insert, 3, mdb_string(write->time));
	if (rc == SQLITE_OK)
		rc = bind_string(insert, 4, write->type);
	if (rc == SQLITE_OK)
		rc = bind_string(insert, 5, (MdbString) {write->data,
												 write->data_length});
	if (rc == SQLITE_OK)
		rc = bind_string(insert, 6, (MdbString) {write->metadata,
												 write->metadata_length});
	if (rc == SQLITE_OK)
		rc = bind_string(insert, 7, mdb_string(write->id_text));
	return rc;
}

/* Words the uniqueness errors of our indexes as PostgreSQL does. */
static void
fail_insert(MdbSession *session, MdbNamespace *namespace,
			const Write *write, int rc, MdbFailure *failure)
{
	const char *message = sqlite3_errmsg(session->db);
	MdbError	error;

	if (write->is_moved)
	{
		namespace->is_known = false;
		return;
	}
	if (write->error.code != MDB_OK)
	{
		mdb_fail_with(failure, &write->error);
		return;
	}
	if (sqlite3_extended_errcode(session->db) == SQLITE_CONSTRAINT_UNIQUE)
	{
		if (strcmp(message, "UNIQUE constraint failed: messages.id") == 0)
			mdb_fail(&error, MDB_DUPLICATE_ID, mdb_string(write->id_text),
					 MDB_NULL_INTEGER, MDB_NULL_INTEGER);
		else if (strcmp(message, "UNIQUE constraint failed: "
						"messages.stream_name, messages.position") == 0)
			mdb_fail(&error, MDB_DUPLICATE_POSITION, write->stream_name,
					 mdb_integer(write->position), MDB_NULL_INTEGER);
		else
			error.code = MDB_OK;
		if (error.code != MDB_OK)
			mdb_fail_with(failure, &error);
	}
	mdb_fail_statement(session, namespace, rc, failure);
}

/*
 * Returns false, without a failure, when the namespace has no table, or its
 * file is not its own any more.
 */
static bool
insert_message(MdbSession *session, MdbNamespace *namespace, Write *write,
			   MdbFailure *failure)
{
	bool		is_main = namespace == &session->main;
	MdbStatement statement = is_main ? MDB_STATEMENT_INSERT :
		MDB_STATEMENT_INSERT_CHECKED;
	sqlite3_stmt *insert = mdb_take_statement(session, namespace, statement,
											  failure);
	int			rc;

	if (!insert)
		return false;
	write->namespace = is_main ? NULL : namespace->name;
	write->is_moved = false;
	rc = bind_write(insert, write);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(insert);
	if (rc != SQLITE_DONE)
		fail_insert(session, namespace, write, rc, failure);
	mdb_give_statement(session, namespace, statement, insert);
	return rc == SQLITE_DONE;
}

/* Others may delete the namespace, or create it, between two attempts. */
static void
write_message(MdbSession *session, Write *write, MdbFailure *failure)
{
	MdbNamespace *namespace;

	for (int i = 0; i < MDB_ATTEMPTS; i++)
	{
		namespace = mdb_namespace_to_write(session, failure);
		if (!namespace)
			return;
		mdb_message_time(session, write->time);
		if (insert_message(session, namespace, write, failure) ||
			failure->code)
			return;
		if (namespace == &session->main)
			mdb_ensure_namespace(session, namespace->name, failure);
	}
	mdb_fail_text(failure, SQLITE_ERROR, "no such table: messages");
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
	Write		write;

	take_arguments(&write, argc, argv, &failure);
	if (!failure.code)
	{
		take_id(&write);
		write.debug = mdb_debugging(session, MDB_CALL_WRITE_MESSAGE);
		if (write.debug)
			debug_arguments(session, &write, &failure);
		write_message(session, &write, &failure);
	}
	sqlite3_free(write.data);
	sqlite3_free(write.metadata);
	if (failure.code)
		mdb_result_failure(context, &failure);
	else
		sqlite3_result_int64(context, write.position);
}
