/*-------------------------------------------------------------------------
 *
 * names.c
 *	  The pure functions: parts of a stream name, hash, consumer group.
 *
 * category() has planner support.  Indexes and views use built-in functions
 * only, so that they outlive the extension: messages_category is built on
 * split_part(stream_name, '-', 1).  The support function turns
 * category(stream_name) into just that, so a query by hand finds the index.
 * The server simplifies an index's own expression in the same way, so the
 * index of a table that came from Message DB, on category(stream_name), is
 * found too.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

static Datum
text_or_null(FunctionCallInfo fcinfo, MdbString string)
{
	if (!string.data)
		PG_RETURN_NULL();
	return mdb_text_datum(string);
}

/* category(stream_name varchar) -> varchar */
PG_FUNCTION_INFO_V1(message_db_category);
Datum
message_db_category(PG_FUNCTION_ARGS)
{
	return mdb_text_datum(mdb_category(mdb_text_argument(fcinfo, 0)));
}

/* id(stream_name varchar) -> varchar */
PG_FUNCTION_INFO_V1(message_db_id);
Datum
message_db_id(PG_FUNCTION_ARGS)
{
	return text_or_null(fcinfo, mdb_id(mdb_text_argument(fcinfo, 0)));
}

/* cardinal_id(stream_name varchar) -> varchar */
PG_FUNCTION_INFO_V1(message_db_cardinal_id);
Datum
message_db_cardinal_id(PG_FUNCTION_ARGS)
{
	return text_or_null(fcinfo, mdb_cardinal_id(mdb_text_argument(fcinfo, 0)));
}

/* is_category(stream_name varchar) -> boolean */
PG_FUNCTION_INFO_V1(message_db_is_category);
Datum
message_db_is_category(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(mdb_is_category(mdb_text_argument(fcinfo, 0)));
}

/* hash_64(value varchar) -> bigint */
PG_FUNCTION_INFO_V1(message_db_hash_64);
Datum
message_db_hash_64(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(mdb_hash_64(mdb_to_utf8(mdb_text_argument(fcinfo, 0))));
}

/* consumer_group_member(stream_name varchar, consumer_group_size bigint) -> bigint */
PG_FUNCTION_INFO_V1(message_db_consumer_group_member);
Datum
message_db_consumer_group_member(PG_FUNCTION_ARGS)
{
	MdbString	stream_name = mdb_to_utf8(mdb_text_argument(fcinfo, 0));
	MdbInteger	size = mdb_integer_argument(fcinfo, 1);
	MdbError	error;
	int64		member;

	if (!mdb_check_group_size(size, &error))
		mdb_raise(&error);
	member = mdb_consumer_group_member(stream_name, size.value);
	if (member < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(member);
}

/* split_part(stream_name::text, '-', 1)::varchar, from category(stream_name) */
static Node *
simplify_category(FuncExpr *call)
{
	Oid			collation = call->inputcollid;
	Node	   *stream_name = applyRelabelType(linitial(call->args), TEXTOID, -1,
											   collation, COERCE_IMPLICIT_CAST,
											   -1, false);
	Const	   *separator = makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
									  CStringGetTextDatum("-"), false, false);
	Const	   *field = makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
								  Int32GetDatum(1), false, true);
	FuncExpr   *part = makeFuncExpr(F_SPLIT_PART, TEXTOID,
									list_make3(stream_name, separator, field),
									collation, collation,
									COERCE_EXPLICIT_CALL);

	return applyRelabelType((Node *) part, VARCHAROID, -1, call->funccollid,
							COERCE_IMPLICIT_CAST, -1, false);
}

/* category_support(internal) -> internal */
PG_FUNCTION_INFO_V1(message_db_category_support);
Datum
message_db_category_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	FuncExpr   *call;

	if (!IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(NULL);
	call = ((SupportRequestSimplify *) request)->fcall;

	/* split_part() compares by the collation, and refuses some; we do not. */
	if (OidIsValid(call->inputcollid) &&
		!get_collation_isdeterministic(call->inputcollid))
		PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(simplify_category(call));
}
