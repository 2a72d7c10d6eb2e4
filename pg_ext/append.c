/*-------------------------------------------------------------------------
 *
 * append.c
 *	  Appending messages to a stream of an ordinary table.
 *
 * The steps, in Message DB's order of errors:
 *
 *	1. The stream is locked, and its last row read, whoever wrote it and
 *	   whenever that was.
 *	2. The expected version is checked, then the ids' form, the rights and the
 *	   name.
 *	3. The rows are inserted.
 *
 * If an id turns out not to be new then, all begins anew, and the ids are
 * looked up after the first step.  With message_db.idempotent_writes on that
 * is done at once.
 *
 * A row or an id that another transaction in progress is writing is waited for
 * with nothing inserted and the stream unlocked, so that neither readers nor
 * that transaction find us in their way.  Then, too, all begins anew.
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
#include "catalog/catalog.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

/* A row of another transaction in progress, which must be waited for. */
typedef struct Obstacle
{
	TransactionId transaction;	/* invalid when there is none */
	ItemPointerData row;
} Obstacle;

/* One of perhaps several attempts to append. */
typedef struct Attempt
{
	bool		check_first;	/* look the ids up before anything is inserted */
	bool		told;			/* the debug notices were given */
	uint64		stream;			/* its hash */
	MdbStreamLock lock;
	Obstacle	obstacle;
	int64		last;			/* position of the last message */
} Attempt;

/* ------------------------------------------------------------------------
 * Ids
 * ------------------------------------------------------------------------
 */

/* A search for ids, of rows of every transaction. */
typedef struct IdSearch
{
	MdbTable   *table;
	SnapshotData dirty;
	MdbScan		scan;
} IdSearch;

static void
begin_id_search(IdSearch *search, MdbTable *table, const pg_uuid_t *id)
{
	ScanKeyData key;

	search->table = table;
	InitDirtySnapshot(search->dirty);
	mdb_uuid_key(&key, 1, id);
	mdb_begin_scan(&search->scan, table, MDB_INDEX_ID, &search->dirty, &key, 1);
}

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

static bool
same_json(Datum a, Datum b)
{
	return compareJsonbContainers(&DatumGetJsonbP(a)->root,
								  &DatumGetJsonbP(b)->root) == 0;
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
	IdSearch	search;
	bool		searching = false;

	check->present = -1;
	check->last_position = -1;
	check->all_written = mdb_setting(MDB_SETTING_IDEMPOTENT_WRITES);
	for (int i = 0; i < batch->count &&
		 !TransactionIdIsValid(obstacle->transaction); i++)
	{
		MdbRow	   *row = &batch->rows[i];
		bool		found = false;

		if (row->has_id)
		{
			if (!searching)
				begin_id_search(&search, table, &row->id);
			searching = true;
			found = find_id(&search, &row->id, obstacle);
		}
		if (found && check->present < 0)
			check->present = i;
		if (found)
			compare_with_found(&search, stream_name, row, i, check);
		else
			check->all_written = false;
	}
	if (searching)
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
newest_version(MdbTable *table, const MdbBatch *batch, Attempt *attempt)
{
	int64		from = batch->expected_version.is_null
		? mdb_recall_version(attempt->stream) : batch->expected_version.value;
	MdbInteger	version = MDB_NULL_INTEGER;

	if (from > 0)
		version = newest_version_from(table, batch->stream_name, from,
									  &attempt->obstacle);
	if (version.is_null)
		version = newest_version_from(table, batch->stream_name, 0,
									  &attempt->obstacle);
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

/* How far an attempt to append has come. */
typedef enum Outcome
{
	DONE,
	ID_IN_THE_WAY,				/* perhaps; nothing was done */
	OTHER_IN_THE_WAY			/* obstacle tells; nothing was done */
} Outcome;

static void
tell_position(Attempt *attempt, MdbCall call, MdbInteger version,
			  int64 position)
{
	if (!attempt->told)
		mdb_debug_position(call, version, position);
	attempt->told = true;
}

/* Appends with the stream locked. */
static Outcome
append_locked(MdbTable *table, MdbString stream_name, const MdbBatch *batch,
			  Attempt *attempt)
{
	bool		idempotent = mdb_setting(MDB_SETTING_IDEMPOTENT_WRITES);
	Obstacle   *obstacle = &attempt->obstacle;
	IdCheck		check = {.present = -1};
	MdbInteger	version;
	int64_t		position;
	MdbError	error;

	version = newest_version(table, batch, attempt);
	if (TransactionIdIsValid(obstacle->transaction))
		return OTHER_IN_THE_WAY;
	if (attempt->check_first)
		check_ids(table, stream_name, batch, &check, obstacle);
	if (idempotent && TransactionIdIsValid(obstacle->transaction))
		return OTHER_IN_THE_WAY;
	attempt->last = check.last_position;
	if (check.all_written)
		return DONE;

	if (!mdb_next_positions(stream_name, version, batch->expected_version,
							batch->count, &position, &error))
		mdb_raise(&error);
	if (TransactionIdIsValid(obstacle->transaction))
		return OTHER_IN_THE_WAY;
	tell_position(attempt, batch->call, version, position);
	raise_late_errors(table, stream_name, batch, &check);

	mdb_number_rows(batch, position);
	if (!mdb_insert_rows(table, batch->stream_name, batch->rows, batch->count,
						 attempt->check_first))
		return ID_IN_THE_WAY;
	attempt->last = position + batch->count - 1;
	mdb_remember_version(attempt->stream, attempt->last);
	return DONE;
}

/*
 * Whether ids are looked up before anything else: for repetitions, and where
 * others are told of rows that are inserted and then deleted again.
 */
static bool
checks_ids_first(MdbTable *table)
{
	return mdb_setting(MDB_SETTING_IDEMPOTENT_WRITES) ||
		RelationIsLogicallyLogged(table->relation);
}

int64
mdb_append(MdbTable *table, const MdbBatch *batch)
{
	MdbString	stream_name = mdb_datum_text(batch->stream_name);
	Attempt		attempt = {
		.check_first = checks_ids_first(table),
		.stream = mdb_stream_hash(table, stream_name),
	};

	for (;;)
	{
		Outcome		outcome;

		attempt.obstacle.transaction = InvalidTransactionId;
		mdb_lock_stream(&attempt.lock, attempt.stream);
		outcome = append_locked(table, stream_name, batch, &attempt);
		if (outcome == DONE)
		{
			mdb_settle_stream_lock(&attempt.lock);
			return attempt.last;
		}
		mdb_unlock_stream(&attempt.lock);
		if (outcome == OTHER_IN_THE_WAY)
			XactLockTableWait(attempt.obstacle.transaction, table->relation,
							  &attempt.obstacle.row, XLTW_InsertIndex);
		else
			attempt.check_first = true;
	}
}
