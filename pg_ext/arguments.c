/*-------------------------------------------------------------------------
 *
 * arguments.c
 *	  Between PostgreSQL's values and the core's.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

MdbString
mdb_datum_text(Datum value)
{
	text	   *string = DatumGetTextPP(value);

	return (MdbString) {VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string)};
}

MdbString
mdb_text_argument(FunctionCallInfo fcinfo, int number)
{
	if (PG_ARGISNULL(number))
		return MDB_NULL_STRING;
	return mdb_datum_text(PG_GETARG_DATUM(number));
}

MdbInteger
mdb_integer_argument(FunctionCallInfo fcinfo, int number)
{
	if (PG_ARGISNULL(number))
		return MDB_NULL_INTEGER;
	return mdb_integer(PG_GETARG_INT64(number));
}

Datum
mdb_text_datum(MdbString string)
{
	return PointerGetDatum(cstring_to_text_with_len(string.data,
													(int) string.length));
}

MdbString
mdb_to_utf8(MdbString text)
{
	char	   *utf8 = pg_server_to_any(text.data, (int) text.length, PG_UTF8);

	if (utf8 == text.data)		/* the same bytes, and no NUL after them */
		return text;
	return mdb_string(utf8);
}
