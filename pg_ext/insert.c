/*-------------------------------------------------------------------------
 *
 * insert.c
 *	  Inserting messages into an ordinary table.
 *
 * Everything that takes time, can fail or may wait is done first: checks,
 * compression, the transaction id, the locks that the server's code would
 * take on its way, and what large rows have in large values (draft.c).  Then, under the brief lock: global position, heap row,
 * and the entries of the indexes that are in the order of global positions.
 * So their entries appear in the order of positions, in memory and in the
 * WAL, which is what walk.c relies on.  After the release come the other
 * indexes, whose unique checks may wait for another transaction.
 *
 * Under the brief lock a unique index must not wait, so a conflict of global
 * positions is only noted there, and checked after the release; it needs a
 * sequence that somebody has set back.
 *
 * A sequence must give rising numbers, one at a time.  One with CACHE above 1
 * gives each session a range, and readers would skip most messages.
 *
 * A batch is inserted in parts, each under the brief lock once, so that
 * others wait for a part only.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "access/detoast.h"
#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/toast_internals.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_sequence.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#define PART 64					/* messages inserted under one brief lock */

/* Rows on their way into the table. */
typedef struct Insertion
{
	MdbTable   *table;
	Datum		stream_name;
	Datum		category;
	Timestamp	time;
	IndexInfo  *index_info;		/* for indexes without expressions of their own */
	MdbBriefLock *brief_lock;
	TupleTableSlot *slots[PART];
	int			slot_count;
	int			count;			/* rows of this part */
	bool		conflicts[PART];	/* of global positions, perhaps */
	MdbDraft	drafts[PART];
} Insertion;

/* ------------------------------------------------------------------------
 * Preparations
 * ------------------------------------------------------------------------
 */

/*
 * Locks the sequence as nextval() does, and looks what it is.  Errors: 55000.
 */
static void
check_sequence(Oid sequence)
{
	HeapTuple	tuple;
	Form_pg_sequence form;
	bool		rising;

	LockRelationOid(sequence, RowExclusiveLock);
	tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for sequence %u", sequence);
	form = (Form_pg_sequence) GETSTRUCT(tuple);
	rising = form->seqcache == 1 && form->seqincrement > 0 && !form->seqcycle;
	ReleaseSysCache(tuple);
	if (!rising)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the sequence of global positions does not give rising numbers"),
				 errdetail("Readers would skip messages."),
				 errhint("ALTER SEQUENCE %s CACHE 1 INCREMENT 1 NO CYCLE",
						 quote_qualified_identifier(get_namespace_name(get_rel_namespace(sequence)),
													get_rel_name(sequence)))));
}

/*
 * Prepares a value for the heap: fetched if it stands elsewhere, and
 * compressed if it is large.
 */
static void
prepare_value(Relation table, AttrNumber column, Datum *value)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(table),
												column - 1);
	struct varlena *datum = (struct varlena *) DatumGetPointer(*value);

	if (VARATT_IS_EXTERNAL(datum))
	{
		datum = detoast_external_attr(datum);
		*value = PointerGetDatum(datum);
	}
	if (VARSIZE_ANY(datum) > TOAST_TUPLE_TARGET &&
		!VARATT_IS_COMPRESSED(datum) &&
		(attribute->attstorage == TYPSTORAGE_EXTENDED ||
		 attribute->attstorage == TYPSTORAGE_MAIN))
	{
		Datum		compressed = toast_compress_datum(*value,
													  attribute->attcompression);

		if (DatumGetPointer(compressed) != NULL)
			*value = compressed;
	}
}

static void
prepare_row(Insertion *insertion, MdbRow *row)
{
	Relation	table = insertion->table->relation;
	const AttrNumber *columns = insertion->table->layout.columns;

	row->correlation = MDB_NULL_STRING;
	if (row->has_metadata)
	{
		row->correlation = mdb_correlation(row->metadata);
		prepare_value(table, columns[MDB_COLUMN_METADATA], &row->metadata);
	}
	if (row->has_data)
		prepare_value(table, columns[MDB_COLUMN_DATA], &row->data);
	prepare_value(table, columns[MDB_COLUMN_TYPE], &row->type);
	row->is_large = mdb_is_large(insertion->table, insertion->stream_name, row);
	if (row->is_large)
		mdb_prepare_for_large(insertion->table);
}

/* now() AT TIME ZONE 'utc', which is the default of the column. */
static Timestamp
transaction_time(void)
{
	return (Timestamp) GetCurrentTransactionStartTimestamp();
}

/* ------------------------------------------------------------------------
 * Heap rows
 * ------------------------------------------------------------------------
 */

/* Puts the row into the slot. */
static void
fill_slot(Insertion *insertion, TupleTableSlot *slot, const MdbRow *row)
{
	const AttrNumber *columns = insertion->table->layout.columns;
	int			natts = slot->tts_tupleDescriptor->natts;
	Datum	   *values = slot->tts_values;
	bool	   *nulls = slot->tts_isnull;

	ExecClearTuple(slot);
	memset(values, 0, natts * sizeof(Datum));
	memset(nulls, true, natts * sizeof(bool));

#define SET(column, value) \
	(nulls[columns[column] - 1] = false, values[columns[column] - 1] = (value))

	SET(MDB_COLUMN_GLOBAL_POSITION, Int64GetDatum(row->global_position));
	SET(MDB_COLUMN_POSITION, Int64GetDatum(row->position));
	SET(MDB_COLUMN_TIME, TimestampGetDatum(insertion->time));
	SET(MDB_COLUMN_STREAM_NAME, insertion->stream_name);
	SET(MDB_COLUMN_TYPE, row->type);
	if (row->has_data)
		SET(MDB_COLUMN_DATA, row->data);
	if (row->has_metadata)
		SET(MDB_COLUMN_METADATA, row->metadata);
	SET(MDB_COLUMN_ID, UUIDPGetDatum(&row->id));
#undef SET
	ExecStoreVirtualTuple(slot);
}

/* Inserts the large rows as far as that can be done before the brief lock. */
static void
insert_drafts(Insertion *insertion, MdbRow *rows)
{
	for (int i = 0; i < insertion->count; i++)
	{
		insertion->drafts[i].row = NULL;
		if (!rows[i].is_large || !mdb_uses_drafts(insertion->table))
			continue;
		rows[i].global_position = MDB_DRAFT_POSITION;
		fill_slot(insertion, insertion->slots[i], &rows[i]);
		mdb_insert_draft(insertion->table, insertion->slots[i],
						 &insertion->drafts[i]);
	}
}

/*
 * Gives the rows their global positions and puts them into the heap; under the
 * brief lock.
 */
static void
insert_heap_rows(Insertion *insertion, MdbRow *rows)
{
	Relation	table = insertion->table->relation;
	CommandId	command = GetCurrentCommandId(true);
	TupleTableSlot *slots[PART];
	int			count = 0;

	for (int i = 0; i < insertion->count; i++)
	{
		TupleTableSlot *slot = insertion->slots[i];

		rows[i].global_position =
			nextval_internal(insertion->table->layout.sequence, false);
		mdb_fault_delay();
		if (insertion->drafts[i].row)
			mdb_finish_draft(insertion->table, slot, &insertion->drafts[i],
							 rows[i].global_position);
		else
		{
			fill_slot(insertion, slot, &rows[i]);
			slots[count++] = slot;
		}
	}
	if (count == 1)
		table_tuple_insert(table, slots[0], command, 0, NULL);
	else if (count > 1)
		table_multi_insert(table, slots, count, command, 0, NULL);
	mdb_fault_delay();
}

/* ------------------------------------------------------------------------
 * Index entries
 * ------------------------------------------------------------------------
 */

/* The keys of one of Message DB's indexes for a row. */
static void
form_keys(Insertion *insertion, Relation index, MdbIndexKind kind,
		  const MdbRow *row, Datum *values, bool *nulls)
{
	nulls[0] = nulls[1] = false;
	switch (kind)
	{
		case MDB_INDEX_GLOBAL_POSITION:
			values[0] = Int64GetDatum(row->global_position);
			break;
		case MDB_INDEX_STREAM:
			values[0] = insertion->stream_name;
			values[1] = Int64GetDatum(row->position);
			break;
		case MDB_INDEX_ID:
			values[0] = UUIDPGetDatum(&row->id);
			break;
		case MDB_INDEX_CATEGORY:
			values[0] = insertion->category;
			values[1] = Int64GetDatum(row->global_position);
			if (RelationGetNumberOfAttributes(index) == 3)
			{
				nulls[2] = row->correlation.data == NULL;
				values[2] = nulls[2] ? (Datum) 0
					: mdb_text_datum(row->correlation);
			}
			break;
		case MDB_INDEX_OTHER:
		case MDB_INDEX_KINDS:
			pg_unreachable();
	}
}

/* Enters a row into one of Message DB's indexes; false if it may conflict. */
static bool
insert_entry(Insertion *insertion, Relation index, MdbIndexKind kind, int i,
			 const MdbRow *row, IndexUniqueCheck check)
{
	TupleTableSlot *slot = insertion->slots[i];
	Datum		values[3];
	bool		nulls[3];

	form_keys(insertion, index, kind, row, values, nulls);
	return index_insert(index, values, nulls, &slot->tts_tid,
						insertion->table->relation, check, false,
						insertion->index_info);
}

/* The indexes in the order of global positions; under the brief lock. */
static void
insert_ordered_entries(Insertion *insertion, const MdbRow *rows)
{
	const MdbLayout *layout = &insertion->table->layout;

	for (int n = 0; n < layout->index_count; n++)
	{
		Relation	index = insertion->table->indexes[n];
		MdbIndexKind kind = layout->indexes[n].kind;
		bool		unique = kind == MDB_INDEX_GLOBAL_POSITION;

		if (!(unique || kind == MDB_INDEX_CATEGORY) ||
			!index->rd_index->indisready)
			continue;
		for (int i = 0; i < insertion->count; i++)
			insertion->conflicts[i] |=
				!insert_entry(insertion, index, kind, i, &rows[i],
							  unique ? UNIQUE_CHECK_PARTIAL : UNIQUE_CHECK_NO)
				&& unique;
		mdb_fault_delay();
	}
}

/*
 * Looks again at the global positions that were there already; each unique
 * index of them raises the error.
 */
static void
recheck_conflicts(Insertion *insertion, const MdbRow *rows)
{
	const MdbLayout *layout = &insertion->table->layout;

	for (int n = 0; n < layout->index_count; n++)
		for (int i = 0; i < insertion->count; i++)
			if (layout->indexes[n].kind == MDB_INDEX_GLOBAL_POSITION &&
				insertion->conflicts[i])
				(void) insert_entry(insertion, insertion->table->indexes[n],
									MDB_INDEX_GLOBAL_POSITION, i, &rows[i],
									UNIQUE_CHECK_EXISTING);
}

/* An index of the user's, with whatever it is made of. */
static void
insert_other_entries(Insertion *insertion, Relation index)
{
	IndexInfo  *info = BuildIndexInfo(index);
	EState	   *estate = CreateExecutorState();
	ExprContext *context = GetPerTupleExprContext(estate);
	ExprState  *predicate = ExecPrepareQual(info->ii_Predicate, estate);

	for (int i = 0; i < insertion->count; i++)
	{
		Datum		values[INDEX_MAX_KEYS];
		bool		nulls[INDEX_MAX_KEYS];

		ResetExprContext(context);
		context->ecxt_scantuple = insertion->slots[i];
		if (!ExecQual(predicate, context))
			continue;
		FormIndexDatum(info, insertion->slots[i], estate, values, nulls);
		(void) index_insert(index, values, nulls,
							&insertion->slots[i]->tts_tid,
							insertion->table->relation,
							info->ii_Unique ? UNIQUE_CHECK_YES
							: UNIQUE_CHECK_NO, false, info);
	}
	mdb_index_insert_cleanup(index, info);
	FreeExecutorState(estate);
}

/* All the indexes that are not in the order of global positions. */
static void
insert_further_entries(Insertion *insertion, const MdbRow *rows)
{
	const MdbLayout *layout = &insertion->table->layout;

	for (int n = 0; n < layout->index_count; n++)
	{
		Relation	index = insertion->table->indexes[n];
		MdbIndexKind kind = layout->indexes[n].kind;

		if (!index->rd_index->indisready)
			continue;
		if (kind == MDB_INDEX_OTHER)
			insert_other_entries(insertion, index);
		else if (kind == MDB_INDEX_STREAM || kind == MDB_INDEX_ID)
			for (int i = 0; i < insertion->count; i++)
				(void) insert_entry(insertion, index, kind, i, &rows[i],
									UNIQUE_CHECK_YES);
	}
}

/* ------------------------------------------------------------------------
 * Inserting
 * ------------------------------------------------------------------------
 */

static void
insert_part(Insertion *insertion, MdbRow *rows, int count)
{
	insertion->count = count;
	memset(insertion->conflicts, 0, count * sizeof(bool));
	while (insertion->slot_count < count)
		insertion->slots[insertion->slot_count++] =
			MakeSingleTupleTableSlot(RelationGetDescr(insertion->table->relation),
									 table_slot_callbacks(insertion->table->relation));

	insert_drafts(insertion, rows);
	mdb_take_brief_lock(insertion->brief_lock);
	insert_heap_rows(insertion, rows);
	insert_ordered_entries(insertion, rows);
	mdb_release_brief_lock(insertion->brief_lock);

	recheck_conflicts(insertion, rows);
	insert_further_entries(insertion, rows);
}

void
mdb_insert_rows(MdbTable *table, Datum stream_name, MdbRow *rows, int count)
{
	MdbString	name = mdb_datum_text(stream_name);
	Insertion	insertion = {
		.table = table,
		.stream_name = stream_name,
		.category = mdb_text_datum(mdb_category(name)),
		.time = transaction_time(),
		.index_info = makeNode(IndexInfo),
		.brief_lock = mdb_find_brief_lock(RelationGetRelid(table->relation)),
	};

	check_sequence(table->layout.sequence);
	mdb_open_indexes(table);
	for (int i = 0; i < count; i++)
		prepare_row(&insertion, &rows[i]);
	(void) GetCurrentTransactionId();
	for (int done = 0; done < count; done += PART)
		insert_part(&insertion, rows + done, Min(PART, count - done));
	for (int i = 0; i < insertion.slot_count; i++)
		ExecDropSingleTupleTableSlot(insertion.slots[i]);
}
