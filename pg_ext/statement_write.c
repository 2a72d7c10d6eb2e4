/*-------------------------------------------------------------------------
 *
 * statement_write.c
 *	  Writing messages by statements, for tables that are not ordinary.
 *
 * The statements go through SPI with the caller's rights, so privileges, row
 * security, triggers, constraints and read-only transactions are the server's
 * business.  The category is locked until the transaction ends.
 *
 * Snapshots.  In READ COMMITTED every statement inside takes a new one, after
 * the lock was waited for: it sees what the lock's former holder committed,
 * and the rows that the caller's own statement wrote before.  In REPEATABLE
 * READ and SERIALIZABLE the transaction's snapshot may be older than the
 * stream's last message.  A version read from it would be untrue, so the
 * newest one is read as well, and a difference fails with 40001: the caller
 * must retry the transaction anyway.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/snapmgr.h"

/* ------------------------------------------------------------------------
 * The version of a stream
 * ------------------------------------------------------------------------
 */

static SPIPlanPtr
version_plan(MdbNamespace *namespace)
{
	static const Oid types[] = {TEXTOID};

	return mdb_prepared(namespace, MDB_STATEMENT_VERSION,
						"SELECT pg_catalog.max(\"position\") FROM @messages@"
						" WHERE stream_name OPERATOR(pg_catalog.=) $1",
						lengthof(types), types);
}

/* The bigint that a SELECT of one row and column returned. */
static MdbInteger
integer_result(int code)
{
	Datum		value;
	bool		is_null;

	if (code != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_plan failed: %s",
			 SPI_result_code_string(code));
	if (SPI_gettypeid(SPI_tuptable->tupdesc, 1) != INT8OID)
		elog(ERROR, "column \"position\" is not a bigint");
	if (SPI_processed == 0)
		return MDB_NULL_INTEGER;
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
						  &is_null);
	return mdb_datum_integer(value, is_null);
}

/* SPI is connected. */
static MdbInteger
read_version(MdbNamespace *namespace, Datum stream_name)
{
	return integer_result(SPI_execute_plan(version_plan(namespace),
										   &stream_name, NULL, false, 1));
}

/* What every transaction that has committed by now left. */
static MdbInteger
read_newest_version(MdbNamespace *namespace, Datum stream_name)
{
	return integer_result(SPI_execute_snapshot(version_plan(namespace),
											   &stream_name, NULL,
											   GetLatestSnapshot(),
											   InvalidSnapshot, true, false,
											   1));
}

/*
 * The version to write after.  Errors: 40001 when the transaction's snapshot
 * is too old to know it.
 */
static MdbInteger
version_to_write_after(MdbNamespace *namespace, Datum stream_name)
{
	MdbInteger	version = read_version(namespace, stream_name);

	if (IsolationUsesXactSnapshot())
	{
		MdbInteger	newest = read_newest_version(namespace, stream_name);

		if (newest.is_null != version.is_null ||
			(!version.is_null && newest.value != version.value))
			mdb_raise_stale_snapshot();
	}
	return version;
}

MdbInteger
mdb_version_by_statement(MdbNamespace *namespace, Datum stream_name)
{
	MdbInteger	version;

	SPI_connect();
	version = read_version(namespace, stream_name);
	SPI_finish();
	return version;
}

/* ------------------------------------------------------------------------
 * Repetitions
 * ------------------------------------------------------------------------
 */

/* The position of the row's message, if it stands in the stream already. */
static MdbInteger
written_position(MdbNamespace *namespace, const MdbBatch *batch,
				 const MdbRow *row)
{
	static const Oid types[] = {UUIDOID, TEXTOID, TEXTOID, JSONBOID};
	Datum		values[] = {UUIDPGetDatum(&row->id), batch->stream_name,
		row->type, row->data};
	char		nulls[] = {' ', ' ', ' ', row->has_data ? ' ' : 'n'};
	SPIPlanPtr	plan = mdb_prepared(namespace, MDB_STATEMENT_WRITTEN,
									"SELECT \"position\" FROM @messages@"
									" WHERE id OPERATOR(pg_catalog.=) $1"
									" AND stream_name OPERATOR(pg_catalog.=) $2"
									" AND type OPERATOR(pg_catalog.=) $3"
									" AND (data::pg_catalog.text OPERATOR(pg_catalog.=)"
									" $4::pg_catalog.text"
									" OR (data IS NULL AND $4 IS NULL))",
									lengthof(types), types);

	return integer_result(SPI_execute_plan(plan, values, nulls, false, 1));
}

/* Whether all messages are written already, one after another. */
static bool
is_repetition(MdbNamespace *namespace, const MdbBatch *batch, int64 *last)
{
	if (!mdb_setting(MDB_SETTING_IDEMPOTENT_WRITES) || !batch->has_stream_name)
		return false;
	for (int i = 0; i < batch->count; i++)
	{
		const MdbRow *row = &batch->rows[i];
		MdbInteger	position = MDB_NULL_INTEGER;

		if (row->has_id && row->has_type)
			position = written_position(namespace, batch, row);
		if (position.is_null || (i > 0 && position.value != *last + 1))
			return false;
		*last = position.value;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Inserting
 * ------------------------------------------------------------------------
 */

static void
insert_row(MdbNamespace *namespace, const MdbBatch *batch, const MdbRow *row)
{
	static const Oid types[] = {UUIDOID, TEXTOID, INT8OID, TEXTOID, JSONBOID,
	JSONBOID};
	Datum		values[] = {UUIDPGetDatum(&row->id), batch->stream_name,
		Int64GetDatum(row->position), row->type, row->data, row->metadata};
	char		nulls[] = {' ', batch->has_stream_name ? ' ' : 'n', ' ',
		row->has_type ? ' ' : 'n', row->has_data ? ' ' : 'n',
		row->has_metadata ? ' ' : 'n'};
	SPIPlanPtr	plan = mdb_prepared(namespace, MDB_STATEMENT_INSERT,
									"INSERT INTO @messages@"
									" (id, stream_name, \"position\", type, data, metadata)"
									" VALUES ($1, $2, $3, $4, $5, $6)",
									lengthof(types), types);
	int			code = SPI_execute_plan(plan, values, nulls, false, 0);

	/*
	 * A rule on the table may do something else instead.  The plan then may
	 * not depend on the table, and would not notice that the rule is dropped.
	 */
	if (code == SPI_OK_REWRITTEN)
		mdb_forget_prepared(namespace, MDB_STATEMENT_INSERT);
	else if (code != SPI_OK_INSERT)
		elog(ERROR, "SPI_execute_plan failed: %s",
			 SPI_result_code_string(code));
}

/* SPI is connected. */
static int64
append(MdbNamespace *namespace, const MdbBatch *batch)
{
	MdbString	stream_name = MDB_NULL_STRING;
	MdbInteger	version = MDB_NULL_INTEGER;
	int64_t		position = 0;
	MdbError	error;

	if (is_repetition(namespace, batch, &position))
		return position;
	if (batch->has_stream_name)
	{
		stream_name = mdb_datum_text(batch->stream_name);
		version = version_to_write_after(namespace, batch->stream_name);
	}
	if (!mdb_next_positions(stream_name, version, batch->expected_version,
							batch->count, &position, &error))
		mdb_raise(&error);
	mdb_debug_position(batch->call, version, position);
	if (batch->wrong_id)
		mdb_raise(batch->wrong_id);
	if (!mdb_check_stream_name(stream_name, &error))
		mdb_raise(&error);

	mdb_number_rows(batch, position);
	for (int i = 0; i < batch->count; i++)
		insert_row(namespace, batch, &batch->rows[i]);
	return position + batch->count - 1;
}

int64
mdb_append_by_statements(MdbNamespace *namespace, const MdbBatch *batch)
{
	int64		position;

	SPI_connect();
	position = append(namespace, batch);
	SPI_finish();
	return position;
}
