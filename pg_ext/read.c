/*-------------------------------------------------------------------------
 *
 * read.c
 *	  get_stream_messages(), get_category_messages(), get_all_messages() and
 *	  get_last_stream_message().
 *
 * A reader checks its arguments (the core does) and fills the function's
 * result.  An ordinary table is read directly: a stream under a snapshot, a
 * category and all messages by a walk that never skips one (walk.c).  Other
 * tables are read by statements (statement_read.c).
 *
 * A condition is SQL, so a statement evaluates it, under a snapshot of the
 * reader's.  Then the walk looks over the same messages, and what stands
 * behind the first one of which the snapshot does not know is taken out of the
 * result.  The same goes for a category of a local table that is not ordinary:
 * it may have been when messages were written that the snapshot knows or not.
 *
 * In READ COMMITTED every read takes a new snapshot, so rows that the same
 * statement wrote before are seen.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "common/int.h"
#include "utils/builtins.h"

#define FEW_ROWS 32

/* ------------------------------------------------------------------------
 * Notices
 * ------------------------------------------------------------------------
 */

/* The arguments as they count, with the defaults in place of NULLs. */
static void
debug_page(MdbCall call, const MdbRead *read)
{
	mdb_debug_title(call);
	mdb_debug_text(call, 0, read->name);
	mdb_debug_integer(call, 1, read->position);
	mdb_debug_integer(call, 2, read->batch_size);
}

static void
debug_stream_read(const MdbRead *read)
{
	const MdbCall call = MDB_CALL_GET_STREAM_MESSAGES;

	if (!mdb_debugging(call))
		return;
	debug_page(call, read);
	mdb_debug_text(call, 3, read->condition);
}

static void
debug_category_read(const MdbRead *read)
{
	const MdbCall call = MDB_CALL_GET_CATEGORY_MESSAGES;

	if (!mdb_debugging(call))
		return;
	debug_page(call, read);
	mdb_debug_text(call, 3, read->correlation);
	mdb_debug_integer(call, 4, read->member);
	mdb_debug_integer(call, 5, read->size);
	mdb_debug_text(call, 6, read->condition);
}

static void
debug_read_of_all(const MdbRead *read)
{
	const MdbCall call = MDB_CALL_GET_ALL_MESSAGES;

	if (!mdb_debugging(call))
		return;
	mdb_debug_title(call);
	mdb_debug_integer(call, 0, read->position);
	mdb_debug_integer(call, 1, read->batch_size);
	mdb_debug_text(call, 2, read->condition);
}

/* ------------------------------------------------------------------------
 * Direct reads
 * ------------------------------------------------------------------------
 */

/* Whether the result has as many rows as were asked for. */
static bool
is_full(const MdbRead *read, int64 rows)
{
	return read->batch_size.value >= 0 && rows >= read->batch_size.value;
}

/* Adds the stream's rows between two positions, as far as they are asked for. */
static void
add_stream_rows(MdbResult *result, MdbTable *table, const MdbRead *read,
				Snapshot snapshot, int64 from, int64 to, int64 *rows)
{
	ScanKeyData keys[3];
	MdbScan		scan;

	mdb_text_key(&keys[0], table, MDB_INDEX_STREAM, 1,
				 mdb_text_datum(read->name));
	mdb_integer_key(&keys[1], 2, BTGreaterEqualStrategyNumber, from);
	mdb_integer_key(&keys[2], 2, BTLessEqualStrategyNumber, to);
	mdb_begin_scan(&scan, table, MDB_INDEX_STREAM, snapshot, keys,
				   to < PG_INT64_MAX ? 3 : 2);
	for (; !is_full(read, *rows) &&
		 mdb_scan_next(&scan, ForwardScanDirection); (*rows)++)
		mdb_add_row(result, scan.slot);
	mdb_end_scan(&scan);
}

/*
 * A search reads all entries of its range on a page of the index at once.  So
 * for few rows the range is as short as it can be: positions have no gaps.
 * Where somebody has deleted rows by hand, more are found behind it.
 */
static void
read_stream(FunctionCallInfo fcinfo, MdbTable *table, const MdbRead *read,
			Snapshot snapshot)
{
	int64		from = read->position.value;
	int64		size = read->batch_size.value;
	int64		end;
	bool		few = size > 0 && size <= FEW_ROWS &&
		!pg_add_s64_overflow(from, size, &end);
	int64		rows = 0;
	MdbResult	result;

	mdb_begin_result(&result, table, fcinfo);
	if (few)
		add_stream_rows(&result, table, read, snapshot, from, end - 1, &rows);
	if (!is_full(read, rows))
		add_stream_rows(&result, table, read, snapshot, few ? end : from,
						PG_INT64_MAX, &rows);
	mdb_end_result(&result);
}

/* Adds the stream's last row, of the type if there is one, from a position on. */
static bool
add_last_row(MdbResult *result, MdbTable *table, MdbString stream_name,
			 uint64 stream, MdbString type, Snapshot snapshot, int64 from)
{
	bool		found = false;
	MdbScan		scan;

	mdb_begin_scan_of_end(&scan, table, mdb_text_datum(stream_name), snapshot,
						  from);
	while (!found && mdb_scan_next(&scan, BackwardScanDirection))
	{
		found = !type.data ||
			mdb_equal(mdb_text_column(table, scan.slot, MDB_COLUMN_TYPE), type);
		if (found)
			mdb_add_row(result, scan.slot);
	}
	if (found && !type.data)
		mdb_remember_version(stream,
							 DatumGetInt64(mdb_column(table, scan.slot,
													  MDB_COLUMN_POSITION,
													  NULL)));
	mdb_end_scan(&scan);
	return found;
}

static void
read_last(FunctionCallInfo fcinfo, MdbTable *table, MdbString stream_name,
		  MdbString type, Snapshot snapshot)
{
	uint64		stream = mdb_stream_hash(table, stream_name);
	int64		from = mdb_recall_version(stream);
	MdbResult	result;

	mdb_begin_result(&result, table, fcinfo);
	if (from <= 0 ||
		!add_last_row(&result, table, stream_name, stream, type, snapshot,
					  from))
		add_last_row(&result, table, stream_name, stream, type, snapshot, 0);
	mdb_end_result(&result);
}

/* Of a category, or of all when read has no name. */
static void
read_in_order(FunctionCallInfo fcinfo, MdbTable *table, const MdbRead *read,
			  Snapshot snapshot)
{
	MdbResult	result;
	MdbWalk		walk;

	mdb_begin_result(&result, table, fcinfo);
	mdb_begin_walk(&walk, table, read, snapshot);
	for (int64 rows = 0; !is_full(read, rows) && mdb_walk_next(&walk); rows++)
		mdb_add_row(&result, walk.scan.slot);
	mdb_end_walk(&walk);
	mdb_end_result(&result);
}

/* ------------------------------------------------------------------------
 * Reads with a condition
 * ------------------------------------------------------------------------
 */

/* The global position of the last row that a walk has to look at. */
static int64
last_to_check(FunctionCallInfo fcinfo, const MdbRead *read)
{
	ReturnSetInfo *info = (ReturnSetInfo *) fcinfo->resultinfo;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(info->setDesc,
													&TTSOpsMinimalTuple);
	int64		last = PG_INT64_MAX;
	int64		rows = 0;
	bool		is_null;

	for (; tuplestore_gettupleslot(info->setResult, true, false, slot); rows++)
		last = DatumGetInt64(slot_getattr(slot, MDB_RESULT_GLOBAL_POSITION,
										  &is_null));
	tuplestore_rescan(info->setResult);
	ExecDropSingleTupleTableSlot(slot);
	return is_full(read, rows) ? last : PG_INT64_MAX;
}

/* Takes the rows from that global position on out of the result. */
static void
cut_result(FunctionCallInfo fcinfo, int64 global_position)
{
	ReturnSetInfo *info = (ReturnSetInfo *) fcinfo->resultinfo;
	Tuplestorestate *rows = info->setResult;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(info->setDesc,
													&TTSOpsMinimalTuple);
	bool		is_null;

	InitMaterializedSRF(fcinfo, 0);
	while (tuplestore_gettupleslot(rows, true, false, slot) &&
		   DatumGetInt64(slot_getattr(slot, MDB_RESULT_GLOBAL_POSITION,
									  &is_null)) < global_position)
		tuplestore_puttupleslot(info->setResult, slot);
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_end(rows);
}

static void
read_with_condition(FunctionCallInfo fcinfo, MdbNamespace *namespace,
					MdbTable *table, const MdbRead *read, Snapshot snapshot)
{
	int64		last;
	MdbWalk		walk;

	if (read->name.data)
		mdb_category_by_statement(fcinfo, namespace, read, true);
	else
		mdb_all_by_statement(fcinfo, namespace, read);
	last = last_to_check(fcinfo, read);
	mdb_begin_walk(&walk, table, read, snapshot);
	while (mdb_walk_next(&walk) && walk.last < last)
		 /* just look */ ;
	if (walk.stopped)
		cut_result(fcinfo, walk.stopped_at);
	mdb_end_walk(&walk);
}

/* Reads a category, or all messages, from an ordinary table. */
static void
read_directly(FunctionCallInfo fcinfo, MdbNamespace *namespace, MdbTable *table,
			  const MdbRead *read, Snapshot snapshot)
{
	mdb_check_may_read(table);
	if (read->condition.data)
		read_with_condition(fcinfo, namespace, table, read, snapshot);
	else
		read_in_order(fcinfo, table, read, snapshot);
	mdb_close_table(table);
}

/* ------------------------------------------------------------------------
 * The functions
 * ------------------------------------------------------------------------
 */

/*
 * get_stream_messages(stream_name varchar, position bigint = 0,
 * batch_size bigint = 1000, condition varchar = NULL) -> setof message
 */
PG_FUNCTION_INFO_V1(message_db_get_stream_messages);
Datum
message_db_get_stream_messages(PG_FUNCTION_ARGS)
{
	MdbRead		read = {
		.name = mdb_text_argument(fcinfo, 0),
		.position = mdb_integer_argument(fcinfo, 1),
		.batch_size = mdb_integer_argument(fcinfo, 2),
		.condition = mdb_text_argument(fcinfo, 3),
		.condition_activated = mdb_setting(MDB_SETTING_SQL_CONDITION)
	};
	MdbNamespace *namespace;
	Snapshot	snapshot;
	MdbTable	table;
	MdbError	error;

	if (!mdb_check_stream_read(&read, &error))
		mdb_raise(&error);
	debug_stream_read(&read);

	InitMaterializedSRF(fcinfo, 0);
	namespace = mdb_namespace_to_read();
	if (!namespace)
		return (Datum) 0;
	snapshot = mdb_begin_snapshot();
	if (!read.condition.data && mdb_open_table_to_read(namespace, &table))
	{
		read_stream(fcinfo, &table, &read, snapshot);
		mdb_close_table(&table);
	}
	else
		mdb_stream_by_statement(fcinfo, namespace, &read);
	mdb_end_snapshot();
	return (Datum) 0;
}

/*
 * get_last_stream_message(stream_name varchar, type varchar = NULL)
 * -> setof message, of one row at most; the name is not checked
 */
PG_FUNCTION_INFO_V1(message_db_get_last_stream_message);
Datum
message_db_get_last_stream_message(PG_FUNCTION_ARGS)
{
	MdbString	stream_name = mdb_text_argument(fcinfo, 0);
	MdbString	type = mdb_text_argument(fcinfo, 1);
	MdbNamespace *namespace;
	Snapshot	snapshot;
	MdbTable	table;

	if (mdb_debugging(MDB_CALL_GET_LAST_STREAM_MESSAGE))
		mdb_debug_call(MDB_CALL_GET_LAST_STREAM_MESSAGE, fcinfo);

	InitMaterializedSRF(fcinfo, 0);
	namespace = mdb_namespace_to_read();
	if (!namespace || !stream_name.data)
		return (Datum) 0;
	snapshot = mdb_begin_snapshot();
	if (mdb_open_table_to_read(namespace, &table))
	{
		read_last(fcinfo, &table, stream_name, type, snapshot);
		mdb_close_table(&table);
	}
	else
		mdb_last_by_statement(fcinfo, namespace, stream_name, type);
	mdb_end_snapshot();
	return (Datum) 0;
}

/*
 * get_category_messages(category varchar, position bigint = 1,
 * batch_size bigint = 1000, correlation varchar = NULL,
 * consumer_group_member bigint = NULL, consumer_group_size bigint = NULL,
 * condition varchar = NULL) -> setof message
 */
PG_FUNCTION_INFO_V1(message_db_get_category_messages);
Datum
message_db_get_category_messages(PG_FUNCTION_ARGS)
{
	MdbRead		read = {
		.name = mdb_text_argument(fcinfo, 0),
		.position = mdb_integer_argument(fcinfo, 1),
		.batch_size = mdb_integer_argument(fcinfo, 2),
		.correlation = mdb_text_argument(fcinfo, 3),
		.member = mdb_integer_argument(fcinfo, 4),
		.size = mdb_integer_argument(fcinfo, 5),
		.condition = mdb_text_argument(fcinfo, 6),
		.condition_activated = mdb_setting(MDB_SETTING_SQL_CONDITION)
	};
	MdbNamespace *namespace;
	Snapshot	snapshot;
	MdbTable	table;
	MdbError	error;

	if (!mdb_check_category_read(&read, &error))
		mdb_raise(&error);
	debug_category_read(&read);

	InitMaterializedSRF(fcinfo, 0);
	namespace = mdb_namespace_to_read();
	if (!namespace || !read.name.data)
		return (Datum) 0;
	snapshot = mdb_begin_snapshot();
	if (mdb_open_table(namespace, AccessShareLock, &table))
		read_directly(fcinfo, namespace, &table, &read, snapshot);
	else if (mdb_open_table_to_walk(namespace, &table))
	{
		read_with_condition(fcinfo, namespace, &table, &read, snapshot);
		mdb_close_table(&table);
	}
	else
		mdb_category_by_statement(fcinfo, namespace, &read, false);
	mdb_end_snapshot();
	return (Datum) 0;
}

/*
 * get_all_messages(position bigint = 1, batch_size bigint = 1000,
 * condition varchar = NULL) -> setof message
 */
PG_FUNCTION_INFO_V1(message_db_get_all_messages);
Datum
message_db_get_all_messages(PG_FUNCTION_ARGS)
{
	MdbRead		read = {
		.position = mdb_integer_argument(fcinfo, 0),
		.batch_size = mdb_integer_argument(fcinfo, 1),
		.size = MDB_NULL_INTEGER,
		.condition = mdb_text_argument(fcinfo, 2),
		.condition_activated = mdb_setting(MDB_SETTING_SQL_CONDITION)
	};
	MdbNamespace *namespace;
	Snapshot	snapshot;
	MdbTable	table;
	MdbError	error;

	if (!mdb_check_read_of_all(&read, &error))
		mdb_raise(&error);
	debug_read_of_all(&read);

	InitMaterializedSRF(fcinfo, 0);
	namespace = mdb_namespace_to_read();
	if (!namespace)
		return (Datum) 0;
	snapshot = mdb_begin_snapshot();
	if (!mdb_open_table(namespace, AccessShareLock, &table))
	{
		mdb_fail(&error, MDB_NOT_AN_ORDINARY_TABLE,
				 mdb_string(NameStr(namespace->name)), MDB_NULL_INTEGER,
				 MDB_NULL_INTEGER);
		mdb_raise(&error);
	}
	read_directly(fcinfo, namespace, &table, &read, snapshot);
	mdb_end_snapshot();
	return (Datum) 0;
}
