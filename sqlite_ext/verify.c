/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  verify_namespace(): a row for everything that is wrong with a namespace.
 *
 * It reads in four parts, and hands out each row when it finds it:
 *
 *	  DAMAGE	SQLite's integrity_check of the database, indexes included
 *	  POSITIONS	the index of streams and positions, in its order
 *	  VALUES	the table in its own order, every column of a message
 *	  SEQUENCE	the next global position
 *
 * The first part compares the indexes with the table.  If it finds anything,
 * the second sorts the table instead of trusting the index.  So each part reads
 * everything once, and nothing is kept in memory but the message before.
 *
 * A statement that stands on a row keeps the transaction open which all parts
 * read in, so writes of others in the meantime are not taken for violations.
 *
 * A part that cannot go on because the database is damaged says so in a row,
 * and the next one follows.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

#include <stdlib.h>

#define COLUMNS 5

enum
{
	VIOLATION, STREAM_NAME, POSITION, GLOBAL_POSITION, DETAIL
};

typedef enum Part
{
	DAMAGE, POSITIONS, VALUES, SEQUENCE, PARTS
} Part;

/* Without a number integrity_check ends after a hundred errors. */
static const char *const part_texts[PARTS] = {
	[DAMAGE] = "PRAGMA \"%w\".integrity_check(2147483647)",
	[POSITIONS] = "SELECT stream_name, position, global_position FROM "
	"\"%w\".messages INDEXED BY messages_stream "
	"ORDER BY stream_name, position, global_position",
	[VALUES] = "SELECT stream_name, position, global_position, type, data, "
	"metadata, id, time FROM \"%w\".messages NOT INDEXED",
	[SEQUENCE] = "SELECT NULL, NULL, NULL, max(seq), "
	"(SELECT max(global_position) FROM \"%w\".messages) "
	"FROM \"%w\".sqlite_sequence WHERE lower(name) = 'messages'",
};

static const char sorted_text[] =
"SELECT stream_name, position, global_position FROM \"%w\".messages "
"NOT INDEXED ORDER BY stream_name, position, global_position";

/* A message can have several violations; as many as it has columns. */
#define MAX_FINDINGS 8

typedef struct VerifyCursor
{
	sqlite3_vtab_cursor base;
	char		schema[MDB_NAME_SIZE + 4];
	sqlite3_stmt *snapshot;		/* stands on a row */
	sqlite3_stmt *select;		/* of the part; stands on the message */
	Part		part;
	bool		damaged;		/* integrity_check has found something */
	MdbPositionCheck check;
	char	   *stream_name;	/* of the message before */
	size_t		length;
	size_t		room;
	MdbFinding	findings[MAX_FINDINGS];
	int			count;
	int			current;
	char	   *damage;			/* what SQLite says, which findings may quote */
	int64_t		damaged_row;
	int64_t		row;
} VerifyCursor;

/* ------------------------------------------------------------------------
 * Findings
 * ------------------------------------------------------------------------
 */

static void
add_finding(VerifyCursor *cursor, MdbViolation violation, MdbString subject,
			MdbInteger first, MdbInteger second)
{
	if (cursor->count < MAX_FINDINGS)
		cursor->findings[cursor->count++] =
			(MdbFinding) {violation, subject, first, second};
}

static void
add_words(VerifyCursor *cursor, MdbViolation violation, const char *words)
{
	add_finding(cursor, violation, mdb_string(words), MDB_NULL_INTEGER,
				MDB_NULL_INTEGER);
}

/*
 * Takes over what SQLite says of damage, from sqlite3_malloc(); NULL is for
 * lack of memory.  The global position of a row of an index is at its begin.
 */
static void
add_damage(VerifyCursor *cursor, MdbViolation violation, char *words,
		   MdbFailure *failure)
{
	sqlite3_free(cursor->damage);
	cursor->damage = words;
	cursor->damaged = true;
	cursor->damaged_row = 0;
	if (!words)
		mdb_fail_memory(failure);
	else
	{
		if (strncmp(words, "row ", 4) == 0)
			cursor->damaged_row = strtoll(words + 4, NULL, 10);
		add_words(cursor, violation, words);
	}
}

/* ------------------------------------------------------------------------
 * What a row of each part says
 * ------------------------------------------------------------------------
 */

/* NULLs in columns of messages are found with the other values. */
static void
find_damage(VerifyCursor *cursor, MdbFailure *failure)
{
	const char *words = mdb_column_text(cursor->select, 0);
	bool		is_index = strstr(words, " index messages_") != NULL;

	if (strcmp(words, "ok") == 0 ||
		sqlite3_strnicmp(words, "NULL value in messages.", 23) == 0)
		return;
	add_damage(cursor, is_index ? MDB_VIOLATION_INDEX : MDB_VIOLATION_DAMAGE,
			   sqlite3_mprintf("%s", words), failure);
}

/* Whether the message is of the same stream as the one before; remembers it. */
static bool
is_same_stream(VerifyCursor *cursor, MdbFailure *failure)
{
	const void *name = sqlite3_column_blob(cursor->select, 0);
	size_t		length = (size_t) sqlite3_column_bytes(cursor->select, 0);

	if (length == cursor->length &&
		(length == 0 || memcmp(name, cursor->stream_name, length) == 0))
		return true;
	if (length > cursor->room)
	{
		char	   *larger = sqlite3_realloc64(cursor->stream_name, length);

		if (!larger)
		{
			mdb_fail_memory(failure);
			return false;
		}
		cursor->stream_name = larger;
		cursor->room = length;
	}
	if (length > 0)
		memcpy(cursor->stream_name, name, length);
	cursor->length = length;
	return false;
}

/* A message whose name or position is malformed has no place in the order. */
static void
find_positions(VerifyCursor *cursor, MdbFailure *failure)
{
	MdbFinding	findings[MDB_POSITION_FINDINGS];
	bool		same_stream;
	int			count;

	if (sqlite3_column_type(cursor->select, 0) != SQLITE_TEXT ||
		sqlite3_column_type(cursor->select, 1) != SQLITE_INTEGER)
		return;
	same_stream = is_same_stream(cursor, failure);
	if (failure->code)
		return;
	count = mdb_check_position(&cursor->check, same_stream,
							   sqlite3_column_int64(cursor->select, 1),
							   sqlite3_column_int64(cursor->select, 2),
							   findings);
	memcpy(cursor->findings, findings, (size_t) count * sizeof(MdbFinding));
	cursor->count = count;
}

static void
find_values(VerifyCursor *cursor, MdbFailure *failure)
{
	MdbViolation violation;

	for (int i = 0; i < MDB_MESSAGE_COLUMNS; i++)
	{
		const char *words = mdb_check_value(sqlite3_column_value(cursor->select, i),
											i, &violation, failure);

		if (words)
			add_words(cursor, violation, words);
	}
}

/* No row of the sequence, or an empty table, counts as 0. */
static void
find_sequence(VerifyCursor *cursor)
{
	int64_t		last = sqlite3_column_int64(cursor->select, 3);
	int64_t		largest = sqlite3_column_int64(cursor->select, 4);

	if (last < largest)
		add_finding(cursor, MDB_VIOLATION_SEQUENCE, MDB_NULL_STRING,
					mdb_integer(last + 1), mdb_integer(largest));
}

static void
find_in_row(VerifyCursor *cursor, MdbFailure *failure)
{
	cursor->count = cursor->current = 0;
	switch (cursor->part)
	{
		case DAMAGE:
			find_damage(cursor, failure);
			break;
		case POSITIONS:
			find_positions(cursor, failure);
			break;
		case VALUES:
			find_values(cursor, failure);
			break;
		case SEQUENCE:
			find_sequence(cursor);
			break;
		case PARTS:
			break;
	}
}

/* ------------------------------------------------------------------------
 * From one finding to the next
 * ------------------------------------------------------------------------
 */

static sqlite3 *
connection_of(const VerifyCursor *cursor)
{
	return mdb_table_session(cursor->base.pVtab)->db;
}

/*
 * Ends a part because of an error, which becomes a finding if the database is
 * damaged.
 */
static void
end_part(VerifyCursor *cursor, int rc, MdbFailure *failure)
{
	sqlite3    *db = connection_of(cursor);

	cursor->count = cursor->current = 0;
	if ((rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB)
		add_damage(cursor, MDB_VIOLATION_DAMAGE,
				   sqlite3_mprintf("%s", sqlite3_errmsg(db)), failure);
	else if (rc != SQLITE_DONE)
		mdb_fail_database(failure, db, rc);
	sqlite3_finalize(cursor->select);
	cursor->select = NULL;
	cursor->part++;
}

static void
begin_part(VerifyCursor *cursor, MdbFailure *failure)
{
	const char *format = cursor->part == POSITIONS && cursor->damaged ?
		sorted_text : part_texts[cursor->part];
	char	   *text = sqlite3_mprintf(format, cursor->schema, cursor->schema);
	int			rc;

	if (!text)
	{
		mdb_fail_memory(failure);
		return;
	}
	rc = sqlite3_prepare_v2(connection_of(cursor), text, -1, &cursor->select,
							NULL);
	sqlite3_free(text);
	if (rc != SQLITE_OK)
		end_part(cursor, rc, failure);
}

/* Goes to the next finding; at the end there is none. */
static void
advance(VerifyCursor *cursor, MdbFailure *failure)
{
	int			rc;

	cursor->current++;
	while (cursor->current >= cursor->count && cursor->part < PARTS &&
		   !failure->code)
	{
		if (!cursor->select)
			begin_part(cursor, failure);
		if (!cursor->select)
			continue;
		rc = sqlite3_step(cursor->select);
		if (rc == SQLITE_ROW)
			find_in_row(cursor, failure);
		else
			end_part(cursor, rc, failure);
	}
	cursor->row++;
}

static void
end_cursor(VerifyCursor *cursor)
{
	sqlite3_finalize(cursor->select);
	sqlite3_finalize(cursor->snapshot);
	sqlite3_free(cursor->stream_name);
	sqlite3_free(cursor->damage);
	memset((char *) cursor + sizeof(sqlite3_vtab_cursor), 0,
		   sizeof(VerifyCursor) - sizeof(sqlite3_vtab_cursor));
}

static void
begin_cursor(VerifyCursor *cursor, sqlite3_value *name_argument,
			 MdbFailure *failure)
{
	MdbSession *session = mdb_table_session(cursor->base.pVtab);
	char		name[MDB_NAME_SIZE];
	MdbNamespace *namespace;

	sqlite3_snprintf(MDB_NAME_SIZE, name, "%s", session->current_name.value);
	if (name_argument && sqlite3_value_type(name_argument) != SQLITE_NULL)
		mdb_name_argument(name_argument, name, failure);
	namespace = mdb_require_namespace(session, name, failure);
	if (!namespace)
		return;
	sqlite3_snprintf(sizeof(cursor->schema), cursor->schema, "%s",
					 namespace->schema);
	cursor->snapshot = mdb_query(failure, session->db,
								 "SELECT 1 FROM \"%w\".sqlite_schema",
								 cursor->schema);
	advance(cursor, failure);
}

/* ------------------------------------------------------------------------
 * The virtual table
 * ------------------------------------------------------------------------
 */

static int
connect_table(sqlite3 *db, void *session, int argc, const char *const *argv,
			  sqlite3_vtab **table, char **message)
{
	(void) argc, (void) argv, (void) message;
	return mdb_connect_table(db, session, 0, SQLITE_VTAB_DIRECTONLY,
							 "CREATE TABLE x(violation, stream_name, "
							 "position, global_position, detail, "
							 "arg_name HIDDEN)", table);
}

static int
best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	info->estimatedCost = 1000000;
	return mdb_hand_arguments(table, info, COLUMNS, 1, false);
}

static int
open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
	(void) table;
	return mdb_open_cursor(sizeof(VerifyCursor), cursor);
}

static int
close_cursor(sqlite3_vtab_cursor *base)
{
	end_cursor((VerifyCursor *) base);
	sqlite3_free(base);
	return SQLITE_OK;
}

static int
filter(sqlite3_vtab_cursor *base, int plan, const char *plan_text, int argc,
	   sqlite3_value **argv)
{
	VerifyCursor *cursor = (VerifyCursor *) base;
	MdbFailure	failure = MDB_NO_FAILURE;

	(void) plan_text, (void) argc;
	end_cursor(cursor);
	begin_cursor(cursor, plan == 1 ? argv[0] : NULL, &failure);
	if (failure.code)
		end_cursor(cursor);
	return mdb_table_failure(base->pVtab, &failure);
}

static int
next(sqlite3_vtab_cursor *base)
{
	MdbFailure	failure = MDB_NO_FAILURE;

	advance((VerifyCursor *) base, &failure);
	return mdb_table_failure(base->pVtab, &failure);
}

static int
at_end(sqlite3_vtab_cursor *base)
{
	const VerifyCursor *cursor = (VerifyCursor *) base;

	return cursor->current >= cursor->count;
}

static void
result_detail(sqlite3_context *context, const MdbFinding *finding)
{
	size_t		length = mdb_finding_detail(finding, NULL, 0);
	char	   *text = sqlite3_malloc64(length + 1);

	if (!text)
	{
		sqlite3_result_error_nomem(context);
		return;
	}
	mdb_finding_detail(finding, text, length + 1);
	sqlite3_result_text64(context, text, length, sqlite3_free, SQLITE_UTF8);
}

/* Of the message that the finding is about, if it is about one. */
static void
result_of_message(sqlite3_context *context, const VerifyCursor *cursor,
				  int number)
{
	if (cursor->select && cursor->part != DAMAGE)
		sqlite3_result_value(context, sqlite3_column_value(cursor->select,
														   number - STREAM_NAME));
	else if (number == GLOBAL_POSITION && cursor->damaged_row)
		sqlite3_result_int64(context, cursor->damaged_row);
}

static int
column(sqlite3_vtab_cursor *base, sqlite3_context *context, int number)
{
	const VerifyCursor *cursor = (VerifyCursor *) base;
	const MdbFinding *finding = &cursor->findings[cursor->current];

	switch (number)
	{
		case VIOLATION:
			sqlite3_result_text(context,
								mdb_violation_words(finding->violation), -1,
								SQLITE_STATIC);
			break;
		case STREAM_NAME:
		case POSITION:
		case GLOBAL_POSITION:
			result_of_message(context, cursor, number);
			break;
		case DETAIL:
			result_detail(context, finding);
			break;
		default:
			return mdb_refuse_argument(base->pVtab);
	}
	return SQLITE_OK;
}

static int
rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *value)
{
	*value = ((VerifyCursor *) base)->row;
	return SQLITE_OK;
}

const sqlite3_module mdb_verify_module = {
	.xConnect = connect_table,
	.xBestIndex = best_index,
	.xDisconnect = mdb_disconnect_table,
	.xOpen = open_cursor,
	.xClose = close_cursor,
	.xFilter = filter,
	.xNext = next,
	.xEof = at_end,
	.xColumn = column,
	.xRowid = rowid,
};
