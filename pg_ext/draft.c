/*-------------------------------------------------------------------------
 *
 * draft.c
 *	  Rows with large values, which must not be written under the brief lock.
 *
 * The server moves large values out of a row while it inserts the row, and
 * that takes milliseconds.  So such a row is inserted before the lock is
 * taken, without a global position and without an entry in any index: a
 * draft.  Under the lock it is updated to the row as it shall be; the values
 * outside stay where they are.  The draft was never visible to anybody.
 *
 * Where changes are decoded for logical replication, the draft would be told
 * of, so large rows are inserted under the lock there.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "access/heapam.h"
#include "access/heaptoast.h"
#include "access/table.h"
#include "access/toast_internals.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "nodes/bitmapset.h"

/* Of a row: its header and the columns of fixed width, generously. */
#define FIXED_SIZE 128

bool
mdb_is_large(const MdbTable *table, Datum stream_name, const MdbRow *row)
{
	Size		size = FIXED_SIZE;

	if (!OidIsValid(table->relation->rd_rel->reltoastrelid))
		return false;
	size += VARSIZE_ANY(DatumGetPointer(stream_name));
	size += VARSIZE_ANY(DatumGetPointer(row->type));
	if (row->has_data)
		size += VARSIZE_ANY(DatumGetPointer(row->data));
	if (row->has_metadata)
		size += VARSIZE_ANY(DatumGetPointer(row->metadata));
	return size > TOAST_TUPLE_THRESHOLD;
}

/*
 * Locks what the server would lock under way, so that it finds it locked, and
 * has it look up in the catalog what it would look up.
 */
void
mdb_prepare_for_large(const MdbTable *table)
{
	Relation	toast = table_open(table->relation->rd_rel->reltoastrelid,
								   RowExclusiveLock);
	Relation   *indexes;
	int			index_count;

	(void) toast_open_indexes(toast, RowExclusiveLock, &indexes, &index_count);
	toast_close_indexes(indexes, index_count, NoLock);
	table_close(toast, NoLock);
	bms_free(RelationGetIndexAttrBitmap(table->relation,
										INDEX_ATTR_BITMAP_KEY));
}

bool
mdb_uses_drafts(const MdbTable *table)
{
	return !RelationIsLogicallyLogged(table->relation);
}

void
mdb_insert_draft(const MdbTable *table, TupleTableSlot *slot, MdbDraft *draft)
{
	table_tuple_insert(table->relation, slot, GetCurrentCommandId(true), 0,
					   NULL);
	draft->place = slot->tts_tid;
	if (!table_tuple_fetch_row_version(table->relation, &draft->place,
									   SnapshotAny, slot))
		elog(ERROR, "a row that was just inserted is not there");
	draft->row = ExecCopySlotHeapTuple(slot);
	ExecClearTuple(slot);
	CommandCounterIncrement();
}

void
mdb_finish_draft(const MdbTable *table, TupleTableSlot *slot, MdbDraft *draft,
				 int64 global_position)
{
	TupleDesc	desc = RelationGetDescr(table->relation);
	int			column = table->layout.columns[MDB_COLUMN_GLOBAL_POSITION];
	Datum		value = Int64GetDatum(global_position);
	bool		is_null = false;
	HeapTuple	row = heap_modify_tuple_by_cols(draft->row, desc, 1, &column,
												&value, &is_null);

	mdb_heap_update(table->relation, &draft->place, row);
	ExecForceStoreHeapTuple(row, slot, false);
	slot->tts_tid = row->t_self;
}
