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
#include "storage/lock.h"
#include "utils/relcache.h"
#include "utils/uuid.h"

#include "message_db.h"

#pragma GCC visibility push(hidden)

/* ------------------------------------------------------------------------
 * Interface to code in message_db.c
 * ------------------------------------------------------------------------
 */

/* Whether a boolean setting is on in this session. */
extern bool mdb_setting(MdbSetting setting);

/* The value of message_db.category_lock. */
extern MdbCategoryLock mdb_category_lock_setting(void);

/* ------------------------------------------------------------------------
 * Interface to code in error.c
 * ------------------------------------------------------------------------
 */

/* Raises the core's error with its SQLSTATE, detail and hint. */
pg_noreturn extern void mdb_raise(const MdbError *error);

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

/* A value of type text or varchar as the core takes it. */
extern MdbString mdb_datum_text(Datum value);

/*
 * A bigint that may be NULL.  Where a bigint is passed by reference, which it
 * is on a 32-bit machine, a NULL's Datum must not be looked at.
 */
static inline MdbInteger
mdb_datum_integer(Datum value, bool is_null)
{
	return is_null ? MDB_NULL_INTEGER : mdb_integer(DatumGetInt64(value));
}

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
	MDB_STATEMENT_ALL,
	MDB_STATEMENT_WRITTEN,
	MDB_STATEMENTS				/* their number */
} MdbStatement;

/* The columns of messages, in Message DB's order. */
typedef enum MdbColumn
{
	MDB_COLUMN_GLOBAL_POSITION,
	MDB_COLUMN_POSITION,
	MDB_COLUMN_TIME,
	MDB_COLUMN_STREAM_NAME,
	MDB_COLUMN_TYPE,
	MDB_COLUMN_DATA,
	MDB_COLUMN_METADATA,
	MDB_COLUMN_ID,
	MDB_COLUMNS					/* their number */
} MdbColumn;

/* What an index of messages is for. */
typedef enum MdbIndexKind
{
	MDB_INDEX_GLOBAL_POSITION,
	MDB_INDEX_CATEGORY,			/* category, global position[, correlation] */
	MDB_INDEX_STREAM,			/* stream name, position */
	MDB_INDEX_ID,
	MDB_INDEX_OTHER,			/* the user's own */
	MDB_INDEX_KINDS				/* their number */
} MdbIndexKind;

#define MDB_MAX_INDEXES 16		/* a table with more is not ordinary */

typedef struct MdbIndex
{
	Oid			oid;
	MdbIndexKind kind;
	bool		searchable;		/* not one that is just being built */
} MdbIndex;

/* What the catalog says of a table of messages, see layout.c. */
typedef struct MdbLayout
{
	bool		ordinary;		/* if not, only walkable counts */
	bool		walkable;		/* categories can be walked; columns and indexes
								 * are defined then */
	bool		snapshot_safe;	/* no index lacks rows that only old snapshots see */
	Oid			sequence;		/* of global positions */
	AttrNumber	columns[MDB_COLUMNS];
	int			index_count;
	MdbIndex	indexes[MDB_MAX_INDEXES];
} MdbLayout;

/* A namespace as this session knows it; it may not exist. */
typedef struct MdbNamespace
{
	NameData	name;			/* of the schema, unquoted */
	Oid			checked_table;	/* whose columns and version were found right */
	Oid			described_table;	/* whose layout this is */
	MdbLayout	layout;
	bool		resolved;		/* nothing has changed since checked_table was found */
	SPIPlanPtr	plans[MDB_STATEMENTS];
} MdbNamespace;

/* Defines the setting message_db.namespace; once, at loading. */
extern void mdb_define_namespace_setting(void);

/*
 * Has the server tell this session of tables that change, and of the ends of
 * transactions; once, at loading.
 */
extern void mdb_watch_tables(void);

/*
 * The namespace of that name, until the transaction ends.
 * Errors: MDB_INVALID_NAMESPACE_NAME.
 */
extern MdbNamespace *mdb_namespace_named(MdbString name);

/* The one that the setting names. */
extern MdbNamespace *mdb_current_namespace(void);

extern bool mdb_is_default_namespace(const MdbNamespace *namespace);

/* The schema, InvalidOid when there is none. */
extern Oid	mdb_namespace_schema(const MdbNamespace *namespace);

/* Errors: 42501 when this role does not have USAGE of the schema. */
extern void mdb_require_usage(Oid schema);

/*
 * The version that the namespace in that schema says it has: 1, Message DB's,
 * when it says none, and ours when this role may not read it.
 */
extern int64 mdb_schema_version(Oid schema);

/*
 * Whether the namespace has its table, which is checked once a session.
 * Errors: MDB_NOT_A_MESSAGE_TABLE, MDB_NEWER_SCHEMA_VERSION.
 */
extern bool mdb_namespace_exists(MdbNamespace *namespace);

/* Errors: MDB_UNKNOWN_NAMESPACE when it does not exist, and those above. */
extern void mdb_require_namespace(MdbNamespace *namespace);

/*
 * The same, and keeps it from being deleted, cleared or renamed until the
 * transaction ends, as every reader does.  Errors: those above, and 42501: only
 * who has USAGE of the schema may do so.
 */
extern void mdb_hold_namespace(MdbNamespace *namespace);

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
 * Interface to code in layout.c
 * ------------------------------------------------------------------------
 */

/* Describes a table that is open and locked. */
extern void mdb_describe_table(Relation table, MdbLayout *layout);

/* Whether Citus has spread the table; the local one is an empty shell then. */
extern bool mdb_is_distributed(Oid table);

/* ------------------------------------------------------------------------
 * Interface to code in registration.c
 * ------------------------------------------------------------------------
 */

/* The columns of message_db_namespace, in the order of registration_of(). */
typedef enum MdbRegistrationColumn
{
	MDB_REGISTRATION_SCHEMA_VERSION,
	MDB_REGISTRATION_DESCRIPTION,
	MDB_REGISTRATION_METADATA,
	MDB_REGISTRATION_CREATED_AT,
	MDB_REGISTRATION_LAST_ERROR,
	MDB_REGISTRATION_LAST_ERROR_AT,
	MDB_REGISTRATION_COLUMNS	/* their number */
} MdbRegistrationColumn;

/* A row of message_db_namespace, as its types have it. */
typedef struct MdbRegistration
{
	Datum		values[MDB_REGISTRATION_COLUMNS];
	bool		nulls[MDB_REGISTRATION_COLUMNS];
} MdbRegistration;

/* The table of that name in the schema, InvalidOid when there is none. */
extern Oid	mdb_registration_table(Oid schema);

/*
 * Reads what the namespace in the schema says of itself, which runs nothing of
 * the table's owner with this role's rights.  Returns false when there is no
 * such row, or this role may not read it.  The values are palloc'd.
 */
extern bool mdb_read_registration(Oid schema, Snapshot snapshot,
								  MdbRegistration *registration);

/*
 * Updates the row, if there is one, as the owner of the table.  In assignments
 * $1 and so on are the values.  Errors: 42501 when this role may not; those of
 * the owner's triggers and constraints.
 */
extern void mdb_update_registration(Oid schema, const char *assignments,
									int count, Oid *types, Datum *values,
									const char *nulls);

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
 * "@messages@" stands for the table.  The plan lives until the session
 * forgets the namespace, and the server plans it anew when the table changes.
 * SPI is connected.
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

/*
 * The first column, a bigint, of the one row that a SELECT returns in the active
 * snapshot; 0 if NULL.
 */
extern int64 mdb_select_integer(const char *text,
								const MdbNamespace *namespace);

/* ------------------------------------------------------------------------
 * Interface to code in write.c
 * ------------------------------------------------------------------------
 */

/* A message to write. */
typedef struct MdbRow
{
	bool		has_id;			/* given by the caller */
	pg_uuid_t	id;
	bool		has_type;
	Datum		type;
	bool		has_data;
	Datum		data;
	bool		has_metadata;
	Datum		metadata;
	int64		position;		/* in the stream; append.c's */
	int64		global_position;	/* this and the following are insert.c's */
	bool		is_large;
	MdbString	correlation;
} MdbRow;

/* The messages of one call. */
typedef struct MdbBatch
{
	MdbCall		call;
	bool		has_stream_name;
	Datum		stream_name;
	MdbInteger	expected_version;
	const MdbError *wrong_id;	/* raised after the version's error; or NULL */
	int			count;
	MdbRow	   *rows;
} MdbBatch;

/* Writes them by direct access or by statements; the last one's position. */
extern int64 mdb_write(const MdbBatch *batch, FunctionCallInfo fcinfo);

/*
 * Gives the rows their positions, from this one on, and ids to those that
 * have none.
 */
extern void mdb_number_rows(const MdbBatch *batch, int64 position);

/* Errors: 40001, always. */
pg_noreturn extern void mdb_raise_stale_snapshot(void);

/* ------------------------------------------------------------------------
 * Interface to code in statement_write.c
 * ------------------------------------------------------------------------
 */

/*
 * Appends messages to a stream by statements.  The category is locked
 * exclusively.  Errors: as of mdb_append(), in the same order.
 */
extern int64 mdb_append_by_statements(MdbNamespace *namespace,
									  const MdbBatch *batch);

/* The stream's version as the statement's or transaction's snapshot shows it. */
extern MdbInteger mdb_version_by_statement(MdbNamespace *namespace,
										   Datum stream_name);

/* ------------------------------------------------------------------------
 * Interface to code in statement_read.c
 * ------------------------------------------------------------------------
 */

/*
 * Read by a statement into the function's result, which InitMaterializedSRF()
 * has prepared.  With active_snapshot it is read under the active snapshot,
 * otherwise under a new one.  Errors: the server's own, with the position in
 * the condition; MDB_CONDITION_NOT_EXPRESSION.
 */
extern void mdb_stream_by_statement(FunctionCallInfo fcinfo,
									MdbNamespace *namespace,
									const MdbRead *read);
extern void mdb_category_by_statement(FunctionCallInfo fcinfo,
									  MdbNamespace *namespace,
									  const MdbRead *read,
									  bool active_snapshot);
extern void mdb_all_by_statement(FunctionCallInfo fcinfo,
								 MdbNamespace *namespace,
								 const MdbRead *read);
extern void mdb_last_by_statement(FunctionCallInfo fcinfo,
								  MdbNamespace *namespace,
								  MdbString stream_name, MdbString type);

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
									MdbString stream_name, bool exclusive);

/* What tells our own advisory locks from those of users, which have 1 or 2. */
#define MDB_LOCK_MARK_BRIEF 0x6D62
#define MDB_LOCK_MARK_STREAM 0x6D73

typedef struct MdbStreamLock
{
	LOCKTAG		tag;
	bool		is_new;			/* the transaction did not hold it before */
} MdbStreamLock;

/* Locks a stream by its hash; unlocks it, as if it had not been locked. */
extern void mdb_lock_stream(MdbStreamLock *lock, uint64 stream);
extern void mdb_unlock_stream(MdbStreamLock *lock);

/*
 * After the write: keeps the lock until the transaction ends, or lets it go
 * when the transaction has many.
 */
extern void mdb_settle_stream_lock(MdbStreamLock *lock);

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

/* The last two lines of a write: where it goes. */
extern void mdb_debug_position(MdbCall call, MdbInteger version,
							   int64 position);

/* One more line of the call, label counted from 0. */
extern void mdb_debug_text(MdbCall call, int label, MdbString value);
extern void mdb_debug_integer(MdbCall call, int label, MdbInteger value);

#pragma GCC visibility pop

#endif							/* MESSAGE_DB_PG_H */
