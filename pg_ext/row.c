/*-------------------------------------------------------------------------
 *
 * row.c
 *	  Rows of the table as rows of a reader's result, of type message.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

/* The columns of type message, in their order. */
enum
{
	RESULT_ID,
	RESULT_STREAM_NAME,
	RESULT_TYPE,
	RESULT_POSITION,
	RESULT_GLOBAL_POSITION,
	RESULT_DATA,
	RESULT_METADATA,
	RESULT_TIME,
	RESULT_COLUMNS
};

static const MdbColumn result_columns[RESULT_COLUMNS] = {
	[RESULT_ID] = MDB_COLUMN_ID,
	[RESULT_STREAM_NAME] = MDB_COLUMN_STREAM_NAME,
	[RESULT_TYPE] = MDB_COLUMN_TYPE,
	[RESULT_POSITION] = MDB_COLUMN_POSITION,
	[RESULT_GLOBAL_POSITION] = MDB_COLUMN_GLOBAL_POSITION,
	[RESULT_DATA] = MDB_COLUMN_DATA,
	[RESULT_METADATA] = MDB_COLUMN_METADATA,
	[RESULT_TIME] = MDB_COLUMN_TIME,
};

void
mdb_begin_result(MdbResult *result, const MdbTable *table,
				 FunctionCallInfo fcinfo)
{
	result->table = table;
	result->info = (ReturnSetInfo *) fcinfo->resultinfo;
	if (result->info->setDesc->natts != RESULT_COLUMNS)
		elog(ERROR, "the type message does not have %d columns",
			 RESULT_COLUMNS);
	result->row_context = AllocSetContextCreate(CurrentMemoryContext,
												"message_db row",
												ALLOCSET_DEFAULT_SIZES);
}

static Datum
id_text(Datum id)
{
	text	   *result = palloc(VARHDRSZ + MDB_ID_LENGTH + 1);

	mdb_format_id(DatumGetUUIDP(id)->data, VARDATA(result));
	SET_VARSIZE(result, VARHDRSZ + MDB_ID_LENGTH);
	return PointerGetDatum(result);
}

void
mdb_add_row(MdbResult *result, TupleTableSlot *slot)
{
	MemoryContext caller = MemoryContextSwitchTo(result->row_context);
	Datum		values[RESULT_COLUMNS];
	bool		nulls[RESULT_COLUMNS];

	for (int i = 0; i < RESULT_COLUMNS; i++)
		values[i] = mdb_column(result->table, slot, result_columns[i],
							   &nulls[i]);
	values[RESULT_ID] = id_text(values[RESULT_ID]);
	if (!nulls[RESULT_DATA])
		values[RESULT_DATA] = mdb_json_text(values[RESULT_DATA]);
	if (!nulls[RESULT_METADATA])
		values[RESULT_METADATA] = mdb_json_text(values[RESULT_METADATA]);
	tuplestore_putvalues(result->info->setResult, result->info->setDesc,
						 values, nulls);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(result->row_context);
}

void
mdb_end_result(MdbResult *result)
{
	MemoryContextDelete(result->row_context);
}
