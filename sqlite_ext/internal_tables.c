/*-------------------------------------------------------------------------
 *
 * internal_tables.c
 *	  Virtual tables without rows, through which SQLite tells the session
 *	  what becomes of the connection.
 *
 * message_db_statements: while it is connected, statements may be kept
 * prepared; when it is disconnected, they are finalized.  sqlite3_close()
 * disconnects virtual tables before it looks for statements that are still
 * prepared, so kept statements never keep a connection from closing.
 * Disconnecting is not always the end: sqlite3_close() may give up
 * afterwards, because of the caller's own statements.  Then the next
 * statement to be kept connects the table again.  A statement on this table
 * must not be kept: it would hold the table, which then stays connected.
 *
 * message_db_transaction: a DELETE from it takes the main database's write
 * lock, changes nothing, and makes SQLite call xBegin, and xCommit or
 * xRollback when the transaction ends; see transaction.c.  With the column
 * compared to something it is planned as a DELETE of one row at most, for
 * which SQLite keeps no statement journal: if it fails for lack of memory or
 * space, SQLite rolls the whole transaction back.
 *
 * message_db_follower does the same without a lock that others could wait
 * for: its tables are created in temp only.  A job can be done by dropping one.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

static int
connect_table(sqlite3 *db, void *session, int argc, const char *const *argv,
			  sqlite3_vtab **table, char **message)
{
	(void) argc, (void) argv, (void) message;
	return mdb_connect_table(db, session, 0, SQLITE_VTAB_DIRECTONLY,
							 "CREATE TABLE x(" MDB_INTERNAL_COLUMN ")", table);
}

/* message_db_statements */

static int
connect_statements(sqlite3 *db, void *session, int argc,
				   const char *const *argv, sqlite3_vtab **table,
				   char **message)
{
	int			rc = connect_table(db, session, argc, argv, table, message);

	if (rc == SQLITE_OK)
		mdb_table_session(*table)->keeps_statements = true;
	return rc;
}

static int
disconnect_statements(sqlite3_vtab *table)
{
	mdb_table_session(table)->keeps_statements = false;
	mdb_finalize_statements(mdb_table_session(table));
	return mdb_disconnect_table(table);
}

/* message_db_transaction */

static int
begin(sqlite3_vtab *table)
{
	mdb_transaction_begins(mdb_table_session(table), true);
	return SQLITE_OK;
}

static int
commit(sqlite3_vtab *table)
{
	mdb_transaction_commits(mdb_table_session(table));
	return SQLITE_OK;
}

static int
rollback(sqlite3_vtab *table)
{
	mdb_transaction_rolls_back(mdb_table_session(table));
	return SQLITE_OK;
}

static int
savepoint(sqlite3_vtab *table, int number)
{
	mdb_savepoint_begins(mdb_table_session(table), number);
	return SQLITE_OK;
}

static int
release(sqlite3_vtab *table, int number)
{
	mdb_savepoint_ends(mdb_table_session(table), number);
	return SQLITE_OK;
}

static int
rollback_to(sqlite3_vtab *table, int number)
{
	mdb_savepoint_undone(mdb_table_session(table), number);
	return SQLITE_OK;
}

static int
filter_transaction(sqlite3_vtab_cursor *cursor, int index,
				   const char *index_text, int argc, sqlite3_value **argv)
{
	(void) index, (void) index_text, (void) argc, (void) argv;
	return mdb_do_job(mdb_table_session(cursor->pVtab));
}

/* There is no row to change; a row to insert is refused. */
static int
update(sqlite3_vtab *table, int argc, sqlite3_value **argv,
	   sqlite3_int64 *rowid)
{
	(void) table, (void) argc, (void) argv, (void) rowid;
	return SQLITE_READONLY;
}

/* message_db_follower */

static int
create_follower(sqlite3 *db, void *session, int argc, const char *const *argv,
				sqlite3_vtab **table, char **message)
{
	int			rc;

	if (strcmp(argv[1], "temp") != 0)
	{
		*message = sqlite3_mprintf("message_db_follower is internal");
		return SQLITE_ERROR;
	}
	rc = connect_table(db, session, argc, argv, table, message);

	/* Of the transaction that creates it a table hears the end only. */
	if (rc == SQLITE_OK && strcmp(argv[2], "message_db_follower") == 0)
		mdb_transaction_begins(session, false);
	return rc;
}

static int
connect_follower(sqlite3 *db, void *session, int argc, const char *const *argv,
				 sqlite3_vtab **table, char **message)
{
	return connect_table(db, session, argc, argv, table, message);
}

static int
destroy_follower(sqlite3_vtab *table)
{
	int			rc = mdb_do_job(mdb_table_session(table));

	return rc == SQLITE_OK ? mdb_disconnect_table(table) : rc;
}

static int
begin_following(sqlite3_vtab *table)
{
	mdb_transaction_begins(mdb_table_session(table), false);
	return SQLITE_OK;
}

/* The methods of any table without rows */

static int
best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	(void) table;
	info->estimatedCost = 1;
	info->estimatedRows = 1;
	if (info->nConstraint > 0)
		info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
	return SQLITE_OK;
}

static int
open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
	(void) table;
	return mdb_open_cursor(sizeof(sqlite3_vtab_cursor), cursor);
}

static int
close_cursor(sqlite3_vtab_cursor *cursor)
{
	sqlite3_free(cursor);
	return SQLITE_OK;
}

static int
filter_statements(sqlite3_vtab_cursor *cursor, int index,
				  const char *index_text, int argc, sqlite3_value **argv)
{
	(void) cursor, (void) index, (void) index_text, (void) argc, (void) argv;
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

#define EMPTY_TABLE \
	.xBestIndex = best_index, \
	.xOpen = open_cursor, \
	.xClose = close_cursor, \
	.xNext = next, \
	.xEof = at_end, \
	.xColumn = column, \
	.xRowid = rowid

const sqlite3_module mdb_statements_module = {
	.xConnect = connect_statements,
	.xDisconnect = disconnect_statements,
	.xFilter = filter_statements,
	EMPTY_TABLE
};

#define TRANSACTION_METHODS \
	.iVersion = 2, \
	.xUpdate = update, \
	.xCommit = commit, \
	.xRollback = rollback, \
	.xSavepoint = savepoint, \
	.xRelease = release, \
	.xRollbackTo = rollback_to

const sqlite3_module mdb_transaction_module = {
	.xConnect = connect_table,
	.xDisconnect = mdb_disconnect_table,
	.xFilter = filter_transaction,
	.xBegin = begin,
	TRANSACTION_METHODS,
	EMPTY_TABLE
};

/* With an xCreate that is not xConnect, a table must be created. */
const sqlite3_module mdb_follower_module = {
	.xCreate = create_follower,
	.xConnect = connect_follower,
	.xDisconnect = mdb_disconnect_table,
	.xDestroy = destroy_follower,
	.xFilter = filter_statements,
	.xBegin = begin_following,
	TRANSACTION_METHODS,
	EMPTY_TABLE
};
