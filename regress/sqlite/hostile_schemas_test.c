/*-------------------------------------------------------------------------
 *
 * hostile_schemas_test.c
 *	  Databases whose tables have the names of a store's and are something
 *	  else.
 *
 * Each schema is made in an empty database.  A write and verify_namespace() must
 * then say what stands in the table below: either that this is no message
 * store, or what a store with such an addition answers.  After that everything
 * that the extension offers is called with hostile arguments: it answers or
 * fails with an error that says why, and the database stays sound.
 *
 * FAULT_SECONDS makes it go on with other arguments.
 *
 *-------------------------------------------------------------------------
 */
#include "hostile.h"

#include <time.h>

#define QUICK_ROUNDS 4
#define CALLS 50

#define COLUMNS "position INTEGER NOT NULL, " \
	"time TEXT NOT NULL DEFAULT '2000-01-01 00:00:00', " \
	"stream_name TEXT NOT NULL, type TEXT NOT NULL, data TEXT, " \
	"metadata TEXT, id TEXT NOT NULL DEFAULT (lower(hex(randomblob(16))))"
#define KEY "global_position INTEGER PRIMARY KEY AUTOINCREMENT, "
#define INDEXES \
	"CREATE UNIQUE INDEX messages_id ON messages (id); " \
	"CREATE UNIQUE INDEX messages_stream ON messages (stream_name, position); " \
	"CREATE INDEX messages_category ON messages " \
	"(substr(stream_name, 1, instr(stream_name || '-', '-') - 1)); "
#define TABLE "CREATE TABLE messages (" KEY COLUMNS "); " INDEXES
#define STORE "SELECT ensure_namespace(); "
#define NO_STORE "Not a message store: message_store"
#define WRITE "SELECT write_message(NULL, 'a-1', 'T', '{}')"

typedef struct Schema
{
	const char *name;
	const char *sql;
	const char *written;		/* the answer of a write */
	const char *verified;		/* and then of verify_namespace() */
	bool		is_damaged;		/* functions may say so */
} Schema;

static const Schema schemas[] = {
	/* messages is something else */
	{"a view", "CREATE VIEW messages AS SELECT 1 AS global_position, 0 AS "
		"position, '' AS time, 'a-1' AS stream_name, 'T' AS type, '{}' AS data, "
	"NULL AS metadata, '' AS id", NO_STORE, NO_STORE},
	{"a view that can be written", "CREATE TABLE others (" KEY COLUMNS "); "
		"CREATE VIEW messages AS SELECT * FROM others; "
		"CREATE TRIGGER t INSTEAD OF INSERT ON messages BEGIN "
		"INSERT INTO others (position, stream_name, type) "
	"VALUES (NEW.position, NEW.stream_name, NEW.type); END", NO_STORE, NO_STORE},
	{"a view of itself", "CREATE VIEW messages AS SELECT * FROM messages",
	NO_STORE, NO_STORE},
	{"a virtual table", "CREATE VIRTUAL TABLE messages USING fts5("
		"global_position, position, time, stream_name, type, data, metadata, id)",
	NO_STORE, NO_STORE},
	{"a table without rowid", "CREATE TABLE messages ("
		"global_position INTEGER PRIMARY KEY, " COLUMNS ") WITHOUT ROWID; "
	INDEXES, NO_STORE, NO_STORE},
	{"an index", "CREATE TABLE t (x); CREATE INDEX messages ON t (x)",
	"there is already an index named messages",
	"Namespace does not exist: message_store"},
	{"in capitals", "CREATE TABLE Messages (" KEY COLUMNS "); " INDEXES, "0",
	"no row"},

	/* other columns */
	{"no column metadata", "CREATE TABLE messages (" KEY "position, time, "
		"stream_name, type, data, id); " INDEXES, NO_STORE, NO_STORE},
	{"no AUTOINCREMENT", "CREATE TABLE messages (global_position INTEGER PRIMARY "
	"KEY, " COLUMNS "); " INDEXES, NO_STORE, NO_STORE},
	{"a global position that is text", "CREATE TABLE messages (global_position "
	"TEXT PRIMARY KEY, " COLUMNS "); " INDEXES, NO_STORE, NO_STORE},
	{"columns in another order", "CREATE TABLE messages (id TEXT NOT NULL, "
		"metadata TEXT, data TEXT, type TEXT NOT NULL, stream_name TEXT NOT NULL, "
		"time TEXT NOT NULL, position INTEGER NOT NULL, global_position INTEGER "
	"PRIMARY KEY AUTOINCREMENT); " INDEXES, "0", "no row"},
	{"a generated position", "CREATE TABLE messages (" KEY "position INTEGER AS "
		"(global_position) STORED, time, stream_name, type, data, metadata, id); "
	INDEXES, "cannot INSERT into generated column \"position\"", "no row"},
	{"a generated column", TABLE "ALTER TABLE messages ADD COLUMN category AS "
	"(substr(stream_name, 1, 1))", "0", "no row"},
	{"a generated column that fails", TABLE "ALTER TABLE messages ADD COLUMN x "
	"AS (json(type))", "malformed JSON", "no row"},
	{"a further column that must have a value", "CREATE TABLE messages (" KEY
		COLUMNS ", x NOT NULL); " INDEXES,
	"NOT NULL constraint failed: messages.x", "no row"},
	{"blobs", "CREATE TABLE messages (" KEY "position BLOB, time BLOB, "
		"stream_name BLOB, type BLOB, data BLOB, metadata BLOB, id BLOB); "
	INDEXES, "0", "no row"},
	{"a strict table", "CREATE TABLE messages (" KEY COLUMNS ") STRICT; "
	INDEXES, "0", "no row"},
	{"without regard to case", "CREATE TABLE messages (" KEY "position INTEGER, "
		"time TEXT, stream_name TEXT COLLATE NOCASE, type TEXT, data TEXT, "
	"metadata TEXT, id TEXT); " INDEXES, "0", "no row"},

	/* indexes */
	{"no index of ids", TABLE "DROP INDEX messages_id", NO_STORE, NO_STORE},
	{"a partial index of streams", TABLE "DROP INDEX messages_stream; CREATE "
		"UNIQUE INDEX messages_stream ON messages (stream_name, position) WHERE 0",
	"0", "no query solution"},
	{"an index of other columns", TABLE "DROP INDEX messages_stream; CREATE "
	"INDEX messages_stream ON messages (type)", "0", "no row"},
	{"an index that fails", TABLE "CREATE INDEX fails ON messages "
	"(json(type))", "malformed JSON", "no row"},
	{"conflicts that replace", "CREATE TABLE messages (" KEY COLUMNS
	", UNIQUE (type) ON CONFLICT REPLACE); " INDEXES, "0", "no row"},
	{"conflicts that ignore", "CREATE TABLE messages (" KEY COLUMNS
	", UNIQUE (type) ON CONFLICT IGNORE); " INDEXES, "0", "no row"},

	/* triggers and constraints */
	{"a trigger that aborts", TABLE "CREATE TRIGGER t BEFORE INSERT ON messages "
	"BEGIN SELECT raise(ABORT, 'no: %s'); END", "no: %s", "no row"},
	{"a trigger that rolls back", TABLE "CREATE TRIGGER t BEFORE INSERT ON "
	"messages BEGIN SELECT raise(ROLLBACK, 'no'); END", "no", "no row"},
	{"a trigger that ignores", TABLE "CREATE TRIGGER t BEFORE INSERT ON messages "
	"BEGIN SELECT raise(IGNORE); END", "0", "no row"},
	{"a trigger that moves messages", TABLE "CREATE TRIGGER t AFTER INSERT ON "
		"messages BEGIN UPDATE messages SET position = position + 7; END", "0",
	"gap in the stream"},
	{"a trigger that deletes messages", TABLE "CREATE TRIGGER t AFTER INSERT ON "
	"messages BEGIN DELETE FROM messages; END", "0", "no row"},
	{"a trigger that writes", TABLE "CREATE TRIGGER t AFTER INSERT ON messages "
		"BEGIN SELECT write_message(NULL, 'b-1', 'T', '{}'); END",
	"unsafe use of write_message()", "no row"},
	{"a trigger that reads", TABLE "CREATE TRIGGER t AFTER INSERT ON messages "
		"BEGIN SELECT count(*) FROM get_all_messages(1, 10), "
	"get_stream_messages(NEW.stream_name), list_streams(); END", "0", "no row"},
	{"a trigger that inserts for ever", TABLE "CREATE TRIGGER t AFTER INSERT ON "
		"messages BEGIN INSERT INTO messages (position, stream_name, type) "
		"VALUES (NEW.position + 1, NEW.stream_name, 'T'); END; "
		"PRAGMA recursive_triggers = ON", "too many levels of trigger recursion",
	"no row"},
	{"a check", "CREATE TABLE messages (" KEY COLUMNS ", CHECK (type <> 'T')); "
	INDEXES, "CHECK constraint failed: type <> 'T'", "no row"},
	{"a foreign key", "PRAGMA foreign_keys = ON; CREATE TABLE messages (" KEY
		COLUMNS ", FOREIGN KEY (type) REFERENCES no_table (x)); " INDEXES,
	"no such table: main.no_table", "no row"},

	/* what a namespace says of itself */
	{"no registration row", STORE "DELETE FROM message_db_namespace", "0",
	"no row"},
	{"a registration of the future", STORE "UPDATE message_db_namespace SET "
		"schema_version = 9e18", "Namespace has a newer schema version: "
	"message_store", "Namespace has a newer schema version: message_store"},
	{"a registration of no version", STORE "UPDATE message_db_namespace SET "
	"schema_version = 'x'", "0", "no row"},
	{"a registration that is a view", TABLE "CREATE VIEW message_db_namespace AS "
	"SELECT 2 AS schema_version, 'x' AS name", NULL, "no row"},
	{"a registration of many rows", TABLE "CREATE TABLE message_db_namespace "
		"(schema_version, name); INSERT INTO message_db_namespace VALUES "
	"(2, 'message_store'), (3, 'x'), (NULL, NULL)", "0", "no row"},
	{"a registration that is another table", TABLE
		"CREATE TABLE message_db_namespace (x); INSERT INTO message_db_namespace "
	"VALUES (zeroblob(100000))", "0", "no row"},
	{"a registry that is another table", STORE
		"CREATE TABLE message_db_namespaces (x)", "0", "no row"},
	{"a registry of no names", STORE "SELECT ensure_namespace('tenant_a'); "
		"CREATE TABLE IF NOT EXISTS message_db_namespaces (id, name, "
		"former_name, file, schema_version); UPDATE message_db_namespaces SET name = x'00ff', file = zeroblob(5000), "
	"schema_version = 'x'", "0", "no row", true},
	{"views that are tables", "CREATE TABLE stream_summary (x)",
		"stream_summary exists already, but no message store",
	"Namespace does not exist: message_store"},
	{"a sequence at its end", STORE "INSERT INTO sqlite_sequence VALUES "
	"('messages', 9223372036854775807)", "database or disk is full", "no row"},
	{"a stream at its end", STORE "INSERT INTO messages (position, stream_name, "
		"type) VALUES (9223372036854775807, 'a-1', 'T')", "bigint out of range",
	"gap in the stream"},
};

#define SCHEMAS (sizeof(schemas) / sizeof(schemas[0]))

/* The first line of an answer or error. */
static MdbString
first_line(MdbString text)
{
	return (MdbString) {text.data, strcspn(text.data, "\n")};
}

/* NULL is what SQLite says of a name that is taken, in words of the version. */
static void
check_write(sqlite3 *db, const char *expected)
{
	char	   *taken = NULL;

	if (!expected)
		sqlite3_exec(db, "CREATE TABLE message_db_namespace (x)", NULL, NULL,
					 &taken);
	CHECK_STRING(first_line(answer(db, WRITE)), expected ? expected : taken);
	sqlite3_free(taken);
}

static void
make_calls(sqlite3 *db, bool is_damaged, uint64_t *random)
{
	for (int i = 0; i < CALLS && unit_failed < 20; i++)
	{
		int			in_transaction = !sqlite3_get_autocommit(db);

		hostile_try(db, &hostile_objects[fault_random_below(random, hostile_object_count)],
					random, is_damaged);
		CHECK(in_transaction == !sqlite3_get_autocommit(db));
	}
	check_idle(db, false);
}

static void
try_schema(const Schema *schema, bool in_file, uint64_t *random)
{
	sqlite3_int64 memory = sqlite3_memory_used();
	int			files = fault_open_files();
	sqlite3    *db;

	UNIT_CASE(schema->name);
	fault_remove_files();
	db = open_store(in_file ? fault_path("store.db") : ":memory:");
	if (!CHECK(run(db, schema->sql) == SQLITE_OK))
		printf("    %s\n", sqlite3_errmsg(db));
	check_write(db, schema->written);
	CHECK_STRING(first_line(answer(db, "SELECT violation FROM "
								   "verify_namespace()")), schema->verified);
	make_calls(db, schema->is_damaged, random);
	run(db, "DROP INDEX IF EXISTS fails");
	CHECK_STRING(answer(db, "PRAGMA integrity_check"), "ok");
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == memory);
	CHECK(fault_open_files() == files);
}

int
main(void)
{
	uint64_t	random = fault_seed();
	int64_t		begin = time(NULL);
	int			round = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	fault_path("");
	hostile_learn_objects();
	hostile_largest = 2000;
	do
	{
		for (size_t i = 0; i < SCHEMAS && unit_failed < 20; i++)
			try_schema(&schemas[i], round % 2 == 0, &random);
		round++;
	} while (unit_failed == 0 &&
			 (fault_seconds() > 0 ? fault_time_is_left(begin) :
			  round < QUICK_ROUNDS));
	printf("%d schemas, %d rounds\n", (int) SCHEMAS, round);
	hostile_forget_objects();
	return unit_report();
}
