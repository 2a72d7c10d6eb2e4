/*-------------------------------------------------------------------------
 *
 * insert.c
 *	  The INSERT of the writers, one message or many.
 *
 * A call of a writer is one statement.  For one message it is
 *
 *	  INSERT INTO messages (position, ...) VALUES
 *		  (message_db_next_position(?1, (SELECT position ...)), ...)
 *
 * and for a batch, see batch_table.c,
 *
 *	  INSERT INTO messages (position, ...)
 *		  SELECT position, ... FROM message_db_batch(?1)
 *
 * The statement takes the write lock before it reads the stream's version, so
 * the version cannot change under it; it waits for the lock as long as
 * busy_timeout says; and all of it is done or nothing.  The function and the
 * table get the call through a pointer that only this file binds.  They ask
 * mdb_admit_write(), which makes the checks that come after the lock, in
 * Message DB's order: expected version, id, length of the name, columns that
 * may not be NULL.
 *
 * With the setting message_db.idempotent_writes it first looks whether the
 * same messages stand already, under the same lock.  The INSERT then ends with
 * an error that is none.
 *
 * Afterwards last_insert_rowid() is the last message's global position.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

/* ------------------------------------------------------------------------
 * Checks under the lock
 * ------------------------------------------------------------------------
 */

static int
bind_string(sqlite3_stmt *statement, int number, MdbString text)
{
	return sqlite3_bind_text64(statement, number, text.data, text.length,
							   SQLITE_STATIC, SQLITE_UTF8);
}

/* Finds a message; false when it does not stand in the stream like this. */
static bool
find_message(MdbWrite *write, sqlite3_stmt *find, const MdbMessage *message,
			 int64_t *position)
{
	char		id[MDB_ID_LENGTH + 1];
	bool		found;
	int			rc;

	mdb_format_id(message->id, id);
	rc = bind_string(find, 1, mdb_string(id));
	if (rc == SQLITE_OK)
		rc = bind_string(find, 2, write->stream_name);
	if (rc == SQLITE_OK)
		rc = bind_string(find, 3, message->type);
	if (rc == SQLITE_OK)
		rc = bind_string(find, 4, message->data);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(find);
	found = rc == SQLITE_ROW;
	if (found)
		*position = sqlite3_column_int64(find, 0);
	else if (rc != SQLITE_DONE)
		mdb_fail_database(write->failure, write->session->db, rc);
	sqlite3_reset(find);
	return found;
}

/* Whether all messages stand, one behind the other; first says where. */
static bool
find_messages(MdbWrite *write)
{
	sqlite3_stmt *find = mdb_take_statement(write->session, write->namespace,
											MDB_STATEMENT_FIND,
											write->failure);
	bool		all = find != NULL;

	for (int64_t i = 0; all && i < write->count; i++)
	{
		int64_t		position;

		all = !write->messages[i].has_new_id &&
			find_message(write, find, &write->messages[i], &position) &&
			(i == 0 || position == write->first + i);
		if (all && i == 0)
			write->first = position;
	}
	mdb_give_statement(write->session, write->namespace, MDB_STATEMENT_FIND,
					   find);
	return all;
}

static bool
is_repeated(MdbWrite *write)
{
	return write->session->settings[MDB_SETTING_IDEMPOTENT_WRITES].value &&
		!write->wrong_id.data && find_messages(write);
}

static bool
check_columns(const MdbWrite *write, MdbError *error)
{
	bool		has_type = write->messages[0].type.data != NULL;

	if (write->wrong_id.data)
		return mdb_fail(error, MDB_INVALID_ID, write->wrong_id,
						MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	if (!mdb_check_stream_name(write->stream_name, error))
		return false;
	if (write->stream_name.data && has_type)
		return true;
	return mdb_fail(error, MDB_NULL_COLUMN,
					mdb_string(write->stream_name.data ? "type" :
							   "stream_name"),
					MDB_NULL_INTEGER, MDB_NULL_INTEGER);
}

static void
debug_positions(const MdbWrite *write, MdbInteger version)
{
	int			label = write->call == MDB_CALL_WRITE_MESSAGE ? 6 : 3;

	mdb_debug_integer(write->call, label,
					  version.is_null ? mdb_integer(-1) : version);
	mdb_debug_integer(write->call, label + 1, mdb_integer(write->first));
}

bool
mdb_admit_write(MdbWrite *write, MdbInteger version, sqlite3_value *name)
{
	write->is_moved = name &&
		strcmp(mdb_value_text(name), write->namespace->name) != 0;
	if (write->is_moved)
		return false;
	write->is_repeated = is_repeated(write);
	if (write->is_repeated || write->failure->code)
		return false;
	if (!mdb_next_positions(write->stream_name, version,
							write->expected_version, write->count,
							&write->first, &write->error) ||
		!check_columns(write, &write->error))
		return false;
	if (write->debug)
		debug_positions(write, version);
	return true;
}

/* ------------------------------------------------------------------------
 * The statement
 * ------------------------------------------------------------------------
 */

/* Words the uniqueness errors of our indexes as PostgreSQL does. */
static void
fail_unique(const MdbWrite *write, MdbFailure *failure)
{
	const char *message = sqlite3_errmsg(write->session->db);
	MdbError	error;

	if (strcmp(message, "UNIQUE constraint failed: messages.id") == 0)
		mdb_fail(&error, MDB_DUPLICATE_ID, mdb_string(write->id),
				 MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	else if (strcmp(message, "UNIQUE constraint failed: "
					"messages.stream_name, messages.position") == 0)
		mdb_fail(&error, MDB_DUPLICATE_POSITION, write->stream_name,
				 mdb_integer(write->first + write->current),
				 MDB_NULL_INTEGER);
	else
		return;
	if (write->current == write->count)
		error.detail = "";		/* a trigger has it insert when all are read */
	mdb_fail_with(failure, &error);
}

/* Finds out why the statement failed; it need not be a failure. */
static void
fail_insert(MdbWrite *write, int rc)
{
	sqlite3    *db = write->session->db;

	if (write->is_moved)
		write->namespace->is_known = false;
	if (write->is_moved || write->is_repeated || write->failure->code)
		return;
	if (write->error.code != MDB_OK)
		mdb_fail_with(write->failure, &write->error);
	else if (sqlite3_extended_errcode(db) == SQLITE_CONSTRAINT_UNIQUE)
		fail_unique(write, write->failure);
	mdb_fail_statement(write->session, write->namespace, rc, write->failure);
}

static int
bind_write(sqlite3_stmt *insert, MdbWrite *write)
{
	const MdbMessage *message = write->messages;
	int			rc;

	rc = sqlite3_bind_pointer(insert, 1, write, MDB_WRITE_POINTER, NULL);
	if (rc == SQLITE_OK)
		rc = bind_string(insert, 2, write->stream_name);
	if (rc == SQLITE_OK)
		rc = bind_string(insert, 3, mdb_string(write->time));
	if (write->call == MDB_CALL_WRITE_MESSAGES)
		return rc;
	if (rc == SQLITE_OK)
		rc = bind_string(insert, 4, message->type);
	if (rc == SQLITE_OK)
		rc = bind_string(insert, 5, message->data);
	if (rc == SQLITE_OK)
		rc = bind_string(insert, 6, message->metadata);
	if (rc == SQLITE_OK)
		rc = bind_string(insert, 7, mdb_string(write->id));
	return rc;
}

/*
 * Returns false, without a failure, when the namespace has no table, or its
 * file is not its own any more.
 */
static bool
insert_messages(MdbWrite *write)
{
	bool		is_main = write->namespace == &write->session->main;
	MdbStatement statement = write->call == MDB_CALL_WRITE_MESSAGE ?
		(is_main ? MDB_STATEMENT_INSERT : MDB_STATEMENT_INSERT_CHECKED) :
		(is_main ? MDB_STATEMENT_BATCH : MDB_STATEMENT_BATCH_CHECKED);
	sqlite3_stmt *insert = mdb_take_statement(write->session,
											  write->namespace, statement,
											  write->failure);
	int			rc;

	if (!insert)
		return false;
	mdb_bound_readers(write->session, write->namespace, write->failure);
	write->is_moved = write->is_repeated = false;
	write->first = -1;
	rc = write->failure->code;
	if (rc == SQLITE_OK)
		rc = bind_write(insert, write);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(insert);
	if (rc != SQLITE_DONE)
		fail_insert(write, rc);
	else if (write->first < 0)	/* an authorizer has made it do nothing */
		mdb_fail_text(write->failure, SQLITE_AUTH, "not authorized");
	mdb_give_statement(write->session, write->namespace, statement, insert);
	return rc == SQLITE_DONE || write->is_repeated;
}

/*
 * A job for mdb_do_writing(): the first write, which makes the table of the
 * default namespace.  If it is refused, there is none afterwards.
 */
static void
first_write_job(MdbSession *session, void *argument, MdbFailure *failure)
{
	MdbWrite   *write = argument;

	mdb_ensure_namespace(session, write->namespace->name, failure);
	if (!failure->code)
		write->is_done = insert_messages(write);
}

/* Others may delete the namespace, or create it, between two attempts. */
int64_t
mdb_write(MdbWrite *write)
{
	MdbSession *session = write->session;

	for (int i = 0; i < MDB_ATTEMPTS; i++)
	{
		write->namespace = mdb_namespace_to_write(session, write->failure);
		if (!write->namespace)
			return 0;
		mdb_message_time(session, write->time);
		write->is_done = insert_messages(write);
		if (!write->is_done && write->namespace == &session->main)
			mdb_do_writing(session, false, first_write_job, write,
						   write->failure);
		if (write->failure->code)
			return 0;
		if (write->is_done)
			return write->first + write->count - 1;
	}
	mdb_fail_unsettled(write->failure);
	return 0;
}
