/*-------------------------------------------------------------------------
 *
 * batch.c
 *	  write_messages(): several messages of one stream, all or none.
 *
 * The core says what the array may hold (common/batch.c).  Here it is walked
 * through, and each element becomes a row.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

/* The arguments of write_messages, in their order. */
enum
{
	ARG_STREAM_NAME,
	ARG_MESSAGES,
	ARG_EXPECTED_VERSION
};

static MdbJsonKind
value_kind(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return MDB_KIND_NULL;
		case jbvString:
			return MDB_KIND_STRING;
		case jbvBinary:
			return JsonContainerIsObject(value->val.binary.data)
				? MDB_KIND_OBJECT : MDB_KIND_ARRAY;
		default:
			return MDB_KIND_OTHER;
	}
}

static MdbJsonKind
root_kind(Jsonb *json)
{
	if (JB_ROOT_IS_SCALAR(json))
		return MDB_KIND_OTHER;
	return JB_ROOT_IS_ARRAY(json) ? MDB_KIND_ARRAY : MDB_KIND_OBJECT;
}

static MdbString
string_value(const JsonbValue *value)
{
	if (value->type != jbvString)
		return MDB_NULL_STRING;
	return (MdbString) {value->val.string.val, value->val.string.len};
}

/* Puts a key's value into the row; JSON null is SQL NULL. */
static void
take_value(MdbRow *row, MdbBatchKey key, JsonbValue *value)
{
	bool		there = value->type != jbvNull;

	if (key == MDB_BATCH_TYPE)
	{
		row->has_type = there;
		row->type = mdb_text_datum(string_value(value));
	}
	else if (key == MDB_BATCH_DATA)
	{
		row->has_data = there;
		if (there)
			row->data = JsonbPGetDatum(JsonbValueToJsonb(value));
	}
	else if (key == MDB_BATCH_METADATA)
	{
		row->has_metadata = there;
		if (there)
			row->metadata = JsonbPGetDatum(JsonbValueToJsonb(value));
	}
}

/* Turns an element of the array into a row.  Errors: MDB_BATCH_... */
static void
make_row(JsonbValue *element, int64 index, MdbRow *row)
{
	MdbBatchMessage message;
	JsonbIterator *iterator;
	JsonbValue	key;
	JsonbValue	value;
	MdbBatchKey number;
	MdbError	error;

	memset(row, 0, sizeof(*row));
	if (!mdb_begin_batch_message(&message, index, value_kind(element), &error))
		mdb_raise(&error);

	iterator = JsonbIteratorInit(element->val.binary.data);
	(void) JsonbIteratorNext(&iterator, &key, false);	/* the object begins */
	while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY)
	{
		(void) JsonbIteratorNext(&iterator, &value, true);
		if (!mdb_find_batch_key(&message, string_value(&key), &number,
								&error) ||
			!mdb_check_batch_value(&message, number, value_kind(&value),
								   string_value(&value), &error))
			mdb_raise(&error);
		take_value(row, number, &value);
	}
	if (!mdb_end_batch_message(&message, &error))
		mdb_raise(&error);
	row->has_id = message.has_id;
	memcpy(row->id.data, message.id, sizeof(message.id));
}

static void
make_rows(Jsonb *messages, MdbBatch *batch)
{
	MdbJsonKind kind = messages ? root_kind(messages) : MDB_KIND_NULL;
	int			count = kind == MDB_KIND_ARRAY ? JB_ROOT_COUNT(messages) : 0;
	JsonbIterator *iterator;
	JsonbValue	element;
	MdbError	error;

	if (!mdb_check_batch(kind, count, &error))
		mdb_raise(&error);
	batch->count = count;
	batch->rows = MemoryContextAllocHuge(CurrentMemoryContext,
										 count * sizeof(MdbRow));
	iterator = JsonbIteratorInit(&messages->root);
	(void) JsonbIteratorNext(&iterator, &element, false);	/* the array begins */
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		(void) JsonbIteratorNext(&iterator, &element, true);
		make_row(&element, i, &batch->rows[i]);
	}
}

/*
 * write_messages(stream_name varchar, messages jsonb,
 * expected_version bigint = NULL) -> bigint, the last one's position
 */
PG_FUNCTION_INFO_V1(message_db_write_messages);
Datum
message_db_write_messages(PG_FUNCTION_ARGS)
{
	MdbBatch	batch = {
		.call = MDB_CALL_WRITE_MESSAGES,
		.has_stream_name = !PG_ARGISNULL(ARG_STREAM_NAME),
		.stream_name = PG_ARGISNULL(ARG_STREAM_NAME) ? (Datum) 0
			: PointerGetDatum(PG_GETARG_TEXT_PP(ARG_STREAM_NAME)),
		.expected_version = mdb_integer_argument(fcinfo, ARG_EXPECTED_VERSION),
	};

	make_rows(PG_ARGISNULL(ARG_MESSAGES) ? NULL
			  : PG_GETARG_JSONB_P(ARG_MESSAGES), &batch);
	PG_RETURN_INT64(mdb_write(&batch, fcinfo));
}
