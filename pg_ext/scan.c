/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Searching an index of messages, and the snapshots that readers use.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"

/* ------------------------------------------------------------------------
 * Searching
 * ------------------------------------------------------------------------
 */

static void
begin_scan(MdbScan *scan, MdbTable *table, MdbIndexKind kind, Snapshot snapshot,
		   ScanKey keys, int key_count, bool with_entries)
{
	scan->index = mdb_index_beginscan(table->relation,
									  mdb_table_index(table, kind), snapshot,
									  key_count);
	scan->index->xs_want_itup = with_entries;
	index_rescan(scan->index, keys, key_count, NULL, 0);
	scan->slot = table_slot_create(table->relation, NULL);
}

void
mdb_begin_scan(MdbScan *scan, MdbTable *table, MdbIndexKind kind,
			   Snapshot snapshot, ScanKey keys, int key_count)
{
	begin_scan(scan, table, kind, snapshot, keys, key_count, false);
}

void
mdb_begin_scan_of_entries(MdbScan *scan, MdbTable *table, MdbIndexKind kind,
						  ScanKey keys, int key_count)
{
	begin_scan(scan, table, kind, SnapshotAny, keys, key_count, true);
}

bool
mdb_scan_next_entry(MdbScan *scan, bool *is_empty)
{
	IndexScanDesc index = scan->index;
	bool		is_new;

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		is_new = !index->xs_heap_continue;
		if (is_new && !index_getnext_tid(index, ForwardScanDirection))
			return false;
		*is_empty = !index_fetch_heap(index, scan->slot);
		if (is_new || !*is_empty)
			return true;
	}
}

bool
mdb_scan_next(MdbScan *scan, ScanDirection direction)
{
	CHECK_FOR_INTERRUPTS();
	return index_getnext_slot(scan->index, direction, scan->slot);
}

void
mdb_end_scan(MdbScan *scan)
{
	ExecDropSingleTupleTableSlot(scan->slot);
	index_endscan(scan->index);
}

void
mdb_text_key(ScanKey key, MdbTable *table, MdbIndexKind kind, int attribute,
			 Datum value)
{
	Relation	index = mdb_table_index(table, kind);

	ScanKeyEntryInitialize(key, 0, attribute, BTEqualStrategyNumber, InvalidOid,
						   index->rd_indcollation[attribute - 1], F_TEXTEQ,
						   value);
}

void
mdb_integer_key(ScanKey key, int attribute, StrategyNumber strategy,
				int64 value)
{
	ScanKeyEntryInitialize(key, 0, attribute, strategy, InvalidOid, InvalidOid,
						   strategy == BTEqualStrategyNumber ? F_INT8EQ
						   : strategy == BTLessEqualStrategyNumber ? F_INT8LE
						   : F_INT8GE, Int64GetDatum(value));
}

void
mdb_begin_scan_of_end(MdbScan *scan, MdbTable *table, Datum stream_name,
					  Snapshot snapshot, int64 from)
{
	ScanKeyData keys[2];

	mdb_text_key(&keys[0], table, MDB_INDEX_STREAM, 1, stream_name);
	mdb_integer_key(&keys[1], 2, BTGreaterEqualStrategyNumber, from);
	mdb_begin_scan(scan, table, MDB_INDEX_STREAM, snapshot, keys,
				   from > 0 ? 2 : 1);
}

void
mdb_uuid_key(ScanKey key, int attribute, const pg_uuid_t *value)
{
	ScanKeyEntryInitialize(key, 0, attribute, BTEqualStrategyNumber, InvalidOid,
						   InvalidOid, F_UUID_EQ, UUIDPGetDatum(value));
}

/* ------------------------------------------------------------------------
 * Snapshots
 * ------------------------------------------------------------------------
 */

/*
 * The snapshot comes first, and then what the server has told of tables.  On a
 * hot standby an index can be replaced (REINDEX CONCURRENTLY) without waiting
 * for readers, and the old one gets no new entries then.  Whoever chooses it
 * after its snapshot was taken misses none that the snapshot knows of.
 */
Snapshot
mdb_begin_snapshot(void)
{
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	AcceptInvalidationMessages();
	return GetActiveSnapshot();
}

void
mdb_end_snapshot(void)
{
	PopActiveSnapshot();
}
