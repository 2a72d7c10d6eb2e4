/*-------------------------------------------------------------------------
 *
 * error.c
 *	  Errors of the core and of SQLite on their way to the caller.
 *
 * SQLite has one text for an error.  Its first line is the message that
 * PostgreSQL has; a detail and a hint follow on lines of their own, labelled
 * as psql labels them.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

static int
result_code(MdbErrorCode code)
{
	switch (code)
	{
		case MDB_DUPLICATE_ID:
		case MDB_DUPLICATE_POSITION:
			return SQLITE_CONSTRAINT_UNIQUE;
		case MDB_NULL_COLUMN:
			return SQLITE_CONSTRAINT_NOTNULL;
		case MDB_STREAM_NAME_TOO_LONG:
		case MDB_JSON_TOO_LARGE:
			return SQLITE_TOOBIG;
		case MDB_OUT_OF_MEMORY:
			return SQLITE_NOMEM;
		default:
			return SQLITE_ERROR;
	}
}

static void
append_part(sqlite3_str *text, const MdbError *error, MdbErrorPart part,
			const char *label)
{
	size_t		length = mdb_error_text(error, part, NULL, 0);
	int			start;

	if (length == 0)
		return;
	sqlite3_str_appendall(text, label);
	start = sqlite3_str_length(text);
	sqlite3_str_appendchar(text, (int) length, ' ');
	if (sqlite3_str_errcode(text) == SQLITE_OK)
		mdb_error_text(error, part, sqlite3_str_value(text) + start,
					   length + 1);
}

void
mdb_fail_with(MdbFailure *failure, const MdbError *error)
{
	sqlite3_str *text;

	if (failure->code != SQLITE_OK)
		return;
	failure->code = result_code(error->code);
	if (failure->code == SQLITE_NOMEM)
		return;

	text = sqlite3_str_new(NULL);
	append_part(text, error, MDB_ERROR_MESSAGE, "");
	append_part(text, error, MDB_ERROR_DETAIL, "\nDETAIL:  ");
	append_part(text, error, MDB_ERROR_HINT, "\nHINT:  ");
	failure->message = sqlite3_str_finish(text);
	if (!failure->message)
		failure->code = SQLITE_NOMEM;
}

void
mdb_fail_text(MdbFailure *failure, int code, const char *message)
{
	if (failure->code != SQLITE_OK)
		return;
	failure->code = code;
	if ((code & 0xff) == SQLITE_NOMEM)
		return;
	failure->message = sqlite3_mprintf("%s", message);
	if (!failure->message)
		failure->code = SQLITE_NOMEM;
}

/*
 * Whether the lock was refused without waiting, because the transaction began
 * with a read: waiting could not help it.
 */
static bool
transaction_is_stale(sqlite3 *db, int code)
{
	return code == SQLITE_BUSY_SNAPSHOT ||
		((code & 0xff) == SQLITE_BUSY && !sqlite3_get_autocommit(db) &&
		 sqlite3_txn_state(db, NULL) == SQLITE_TXN_READ);
}

void
mdb_fail_database(MdbFailure *failure, sqlite3 *db, int code)
{
	if (failure->code != SQLITE_OK)
		return;
	if (sqlite3_errcode(db) == (code & 0xff))
		code = sqlite3_extended_errcode(db);
	mdb_fail_text(failure, code, sqlite3_errmsg(db));
	if (transaction_is_stale(db, code) && failure->message)
	{
		char	   *with_hint = sqlite3_mprintf(
			"%s\nHINT:  This transaction began with a read. Roll it back and "
			"repeat it; if it begins with BEGIN IMMEDIATE, it waits instead.",
			failure->message);

		if (with_hint)
		{
			sqlite3_free(failure->message);
			failure->message = with_hint;
		}
	}
}

void
mdb_fail_memory(MdbFailure *failure)
{
	mdb_fail_text(failure, SQLITE_NOMEM, "");
}

bool
mdb_fail_call(MdbFailure *failure, const MdbFailure *problem)
{
	int			code = problem->code & 0xff;

	if (code == SQLITE_NOMEM)
		mdb_fail_memory(failure);
	else if (code == SQLITE_INTERRUPT)
		mdb_fail_text(failure, problem->code,
					  problem->message ? problem->message : "interrupted");
	return code == SQLITE_NOMEM || code == SQLITE_INTERRUPT;
}

void
mdb_clear_failure(MdbFailure *failure)
{
	sqlite3_free(failure->message);
	failure->code = SQLITE_OK;
	failure->message = NULL;
}

void
mdb_result_failure(sqlite3_context *context, MdbFailure *failure)
{
	if ((failure->code & 0xff) == SQLITE_NOMEM)
		sqlite3_result_error_nomem(context);
	else
	{
		if (failure->message)
			sqlite3_result_error(context, failure->message, -1);
		sqlite3_result_error_code(context, failure->code);
	}
	mdb_clear_failure(failure);
}

int
mdb_table_failure(sqlite3_vtab *table, MdbFailure *failure)
{
	if (failure->code != SQLITE_OK)
	{
		sqlite3_free(table->zErrMsg);
		table->zErrMsg = failure->message;
		failure->message = NULL;
	}
	return failure->code;
}
