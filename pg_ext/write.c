/*-------------------------------------------------------------------------
 *
 * write.c
 *	  write_message() and stream_version().
 *
 * A write takes the category's lock, reads the stream's version, checks the
 * expected one, and only then parses the id and inserts: errors come in
 * Message DB's order.  The insert goes through the executor with the caller's
 * rights, so privileges, row security, triggers, constraints and read-only
 * transactions are the server's business.
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
#include "utils/uuid.h"

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

/* As the statement's or transaction's snapshot shows it. SPI is connected. */
static MdbInteger
version_result(int code)
{
	MdbInteger	version;

	if (code != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_plan failed: %s",
			 SPI_result_code_string(code));
	if (SPI_gettypeid(SPI_tuptable->tupdesc, 1) != INT8OID)
		elog(ERROR, "column \"position\" is not a bigint");
	version.value = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
												SPI_tuptable->tupdesc, 1,
												&version.is_null));
	return version;
}

static MdbInteger
read_version(MdbNamespace *namespace, Datum stream_name)
{
	return version_result(SPI_execute_plan(version_plan(namespace),
										   &stream_name, NULL, false, 1));
}

/* What every transaction that has committed by now left. */
static MdbInteger
read_newest_version(MdbNamespace *namespace, Datum stream_name)
{
	return version_result(SPI_execute_snapshot(version_plan(namespace),
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
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not serialize access due to concurrent update"),
					 errdetail("Another transaction wrote to the stream after this one's snapshot was taken."),
					 errhint("The transaction might succeed if retried.")));
	}
	return version;
}

/* stream_version(stream_name varchar) -> bigint */
PG_FUNCTION_INFO_V1(message_db_stream_version);
Datum
message_db_stream_version(PG_FUNCTION_ARGS)
{
	MdbString	stream_name = mdb_text_argument(fcinfo, 0);
	MdbNamespace *namespace = mdb_namespace_to_read();
	MdbInteger	version;

	if (!stream_name.data || !namespace)
		PG_RETURN_NULL();
	SPI_connect();
	version = read_version(namespace, PG_GETARG_DATUM(0));
	SPI_finish();
	if (version.is_null)
		PG_RETURN_NULL();
	PG_RETURN_INT64(version.value);
}

/* ------------------------------------------------------------------------
 * Writing
 * ------------------------------------------------------------------------
 */

/* The id that was given, or a new one when it is NULL. */
static Datum
id_to_write(MdbString text)
{
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));
	MdbError	error;

	if (!text.data)
		mdb_generate_id(id->data);
	else if (!mdb_parse_id(text, id->data, &error))
		mdb_raise(&error);
	return UUIDPGetDatum(id);
}

/* Errors: MDB_STREAM_NAME_TOO_LONG. */
static void
check_name_length(MdbString stream_name)
{
	MdbError	error;

	if (!mdb_check_stream_name(stream_name, &error))
		mdb_raise(&error);
}

/*
 * Inserts a message, after all checks but those of the table itself.  SPI is
 * connected.
 */
static void
insert_message(MdbNamespace *namespace, FunctionCallInfo fcinfo, Datum id,
			   int64 position)
{
	static const Oid types[] = {UUIDOID, TEXTOID, INT8OID, TEXTOID, JSONBOID,
	JSONBOID};
	Datum		values[] = {id, PG_GETARG_DATUM(ARG_STREAM_NAME),
		Int64GetDatum(position), PG_GETARG_DATUM(ARG_TYPE),
		PG_GETARG_DATUM(ARG_DATA), PG_GETARG_DATUM(ARG_METADATA)};
	char		nulls[] = {' ', PG_ARGISNULL(ARG_STREAM_NAME) ? 'n' : ' ',
		' ', PG_ARGISNULL(ARG_TYPE) ? 'n' : ' ',
		PG_ARGISNULL(ARG_DATA) ? 'n' : ' ',
		PG_ARGISNULL(ARG_METADATA) ? 'n' : ' '};
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

/*
 * Checks the version and inserts, with the category locked.  Returns the
 * position.
 */
static int64
append_message(MdbNamespace *namespace, FunctionCallInfo fcinfo)
{
	MdbString	stream_name = mdb_text_argument(fcinfo, ARG_STREAM_NAME);
	MdbInteger	version = MDB_NULL_INTEGER;
	int64_t		position;
	Datum		id;
	MdbError	error;

	if (stream_name.data)
		version = version_to_write_after(namespace,
										 PG_GETARG_DATUM(ARG_STREAM_NAME));
	if (!mdb_next_position(stream_name, version,
						   mdb_integer_argument(fcinfo, ARG_EXPECTED_VERSION),
						   &position, &error))
		mdb_raise(&error);
	if (mdb_debugging(MDB_CALL_WRITE_MESSAGE))
	{
		mdb_debug_integer(MDB_CALL_WRITE_MESSAGE, ARG_EXPECTED_VERSION + 1,
						  version.is_null ? mdb_integer(-1) : version);
		mdb_debug_integer(MDB_CALL_WRITE_MESSAGE, ARG_EXPECTED_VERSION + 2,
						  mdb_integer(position));
	}
	id = id_to_write(mdb_text_argument(fcinfo, ARG_ID));
	check_name_length(stream_name);
	insert_message(namespace, fcinfo, id, position);
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
	MdbNamespace *namespace = mdb_namespace_to_write();
	int64		position;

	mdb_lock_category(namespace, mdb_text_argument(fcinfo, ARG_STREAM_NAME));
	if (mdb_debugging(MDB_CALL_WRITE_MESSAGE))
		mdb_debug_call(MDB_CALL_WRITE_MESSAGE, fcinfo);
	SPI_connect();
	position = append_message(namespace, fcinfo);
	SPI_finish();
	PG_RETURN_INT64(position);
}
