/*-------------------------------------------------------------------------
 *
 * read.c
 *	  get_stream_messages(), get_category_messages(), get_all_messages(),
 *	  get_last_stream_message().
 *
 * The readers are table-valued functions: virtual tables whose hidden columns
 * are the arguments.  A cursor runs one SELECT on the table of messages and
 * passes its rows on.  What PostgreSQL's WHERE clause does with functions of
 * ours (consumer group, correlation) the cursor does itself, row by row, and
 * counts the rows that are left against batch_size.
 *
 * Rows come in the order of position or global_position, so that an ORDER BY
 * of it costs nothing.  Columns that nobody asks for are not read, see
 * mdb_take_select().
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

#define MESSAGE_COLUMNS \
	"id, stream_name, type, position, global_position, data, metadata, time, "
#define STREAM_NAME_COLUMN 1
#define POSITION_COLUMN 3
#define GLOBAL_POSITION_COLUMN 4
#define METADATA_COLUMN 6

/* A plan's number has a bit for each argument, and above them the columns. */
#define MAX_ARGUMENTS 7

/* A reader: its arguments in order, and what its rows are ordered by. */
typedef struct ReaderSpec
{
	const char *declaration;
	int			arguments;
	int			order_column;
	bool		reads_all;		/* the first argument is no name */
	bool		at_most_one_row;
} ReaderSpec;

static const ReaderSpec specs[MDB_CALLS] = {
	[MDB_CALL_GET_STREAM_MESSAGES] = {
		"CREATE TABLE x(" MESSAGE_COLUMNS
		"arg_stream_name HIDDEN, arg_position HIDDEN, arg_batch_size HIDDEN, "
		"arg_condition HIDDEN)",
		4, POSITION_COLUMN},
	[MDB_CALL_GET_CATEGORY_MESSAGES] = {
		"CREATE TABLE x(" MESSAGE_COLUMNS
		"arg_category HIDDEN, arg_position HIDDEN, arg_batch_size HIDDEN, "
		"arg_correlation HIDDEN, arg_consumer_group_member HIDDEN, "
		"arg_consumer_group_size HIDDEN, arg_condition HIDDEN)",
		7, GLOBAL_POSITION_COLUMN},
	[MDB_CALL_GET_ALL_MESSAGES] = {
		"CREATE TABLE x(" MESSAGE_COLUMNS
		"arg_position HIDDEN, arg_batch_size HIDDEN, arg_condition HIDDEN)",
		3, GLOBAL_POSITION_COLUMN, .reads_all = true},
	[MDB_CALL_GET_LAST_STREAM_MESSAGE] = {
		"CREATE TABLE x(" MESSAGE_COLUMNS
		"arg_stream_name HIDDEN, arg_type HIDDEN)",
		2, POSITION_COLUMN, .at_most_one_row = true},
};

typedef struct ReaderCursor
{
	sqlite3_vtab_cursor base;
	MdbOpenReader open;			/* as long as there is a select */
	MdbNamespace *namespace;	/* that it reads; for select only */
	MdbStatement statement;
	sqlite3_stmt *select;		/* stands on a row; NULL at the end */
	bool		is_kept;		/* it is from mdb_take_select() */
	int			columns;		/* those that are read, bit n for number n */
	MdbRead		read;			/* its texts are valid in filter() only */
	char	   *correlation;	/* but for this one */
	int64_t		rows_left;		/* of the batch, -1 for all */
} ReaderCursor;

/* Connecting and planning */

static int
connect_table(sqlite3 *db, void *aux, int argc, const char *const *argv,
			  sqlite3_vtab **table, char **message)
{
	const MdbReader *reader = aux;

	(void) argc, (void) argv, (void) message;
	return mdb_connect_table(db, reader->session, (int) reader->call,
							 SQLITE_VTAB_INNOCUOUS,
							 specs[reader->call].declaration, table);
}

static int
best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	const ReaderSpec *spec = &specs[mdb_table_kind(table)];
	int			rc = mdb_hand_arguments(table, info, MDB_MESSAGE_COLUMNS,
										spec->arguments, !spec->reads_all);

	info->idxNum |= (int) (info->colUsed & MDB_ALL_COLUMNS) << MAX_ARGUMENTS;

	info->estimatedCost = spec->at_most_one_row ? 10 : 1000;
	info->estimatedRows = spec->at_most_one_row ? 1 : 100;
	if (spec->at_most_one_row)
		info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
	info->orderByConsumed = info->nOrderBy >= 1 &&
		info->aOrderBy[0].iColumn == spec->order_column &&
		!info->aOrderBy[0].desc;
	return rc;
}

/* Cursors */

static int
open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
	(void) table;
	return mdb_open_cursor(sizeof(ReaderCursor), cursor);
}

static void
end_rows(ReaderCursor *cursor)
{
	MdbSession *session = mdb_table_session(cursor->base.pVtab);

	mdb_close_reader(session, &cursor->open);
	if (cursor->is_kept)
		mdb_give_select(session, cursor->namespace, cursor->statement,
						cursor->columns, cursor->select);
	else
		sqlite3_finalize(cursor->select);
	cursor->select = NULL;
	sqlite3_free(cursor->correlation);
	cursor->correlation = NULL;
}

static int
close_cursor(sqlite3_vtab_cursor *base)
{
	end_rows((ReaderCursor *) base);
	sqlite3_free(base);
	return SQLITE_OK;
}

static MdbString
column_text(sqlite3_stmt *select, int column)
{
	const char *text = (const char *) sqlite3_column_text(select, column);

	return (MdbString) {text, (size_t) sqlite3_column_bytes(select, column)};
}

/* Whether the row that the cursor stands on is one of those asked for. */
static bool
row_matches(const ReaderCursor *cursor)
{
	const MdbRead *read = &cursor->read;

	if (cursor->open.last != INT64_MAX &&
		sqlite3_column_int64(cursor->select,
							 GLOBAL_POSITION_COLUMN) > cursor->open.last)
		return false;
	if (!read->member.is_null &&
		mdb_consumer_group_member(column_text(cursor->select,
											  STREAM_NAME_COLUMN),
								  read->size.value) != read->member.value)
		return false;
	return !read->correlation.data ||
		mdb_correlation_matches(column_text(cursor->select, METADATA_COLUMN),
								read->correlation);
}

/* Moves to the next row, or to the end. */
static void
advance(ReaderCursor *cursor, MdbFailure *failure)
{
	MdbSession *session = mdb_table_session(cursor->base.pVtab);
	int			rc = SQLITE_DONE;

	if (cursor->rows_left != 0)
	{
		do
			rc = sqlite3_step(cursor->select);
		while (rc == SQLITE_ROW && !row_matches(cursor));
	}
	if (rc == SQLITE_ROW)
	{
		if (cursor->rows_left > 0)
			cursor->rows_left--;
		return;
	}
	if (rc != SQLITE_DONE)
		mdb_fail_statement(session, cursor->namespace, rc, failure);
	end_rows(cursor);
}

static int
next(sqlite3_vtab_cursor *base)
{
	MdbFailure	failure = MDB_NO_FAILURE;

	advance((ReaderCursor *) base, &failure);
	return mdb_table_failure(base->pVtab, &failure);
}

static int
at_end(sqlite3_vtab_cursor *base)
{
	return ((ReaderCursor *) base)->select == NULL;
}

/*
 * Text is passed on as text that ends with a NUL: unlike
 * sqlite3_result_value() that lets SQLite use the same memory for each row,
 * and spares who asks for it another copy.  The value may be looked at because
 * the connection's mutex is held here.
 */
static int
column(sqlite3_vtab_cursor *base, sqlite3_context *context, int number)
{
	sqlite3_value *value;
	const char *text;

	if (number >= MDB_MESSAGE_COLUMNS)
		return mdb_refuse_argument(base->pVtab);
	value = sqlite3_column_value(((ReaderCursor *) base)->select, number);
	if (sqlite3_value_type(value) != SQLITE_TEXT)
		sqlite3_result_value(context, value);
	else if ((text = (const char *) sqlite3_value_text(value)) != NULL)
		sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
	else
		sqlite3_result_error_nomem(context);
	return SQLITE_OK;
}

static int
rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *value)
{
	*value = sqlite3_column_int64(((ReaderCursor *) base)->select,
								  GLOBAL_POSITION_COLUMN);
	return SQLITE_OK;
}

/* Starting to read */

static void
take_arguments(MdbCall call, sqlite3_value **arguments, MdbRead *read,
			   MdbString *type, MdbFailure *failure)
{
	const ReaderSpec *spec = &specs[call];

	if (!spec->reads_all)
		read->name = mdb_text_argument(*arguments++, failure);
	if (call == MDB_CALL_GET_LAST_STREAM_MESSAGE)
	{
		*type = mdb_text_argument(arguments[0], failure);
		read->batch_size = mdb_integer(1);
		return;
	}
	read->position = mdb_integer_argument(arguments[0], failure);
	read->batch_size = mdb_integer_argument(arguments[1], failure);
	if (call == MDB_CALL_GET_CATEGORY_MESSAGES)
	{
		read->correlation = mdb_text_argument(arguments[2], failure);
		read->member = mdb_integer_argument(arguments[3], failure);
		read->size = mdb_integer_argument(arguments[4], failure);
		arguments += 3;
	}
	read->condition = mdb_text_argument(arguments[2], failure);
}

/* Checks the arguments and puts the defaults in. */
static void
check_arguments(MdbCall call, MdbRead *read, MdbFailure *failure)
{
	bool		accepted = true;
	MdbError	error;

	if (failure->code)
		return;
	if (call == MDB_CALL_GET_STREAM_MESSAGES)
		accepted = mdb_check_stream_read(read, &error);
	else if (call == MDB_CALL_GET_CATEGORY_MESSAGES)
		accepted = mdb_check_category_read(read, &error);
	else if (call == MDB_CALL_GET_ALL_MESSAGES)
		accepted = mdb_check_read_of_all(read, &error);
	if (!accepted)
		mdb_fail_with(failure, &error);
}

static void
debug_arguments(MdbCall call, const MdbRead *read, MdbString type)
{
	int			label = 0;

	mdb_debug_title(call);
	if (!specs[call].reads_all)
		mdb_debug_text(call, label++, read->name);
	if (call == MDB_CALL_GET_LAST_STREAM_MESSAGE)
	{
		mdb_debug_text(call, label, type);
		return;
	}
	mdb_debug_integer(call, label++, read->position);
	mdb_debug_integer(call, label++, read->batch_size);
	if (call == MDB_CALL_GET_CATEGORY_MESSAGES)
	{
		mdb_debug_text(call, label++, read->correlation);
		mdb_debug_integer(call, label++, read->member);
		mdb_debug_integer(call, label++, read->size);
	}
	mdb_debug_text(call, label, read->condition);
}

/* The SELECT for the arguments; NULL also when there is no table yet. */
static sqlite3_stmt *
take_select(MdbSession *session, ReaderCursor *cursor, MdbFailure *failure)
{
	MdbString	condition = cursor->read.condition;
	sqlite3_stmt *select;
	char	   *text;

	cursor->is_kept = condition.data == NULL;
	if (cursor->is_kept)
		return mdb_take_select(session, cursor->namespace, cursor->statement,
							   cursor->columns, failure);
	text = sqlite3_mprintf("%.*s", (int) condition.length, condition.data);
	if (!text)
		mdb_fail_memory(failure);
	select = mdb_prepare_with_condition(session, cursor->namespace,
										cursor->statement, text, failure);
	sqlite3_free(text);
	return select;
}

static MdbStatement
statement_for(MdbCall call, MdbString type)
{
	if (call == MDB_CALL_GET_STREAM_MESSAGES)
		return MDB_STATEMENT_STREAM;
	if (call == MDB_CALL_GET_CATEGORY_MESSAGES)
		return MDB_STATEMENT_CATEGORY;
	if (call == MDB_CALL_GET_ALL_MESSAGES)
		return MDB_STATEMENT_ALL;
	return type.data ? MDB_STATEMENT_LAST_OF_TYPE : MDB_STATEMENT_LAST;
}

static int
bind_string(sqlite3_stmt *select, int number, MdbString text)
{
	return sqlite3_bind_text64(select, number, text.data, text.length,
							   SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void
bind_arguments(ReaderCursor *cursor, MdbString type, MdbFailure *failure)
{
	const MdbRead *read = &cursor->read;
	sqlite3_stmt *select = cursor->select;
	int			rc = SQLITE_OK;

	if (read->name.data)
		rc = bind_string(select, 1, read->name);
	if (rc == SQLITE_OK && !read->position.is_null)
		rc = sqlite3_bind_int64(select, 2, read->position.value);
	else if (rc == SQLITE_OK && type.data)
		rc = bind_string(select, 2, type);
	if (rc != SQLITE_OK)
		mdb_fail_database(failure, sqlite3_db_handle(select), rc);
}

/* The correlation is compared while rows are read, so it must be kept. */
static void
keep_correlation(ReaderCursor *cursor, MdbFailure *failure)
{
	MdbString  *correlation = &cursor->read.correlation;

	if (!correlation->data)
		return;
	cursor->correlation = sqlite3_malloc64(correlation->length + 1);
	if (cursor->correlation)
		memcpy(cursor->correlation, correlation->data, correlation->length);
	else
		mdb_fail_memory(failure);
	correlation->data = cursor->correlation;
}

/* Goes to the first row for the arguments, or to the end. */
static void
open_rows(ReaderCursor *cursor, const MdbRead *arguments, MdbString type,
		  MdbFailure *failure)
{
	const MdbTable *table = (MdbTable *) cursor->base.pVtab;

	cursor->read = *arguments;
	cursor->rows_left = cursor->read.batch_size.value;
	cursor->columns |= 1 << GLOBAL_POSITION_COLUMN;
	if (!cursor->read.member.is_null)
		cursor->columns |= 1 << STREAM_NAME_COLUMN;
	if (cursor->read.correlation.data)
		cursor->columns |= 1 << METADATA_COLUMN;
	cursor->statement = statement_for((MdbCall) table->kind, type);
	cursor->select = take_select(table->session, cursor, failure);
	if (!cursor->select)
		return;
	mdb_open_reader(table->session, &cursor->open, cursor->namespace);
	keep_correlation(cursor, failure);
	bind_arguments(cursor, type, failure);
	if (failure->code)
		end_rows(cursor);
	else
		advance(cursor, failure);
}

static void
start_reading(ReaderCursor *cursor, sqlite3_value **arguments,
			  MdbFailure *failure)
{
	MdbSession *session = mdb_table_session(cursor->base.pVtab);
	MdbCall		call = (MdbCall) mdb_table_kind(cursor->base.pVtab);
	MdbString	type = MDB_NULL_STRING;
	MdbRead		read = {
		.position = MDB_NULL_INTEGER, .batch_size = MDB_NULL_INTEGER,
		.member = MDB_NULL_INTEGER, .size = MDB_NULL_INTEGER,
		.condition_activated =
		session->settings[MDB_SETTING_SQL_CONDITION].value
	};

	take_arguments(call, arguments, &read, &type, failure);
	check_arguments(call, &read, failure);
	if (!failure->code && mdb_debugging(session, call))
		debug_arguments(call, &read, type);

	for (int i = 0; i < MDB_ATTEMPTS; i++)
	{
		cursor->namespace = mdb_namespace_to_read(session, failure);
		if (!cursor->namespace)
			return;
		open_rows(cursor, &read, type, failure);
		if (mdb_confirm_namespace(session, cursor->namespace, failure))
			return;
		end_rows(cursor);
	}
	mdb_fail_unsettled(failure);
}

static int
filter(sqlite3_vtab_cursor *base, int plan, const char *plan_text,
	   int argc, sqlite3_value **argv)
{
	ReaderCursor *cursor = (ReaderCursor *) base;
	sqlite3_value *arguments[MAX_ARGUMENTS];
	MdbFailure	failure = MDB_NO_FAILURE;

	(void) plan_text, (void) argc;
	mdb_unpack_arguments(plan, argv, arguments, MAX_ARGUMENTS);
	end_rows(cursor);
	cursor->columns = plan >> MAX_ARGUMENTS;
	start_reading(cursor, arguments, &failure);
	return mdb_table_failure(base->pVtab, &failure);
}

const sqlite3_module mdb_reader_module = {
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
