/*-------------------------------------------------------------------------
 *
 * hostile.c
 *	  See hostile.h.
 *
 *-------------------------------------------------------------------------
 */
#include "hostile.h"

#include <math.h>

HostileObject *hostile_objects;
int			hostile_object_count;
int			hostile_largest = 20000;

/* ------------------------------------------------------------------------
 * What there is to call
 * ------------------------------------------------------------------------
 */

#define DIRECTONLY "0x80000"

/* The names of plain are those that SQLite has without the extension. */
#define LIST_OBJECTS \
	"SELECT name, narg, flags & " DIRECTONLY " != 0, NULL, 0 " \
	"FROM pragma_function_list AS f WHERE name NOT IN plain " \
	"UNION SELECT m.name, (SELECT count(*) FROM pragma_table_xinfo(m.name) " \
	"WHERE hidden), m.name = 'migrate_namespaces' OR m.name LIKE 'message~_db~_%' " \
	"ESCAPE '~', (SELECT group_concat(name) FROM pragma_table_xinfo(m.name)), 1 " \
	"FROM pragma_module_list AS m WHERE name NOT IN plain " \
	"AND name NOT LIKE 'pragma~_%' ESCAPE '~'"

static char *
copy_of(sqlite3_stmt *query, int column)
{
	return sqlite3_mprintf("%s", sqlite3_column_text(query, column));
}

void
hostile_learn_objects(void)
{
	sqlite3    *db = NULL;
	sqlite3_stmt *query = NULL;
	char	   *message = NULL;

	CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
	CHECK(run(db, "CREATE TABLE plain AS SELECT name FROM pragma_function_list "
			  "UNION SELECT name FROM pragma_module_list") == SQLITE_OK);
	CHECK(sqlite3_messagedb_init(db, &message, NULL) == SQLITE_OK);
	CHECK(sqlite3_prepare_v2(db, LIST_OBJECTS, -1, &query, NULL) == SQLITE_OK);
	while (sqlite3_step(query) == SQLITE_ROW)
	{
		HostileObject *object;

		hostile_objects = realloc(hostile_objects, sizeof(HostileObject) *
								  (size_t) (hostile_object_count + 1));
		object = &hostile_objects[hostile_object_count++];
		object->name = copy_of(query, 0);
		object->arguments = sqlite3_column_int(query, 1);
		object->may_change = sqlite3_column_int(query, 2);
		object->columns = copy_of(query, 3);
		object->is_table = sqlite3_column_int(query, 4);
	}
	sqlite3_finalize(query);
	sqlite3_close(db);
	CHECK(hostile_object_count > 40);
}

void
hostile_forget_objects(void)
{
	while (hostile_object_count > 0)
	{
		hostile_object_count--;
		sqlite3_free(hostile_objects[hostile_object_count].name);
		sqlite3_free(hostile_objects[hostile_object_count].columns);
	}
	free(hostile_objects);
	hostile_objects = NULL;
}

/* ------------------------------------------------------------------------
 * Statements
 * ------------------------------------------------------------------------
 */

static int
below(uint64_t *random, int limit)
{
	return (int) fault_random_below(random, limit);
}

/* As many question marks. */
static void
append_parameters(sqlite3_str *sql, int count)
{
	for (int i = 0; i < count; i++)
		sqlite3_str_appendall(sql, i > 0 ? ", ?" : "?");
}

/* One of the table's columns, hidden or not. */
static void
append_column(sqlite3_str *sql, const HostileObject *table, uint64_t *random)
{
	const char *column = table->columns;
	int			count = 1;

	for (const char *p = column; *p; p++)
		count += *p == ',';
	for (int n = below(random, count); n > 0; n--)
		column = strchr(column, ',') + 1;
	sqlite3_str_appendf(sql, " x.\"%.*w\"", (int) strcspn(column, ","), column);
}

/* What may stand behind a table: constraints on any column, and orders. */
static void
append_clauses(sqlite3_str *sql, const HostileObject *table, uint64_t *random)
{
	static const char *const operators[] = {
		" = ?", " > ?", " <= ?", " IS NULL", " IN (?, ?)", " LIKE ?",
		" IS ?", " BETWEEN ? AND ?", " GLOB ?", " <> ?", " IS NOT NULL"
	};
	static const char *const orders[] = {"", " DESC", " COLLATE NOCASE"};

	if (below(random, 4) == 0)
	{
		sqlite3_str_appendall(sql, " WHERE");
		append_column(sql, table, random);
		sqlite3_str_appendall(sql, operators[below(random, 11)]);
		if (below(random, 3) == 0)
		{
			sqlite3_str_appendall(sql, below(random, 2) ? " AND" : " OR");
			append_column(sql, table, random);
			sqlite3_str_appendall(sql, operators[below(random, 11)]);
		}
	}
	if (below(random, 8) == 0)
	{
		sqlite3_str_appendall(sql, " ORDER BY");
		append_column(sql, table, random);
		sqlite3_str_appendall(sql, orders[below(random, 3)]);
	}
	if (below(random, 8) == 0)
		sqlite3_str_appendall(sql, " LIMIT 2 OFFSET 1");
}

/* Other things than reading that may be tried with a virtual table. */
static char *
misuse_of_table(const HostileObject *table, uint64_t *random)
{
	static const char *const misuses[] = {
		"DELETE FROM \"%w\"",
		"INSERT INTO \"%w\" DEFAULT VALUES",
		"CREATE VIRTUAL TABLE temp.made USING \"%w\"(1, 'x')",
		"DROP TABLE \"%w\"",
		"SELECT count(*) FROM \"%w\" WHERE rowid = ?",
		"ALTER TABLE \"%w\" RENAME TO made",
		"CREATE INDEX made ON \"%w\"(1)",
		"UPDATE \"%w\" SET rowid = ?"
	};

	return sqlite3_mprintf(misuses[below(random, 8)], table->name);
}

static char *
call_of_table(const HostileObject *table, uint64_t *random)
{
	int			given = below(random, 3) == 0 ?
		below(random, table->arguments + 2) : table->arguments;
	sqlite3_str *sql = sqlite3_str_new(NULL);

	if (below(random, 15) == 0)
	{
		sqlite3_free(sqlite3_str_finish(sql));
		return misuse_of_table(table, random);
	}
	if (below(random, 10) == 0)
		sqlite3_str_appendf(sql, "SELECT * FROM (SELECT ? AS v) AS y LEFT JOIN "
							"\"%w\" AS x ON", table->name);
	else
	{
		sqlite3_str_appendf(sql, "SELECT * FROM \"%w\"(", table->name);
		append_parameters(sql, given);
		sqlite3_str_appendall(sql, ") AS x");
		append_clauses(sql, table, random);
		return sqlite3_str_finish(sql);
	}
	append_column(sql, table, random);
	sqlite3_str_appendall(sql, " = y.v");
	return sqlite3_str_finish(sql);
}

char *
hostile_call(const HostileObject *object, uint64_t *random)
{
	int			given = object->arguments;
	sqlite3_str *sql;

	if (object->is_table)
		return call_of_table(object, random);
	if (below(random, 40) == 0)
		given += below(random, 2) ? 1 : -1;
	sql = sqlite3_str_new(NULL);
	sqlite3_str_appendf(sql, "SELECT \"%w\"(", object->name);
	append_parameters(sql, given);
	sqlite3_str_appendall(sql, ")");
	return sqlite3_str_finish(sql);
}

/* ------------------------------------------------------------------------
 * Values
 * ------------------------------------------------------------------------
 */

/* What some functions accept, so that calls get beyond the first checks. */
static const char *const usual[] = {
	"account-1", "account-2+x", "account", "other", "a", "tenant_a",
	"tenant_b", "tenant_c", "message_store", "Opened",
	"{\"a\": 1, \"correlationStreamName\": \"account-1\"}", "[]",
	"[{\"type\": \"T\", \"data\": {}}]",
	"[{\"type\": \"T\", \"data\": 1}, {\"type\": \"U\", \"data\": null, "
	"\"id\": \"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"}]",
	"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "0", "1", "10", "-1",
	"message_store.sql_condition", "message_store.debug",
	"message_db.namespace", "message_db.idempotent_writes",
	"message_db.category_lock", "message_db.auto_create_namespaces", "on",
	"off", "commit", "position >= 0"
};

static const char *const unusual[] = {
	"", " ", "-", "+", "a-", "-1", "a-b+c+d", "%s%n%d%1%2%", "'", "\"", "\\",
	"'; DROP TABLE messages; --", "\"; DROP TABLE messages; --", "a\nb",
	"\r\n\t\v\f", "../x", "/etc/passwd", "/dev/null", "a/b", "main", "temp",
	"sqlite_x", "file:x?mode=memory", ":memory:", "message_db_namespaces",
	"\xd7\x90\xd7\x91-\xe2\x80\xae\xd7\x92", "\xef\xbb\xbf" "account-1",
	"\xf0\x9f\x98\x80-\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
	"e\xcc\x81-1", "\xff", "\xc0\x80", "\xed\xa0\x80", "abc\xe4\xb8",
	"\xf4\x90\x80\x80", "9223372036854775807", "-9223372036854775808",
	"9223372036854775808", "1e308", "NaN", "Infinity", "0x10", "1_000", "null",
	"true", "{", "{\"a\"", "[{}]", "[null]", "[[]]", "{\"a\": 1, \"a\": 2}",
	"[{\"type\": \"\\u0000\", \"data\": 1}]", "\"\\ud800\"", "1e999999",
	"1e-99999", "[{\"type\": 1}]", "[{\"data\": {}, \"type\": \"T\", \"x\": 1}]",
	"[{\"type\": \"T\", \"data\": {}, \"id\": \"x\"}]", "{00000000}",
	"1) OR (1", "1; DROP TABLE messages", "(SELECT 1", "1 --", "1 /*",
	"position = ?1", "write_message(NULL, 'inner-1', 'T', '{}') >= 0",
	"clear_namespace('tenant_a') >= 0", "use_namespace('tenant_a') = 'tenant_a'",
	"delete_namespace('tenant_a') >= 0", "ensure_namespace('tenant_d')",
	"EXISTS (SELECT 1 FROM get_all_messages())", "randomblob(10) > 0",
	"raise(ABORT, 'x')", "no_such_column"
};

#define COUNT(array) ((int) (sizeof(array) / sizeof((array)[0])))

static const int64_t integers[] = {
	0, 1, -1, 2, 3, 7, 10, 63, 255, 1000, 2147483647, -2147483648,
	4294967296, INT64_MAX, INT64_MAX - 1, INT64_MIN, INT64_MIN + 1
};

static const double reals[] = {
	0.0, -0.0, 0.5, 1.0, -1.0, 3.0, 1e308, -1e308, 5e-324, 9007199254740993.0,
	9223372036854775808.0, -9223372036854775808.0, 9.3e18, INFINITY, -INFINITY
};

/* A length up to the largest, shorter ones more often. */
static int
some_length(uint64_t *random)
{
	int			length = hostile_largest;

	for (int halvings = below(random, 16); halvings > 0; halvings--)
		length /= 2;
	return length > 0 ? length - below(random, length / 2 + 1) : 0;
}

/* A text made of one piece, again and again, and then of another one. */
static char *
repeated(const char *piece, const char *other, int length, sqlite3_str *text)
{
	int			step = (int) strlen(piece);

	for (int n = length / step; n > 0; n--)
		sqlite3_str_append(text, piece, step);
	step = (int) strlen(other);
	for (int n = step > 0 ? length / step : 0; n > 0; n--)
		sqlite3_str_append(text, other, step);
	return sqlite3_str_finish(text);
}

static char *
long_text(uint64_t *random)
{
	static const struct
	{
		const char *begin;
		const char *piece;
		const char *other;
		const char *end;
	}			texts[] = {
		{"", "a", "", ""}, {"account-", "1", "", ""}, {"a", "-", "", ""},
		{"", "\xc3\xa9", "", ""}, {"", "%s%1", "", ""}, {"", "'", "", ""},
		{"", "\xff", "", ""}, {"", "9", "", ""}, {"0.", "0", "1", ""},
		{"", "[", "]", ""}, {"", "[", "", ""}, {"", "{\"a\":", "", "1"},
		{"\"", "a", "", "\""}, {"\"", "\\n", "", "\""},
		{"\"", "\\u00e9", "", "\""}, {"[", "1,", "", "1]"},
		{"[", "{\"type\":\"T\",\"data\":1},", "", "{\"type\":\"T\",\"data\":1}]"},
		{"{\"a\": \"", "x", "", "\"}"}, {"[{\"type\": \"", "T", "",
		"\", \"data\": 1}]"}, {"{", "\"k\":1,", "", "\"j\":1}"}, {"", "(", ")", ""}
	};
	int			i = below(random, COUNT(texts));
	char	   *middle = repeated(texts[i].piece, texts[i].other,
								  some_length(random), sqlite3_str_new(NULL));
	sqlite3_str *text = sqlite3_str_new(NULL);

	/* not with a format, whose result has a limit of its own */
	sqlite3_str_appendall(text, texts[i].begin);
	if (middle)
		sqlite3_str_appendall(text, middle);
	sqlite3_str_appendall(text, texts[i].end);
	sqlite3_free(middle);
	return sqlite3_str_finish(text);
}

static const char *
short_text(uint64_t *random)
{
	if (below(random, 2))
		return usual[below(random, COUNT(usual))];
	return unusual[below(random, COUNT(unusual))];
}

/* Bytes in the three storages that have some. */
static void
bind_bytes(sqlite3_stmt *statement, int number, const char *bytes,
		   int length, uint64_t *random)
{
	switch (below(random, 12))
	{
		case 0:
			sqlite3_bind_blob(statement, number, bytes, length,
							  SQLITE_TRANSIENT);
			break;
		case 1:
			sqlite3_bind_text16(statement, number, bytes, length & ~1,
								SQLITE_TRANSIENT);
			break;
		case 2:					/* with the NUL behind it */
			sqlite3_bind_text(statement, number, bytes, length + 1,
							  SQLITE_TRANSIENT);
			break;
		default:
			sqlite3_bind_text(statement, number, bytes, length,
							  SQLITE_TRANSIENT);
	}
}

static void
bind_value(sqlite3_stmt *statement, int number, uint64_t *random)
{
	static int	pointee;
	const char *text;
	char	   *made;

	switch (below(random, 20))
	{
		case 0:
			sqlite3_bind_null(statement, number);
			break;
		case 1:
		case 2:
			sqlite3_bind_int64(statement, number,
							   integers[below(random, COUNT(integers))]);
			break;
		case 3:
			sqlite3_bind_int64(statement, number,
							   (sqlite3_int64) fault_random(random));
			break;
		case 4:
			sqlite3_bind_double(statement, number,
								reals[below(random, COUNT(reals))]);
			break;
		case 5:
			sqlite3_bind_zeroblob(statement, number, some_length(random));
			break;
		case 6:
			sqlite3_bind_pointer(statement, number, &pointee, "another type",
								 NULL);
			break;
		case 7:
		case 8:
			made = long_text(random);
			bind_bytes(statement, number, made ? made : "",
					   made ? (int) strlen(made) : 0, random);
			sqlite3_free(made);
			break;
		default:
			text = short_text(random);
			bind_bytes(statement, number, text, (int) strlen(text), random);
	}
}

void
hostile_bind(sqlite3_stmt *statement, uint64_t *random)
{
	for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++)
		bind_value(statement, i, random);
}

/* ------------------------------------------------------------------------
 * Calls
 * ------------------------------------------------------------------------
 */

/* Whether a caller may get this code, with such a text. */
static bool
is_answer(sqlite3 *db, const HostileObject *object, int rc,
		  bool may_be_damaged)
{
	const char *text = sqlite3_errmsg(db);

	switch (rc & 0xff)
	{
		case SQLITE_OK:
			return true;
		case SQLITE_ERROR:
			return *text && strcmp(text, "SQL logic error") != 0 &&
				strcmp(text, "not an error") != 0;
		case SQLITE_CONSTRAINT:
		case SQLITE_TOOBIG:
		case SQLITE_FULL:		/* the last global position is taken */
			return true;
		case SQLITE_LOCKED:		/* DROP in a condition, DETACH */
		case SQLITE_MISMATCH:
			return *text;
		case SQLITE_READONLY:	/* INSERT into an internal table */
			return object->is_table || may_be_damaged;
		case SQLITE_CORRUPT:
		case SQLITE_NOTADB:
		case SQLITE_CANTOPEN:
		case SQLITE_IOERR:
		case SQLITE_NOMEM:		/* a damaged size */
		case SQLITE_BUSY:
		case SQLITE_SCHEMA:
			return may_be_damaged;
		default:
			return false;
	}
}

/* Makes SQLite and us compute every column of every row, some thousand. */
static int
read_rows(sqlite3_stmt *query)
{
	int			rc;

	for (int n = 0; (rc = sqlite3_step(query)) == SQLITE_ROW && n < 5000; n++)
		for (int i = 0; i < sqlite3_column_count(query); i++)
		{
			sqlite3_column_text(query, i);
			sqlite3_column_bytes(query, i);
		}
	return sqlite3_reset(query);
}

int
hostile_try(sqlite3 *db, const HostileObject *object, uint64_t *random,
			bool may_be_damaged)
{
	char	   *sql = hostile_call(object, random);
	sqlite3_stmt *query = NULL;
	int			rc = sqlite3_prepare_v2(db, sql, -1, &query, NULL);

	if (rc == SQLITE_OK)
	{
		hostile_bind(query, random);
		rc = read_rows(query);
	}
	if (!CHECK(is_answer(db, object, rc, may_be_damaged)))
		printf("    %s: %d %.200s\n", sql, rc, sqlite3_errmsg(db));
	sqlite3_finalize(query);
	sqlite3_free(sql);
	return rc;
}
