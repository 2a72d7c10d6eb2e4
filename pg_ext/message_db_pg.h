/*-------------------------------------------------------------------------
 *
 * message_db_pg.h
 *	  What the files of the PostgreSQL extension offer each other.
 *
 * Every function runs with its caller's rights: the statements inside go
 * through SPI, whose executor checks privileges, row security, triggers and
 * constraints.  In their text every name and operator is qualified, so that
 * nothing depends on search_path.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MESSAGE_DB_PG_H
#define MESSAGE_DB_PG_H

#include "compat.h"

#include "executor/spi.h"
#include "fmgr.h"

#include "message_db.h"

#pragma GCC visibility push(hidden)

/* ------------------------------------------------------------------------
 * Interface to code in message_db.c
 * ------------------------------------------------------------------------
 */

/* Whether a setting is on in this session. */
extern bool mdb_setting(MdbSetting setting);

/* ------------------------------------------------------------------------
 * Interface to code in error.c
 * ------------------------------------------------------------------------
 */

/* Raises the core's error with its SQLSTATE, detail and hint. */
extern void mdb_raise(const MdbError *error) pg_attribute_noreturn();

/* ------------------------------------------------------------------------
 * Interface to code in arguments.c
 * ------------------------------------------------------------------------
 */

/*
 * Arguments of the current call, as the core takes them; NULLs included.  Text
 * is in the server's encoding and lives in the current memory context.
 */
extern MdbString mdb_text_argument(FunctionCallInfo fcinfo, int number);
extern MdbInteger mdb_integer_argument(FunctionCallInfo fcinfo, int number);

/* The same text as a value of type text or varchar; string is not NULL. */
extern Datum mdb_text_datum(MdbString string);

/* Text in the server's encoding as UTF-8; palloc'd if it had to be converted. */
extern MdbString mdb_to_utf8(MdbString text);

/* ------------------------------------------------------------------------
 * Interface to code in namespace.c
 * ------------------------------------------------------------------------
 */

/* The statements that a session keeps prepared for a namespace. */
typedef enum MdbStatement
{
	MDB_STATEMENT_VERSION,
	MDB_STATEMENT_INSERT,
	MDB_STATEMENT_STREAM,
	MDB_STATEMENT_CATEGORY,
	MDB_STATEMENT_CATEGORY_CORRELATION,
	MDB_STATEMENT_CATEGORY_GROUP,
	MDB_STATEMENT_CATEGORY_CORRELATION_GROUP,
	MDB_STATEMENT_LAST,
	MDB_STATEMENT_LAST_OF_TYPE,
	MDB_STATEMENTS				/* their number */
} MdbStatement;

/* A namespace as this session knows it. */
typedef struct MdbNamespace
{
	const char *name;			/* of the schema, unquoted */
	Oid			checked_table;	/* whose columns were found right */
	SPIPlanPtr	plans[MDB_STATEMENTS];
} MdbNamespace;

/* Has the server tell this session of tables that change; once, at loading. */
extern void mdb_watch_tables(void);

/*
 * The namespace of that name with its table checked, NULL when it or its
 * table does not exist.  Errors: MDB_NOT_A_MESSAGE_TABLE.
 */
extern MdbNamespace *mdb_find_namespace(MdbString name);

/*
 * The session's current namespace, with its table messages found and checked.
 * NULL when it does not exist yet: there is nothing to read then.
 * Errors: MDB_NOT_A_MESSAGE_TABLE.
 */
extern MdbNamespace *mdb_namespace_to_read(void);

/*
 * The same, created when it does not exist yet.  Sessions that come here at
 * once wait for the first one's transaction.
 * Errors: as above; 42501 when the role may not create it; 25006 in a
 * read-only transaction.
 */
extern MdbNamespace *mdb_namespace_to_write(void);

/* The namespace's table as SQL names it, quoted; palloc'd. */
extern char *mdb_table_name(const MdbNamespace *namespace);

/* Text with value in place of every occurrence of placeholder; palloc'd. */
extern char *mdb_substitute(const char *text, const char *placeholder,
							const char *value);

/*
 * A plan that does not depend on the parameters' values, for one use within
 * the current SPI connection.  Errors: the server's own.
 */
extern SPIPlanPtr mdb_plan(const char *text, int arguments, const Oid *types);

/*
 * The saved plan of a statement, prepared from text at first use.  In text
 * "@messages@" stands for the table.  The plan lives until the session ends,
 * and the server plans it anew when the table changes.  SPI is connected.
 */
extern SPIPlanPtr mdb_prepared(MdbNamespace *namespace, MdbStatement statement,
							   const char *text, int arguments,
							   const Oid *types);

/* Has it prepared anew at the next use. */
extern void mdb_forget_prepared(MdbNamespace *namespace,
								MdbStatement statement);

/* ------------------------------------------------------------------------
 * Interface to code in lock.c
 * ------------------------------------------------------------------------
 */

/*
 * Takes the lock of the stream's category until the transaction ends, or is
 * rolled back to a savepoint before, and returns its key.  The key is Message
 * DB's: pg_advisory_xact_lock(hash_64(category)).  A NULL name locks nothing
 * and returns NULL.
 */
extern MdbInteger mdb_lock_category(MdbString stream_name);

/* ------------------------------------------------------------------------
 * Interface to code in debug.c
 * ------------------------------------------------------------------------
 */

/*
 * Whether a call's notices are wanted: message_store.debug, or debug_write
 * for writes and locks, or debug_get for reads.
 */
extern bool mdb_debugging(MdbCall call);

/* Message DB's notices of a call: its title, and a line an argument. */
extern void mdb_debug_title(MdbCall call);
extern void mdb_debug_call(MdbCall call, FunctionCallInfo fcinfo);

/* One more line of the call, label counted from 0. */
extern void mdb_debug_text(MdbCall call, int label, MdbString value);
extern void mdb_debug_integer(MdbCall call, int label, MdbInteger value);

#pragma GCC visibility pop

#endif							/* MESSAGE_DB_PG_H */
