/*-------------------------------------------------------------------------
 *
 * session.c
 *	  What a connection remembers, and how it learns of the end of a
 *	  transaction and of the connection.
 *
 * SQLite tells a virtual table when a transaction that wrote to it ends
 * (xCommit, xRollback), and sqlite3_close() disconnects the virtual tables
 * before it looks for statements that are still prepared.  So there is a
 * virtual table without content, message_db_session, with two duties:
 *
 * - While it is connected, prepared statements may be kept; xDisconnect
 *   finalizes them, so they never keep sqlite3_close() from closing.
 *   Disconnecting is not always the end: sqlite3_close() may give up
 *   afterwards, because of the caller's own statements.  Then the next
 *   statement to be prepared connects it again.
 *
 * - A DELETE from it takes the write lock of the main database, changes
 *   nothing, and makes SQLite call xBegin now and xCommit or xRollback at the
 *   end of the transaction.  Between the two the session knows that it is in
 *   one transaction: its messages have one time, and a setting that is local
 *   to it can be put back.
 *
 *   The DELETE also can carry a job.  The job's statements then run inside a
 *   statement that writes, so SQLite commits them with it, or rolls them back
 *   when the job fails.  BEGIN and ROLLBACK would not do: after a lack of
 *   memory no statement works until the outermost one, that of the user, has
 *   ended, and ROLLBACK is one.
 *
 * A statement that reads or writes message_db_session must not be kept: it
 * would hold the table, which then is never disconnected.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

#include <time.h>

/* No other table has that column, so no other is touched by mistake. */
#define COLUMN "message_db_internal"

typedef struct SessionTable
{
	sqlite3_vtab base;
	MdbSession *session;
} SessionTable;

MdbSession *
mdb_create_session(sqlite3 *db)
{
	MdbSession *session = sqlite3_malloc64(sizeof(MdbSession));

	if (!session)
		return NULL;
	memset(session, 0, sizeof(MdbSession));
	session->db = db;
	session->references = 1;
	session->namespace.schema = "main";
	return session;
}

void
mdb_release_session(void *pointer)
{
	MdbSession *session = pointer;

	if (--session->references > 0)
		return;
	mdb_finalize_statements(session);
	sqlite3_free(session);
}

void
mdb_connect_session(MdbSession *session)
{
	sqlite3_stmt *statement = NULL;

	if (session->keeps_statements)
		return;
	sqlite3_prepare_v2(session->db, "SELECT " COLUMN " FROM main.message_db_session",
					   -1, &statement, NULL);
	sqlite3_finalize(statement);
}

void
mdb_do_writing(MdbSession *session, MdbJob *job, MdbFailure *failure)
{
	int			rc;

	if (failure->code)
		return;
	session->job = job;
	session->job_failure = failure;
	rc = sqlite3_exec(session->db,
					  "DELETE FROM main.message_db_session WHERE " COLUMN,
					  NULL, NULL, NULL);
	if (rc == SQLITE_ERROR && session->job)
		mdb_fail_text(failure, rc,
					  "the name message_db_session is taken by a table");
	else if (rc != SQLITE_OK)
		mdb_fail_database(failure, session->db, rc);
	session->job = NULL;
	session->job_failure = NULL;
}

static void
no_job(MdbSession *session, MdbFailure *failure)
{
	(void) session, (void) failure;
}

void
mdb_take_write_lock(MdbSession *session, MdbFailure *failure)
{
	if (!session->in_transaction)
		mdb_do_writing(session, no_job, failure);
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

static void
end_transaction(MdbSession *session)
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

/* The methods that matter */

static int
connect_table(sqlite3 *db, void *session, int argc, const char *const *argv,
			  sqlite3_vtab **table, char **message)
{
	SessionTable *created;
	int			rc;

	(void) argc, (void) argv, (void) message;
	rc = sqlite3_declare_vtab(db, "CREATE TABLE x(" COLUMN ")");
	if (rc == SQLITE_OK)
		rc = sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
	if (rc != SQLITE_OK)
		return rc;
	created = sqlite3_malloc64(sizeof(SessionTable));
	if (!created)
		return SQLITE_NOMEM;
	memset(created, 0, sizeof(SessionTable));
	created->session = session;
	created->session->keeps_statements = true;
	*table = &created->base;
	return SQLITE_OK;
}

static int
disconnect_table(sqlite3_vtab *table)
{
	MdbSession *session = ((SessionTable *) table)->session;

	session->keeps_statements = false;
	mdb_finalize_statements(session);
	sqlite3_free(table);
	return SQLITE_OK;
}

static int
begin(sqlite3_vtab *table)
{
	MdbSession *session = ((SessionTable *) table)->session;

	session->in_transaction = true;
	clock_time(session->time);
	return SQLITE_OK;
}

static int
commit_or_rollback(sqlite3_vtab *table)
{
	end_transaction(((SessionTable *) table)->session);
	return SQLITE_OK;
}

static int
update(sqlite3_vtab *table, int argc, sqlite3_value **argv,
	   sqlite3_int64 *rowid)
{
	(void) table, (void) argc, (void) argv, (void) rowid;
	return SQLITE_READONLY;
}

/* Does the job that the DELETE carries; there are no rows. */
static int
filter(sqlite3_vtab_cursor *cursor, int index, const char *index_text,
	   int argc, sqlite3_value **argv)
{
	MdbSession *session = ((SessionTable *) cursor->pVtab)->session;
	MdbJob	   *job = session->job;

	(void) index, (void) index_text, (void) argc, (void) argv;
	if (!job)
		return SQLITE_OK;
	session->job = NULL;
	job(session, session->job_failure);
	return session->job_failure->code;
}

/* The methods of an empty table */

static int
best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	(void) table;
	info->estimatedCost = 1;
	info->estimatedRows = 1;
	return SQLITE_OK;
}

static int
open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
	(void) table;
	*cursor = sqlite3_malloc64(sizeof(sqlite3_vtab_cursor));
	if (!*cursor)
		return SQLITE_NOMEM;
	memset(*cursor, 0, sizeof(sqlite3_vtab_cursor));
	return SQLITE_OK;
}

static int
close_cursor(sqlite3_vtab_cursor *cursor)
{
	sqlite3_free(cursor);
	return SQLITE_OK;
}

static int
next(sqlite3_vtab_cursor *cursor)
{
	(void) cursor;
	return SQLITE_OK;
}

static int
at_end(sqlite3_vtab_cursor *cursor)
{
	(void) cursor;
	return 1;
}

static int
column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int number)
{
	(void) cursor, (void) context, (void) number;
	return SQLITE_OK;
}

static int
rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *value)
{
	(void) cursor;
	*value = 0;
	return SQLITE_OK;
}

const sqlite3_module mdb_session_module = {
	.xConnect = connect_table,
	.xBestIndex = best_index,
	.xDisconnect = disconnect_table,
	.xOpen = open_cursor,
	.xClose = close_cursor,
	.xFilter = filter,
	.xNext = next,
	.xEof = at_end,
	.xColumn = column,
	.xRowid = rowid,
	.xUpdate = update,
	.xBegin = begin,
	.xCommit = commit_or_rollback,
	.xRollback = commit_or_rollback,
};
