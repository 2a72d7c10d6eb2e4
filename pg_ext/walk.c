/*-------------------------------------------------------------------------
 *
 * walk.c
 *	  Walking messages in the order of their global positions, without ever
 *	  skipping one.
 *
 * A consumer continues after the last global position that it was given.  So
 * a reader must not return a message while one before it may still appear.
 * Writers see to it that the entries of an index in this order appear in it
 * in the order of positions (insert.c).  The reader walks the index, and ends
 * before the first row that it cannot be sure about:
 *
 *	- its inserter is another transaction in progress;
 *	- its inserter has committed, but after the reader's snapshot was taken.
 *	  Passing it over would be the classic mistake: a row behind it may be
 *	  visible, and the consumer would never come back.
 *
 * A row that was rolled back, or deleted before the snapshot, is passed over.
 * The caller's own rows count as seen, up to the first row of another
 * transaction in progress: inside a writing transaction the walk may end before
 * one's own latest message.
 *
 * Only rows that were asked for can stop a walk: not those of other categories,
 * with another correlation, or of other members of the consumer group.
 *
 * The scan shows every version of a row, and the walk judges each by its own
 * snapshot.  The scan must not judge by the present, as a dirty snapshot does:
 * a row that is updated on the way would be gone at its old place, and not yet
 * in the page of the index that the scan has read.  Under such a scan the page
 * stays pinned, so that an entry cannot come to mean another row.
 *
 * On a hot standby it can, or lose its row.  The server asks no reader there
 * when it removes a version that the transaction which inserted it has
 * replaced: no snapshot shows it.  But a walk must end at it, and the entry of
 * the version that took its place may have come after the walk has read the
 * page of the index.  So there every entry without its row is looked up again.
 *
 * And what seems to be rolled back there may be in progress: the process that
 * replays the WAL forgets all transactions when it ends, which a session can
 * outlive for a moment.  So where no record of the WAL says that a transaction
 * was rolled back, because the primary has crashed, the walk makes sure that
 * the standby is not ending.
 *
 * In SERIALIZABLE the walk counts as a read of the whole table.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/pmsignal.h"
#include "storage/predicate.h"
#include "storage/procarray.h"

static MdbIndexKind
index_kind(const MdbWalk *walk)
{
	return walk->read->name.data ? MDB_INDEX_CATEGORY
		: MDB_INDEX_GLOBAL_POSITION;
}

/*
 * Fills the keys of a search for global positions in the walk's index, and
 * returns their number.
 */
static int
search_keys(const MdbWalk *walk, StrategyNumber strategy, int64 position,
			ScanKeyData *keys)
{
	MdbTable   *table = walk->table;
	MdbIndexKind kind = index_kind(walk);
	const MdbRead *read = walk->read;
	int			count = 0;

	if (kind == MDB_INDEX_GLOBAL_POSITION)
	{
		mdb_integer_key(&keys[count++], 1, strategy, position);
		return count;
	}
	mdb_text_key(&keys[count++], table, kind, 1, mdb_text_datum(read->name));
	mdb_integer_key(&keys[count++], 2, strategy, position);
	if (read->correlation.data &&
		RelationGetNumberOfAttributes(mdb_table_index(table, kind)) == 3)
		mdb_text_key(&keys[count++], table, kind, 3,
					 mdb_text_datum(read->correlation));
	return count;
}

void
mdb_begin_walk(MdbWalk *walk, MdbTable *table, const MdbRead *read,
			   Snapshot snapshot)
{
	ScanKeyData keys[3];
	int			key_count;

	walk->table = table;
	walk->read = read;
	walk->snapshot = snapshot;
	walk->on_standby = RecoveryInProgress();
	walk->last = PG_INT64_MIN;
	walk->stopped = false;
	walk->row_context = AllocSetContextCreate(CurrentMemoryContext,
											  "message_db walk",
											  ALLOCSET_SMALL_SIZES);
	PredicateLockRelation(table->relation, snapshot);

	key_count = search_keys(walk, BTGreaterEqualStrategyNumber,
							read->position.value, keys);
	if (walk->on_standby)
		mdb_begin_scan_of_entries(&walk->scan, table, index_kind(walk), keys,
								  key_count);
	else
		mdb_begin_scan(&walk->scan, table, index_kind(walk), SnapshotAny, keys,
					   key_count);
}

/* ------------------------------------------------------------------------
 * Judging rows
 * ------------------------------------------------------------------------
 */

static bool
has_correlation(const MdbWalk *walk, TupleTableSlot *slot)
{
	bool		is_null;
	Datum		metadata = mdb_column(walk->table, slot, MDB_COLUMN_METADATA,
									  &is_null);
	MdbString	correlation;

	if (is_null)
		return false;
	correlation = mdb_correlation(metadata);
	return correlation.data && mdb_equal(correlation, walk->read->correlation);
}

static bool
has_values_asked_for(const MdbWalk *walk, TupleTableSlot *slot)
{
	const MdbRead *read = walk->read;
	MdbString	stream_name;

	stream_name = mdb_text_column(walk->table, slot, MDB_COLUMN_STREAM_NAME);
	if (!mdb_equal(mdb_category(stream_name), read->name))
		return false;
	if (!read->size.is_null &&
		mdb_consumer_group_member(mdb_to_utf8(stream_name),
								  read->size.value) != read->member.value)
		return false;
	return !read->correlation.data || has_correlation(walk, slot);
}

/* Whether a row, which is not gone, is one of those asked for. */
static bool
is_asked_for(const MdbWalk *walk, TupleTableSlot *slot)
{
	MemoryContext caller;
	bool		result;

	if (!walk->read->name.data)
		return true;
	caller = MemoryContextSwitchTo(walk->row_context);
	result = has_values_asked_for(walk, slot);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(walk->row_context);
	return result;
}

/* What the walk's snapshot knows of a row. */
typedef enum Fate
{
	VISIBLE,
	GONE,						/* rolled back, deleted, or not asked for */
	UNKNOWN_IN_PROGRESS,
	UNKNOWN_COMMITTED
} Fate;

/* Of a row that the snapshot does not show. */
static Fate
fate_of_unseen(const MdbWalk *walk, HeapTupleHeader row)
{
	TransactionId inserter = HeapTupleHeaderGetXmin(row);

	if (HeapTupleHeaderXminInvalid(row) ||
		TransactionIdIsCurrentTransactionId(inserter) ||
		!XidInMVCCSnapshot(inserter, walk->snapshot))
		return GONE;
	if (TransactionIdIsInProgress(inserter))
		return UNKNOWN_IN_PROGRESS;
	return TransactionIdDidCommit(inserter) ? UNKNOWN_COMMITTED : GONE;
}

/* Whether the end of the transaction that inserted a row has been replayed. */
static bool
has_ended(HeapTupleHeader row)
{
	TransactionId inserter = HeapTupleHeaderGetXmin(row);

	return TransactionIdDidCommit(inserter) || TransactionIdDidAbort(inserter);
}

/*
 * The server tells its sessions to end before it ends the replay, and its
 * first process is gone before the others notice.  The system call that looks
 * for the latter brings the signal, if it is on its way.  Errors: 57P01.
 */
static void
check_recovery_goes_on(void)
{
	if (!PostmasterIsAliveInternal())
		ereport(FATAL,
				(errcode(ERRCODE_ADMIN_SHUTDOWN),
				 errmsg("terminating connection due to unexpected postmaster exit")));
	CHECK_FOR_INTERRUPTS();
}

/* Of a row in a slot of a scan. */
static Fate
fate(const MdbWalk *walk, TupleTableSlot *of)
{
	BufferHeapTupleTableSlot *slot = (BufferHeapTupleTableSlot *) of;
	HeapTuple	row = slot->base.tuple;
	Fate		result = VISIBLE;
	bool		is_certain;

	LockBuffer(slot->buffer, BUFFER_LOCK_SHARE);
	if (!HeapTupleSatisfiesVisibility(row, walk->snapshot, slot->buffer))
		result = fate_of_unseen(walk, row->t_data);
	if (IsolationIsSerializable())
		HeapCheckForSerializableConflictOut(result == VISIBLE,
											walk->table->relation, row,
											slot->buffer, walk->snapshot);
	is_certain = result != GONE || !walk->on_standby || has_ended(row->t_data);
	LockBuffer(slot->buffer, BUFFER_LOCK_UNLOCK);
	if (!is_certain)
		check_recovery_goes_on();
	return result;
}

/*
 * The fate of a row that was asked for; GONE stands for every other, too.  Of a
 * row that is gone only the position can be looked at: larger values may stand
 * in the TOAST table, which is cleaned up by itself.
 */
static Fate
fate_if_asked_for(const MdbWalk *walk, TupleTableSlot *slot)
{
	Fate		known = fate(walk, slot);

	return known != GONE && is_asked_for(walk, slot) ? known : GONE;
}

static int64
position_of(const MdbWalk *walk, TupleTableSlot *slot)
{
	return DatumGetInt64(mdb_column(walk->table, slot,
									MDB_COLUMN_GLOBAL_POSITION, NULL));
}

/* ------------------------------------------------------------------------
 * Entries without their rows, on a hot standby
 * ------------------------------------------------------------------------
 */

/* The global position that the index has for the entry where a scan stands. */
static int64
entry_position(const MdbWalk *walk, const MdbScan *scan)
{
	IndexScanDesc index = scan->index;
	bool		is_null;

	return DatumGetInt64(index_getattr(index->xs_itup,
									   walk->read->name.data ? 2 : 1,
									   index->xs_itupdesc, &is_null));
}

/*
 * Steps to the next entry.  is_lost says that its row is not there, or that
 * there is another one in its place.
 */
static bool
next_entry(const MdbWalk *walk, MdbScan *scan, bool *is_lost)
{
	if (!mdb_scan_next_entry(scan, is_lost))
		return false;
	if (!*is_lost)
		*is_lost = position_of(walk, scan->slot) != entry_position(walk, scan);
	return true;
}

/*
 * Searches the rows of a global position once.  The first that is not gone is
 * put into the walk's slot.  lost tells which entries have lost their rows.
 */
static Fate
search_again(MdbWalk *walk, int64 position, uint64 *lost)
{
	ScanKeyData keys[3];
	int			key_count = search_keys(walk, BTEqualStrategyNumber, position,
										keys);
	Fate		known = GONE;
	MdbScan		scan;
	bool		is_lost;

	*lost = 0;
	mdb_begin_scan_of_entries(&scan, walk->table, index_kind(walk), keys,
							  key_count);
	while (known == GONE && next_entry(walk, &scan, &is_lost))
	{
		if (is_lost)
			*lost += hash_bytes_extended((const unsigned char *) &scan.index->xs_heaptid,
										 sizeof(ItemPointerData), 0);
		else
			known = fate_if_asked_for(walk, scan.slot);
	}
	if (known != GONE)
		ExecCopySlot(walk->scan.slot, scan.slot);
	mdb_end_scan(&scan);
	return known;
}

/*
 * What is known of the row of an entry that has lost it.  While its transaction
 * was in progress it had an entry with a row behind it.  So when the same
 * entries have lost their rows in two searches, one after the other, then it is
 * gone.
 */
static Fate
fate_of_lost(MdbWalk *walk, int64 position)
{
	uint64		lost = 0;
	uint64		lost_before;
	Fate		known;

	do
	{
		lost_before = lost;
		known = search_again(walk, position, &lost);
	} while (known == GONE && lost != lost_before);
	return known;
}

/* ------------------------------------------------------------------------
 * Walking
 * ------------------------------------------------------------------------
 */

/*
 * Steps to the next row that was asked for and is not gone, behind the one
 * returned last.
 */
static bool
next_row(MdbWalk *walk, int64 *position, Fate *known)
{
	MdbScan    *scan = &walk->scan;
	bool		is_lost = false;

	while (walk->on_standby ? next_entry(walk, scan, &is_lost)
		   : mdb_scan_next(scan, ForwardScanDirection))
	{
		*position = is_lost ? entry_position(walk, scan)
			: position_of(walk, scan->slot);
		if (*position <= walk->last)
			continue;
		*known = is_lost ? fate_of_lost(walk, *position)
			: fate_if_asked_for(walk, scan->slot);
		if (*known != GONE)
			return true;
	}
	return false;
}

bool
mdb_walk_next(MdbWalk *walk)
{
	int64		position;
	Fate		known;

	while (next_row(walk, &position, &known))
	{
		if (mdb_fault_passes_over(known == UNKNOWN_IN_PROGRESS,
								  known == UNKNOWN_COMMITTED))
			continue;
		if (known != VISIBLE && !mdb_fault_returns(known == UNKNOWN_COMMITTED))
		{
			walk->stopped = true;
			walk->stopped_at = position;
			return false;
		}
		walk->last = position;
		mdb_fault_pause();
		return true;
	}
	return false;
}

void
mdb_end_walk(MdbWalk *walk)
{
	mdb_end_scan(&walk->scan);
	MemoryContextDelete(walk->row_context);
}
