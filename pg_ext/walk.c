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
 * stays pinned, so that an entry cannot come to mean another row.  On a hot
 * standby it can, but only one that the snapshot does not know: there the walk
 * ends.
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
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "storage/procarray.h"

/* Fills the search keys of the walk's index, and returns their number. */
static int
search_keys(MdbWalk *walk, MdbIndexKind kind, ScanKeyData *keys)
{
	MdbTable   *table = walk->table;
	const MdbRead *read = walk->read;
	int			count = 0;

	if (kind == MDB_INDEX_GLOBAL_POSITION)
	{
		mdb_integer_key(&keys[count++], 1, BTGreaterEqualStrategyNumber,
						read->position.value);
		return count;
	}
	mdb_text_key(&keys[count++], table, kind, 1, mdb_text_datum(read->name));
	mdb_integer_key(&keys[count++], 2, BTGreaterEqualStrategyNumber,
					read->position.value);
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
	MdbIndexKind kind = read->name.data ? MDB_INDEX_CATEGORY
		: MDB_INDEX_GLOBAL_POSITION;
	ScanKeyData keys[3];
	int			key_count;

	walk->table = table;
	walk->read = read;
	walk->snapshot = snapshot;
	walk->last = PG_INT64_MIN;
	walk->stopped = false;
	PredicateLockRelation(table->relation, snapshot);

	key_count = search_keys(walk, kind, keys);
	mdb_begin_scan(&walk->scan, table, kind, SnapshotAny, keys, key_count);
}

static bool
has_correlation(MdbWalk *walk)
{
	bool		is_null;
	Datum		metadata = mdb_column(walk->table, walk->scan.slot,
									  MDB_COLUMN_METADATA, &is_null);
	MdbString	correlation;

	if (is_null)
		return false;
	correlation = mdb_correlation(metadata);
	return correlation.data && mdb_equal(correlation, walk->read->correlation);
}

/* Whether the row that the walk stands at is one of those asked for. */
static bool
is_asked_for(MdbWalk *walk)
{
	const MdbRead *read = walk->read;
	MdbString	stream_name;

	if (!read->name.data)
		return true;
	stream_name = mdb_text_column(walk->table, walk->scan.slot,
								  MDB_COLUMN_STREAM_NAME);
	if (!mdb_equal(mdb_category(stream_name), read->name))
		return false;
	if (!read->size.is_null &&
		mdb_consumer_group_member(mdb_to_utf8(stream_name),
								  read->size.value) != read->member.value)
		return false;
	return !read->correlation.data || has_correlation(walk);
}

/* What the walk's snapshot knows of a row. */
typedef enum Fate
{
	VISIBLE,
	GONE,						/* rolled back, or deleted */
	UNKNOWN_IN_PROGRESS,
	UNKNOWN_COMMITTED
} Fate;

/* Of a row that the snapshot does not show. */
static Fate
fate_of_unseen(MdbWalk *walk, HeapTupleHeader row)
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

/* Of the row that the walk stands at. */
static Fate
fate(MdbWalk *walk)
{
	BufferHeapTupleTableSlot *slot = (BufferHeapTupleTableSlot *) walk->scan.slot;
	HeapTuple	row = slot->base.tuple;
	Fate		result = VISIBLE;

	LockBuffer(slot->buffer, BUFFER_LOCK_SHARE);
	if (!HeapTupleSatisfiesVisibility(row, walk->snapshot, slot->buffer))
		result = fate_of_unseen(walk, row->t_data);
	if (IsolationIsSerializable())
		HeapCheckForSerializableConflictOut(result == VISIBLE,
											walk->table->relation, row,
											slot->buffer, walk->snapshot);
	LockBuffer(slot->buffer, BUFFER_LOCK_UNLOCK);
	return result;
}

bool
mdb_walk_next(MdbWalk *walk)
{
	while (mdb_scan_next(&walk->scan, ForwardScanDirection))
	{
		int64		position = DatumGetInt64(mdb_column(walk->table,
														walk->scan.slot,
														MDB_COLUMN_GLOBAL_POSITION,
														NULL));
		Fate		known;

		if (position <= walk->last || !is_asked_for(walk))
			continue;
		known = fate(walk);
		if (known == GONE || mdb_fault_passes_over(known == UNKNOWN_IN_PROGRESS,
												   known == UNKNOWN_COMMITTED))
			continue;
		if (known != VISIBLE && !mdb_fault_returns(known == UNKNOWN_COMMITTED))
		{
			walk->stopped = true;
			walk->stopped_at = position;
			return false;
		}
		walk->last = position;
		return true;
	}
	return false;
}

void
mdb_end_walk(MdbWalk *walk)
{
	mdb_end_scan(&walk->scan);
}
