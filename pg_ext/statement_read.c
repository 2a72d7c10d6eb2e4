/*-------------------------------------------------------------------------
 *
 * statement_read.c
 *	  Reading messages by statements: from tables that are not ordinary, and
 *	  with a condition.
 *
 * One SELECT runs with the caller's rights, and the executor puts the rows
 * straight into the function's result.
 *
 * The statements are prepared once a session, with generic plans: what LIMIT
 * will be is not known to the planner, so it looks for a path that returns the
 * first rows soon, which is the index in the order asked for.  A condition,
 * which is SQL that the caller hands in, makes a text of its own each time; in
 * it the names of columns, "messages.column" and whatever the caller's
 * search_path finds can be used.  Optional filters cost nothing when they are
 * not asked for, because each shape has its own text.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

#include "catalog/pg_type.h"
#include "tcop/dest.h"
#include "executor/tstoreReceiver.h"
#include "parser/parser.h"
#include "utils/builtins.h"

#define MAX_PARAMETERS 6

/* Where a condition goes; a comment when there is none. */
#define CONDITION "/* condition */"

/* The rows as the type message has them. */
#define SELECT_MESSAGES \
	"SELECT id::pg_catalog.varchar, stream_name::pg_catalog.varchar," \
	" type::pg_catalog.varchar, \"position\", global_position," \
	" data::pg_catalog.varchar, metadata::pg_catalog.varchar, \"time\"" \
	" FROM @messages@ AS messages WHERE "

/*
 * What is read is asked for as a range of the index that has it in order: from
 * (name, position) to the end of the name; and the rows are ordered by both.
 * With "name = $1" the planner would know that the order by position alone is
 * the same.  It might then walk the primary key past the messages of all other
 * categories, or, without statistics, collect the rows and sort them.
 */
#define RANGE(name, position) \
	"ROW(" name ", " position ") OPERATOR(pg_catalog.>=) ROW($1, $2)" \
	" AND " name " OPERATOR(pg_catalog.<=) $1"

#define IN_ORDER(name, position) \
	CONDITION " ORDER BY " name ", " position " LIMIT $3"

#define STREAM "messages.stream_name"
#define POSITION "messages.\"position\""
#define CATEGORY "pg_catalog.split_part(messages.stream_name, '-', 1)"
#define GLOBAL_POSITION "messages.global_position"

#define SELECT_CATEGORY SELECT_MESSAGES RANGE(CATEGORY, GLOBAL_POSITION)
#define CATEGORY_ORDER IN_ORDER(CATEGORY, GLOBAL_POSITION)

/* The same from the end of a stream. */
#define SELECT_LAST \
	SELECT_MESSAGES \
	STREAM " OPERATOR(pg_catalog.>=) $1 AND " \
	STREAM " OPERATOR(pg_catalog.<=) $1"

#define LAST_ORDER \
	" ORDER BY " STREAM " DESC, " POSITION " DESC LIMIT 1"

#define HAS_CORRELATION(parameter) \
	" AND pg_catalog.split_part(metadata OPERATOR(pg_catalog.->>)" \
	" 'correlationStreamName', '-', 1) OPERATOR(pg_catalog.=) " parameter \
	" COLLATE pg_catalog.\"C\""

/*
 * int8eq() and not "=", because the planner takes a function to be true for a
 * third of the rows, which is about right, but "=" to be true for hardly any,
 * and would then collect and sort the whole category for them.
 */
#define IS_MEMBERS(member, size) \
	" AND pg_catalog.int8eq(message_store.consumer_group_member(" \
	"stream_name::pg_catalog.varchar, " size "), " member ")"

/* A statement: its text, and the types of its parameters. */
typedef struct ReadStatement
{
	const char *text;
	int			parameters;
	Oid			types[MAX_PARAMETERS];
} ReadStatement;

static const ReadStatement read_statements[MDB_STATEMENTS] = {
	[MDB_STATEMENT_STREAM] = {
		SELECT_MESSAGES RANGE(STREAM, POSITION) IN_ORDER(STREAM, POSITION),
		3, {TEXTOID, INT8OID, INT8OID}},
	[MDB_STATEMENT_CATEGORY] = {
		SELECT_CATEGORY CATEGORY_ORDER,
		3, {TEXTOID, INT8OID, INT8OID}},
	[MDB_STATEMENT_CATEGORY_CORRELATION] = {
		SELECT_CATEGORY HAS_CORRELATION("$4") CATEGORY_ORDER,
		4, {TEXTOID, INT8OID, INT8OID, TEXTOID}},
	[MDB_STATEMENT_CATEGORY_GROUP] = {
		SELECT_CATEGORY IS_MEMBERS("$4", "$5") CATEGORY_ORDER,
		5, {TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID}},
	[MDB_STATEMENT_CATEGORY_CORRELATION_GROUP] = {
		SELECT_CATEGORY HAS_CORRELATION("$4") IS_MEMBERS("$5", "$6")
		CATEGORY_ORDER,
		6, {TEXTOID, INT8OID, INT8OID, TEXTOID, INT8OID, INT8OID}},
	[MDB_STATEMENT_ALL] = {
		SELECT_MESSAGES GLOBAL_POSITION " OPERATOR(pg_catalog.>=) $1"
		CONDITION " ORDER BY " GLOBAL_POSITION " LIMIT $2",
		2, {INT8OID, INT8OID}},
	[MDB_STATEMENT_LAST] = {
		SELECT_LAST LAST_ORDER,
		1, {TEXTOID}},
	[MDB_STATEMENT_LAST_OF_TYPE] = {
		SELECT_LAST " AND type OPERATOR(pg_catalog.=) $2" LAST_ORDER,
		2, {TEXTOID, TEXTOID}},
};

/* ------------------------------------------------------------------------
 * Parameters
 * ------------------------------------------------------------------------
 */

static void
add_parameter(ParamListInfo parameters, Oid type, Datum value, bool is_null)
{
	ParamExternData *parameter = &parameters->params[parameters->numParams++];

	parameter->value = value;
	parameter->isnull = is_null;
	parameter->pflags = PARAM_FLAG_CONST;
	parameter->ptype = type;
}

static void
add_text(ParamListInfo parameters, MdbString value)
{
	add_parameter(parameters, TEXTOID, mdb_text_datum(value), false);
}

static void
add_integer(ParamListInfo parameters, MdbInteger value)
{
	add_parameter(parameters, INT8OID, Int64GetDatum(value.value),
				  value.is_null);
}

/* Room for the most that a statement has; none are in it yet. */
static ParamListInfo
make_parameters(void)
{
	ParamListInfo parameters = makeParamList(MAX_PARAMETERS);

	parameters->numParams = 0;
	return parameters;
}

/* The name if there is one, position and batch size. */
static ParamListInfo
make_page_parameters(const MdbRead *read)
{
	ParamListInfo parameters = make_parameters();

	if (read->name.data)
		add_text(parameters, read->name);
	add_integer(parameters, read->position);
	add_integer(parameters, read->batch_size.value < 0 ? MDB_NULL_INTEGER
				: read->batch_size);
	return parameters;
}

/* ------------------------------------------------------------------------
 * Execution
 * ------------------------------------------------------------------------
 */

/*
 * Whether the text is one expression.  It is accepted between parentheses by
 * now, but that "true) OR (true" is, too; between WHEN and THEN it is not.
 * Parsing changes nothing but memory, so its error can be caught here.
 */
static bool
is_expression(const char *text)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool result = true;

	PG_TRY();
	{
		raw_parser(psprintf("SELECT CASE WHEN\n%s\nTHEN 1 END", text),
				   RAW_PARSE_DEFAULT);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		if (geterrcode() != ERRCODE_SYNTAX_ERROR)
			PG_RE_THROW();
		FlushErrorState();
		result = false;
	}
	PG_END_TRY();
	return result;
}

/*
 * The plan of a statement with a condition, for one use.  Errors: the
 * server's own, with the position in the text; MDB_CONDITION_NOT_EXPRESSION.
 */
static SPIPlanPtr
plan_with_condition(MdbNamespace *namespace, const ReadStatement *statement,
					MdbString condition)
{
	const char *filter = pnstrdup(condition.data, condition.length);
	const char *text = mdb_substitute(statement->text, "@messages@",
									  mdb_table_name(namespace));
	SPIPlanPtr	plan;
	MdbError	error;

	text = mdb_substitute(text, CONDITION, psprintf(" AND (\n%s\n)", filter));
	plan = mdb_plan(text, statement->parameters, statement->types);
	if (!SPI_is_cursor_plan(plan) || !is_expression(filter))
	{
		mdb_fail(&error, MDB_CONDITION_NOT_EXPRESSION, condition,
				 MDB_NULL_INTEGER, MDB_NULL_INTEGER);
		mdb_raise(&error);
	}
	return plan;
}

/*
 * Runs a statement into the result of the function, which InitMaterializedSRF
 * has prepared.
 */
static void
run_statement(FunctionCallInfo fcinfo, MdbNamespace *namespace,
			  MdbStatement number, ParamListInfo parameters,
			  MdbString condition, bool active_snapshot)
{
	const ReadStatement *statement = &read_statements[number];
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SPIExecuteOptions options = {
		.params = parameters,
		.read_only = active_snapshot
	};
	SPIPlanPtr	plan;
	int			code;

	Assert(parameters->numParams == statement->parameters);
	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, result->setResult,
									result->econtext->ecxt_per_query_memory,
									false, result->setDesc,
									gettext_noop("columns of the table of messages do not have the types that the function returns"));
	SPI_connect();
	if (condition.data)
		plan = plan_with_condition(namespace, statement, condition);
	else
		plan = mdb_prepared(namespace, number, statement->text,
							statement->parameters, statement->types);
	code = SPI_execute_plan_extended(plan, &options);
	if (code != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_plan_extended failed: %s",
			 SPI_result_code_string(code));
	SPI_finish();
	options.dest->rDestroy(options.dest);
}

/* ------------------------------------------------------------------------
 * The reads
 * ------------------------------------------------------------------------
 */

void
mdb_stream_by_statement(FunctionCallInfo fcinfo, MdbNamespace *namespace,
						const MdbRead *read)
{
	run_statement(fcinfo, namespace, MDB_STATEMENT_STREAM,
				  make_page_parameters(read), read->condition, false);
}

static MdbStatement
category_statement(const MdbRead *read)
{
	bool		correlated = read->correlation.data != NULL;

	if (read->size.is_null)
		return correlated ? MDB_STATEMENT_CATEGORY_CORRELATION
			: MDB_STATEMENT_CATEGORY;
	return correlated ? MDB_STATEMENT_CATEGORY_CORRELATION_GROUP
		: MDB_STATEMENT_CATEGORY_GROUP;
}

void
mdb_category_by_statement(FunctionCallInfo fcinfo, MdbNamespace *namespace,
						  const MdbRead *read, bool active_snapshot)
{
	ParamListInfo parameters = make_page_parameters(read);

	if (read->correlation.data)
		add_text(parameters, read->correlation);
	if (!read->size.is_null)
	{
		add_integer(parameters, read->member);
		add_integer(parameters, read->size);
	}
	run_statement(fcinfo, namespace, category_statement(read), parameters,
				  read->condition, active_snapshot);
}

void
mdb_all_by_statement(FunctionCallInfo fcinfo, MdbNamespace *namespace,
					 const MdbRead *read)
{
	run_statement(fcinfo, namespace, MDB_STATEMENT_ALL,
				  make_page_parameters(read), read->condition, true);
}

void
mdb_last_by_statement(FunctionCallInfo fcinfo, MdbNamespace *namespace,
					  MdbString stream_name, MdbString type)
{
	ParamListInfo parameters = make_parameters();

	add_text(parameters, stream_name);
	if (type.data)
		add_text(parameters, type);
	run_statement(fcinfo, namespace,
				  type.data ? MDB_STATEMENT_LAST_OF_TYPE : MDB_STATEMENT_LAST,
				  parameters, MDB_NULL_STRING, false);
}
