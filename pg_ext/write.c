/*-------------------------------------------------------------------------
 *
 * write.c
 *	  write_message() and stream_version().
 *
 * An ordinary table is written directly (append.c, insert.c), any other by
 * statements (statement_write.c).  Both lock the category first, then check
 * the stream's version, and only then the id and the rest: errors come in
 * Message DB's order.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "access/xact.h"

/* The arguments of write_message, in their order. */
enum
{
	ARG_ID,
	ARG_STREAM_NAME,
	ARG_TYPE,
	ARG_DATA,
	ARG_METADATA,
	ARG_EXPECTED_VERSION
};

void
mdb_raise_stale_snapshot(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to concurrent update"),
			 errdetail("Another transaction wrote to the stream after this one's snapshot was taken."),
			 errhint("The transaction might succeed if retried.")));
}

/* ------------------------------------------------------------------------
 * The version of a stream
 * ------------------------------------------------------------------------
 */

/* The position of the stream's last visible row from that one on. */
static MdbInteger
visible_version_from(MdbTable *table, Datum stream_name, Snapshot snapshot,
					 int64 from)
{
	MdbInteger	version = MDB_NULL_INTEGER;
	MdbScan		scan;

	mdb_begin_scan_of_end(&scan, table, stream_name, snapshot, from);
	if (mdb_scan_next(&scan, BackwardScanDirection))
		version = mdb_integer(DatumGetInt64(mdb_column(table, scan.slot,
													   MDB_COLUMN_POSITION,
													   NULL)));
	mdb_end_scan(&scan);
	return version;
}

/* As the statement's or transaction's snapshot shows it. */
static MdbInteger
visible_version(MdbTable *table, Datum stream_name, Snapshot snapshot)
{
	uint64		stream = mdb_stream_hash(table, mdb_datum_text(stream_name));
	int64		from = mdb_recall_version(stream);
	MdbInteger	version = MDB_NULL_INTEGER;

	mdb_check_may_read_version(table);
	if (from > 0)
		version = visible_version_from(table, stream_name, snapshot, from);
	if (version.is_null)
		version = visible_version_from(table, stream_name, snapshot, 0);
	if (!version.is_null)
		mdb_remember_version(stream, version.value);
	return version;
}

/* stream_version(stream_name varchar) -> bigint */
PG_FUNCTION_INFO_V1(message_db_stream_version);
Datum
message_db_stream_version(PG_FUNCTION_ARGS)
{
	MdbNamespace *namespace = mdb_namespace_to_read();
	MdbInteger	version;
	Snapshot	snapshot;
	bool		direct;
	MdbTable	table;

	if (PG_ARGISNULL(0) || !namespace)
		PG_RETURN_NULL();
	snapshot = mdb_begin_snapshot();
	direct = mdb_open_table(namespace, AccessShareLock, &table);
	if (direct && table.layout.snapshot_safe)
		version = visible_version(&table, PG_GETARG_DATUM(0), snapshot);
	else
		version = mdb_version_by_statement(namespace, PG_GETARG_DATUM(0));
	if (direct)
		mdb_close_table(&table);
	mdb_end_snapshot();
	if (version.is_null)
		PG_RETURN_NULL();
	PG_RETURN_INT64(version.value);
}

/* ------------------------------------------------------------------------
 * Writing
 * ------------------------------------------------------------------------
 */

void
mdb_number_rows(const MdbBatch *batch, int64 position)
{
	for (int i = 0; i < batch->count; i++)
	{
		MdbRow	   *row = &batch->rows[i];

		if (!row->has_id)
			mdb_generate_id(row->id.data);
		row->position = position + i;
	}
}

/*
 * Whether direct access can take the messages: what is NULL and must not be is
 * left to the executor, which has the words for it.
 */
static bool
has_what_it_must(const MdbTable *table, const MdbBatch *batch)
{
	TupleDesc	desc = RelationGetDescr(table->relation);
	const AttrNumber *columns = table->layout.columns;
	bool		need_data = TupleDescAttr(desc, columns[MDB_COLUMN_DATA] - 1)->attnotnull;
	bool		need_metadata = TupleDescAttr(desc, columns[MDB_COLUMN_METADATA] - 1)->attnotnull;

	if (!batch->has_stream_name)
		return false;
	for (int i = 0; i < batch->count; i++)
	{
		const MdbRow *row = &batch->rows[i];

		if (!row->has_type || (need_data && !row->has_data) ||
			(need_metadata && !row->has_metadata))
			return false;
	}
	return true;
}

int64
mdb_write(const MdbBatch *batch, FunctionCallInfo fcinfo)
{
	MdbNamespace *namespace = mdb_namespace_to_write();
	MdbString	stream_name = MDB_NULL_STRING;
	bool		direct;
	int64		position;
	MdbTable	table;

	if (batch->has_stream_name)
		stream_name = mdb_datum_text(batch->stream_name);
	direct = mdb_open_table(namespace, RowExclusiveLock, &table);
	if (direct)
		mdb_check_may_read_version(&table);
	mdb_lock_category(namespace, stream_name,
					  !direct ||
					  mdb_category_lock_setting() == MDB_CATEGORY_LOCK_COMMIT);
	if (mdb_debugging(batch->call))
		mdb_debug_call(batch->call, fcinfo);
	if (direct && has_what_it_must(&table, batch))
		position = mdb_append(&table, batch);
	else
		position = mdb_append_by_statements(namespace, batch);
	if (direct)
		mdb_close_table(&table);
	mdb_fault_leak();
	return position;
}

/*
 * write_message(id varchar, stream_name varchar, type varchar, data jsonb,
 * metadata jsonb = NULL, expected_version bigint = NULL) -> bigint
 */
PG_FUNCTION_INFO_V1(message_db_write_message);
Datum
message_db_write_message(PG_FUNCTION_ARGS)
{
	MdbRow		row = {
		.has_type = !PG_ARGISNULL(ARG_TYPE),
		.type = PG_GETARG_DATUM(ARG_TYPE),
		.has_data = !PG_ARGISNULL(ARG_DATA),
		.data = PG_GETARG_DATUM(ARG_DATA),
		.has_metadata = !PG_ARGISNULL(ARG_METADATA),
		.metadata = PG_GETARG_DATUM(ARG_METADATA),
	};
	MdbBatch	batch = {
		.call = MDB_CALL_WRITE_MESSAGE,
		.has_stream_name = !PG_ARGISNULL(ARG_STREAM_NAME),
		.stream_name = PG_ARGISNULL(ARG_STREAM_NAME) ? (Datum) 0
			: PointerGetDatum(PG_GETARG_TEXT_PP(ARG_STREAM_NAME)),
		.expected_version = mdb_integer_argument(fcinfo, ARG_EXPECTED_VERSION),
		.count = 1,
		.rows = &row,
	};
	MdbString	id = mdb_text_argument(fcinfo, ARG_ID);
	MdbError	error;

	if (id.data)
	{
		row.has_id = mdb_parse_id(id, row.id.data, &error);
		if (!row.has_id)
			batch.wrong_id = &error;
	}
	PG_RETURN_INT64(mdb_write(&batch, fcinfo));
}
