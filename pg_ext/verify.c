/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  verify_namespace(): a row for everything that is wrong with a namespace.
 *
 * The table is read in its own order and sorted, so that nothing depends on an
 * index; the core compares each message with the one before.  Then every index
 * is read in its order.  It must lead to as many messages, to the same ones
 * where it has their global positions, and each must come after the one
 * before.  At last the sequence is compared with the largest global position.
 *
 * All that is ordinary SELECTs with the caller's rights and the snapshot of
 * the statement that calls, so what others write meanwhile is not taken for a
 * violation.  The planner is told by its settings which way to go.
 *
 * Pages that cannot be read are errors of the server's.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#define COLUMNS 5
#define ROWS_AT_A_TIME 1000

/* stream_name, position, global_position, whether the type is NULL */
static const char table_text[] =
"SELECT messages.stream_name::pg_catalog.text COLLATE pg_catalog.\"C\","
" messages.\"position\", messages.global_position, messages.type IS NULL"
" FROM @messages@ AS messages ORDER BY 1, 2, 3";

#define LAG(column) "pg_catalog.lag(" column ") OVER w"
#define COMPARE(a, operator, b) a " OPERATOR(pg_catalog." operator ") " b
#define BEFORE_LAST(first, second) \
	COMPARE(first, "<", LAG(first)) " OR (" COMPARE(first, "=", LAG(first)) \
	" AND " COMPARE(second, "<", LAG(second)) ")"
#define READ(global_position, is_out_of_order, order) \
	"SELECT " global_position ", " is_out_of_order \
	" FROM @messages@ AS messages WINDOW w AS (ORDER BY " order ")"

#define GLOBAL_POSITION "messages.global_position"
#define ID "messages.id"
#define STREAM_NAME "messages.stream_name"
#define POSITION "messages.\"position\""
#define CATEGORY "pg_catalog.split_part(messages.stream_name, '-', 1)"

/*
 * Each index: its columns, and a SELECT of the global position, if it has that,
 * and whether the entry is out of order.
 */
static const struct
{
	const char *columns;
	const char *text;
	bool		has_global_position;
}			indexes[] =
{
	{"global_position",
		READ(GLOBAL_POSITION,
			 COMPARE(GLOBAL_POSITION, "<=", LAG(GLOBAL_POSITION)),
		GLOBAL_POSITION), true},
	{"id", READ("NULL::pg_catalog.int8", COMPARE(ID, "<=", LAG(ID)), ID), false},
	{"stream_name, position",
		READ("NULL::pg_catalog.int8", BEFORE_LAST(STREAM_NAME, POSITION),
		STREAM_NAME ", " POSITION), false},
	{"category, global_position",
		READ(GLOBAL_POSITION, BEFORE_LAST(CATEGORY, GLOBAL_POSITION),
		CATEGORY ", " GLOBAL_POSITION), true},
};

static const char sequence_text[] =
"SELECT pg_catalog.pg_get_serial_sequence(%s, 'global_position')";

/* What was read of the table, and of an index. */
typedef struct Tally
{
	int64		rows;
	uint64		checksum;		/* of the global positions, in any order */
	int64		out_of_order;
} Tally;

typedef struct Verification
{
	const MdbNamespace *namespace;
	ReturnSetInfo *result;
	Tally		table;
	int64		largest;		/* global position */
	MdbPositionCheck check;
	StringInfoData stream_name; /* of the message before */
} Verification;

/* ------------------------------------------------------------------------
 * Findings
 * ------------------------------------------------------------------------
 */

/* The detail as a value of type text, NULL when there is none. */
static Datum
detail_datum(const MdbFinding *finding)
{
	size_t		length = mdb_finding_detail(finding, NULL, 0);
	char	   *text = palloc(length + 1);

	mdb_finding_detail(finding, text, length + 1);
	return CStringGetTextDatum(text);
}

/* A row; message holds stream name, position and global position, or is NULL. */
static void
put_finding(Verification *verification, const MdbFinding *finding,
			HeapTuple message, TupleDesc description)
{
	ReturnSetInfo *result = verification->result;
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {false, true, true, true, false};

	values[0] = CStringGetTextDatum(mdb_violation_words(finding->violation));
	for (int i = 1; i <= 3 && message; i++)
		values[i] = SPI_getbinval(message, description, i, &nulls[i]);
	values[4] = detail_datum(finding);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
put_words(Verification *verification, MdbViolation violation,
		  const char *words, HeapTuple message, TupleDesc description)
{
	MdbFinding	finding = {violation, mdb_string(words)};

	put_finding(verification, &finding, message, description);
}

/* ------------------------------------------------------------------------
 * Reading
 * ------------------------------------------------------------------------
 */

static void
set_planner(const char *name, bool on)
{
	(void) set_config_option(name, on ? "on" : "off", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/* Opens a cursor that reads through an index, or through none. */
static Portal
open_cursor(const Verification *verification, const char *text, bool by_index)
{
	int			nest_level = NewGUCNestLevel();
	Portal		portal;

	set_planner("enable_seqscan", !by_index);
	set_planner("enable_sort", !by_index);
	set_planner("enable_incremental_sort", !by_index);
	set_planner("enable_bitmapscan", false);
	set_planner("enable_indexscan", by_index);
	set_planner("enable_indexonlyscan", by_index);
	text = mdb_substitute(text, "@messages@",
						  mdb_table_name(verification->namespace));
	portal = SPI_cursor_open_with_args(NULL, text, 0, NULL, NULL, NULL, true, 0);
	AtEOXact_GUC(true, nest_level);
	return portal;
}

typedef void RowVisitor(Verification *verification, Tally *tally,
						HeapTuple row, TupleDesc description);

/* Hands each row to the visitor, in a memory context of its own. */
static Tally
read_rows(Verification *verification, const char *text, bool by_index,
		  RowVisitor *visit)
{
	Portal		portal = open_cursor(verification, text, by_index);
	MemoryContext row_context = AllocSetContextCreate(CurrentMemoryContext,
													  "message_db verification",
													  ALLOCSET_DEFAULT_SIZES);
	Tally		tally = {0};

	do
	{
		SPI_cursor_fetch(portal, true, ROWS_AT_A_TIME);
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			MemoryContext caller = MemoryContextSwitchTo(row_context);

			CHECK_FOR_INTERRUPTS();
			visit(verification, &tally, SPI_tuptable->vals[i],
				  SPI_tuptable->tupdesc);
			MemoryContextSwitchTo(caller);
			MemoryContextReset(row_context);
		}
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
	MemoryContextDelete(row_context);
	return tally;
}

static void
count_row(Tally *tally, MdbInteger global_position)
{
	tally->rows++;
	if (!global_position.is_null)
		tally->checksum += hash_bytes_extended((const unsigned char *) &global_position.value,
											   sizeof(int64), 0);
}

/* ------------------------------------------------------------------------
 * The table
 * ------------------------------------------------------------------------
 */

/* Whether the message is of the same stream as the one before; remembers it. */
static bool
is_same_stream(Verification *verification, Datum stream_name)
{
	text	   *name = DatumGetTextPP(stream_name);
	int			length = (int) VARSIZE_ANY_EXHDR(name);
	StringInfo	last = &verification->stream_name;

	if (last->len == length &&
		memcmp(last->data, VARDATA_ANY(name), (size_t) length) == 0)
		return true;
	resetStringInfo(last);
	appendBinaryStringInfo(last, VARDATA_ANY(name), length);
	return false;
}

/* A message without a name or position has no place in the order. */
static void
check_position(Verification *verification, HeapTuple row,
			   TupleDesc description, Datum stream_name, int64 position,
			   int64 global_position)
{
	MdbFinding	findings[MDB_POSITION_FINDINGS];
	int			count;

	count = mdb_check_position(&verification->check,
							   is_same_stream(verification, stream_name),
							   position, global_position, findings);
	for (int i = 0; i < count; i++)
		put_finding(verification, &findings[i], row, description);
}

/* A RowVisitor of table_text */
static void
visit_message(Verification *verification, Tally *tally, HeapTuple row,
			  TupleDesc description)
{
	static const char *const names[] = {
		"stream_name", "position", "global_position"
	};
	Datum		values[4];
	bool		nulls[4];
	int64		global_position;

	for (int i = 0; i < 4; i++)
		values[i] = SPI_getbinval(row, description, i + 1, &nulls[i]);
	for (int i = 0; i < 3; i++)
		if (nulls[i])
			put_words(verification, MDB_VIOLATION_NULL, names[i], row,
					  description);
	if (DatumGetBool(values[3]))
		put_words(verification, MDB_VIOLATION_NULL, "type", row, description);

	global_position = nulls[2] ? 0 : DatumGetInt64(values[2]);
	count_row(tally, mdb_integer(global_position));
	if (global_position > verification->largest)
		verification->largest = global_position;
	if (!nulls[0] && !nulls[1] && !nulls[2])
		check_position(verification, row, description, values[0],
					   DatumGetInt64(values[1]), global_position);
}

/* ------------------------------------------------------------------------
 * The indexes and the sequence
 * ------------------------------------------------------------------------
 */

/* A RowVisitor of an index */
static void
visit_entry(Verification *verification, Tally *tally, HeapTuple row,
			TupleDesc description)
{
	bool		has_no_position;
	bool		is_first;
	Datum		global_position = SPI_getbinval(row, description, 1,
												&has_no_position);
	Datum		is_out_of_order = SPI_getbinval(row, description, 2, &is_first);

	count_row(tally, mdb_datum_integer(global_position, has_no_position));
	if (!is_first && DatumGetBool(is_out_of_order))
		tally->out_of_order++;
}

static void
put_index(Verification *verification, const char *words)
{
	put_words(verification, MDB_VIOLATION_INDEX, words, NULL, NULL);
}

static void
verify_index(Verification *verification, int number)
{
	const Tally *table = &verification->table;
	const char *columns = indexes[number].columns;
	Tally		index = read_rows(verification, indexes[number].text, true,
								  visit_entry);

	if (index.rows != table->rows)
		put_index(verification,
				  psprintf("by %s it leads to " INT64_FORMAT " messages, "
						   "the table has " INT64_FORMAT, columns,
						   index.rows, table->rows));
	else if (indexes[number].has_global_position &&
			 index.checksum != table->checksum)
		put_index(verification, psprintf("by %s it leads to other messages "
										 "than the table has", columns));
	if (index.out_of_order > 0)
		put_index(verification, psprintf("by %s a message does not come after "
										 "the one before, " INT64_FORMAT
										 " times", columns,
										 index.out_of_order));
}

/*
 * The next global position; NULL when the column has no sequence.  SPI is
 * connected.
 */
static MdbInteger
next_global_position(const Verification *verification)
{
	char	   *table = quote_literal_cstr(mdb_table_name(verification->namespace));
	char	   *sequence;
	bool		is_null;
	int64		last;

	if (SPI_execute(psprintf(sequence_text, table), true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not find the sequence of global positions");
	sequence = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (!sequence)
		return MDB_NULL_INTEGER;
	if (SPI_execute(psprintf("SELECT last_value, is_called FROM %s", sequence),
					true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read the sequence of global positions");
	last = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
									   SPI_tuptable->tupdesc, 1, &is_null));
	if (last < PG_INT64_MAX &&
		DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0],
								   SPI_tuptable->tupdesc, 2, &is_null)))
		last++;
	return mdb_integer(last);
}

static void
verify_sequence(Verification *verification)
{
	MdbInteger	next = next_global_position(verification);
	MdbFinding	finding = {MDB_VIOLATION_SEQUENCE, MDB_NULL_STRING, next,
	mdb_integer(verification->largest)};

	if (!next.is_null && verification->table.rows > 0 &&
		next.value <= verification->largest)
		put_finding(verification, &finding, NULL, NULL);
}

/*
 * verify_namespace(name varchar = NULL) -> setof (violation varchar,
 * stream_name varchar, "position" bigint, global_position bigint,
 * detail varchar)
 */
PG_FUNCTION_INFO_V1(message_db_verify_namespace);
Datum
message_db_verify_namespace(PG_FUNCTION_ARGS)
{
	MdbNamespace *namespace = PG_ARGISNULL(0) ? mdb_current_namespace()
		: mdb_namespace_named(mdb_text_argument(fcinfo, 0));
	Verification verification = {namespace,
	(ReturnSetInfo *) fcinfo->resultinfo};

	mdb_hold_namespace(namespace);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	initStringInfo(&verification.stream_name);
	verification.table = read_rows(&verification, table_text, false,
								   visit_message);
	for (int i = 0; i < lengthof(indexes); i++)
		verify_index(&verification, i);
	verify_sequence(&verification);
	SPI_finish();
	return (Datum) 0;
}
