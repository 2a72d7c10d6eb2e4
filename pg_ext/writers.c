/*-------------------------------------------------------------------------
 *
 * writers.c
 *	  rows_in_progress(): the transactions whose messages readers stop at.
 *
 * It is the foundation of message_store_writers(), which adds what the
 * server's views know of the transactions.
 *
 * Rows of transactions in progress stand on pages of which the visibility map
 * does not say that all can see all.  So only these are looked at: with
 * autovacuum at work, the newest ones.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "access/heapam.h"
#include "access/subtrans.h"
#include "access/transam.h"
#include "access/visibilitymap.h"
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"

/* The first message of a transaction in a category. */
typedef struct Writer
{
	TransactionId transaction;
	uint64		category;		/* its hash; two that collide are shown as one */
	int64		position;		/* global */
	char	   *category_name;
} Writer;

#define WRITER_KEY_SIZE offsetof(Writer, position)

static HTAB *
make_writers(void)
{
	HASHCTL		control = {
		.keysize = WRITER_KEY_SIZE,
		.entrysize = sizeof(Writer),
		.hcxt = CurrentMemoryContext
	};

	return hash_create("message_db writers", 32, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Notes a row that its inserter has not committed yet. */
static void
add_row(HTAB *writers, MdbTable *table, HeapTuple row, TransactionId inserter)
{
	TupleDesc	desc = RelationGetDescr(table->relation);
	const AttrNumber *columns = table->layout.columns;
	bool		is_null;
	MdbString	category;
	int64		position;
	Writer		key;
	Writer	   *writer;
	bool		found;

	position = DatumGetInt64(heap_getattr(row, columns[MDB_COLUMN_GLOBAL_POSITION],
										  desc, &is_null));
	if (position == MDB_DRAFT_POSITION)
		return;
	category = mdb_category(mdb_datum_text(heap_getattr(row,
														columns[MDB_COLUMN_STREAM_NAME],
														desc, &is_null)));
	memset(&key, 0, sizeof(key));
	key.transaction = SubTransGetTopmostTransaction(inserter);
	key.category = mdb_hash_64(category);
	writer = hash_search(writers, &key, HASH_ENTER, &found);
	if (!found)
		writer->category_name = pnstrdup(category.data, category.length);
	if (!found || position < writer->position)
		writer->position = position;
}

/* A copy of a row, and who has inserted it. */
typedef struct Found
{
	HeapTuple	row;
	TransactionId inserter;
} Found;

/*
 * Copies the rows of a page that others have inserted and not committed yet,
 * and returns their number.
 */
static int
copy_rows_in_progress(MdbTable *table, BlockNumber number, Found *found)
{
	Buffer		buffer = ReadBuffer(table->relation, number);
	Page		page = BufferGetPage(buffer);
	SnapshotData dirty;
	int			count = 0;

	InitDirtySnapshot(dirty);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	for (OffsetNumber item = FirstOffsetNumber;
		 item <= PageGetMaxOffsetNumber(page); item++)
	{
		ItemId		pointer = PageGetItemId(page, item);
		HeapTupleData row;

		if (!ItemIdIsNormal(pointer))
			continue;
		row.t_data = (HeapTupleHeader) PageGetItem(page, pointer);
		row.t_len = ItemIdGetLength(pointer);
		row.t_tableOid = RelationGetRelid(table->relation);
		ItemPointerSet(&row.t_self, number, item);
		if (HeapTupleSatisfiesVisibility(&row, &dirty, buffer) &&
			TransactionIdIsValid(dirty.xmin))
			found[count++] = (Found) {heap_copytuple(&row), dirty.xmin};
	}
	UnlockReleaseBuffer(buffer);
	return count;
}

/* With the page unlocked, because a long name is fetched from elsewhere. */
static void
look_at_page(HTAB *writers, MdbTable *table, BlockNumber number)
{
	Found		found[MaxHeapTuplesPerPage];
	int			count = copy_rows_in_progress(table, number, found);

	for (int i = 0; i < count; i++)
	{
		add_row(writers, table, found[i].row, found[i].inserter);
		heap_freetuple(found[i].row);
	}
}

static void
find_writers(HTAB *writers, MdbTable *table)
{
	BlockNumber pages = RelationGetNumberOfBlocks(table->relation);
	Buffer		map = InvalidBuffer;

	for (BlockNumber number = 0; number < pages; number++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!(visibilitymap_get_status(table->relation, number, &map) &
			  VISIBILITYMAP_ALL_VISIBLE))
			look_at_page(writers, table, number);
	}
	if (BufferIsValid(map))
		ReleaseBuffer(map);
}

static void
put_writer(ReturnSetInfo *result, const Writer *writer)
{
	int			pid = BackendXidGetPid(writer->transaction);
	Datum		values[4];
	bool		nulls[4] = {false};

	values[0] = TransactionIdGetDatum(writer->transaction);
	nulls[1] = pid == 0;		/* prepared, or the primary's */
	values[1] = Int32GetDatum(pid);
	values[2] = CStringGetTextDatum(writer->category_name);
	values[3] = Int64GetDatum(writer->position);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * rows_in_progress() -> setof (transaction xid, pid integer, category varchar,
 * "position" bigint)
 */
PG_FUNCTION_INFO_V1(message_db_rows_in_progress);
Datum
message_db_rows_in_progress(PG_FUNCTION_ARGS)
{
	HASH_SEQ_STATUS scan;
	MdbNamespace *namespace;
	HTAB	   *writers;
	Writer	   *writer;
	MdbTable	table;

	InitMaterializedSRF(fcinfo, 0);
	namespace = mdb_namespace_to_read();
	if (!namespace || !mdb_open_table(namespace, AccessShareLock, &table))
		return (Datum) 0;
	mdb_check_may_read(&table);
	writers = make_writers();
	find_writers(writers, &table);
	mdb_close_table(&table);

	hash_seq_init(&scan, writers);
	while ((writer = hash_seq_search(&scan)) != NULL)
		put_writer((ReturnSetInfo *) fcinfo->resultinfo, writer);
	hash_destroy(writers);
	return (Datum) 0;
}
