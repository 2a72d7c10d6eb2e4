/*-------------------------------------------------------------------------
 *
 * transaction.c
 *	  What belongs to a transaction: the write lock, the time of its messages,
 *	  settings that are local to it, and work that must be done as a whole.
 *
 * All goes through one statement, a DELETE from the virtual table
 * message_db_transaction (internal_tables.c).  SQLite takes the write lock
 * for it and reports the end of the transaction to the table.  Between the two
 * the session is "in a transaction".
 *
 * The DELETE can carry a job.  The job's statements then run inside a
 * statement that writes, so SQLite commits them with it, or rolls them back
 * when the job fails.  BEGIN and ROLLBACK would not do: after a lack of memory
 * no statement works until the outermost one, that of the user, has ended,
 * and ROLLBACK is one.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

#include <time.h>

#define TABLE "message_db_transaction"

/*
 * A table of the user's of that name lacks the column.  To find that out may
 * leave a transaction open, see mdb_fail_statement().
 */
static void
fail_delete(MdbSession *session, int rc, MdbFailure *failure)
{
	MdbFailure	taken = {rc, NULL};

	if (rc != SQLITE_ERROR || failure->code)
	{
		mdb_fail_database(failure, session->db, rc);
		return;
	}
	mdb_fail_statement(session, rc, &taken);
	mdb_clear_failure(&taken);
	mdb_fail_text(failure, rc, "the name " TABLE " is taken by a table");
}

/* Takes the kept statement out, or prepares it. */
static sqlite3_stmt *
take_delete(MdbSession *session, MdbFailure *failure)
{
	sqlite3_stmt *delete = session->delete;
	int			rc;

	session->delete = NULL;
	if (delete)
		return delete;
	mdb_connect_statements(session);
	rc = sqlite3_prepare_v3(session->db, "DELETE FROM main." TABLE " WHERE "
							MDB_INTERNAL_COLUMN, -1,
							SQLITE_PREPARE_PERSISTENT, &delete, NULL);
	if (rc != SQLITE_OK)
		fail_delete(session, rc, failure);
	return delete;
}

void
mdb_do_writing(MdbSession *session, MdbJob *job, MdbFailure *failure)
{
	sqlite3_stmt *delete;
	int			rc;

	if (failure->code)
		return;
	delete = take_delete(session, failure);
	if (!delete)
		return;
	session->job = job;
	session->job_failure = failure;
	rc = sqlite3_step(delete);
	if (rc != SQLITE_DONE)
		fail_delete(session, rc, failure);
	session->job = NULL;
	session->job_failure = NULL;
	mdb_keep_statement(session, &session->delete, delete);
}

int
mdb_do_job(MdbSession *session)
{
	MdbJob	   *job = session->job;

	session->job = NULL;
	if (!job)
		return SQLITE_OK;
	job(session, session->job_failure);
	return session->job_failure->code;
}

void
mdb_take_write_lock(MdbSession *session, MdbFailure *failure)
{
	if (!session->in_transaction)
		mdb_do_writing(session, NULL, failure);
}

void
mdb_begin_write(MdbSession *session, MdbFailure *failure)
{
	bool		is_transaction = sqlite3_get_autocommit(session->db) &&
		sqlite3_txn_state(session->db, NULL) != SQLITE_TXN_WRITE;

	if (!is_transaction)
		mdb_take_write_lock(session, failure);
}

static void
clock_time(char text[MDB_TIME_LENGTH + 1])
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	mdb_format_time((int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000, text);
}

void
mdb_message_time(const MdbSession *session, char text[MDB_TIME_LENGTH + 1])
{
	if (session->in_transaction)
		memcpy(text, session->time, sizeof(session->time));
	else
		clock_time(text);
}

void
mdb_transaction_begins(MdbSession *session)
{
	session->in_transaction = true;
	clock_time(session->time);
}

void
mdb_transaction_ends(MdbSession *session)
{
	session->in_transaction = false;
	for (int i = 0; i < MDB_SETTINGS; i++)
	{
		MdbSettingState *setting = &session->settings[i];

		if (setting->is_local)
			setting->value = setting->outer_value;
		setting->is_local = false;
	}
}
