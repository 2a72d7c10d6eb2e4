/*-------------------------------------------------------------------------
 *
 * append.c
 *	  Appending messages to a stream of an ordinary table.
 *
 * The steps, in Message DB's order of errors:
 *
 *	1. The stream is locked, and its last row read, whoever wrote it and
 *	   whenever that was.  The ids that the caller gave are looked up.
 *	2. The expected version is checked, then the ids, the name and the rights.
 *	3. The rows are inserted.
 *
 * A row or an id that another transaction in progress is writing is waited for
 * before anything is inserted, and with the stream unlocked, so that neither
 * readers nor that transaction find us in their way.  Then all begins anew.
 * (Two may still write one id at the same moment.  The unique index makes one
 * of them wait then.)
 *
 * In REPEATABLE READ and SERIALIZABLE the transaction's snapshot may be older
 * than the stream's last message.  The position would be right all the same,
 * but the caller could not know what it writes after: that fails with 40001.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"

/* A row of another transaction in progress, which must be waited for. */
typedef struct Obstacle
{
	TransactionId transaction;	/* invalid when there is none */
	ItemPointerData row;
} Obstacle;

/* ------------------------------------------------------------------------
 * Ids
 * ------------------------------------------------------------------------
 */

/* A search for ids, of rows of every transaction. */
typedef struct IdSearch
{
	MdbTable   *table;
	bool		begun;
	SnapshotData dirty;
	MdbScan		scan;
} IdSearch;

/*
 * Whether there is a message with that id; the scan stands at it then.  If a
 * transaction in progress has written or deleted it, nothing is known yet, and
 * obstacle tells of it.
 */
static bool
find_id(IdSearch *search, const pg_uuid_t *id, Obstacle *obstacle)
{
	TransactionId other;
	ScanKeyData key;

	mdb_uuid_key(&key, 1, id);
	if (!search->begun)
	{
		InitDirtySnapshot(search->dirty);
		mdb_begin_scan(&search->scan, search->table, MDB_INDEX_ID,
					   &search->dirty, &key, 1);
		search->begun = true;
	}
	else
		index_rescan(search->scan.index, &key, 1, NULL, 0);
	if (!mdb_scan_next(&search->scan, ForwardScanDirection))
		return false;
	other = TransactionIdIsValid(search->dirty.xmin) ? search->dirty.xmin
		: search->dirty.xmax;
	if (TransactionIdIsValid(other))
	{
		obstacle->transaction = other;
		obstacle->row = search->scan.slot->tts_tid;
	}
	return true;
}

/* The texts count, as in SQLite: 1.0 is not 1.00. */
static bool
same_json(Datum a, Datum b)
{
	return mdb_equal(mdb_datum_text(mdb_json_text(a)),
					 mdb_datum_text(mdb_json_text(b)));
}

/* Whether the message found has the row's type and data, in the stream. */
static bool
is_same_message(IdSearch *search, MdbString stream_name, const MdbRow *row)
{
	TupleTableSlot *slot = search->scan.slot;
	bool		no_data;
	Datum		data = mdb_column(search->table, slot, MDB_COLUMN_DATA,
								  &no_data);

	return mdb_equal(mdb_text_column(search->table, slot,
									 MDB_COLUMN_STREAM_NAME), stream_name) &&
		mdb_equal(mdb_text_column(search->table, slot, MDB_COLUMN_TYPE),
				  mdb_datum_text(row->type)) &&
		no_data == !row->has_data &&
		(no_data || same_json(data, row->data));
}

/* What is known of the ids. */
typedef struct IdCheck
{
	int			present;		/* the first row whose id is taken, or -1 */
	bool		all_written;	/* a repetition, whose ... */
	int64		last_position;	/* ... last message has this position */
} IdCheck;

/* Notes where the message found stands, as long as it may be a repetition. */
static void
compare_with_found(IdSearch *search, MdbString stream_name, const MdbRow *row,
				   int number, IdCheck *check)
{
	int64		position;

	if (!check->all_written ||
		!is_same_message(search, stream_name, row))
	{
		check->all_written = false;
		return;
	}
	position = DatumGetInt64(mdb_column(search->table, search->scan.slot,
										MDB_COLUMN_POSITION, NULL));
	check->all_written = number == 0 || position == check->last_position + 1;
	check->last_position = position;
}

/* Looks the ids up, as far as the first that must be waited for. */
static void
check_ids(MdbTable *table, MdbString stream_name, const MdbBatch *batch,
		  IdCheck *check, Obstacle *obstacle)
{
	IdSearch	search = {.table = table};

	check->present = -1;
	check->last_position = -1;
	check->all_written = mdb_setting(MDB_SETTING_IDEMPOTENT_WRITES);
	for (int i = 0; i < batch->count &&
		 !TransactionIdIsValid(obstacle->transaction); i++)
	{
		MdbRow	   *row = &batch->rows[i];

		if (row->has_id && find_id(&search, &row->id, obstacle))
		{
			if (check->present < 0)
				check->present = i;
			compare_with_found(&search, stream_name, row, i, check);
		}
		else
			check->all_written = false;
	}
	if (search.begun)
		mdb_end_scan(&search.scan);
}

/* The error of an index that has the id already. */
static void
raise_duplicate_id(MdbTable *table, const MdbRow *row)
{
	Relation	index = mdb_table_index(table, MDB_INDEX_ID);
	char		id[MDB_ID_LENGTH + 1];

	mdb_format_id(row->id.data, id);
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("duplicate key value violates unique constraint \"%s\"",
					RelationGetRelationName(index)),
			 errdetail("Key (id)=(%s) already exists.", id),
			 errtableconstraint(table->relation,
								RelationGetRelationName(index))));
}

/* ------------------------------------------------------------------------
 * The stream's version
 * ------------------------------------------------------------------------
 */

/* Errors: 40001 when the transaction cannot see the row. */
static void
check_snapshot_knows(TupleTableSlot *slot)
{
	TransactionId inserter;

	if (!IsolationUsesXactSnapshot())
		return;
	inserter = HeapTupleHeaderGetXmin(ExecFetchSlotHeapTuple(slot, false,
															 NULL)->t_data);
	if (!TransactionIdIsCurrentTransactionId(inserter) &&
		XidInMVCCSnapshot(inserter, GetTransactionSnapshot()))
		mdb_raise_stale_snapshot();
}

/*
 * The position of the stream's last row from that one on, of whatever
 * transaction.
 */
static MdbInteger
newest_version_from(MdbTable *table, Datum stream_name, int64 from,
					Obstacle *obstacle)
{
	MdbInteger	version = MDB_NULL_INTEGER;
	SnapshotData dirty;
	MdbScan		scan;

	InitDirtySnapshot(dirty);
	mdb_begin_scan_of_end(&scan, table, stream_name, &dirty, from);
	if (mdb_scan_next(&scan, BackwardScanDirection))
	{
		obstacle->transaction = dirty.xmin;
		obstacle->row = scan.slot->tts_tid;
		if (!TransactionIdIsValid(dirty.xmin))
			check_snapshot_knows(scan.slot);
		version = mdb_integer(DatumGetInt64(mdb_column(table, scan.slot,
													   MDB_COLUMN_POSITION,
													   NULL)));
	}
	mdb_end_scan(&scan);
	return version;
}

/* The position of the stream's last row. */
static MdbInteger
newest_version(MdbTable *table, const MdbBatch *batch, uint64 stream,
			   Obstacle *obstacle)
{
	int64		from = batch->expected_version.is_null
		? mdb_recall_version(stream) : batch->expected_version.value;
	MdbInteger	version = MDB_NULL_INTEGER;

	if (from > 0)
		version = newest_version_from(table, batch->stream_name, from, obstacle);
	if (version.is_null)
		version = newest_version_from(table, batch->stream_name, 0, obstacle);
	return version;
}

/* ------------------------------------------------------------------------
 * Appending
 * ------------------------------------------------------------------------
 */

/* Errors: those that come after the version's. */
static void
raise_late_errors(MdbTable *table, MdbString stream_name,
				  const MdbBatch *batch, const IdCheck *check)
{
	MdbError	error;

	if (batch->wrong_id)
		mdb_raise(batch->wrong_id);
	if (!mdb_check_stream_name(stream_name, &error))
		mdb_raise(&error);
	mdb_check_may_insert(table);
	if (check->present >= 0)
		raise_duplicate_id(table, &batch->rows[check->present]);
}

/*
 * Appends with the stream locked, and returns the position of the last message.
 * If something is in the way, obstacle tells of it, and nothing was done.
 */
static int64
append_locked(MdbTable *table, MdbString stream_name, const MdbBatch *batch,
			  uint64 stream, Obstacle *obstacle)
{
	MdbInteger	version = newest_version(table, batch, stream, obstacle);
	bool		idempotent = mdb_setting(MDB_SETTING_IDEMPOTENT_WRITES);
	int64_t		position;
	IdCheck		check;
	MdbError	error;

	if (TransactionIdIsValid(obstacle->transaction))
		return 0;
	check_ids(table, stream_name, batch, &check, obstacle);
	if (idempotent && TransactionIdIsValid(obstacle->transaction))
		return 0;
	if (check.all_written)
		return check.last_position;

	if (!mdb_next_positions(stream_name, version, batch->expected_version,
							batch->count, &position, &error))
		mdb_raise(&error);
	if (TransactionIdIsValid(obstacle->transaction))
		return 0;
	mdb_debug_position(batch->call, version, position);
	raise_late_errors(table, stream_name, batch, &check);

	mdb_number_rows(batch, position);
	mdb_insert_rows(table, batch->stream_name, batch->rows, batch->count);
	position += batch->count - 1;
	mdb_remember_version(stream, position);
	return position;
}

int64
mdb_append(MdbTable *table, const MdbBatch *batch)
{
	MdbString	stream_name = mdb_datum_text(batch->stream_name);
	uint64		stream = mdb_stream_hash(table, stream_name);

	for (;;)
	{
		Obstacle	obstacle = {InvalidTransactionId};
		MdbStreamLock lock;
		int64		position;

		mdb_lock_stream(&lock, stream);
		position = append_locked(table, stream_name, batch, stream, &obstacle);
		if (!TransactionIdIsValid(obstacle.transaction))
		{
			mdb_settle_stream_lock(&lock);
			return position;
		}
		mdb_unlock_stream(&lock);
		XactLockTableWait(obstacle.transaction, table->relation, &obstacle.row,
						  XLTW_InsertIndex);
	}
}
