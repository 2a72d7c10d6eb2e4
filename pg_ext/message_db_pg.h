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

/* The SQLSTATE as ereport() takes it; a part of the text, NULL or palloc'd. */
extern int	mdb_error_state(const MdbError *error);
extern char *mdb_error_part(const MdbError *error, MdbErrorPart part);

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

/* A namespace as this session knows it; it may not exist. */
typedef struct MdbNamespace
{
	NameData	name;			/* of the schema, unquoted */
	Oid			checked_table;	/* whose columns and version were found right */
	SPIPlanPtr	plans[MDB_STATEMENTS];
} MdbNamespace;

/* Defines the setting message_db.namespace; once, at loading. */
extern void mdb_define_namespace_setting(void);

/* Has the server tell this session of tables that change; once, at loading. */
extern void mdb_watch_tables(void);

/* The namespace of that name.  Errors: MDB_INVALID_NAMESPACE_NAME. */
extern MdbNamespace *mdb_namespace_named(MdbString name);

/* The one that the setting names. */
extern MdbNamespace *mdb_current_namespace(void);

extern bool mdb_is_default_namespace(const MdbNamespace *namespace);

/* The schema, InvalidOid when there is none. */
extern Oid	mdb_namespace_schema(const MdbNamespace *namespace);

/*
 * The version that the namespace in that schema says it has: 1, Message DB's,
 * when it says none, and ours when this role may not read it.
 */
extern int64 mdb_schema_version(const MdbNamespace *namespace, Oid schema);

/*
 * Whether the namespace has its table, which is checked once a session.
 * Errors: MDB_NOT_A_MESSAGE_TABLE, MDB_NEWER_SCHEMA_VERSION.
 */
extern bool mdb_namespace_exists(MdbNamespace *namespace);

/* Errors: MDB_UNKNOWN_NAMESPACE when it does not exist, and those above. */
extern void mdb_require_namespace(MdbNamespace *namespace);

/*
 * The current namespace, which exists.  NULL when it is the default one and
 * does not exist yet: there is nothing to read then.
 * Errors: MDB_UNKNOWN_NAMESPACE for another one, unless
 * message_db.auto_create_namespaces is on; those of mdb_namespace_exists()
 * and mdb_ensure_namespace().
 */
extern MdbNamespace *mdb_namespace_to_read(void);

/* The same, but the default one is created when it does not exist yet. */
extern MdbNamespace *mdb_namespace_to_write(void);

/* ------------------------------------------------------------------------
 * Interface to code in namespace_ddl.c
 * ------------------------------------------------------------------------
 */

/*
 * Creates what the namespace lacks: schema, table, registration.  Returns
 * whether the table was missing.  Sessions that come here at once wait for
 * the first one's transaction.
 * Errors: 42501 when the role may not create it; 25006 in a read-only
 * transaction; those of mdb_namespace_exists().
 */
extern bool mdb_ensure_namespace(MdbNamespace *namespace);

/* Whether it has the table message_db_namespace, as from version 2 on. */
extern bool mdb_is_registered(const MdbNamespace *namespace);

/* ------------------------------------------------------------------------
 * Interface to code in statement.c
 * ------------------------------------------------------------------------
 */

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

/*
 * Runs statements with search_path set to pg_catalog; "@namespace@" stands for
 * the schema, quoted.
 */
extern void mdb_run_script(const char *text, const MdbNamespace *namespace);

/* The first column, a bigint, of the one row that a SELECT returns. */
extern int64 mdb_select_integer(const char *text,
								const MdbNamespace *namespace);

/* ------------------------------------------------------------------------
 * Interface to code in lock.c
 * ------------------------------------------------------------------------
 */

/*
 * Takes the lock of the stream's category in the namespace until the
 * transaction ends, or is rolled back to a savepoint before, and returns its
 * key.  A NULL name locks nothing and returns NULL.
 */
extern MdbInteger mdb_lock_category(const MdbNamespace *namespace,
									MdbString stream_name);

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
