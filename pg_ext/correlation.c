/*-------------------------------------------------------------------------
 *
 * correlation.c
 *	  The category that a message's metadata names.
 *
 * It is what the index of categories has as its third key:
 * split_part(metadata ->> 'correlationStreamName', '-', 1).
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

/* The text that the operator ->> makes of a value. */
static MdbString
value_text(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return (MdbString) {value->val.string.val, value->val.string.len};
		case jbvBool:
			return mdb_string(value->val.boolean ? "true" : "false");
		case jbvNumeric:
			return mdb_string(DatumGetCString(DirectFunctionCall1(numeric_out,
																  NumericGetDatum(value->val.numeric))));
		case jbvBinary:
			return mdb_string(JsonbToCString(NULL, value->val.binary.data,
											 value->val.binary.len));
		default:
			return MDB_NULL_STRING;
	}
}

MdbString
mdb_correlation(Datum metadata)
{
	static const char key[] = "correlationStreamName";
	Jsonb	   *document = DatumGetJsonbP(metadata);
	JsonbValue	buffer;
	JsonbValue *value;

	if (!JB_ROOT_IS_OBJECT(document))
		return MDB_NULL_STRING;
	value = getKeyJsonValueFromContainer(&document->root, key, strlen(key),
										 &buffer);
	return value ? mdb_category(value_text(value)) : MDB_NULL_STRING;
}
