/*-------------------------------------------------------------------------
 *
 * batch_table.c
 *	  message_db_batch(write [, the name that the file has]): the rows that a
 *	  batch inserts; internal.
 *
 * It is the source of an INSERT, see insert.c, and begins when that has the
 * write lock.  So the stream's version is read here, once, and the write is
 * admitted here.  The values are those of the call and are not copied.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

enum
{
	POSITION,
	TYPE,
	DATA,
	METADATA,
	ID,
	WRITE,						/* the arguments */
	NAME
};

typedef struct BatchCursor
{
	sqlite3_vtab_cursor base;
	MdbWrite   *write;
} BatchCursor;

static int
connect_table(sqlite3 *db, void *session, int argc, const char *const *argv,
			  sqlite3_vtab **table, char **message)
{
	(void) argc, (void) argv, (void) message;
	return mdb_connect_table(db, session, 0, SQLITE_VTAB_DIRECTONLY,
							 "CREATE TABLE x(position, type, data, metadata, "
							 "id, arg_write HIDDEN, arg_name HIDDEN)", table);
}

static int
best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	info->estimatedCost = 100;
	info->estimatedRows = 100;
	return mdb_hand_arguments(table, info, WRITE, 2, false);
}

static int
open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
	(void) table;
	return mdb_open_cursor(sizeof(BatchCursor), cursor);
}

static int
close_cursor(sqlite3_vtab_cursor *cursor)
{
	sqlite3_free(cursor);
	return SQLITE_OK;
}

static void
format_current_id(MdbWrite *write)
{
	if (write->current < write->count)
		mdb_format_id(write->messages[write->current].id, write->id);
}

static int
filter(sqlite3_vtab_cursor *base, int plan, const char *plan_text,
	   int argc, sqlite3_value **argv)
{
	BatchCursor *cursor = (BatchCursor *) base;
	MdbFailure	failure = MDB_NO_FAILURE;
	MdbInteger	version;
	MdbWrite   *write;

	(void) plan, (void) plan_text;
	write = argc > 0 ? sqlite3_value_pointer(argv[0], MDB_WRITE_POINTER) : NULL;
	if (!write)
	{
		mdb_fail_text(&failure, SQLITE_ERROR, "message_db_batch is internal");
		return mdb_table_failure(base->pVtab, &failure);
	}
	version = mdb_read_version(write->session, write->namespace,
							   write->stream_name, write->failure);
	if (write->failure->code)
		return write->failure->code;
	if (!mdb_admit_write(write, version, argc > 1 ? argv[1] : NULL))
	{
		mdb_fail_text(&failure, SQLITE_ERROR, write->is_repeated ?
					  "messages stand already" : "messages refused");
		return mdb_table_failure(base->pVtab, &failure);
	}
	cursor->write = write;
	write->current = 0;
	format_current_id(write);
	return SQLITE_OK;
}

static int
next(sqlite3_vtab_cursor *base)
{
	MdbWrite   *write = ((BatchCursor *) base)->write;

	write->current++;
	format_current_id(write);
	return SQLITE_OK;
}

static int
at_end(sqlite3_vtab_cursor *base)
{
	const MdbWrite *write = ((BatchCursor *) base)->write;

	return write->current == write->count;
}

static void
result_string(sqlite3_context *context, MdbString text)
{
	if (text.data)
		sqlite3_result_text64(context, text.data, text.length, SQLITE_STATIC,
							  SQLITE_UTF8);
}

static int
column(sqlite3_vtab_cursor *base, sqlite3_context *context, int number)
{
	const MdbWrite *write = ((BatchCursor *) base)->write;
	const MdbMessage *message = &write->messages[write->current];

	switch (number)
	{
		case POSITION:
			sqlite3_result_int64(context, write->first + write->current);
			break;
		case TYPE:
			result_string(context, message->type);
			break;
		case DATA:
			result_string(context, message->data);
			break;
		case METADATA:
			result_string(context, message->metadata);
			break;
		case ID:
			result_string(context, (MdbString) {write->id, MDB_ID_LENGTH});
			break;
	}
	return SQLITE_OK;
}

static int
rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *value)
{
	*value = ((BatchCursor *) base)->write->current;
	return SQLITE_OK;
}

const sqlite3_module mdb_batch_module = {
	.xConnect = connect_table,
	.xBestIndex = best_index,
	.xDisconnect = mdb_disconnect_table,
	.xOpen = open_cursor,
	.xClose = close_cursor,
	.xFilter = filter,
	.xNext = next,
	.xEof = at_end,
	.xColumn = column,
	.xRowid = rowid,
};
