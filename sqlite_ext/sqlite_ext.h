/*-------------------------------------------------------------------------
 *
 * sqlite_ext.h
 *	  What the files of the SQLite extension offer each other.
 *
 * Everything that a connection remembers is in one MdbSession, which all
 * functions and virtual tables of the connection share.  SQLite calls them
 * with the connection's mutex held, so nothing here needs a lock.
 *
 * Functions that can fail take an MdbFailure and do nothing once it is set,
 * so a caller may call several and look at it once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SQLITE_EXT_H
#define SQLITE_EXT_H

#include "sqlite3ext.h"
SQLITE_EXTENSION_INIT3

#include "message_db.h"

#define MDB_OLDEST_SQLITE 3037000

#if SQLITE_VERSION_NUMBER < MDB_OLDEST_SQLITE
#error "message_db needs SQLite 3.37 or later"
#endif

/* ------------------------------------------------------------------------
 * The session
 * ------------------------------------------------------------------------
 */

/* The statements that a session keeps prepared for a namespace. */
typedef enum MdbStatement
{
	MDB_STATEMENT_VERSION,
	MDB_STATEMENT_INSERT,
	MDB_STATEMENT_STREAM,
	MDB_STATEMENT_CATEGORY,
	MDB_STATEMENT_LAST,
	MDB_STATEMENT_LAST_OF_TYPE,
	MDB_STATEMENTS				/* their number */
} MdbStatement;

/* A namespace as this session knows it. */
typedef struct MdbNamespace
{
	const char *schema;			/* the database's name, unquoted */
	bool		checked;		/* its table was there, and right */
	sqlite3_stmt *statements[MDB_STATEMENTS];
} MdbNamespace;

typedef struct MdbSettingState
{
	bool		value;
	bool		is_local;		/* value ends with the transaction */
	bool		outer_value;	/* what then comes back */
} MdbSettingState;

typedef struct MdbSession MdbSession;

/* SQLITE_OK, or what went wrong; message may be NULL, and is owned. */
typedef struct MdbFailure
{
	int			code;
	char	   *message;
} MdbFailure;

#define MDB_NO_FAILURE {SQLITE_OK, NULL}

/* What can be done inside a writing statement, see mdb_do_writing(). */
typedef void MdbJob(MdbSession *session, MdbFailure *failure);

/* What a reader's virtual table gets from its module. */
typedef struct MdbReader
{
	MdbSession *session;
	MdbCall		call;
} MdbReader;

#define MDB_READERS 3

struct MdbSession
{
	sqlite3    *db;
	MdbSession *next;			/* another connection's */
	int			references;		/* functions, modules and tables that use it */
	MdbReader	readers[MDB_READERS];

	bool		keeps_statements;	/* see internal_tables.c */
	MdbNamespace namespace;

	MdbSettingState settings[MDB_SETTINGS];

	/* see transaction.c */
	bool		in_transaction;
	char		time[MDB_TIME_LENGTH + 1];
	sqlite3_stmt *delete;
	MdbJob	   *job;
	MdbFailure *job_failure;
	bool		created;		/* what namespace.c's job found to do */
};

/* ------------------------------------------------------------------------
 * Interface to code in error.c
 * ------------------------------------------------------------------------
 */

/* Keeps the core's error, worded with its detail and hint. */
extern void mdb_fail_with(MdbFailure *failure, const MdbError *error);

/* Keeps an error of this layer; message is copied. */
extern void mdb_fail_text(MdbFailure *failure, int code, const char *message);

/* Keeps the connection's last error; code is what the call returned. */
extern void mdb_fail_database(MdbFailure *failure, sqlite3 *db, int code);

/* Keeps SQLITE_NOMEM. */
extern void mdb_fail_memory(MdbFailure *failure);

/* Forgets the failure. */
extern void mdb_clear_failure(MdbFailure *failure);

/* Ends a function with the failure. */
extern void mdb_result_failure(sqlite3_context *context, MdbFailure *failure);

/* Ends a virtual table's method with the failure; returns its code. */
extern int	mdb_table_failure(sqlite3_vtab *table, MdbFailure *failure);

/* ------------------------------------------------------------------------
 * Interface to code in arguments.c
 * ------------------------------------------------------------------------
 */

/*
 * A value as the core takes it.  An argument that is not given, NULL, counts
 * as SQL NULL.  Text points into the value.  A blob counts as the text that it
 * holds, a number as its digits.
 * Errors: MDB_INVALID_UTF8, MDB_INVALID_INTEGER, MDB_INTEGER_OUT_OF_RANGE,
 * SQLITE_NOMEM.
 */
extern MdbString mdb_text_argument(sqlite3_value *value, MdbFailure *failure);
extern MdbInteger mdb_integer_argument(sqlite3_value *value,
									   MdbFailure *failure);

/*
 * JSON in its canonical form, from sqlite3_malloc(); the caller frees it.
 * NULL stays NULL.  Errors: those of mdb_canonicalize_json().
 */
extern char *mdb_json_argument(sqlite3_value *value, size_t *length,
							   MdbFailure *failure);

/* ------------------------------------------------------------------------
 * Interface to code in session.c
 * ------------------------------------------------------------------------
 */

/* A new session with one reference, or NULL for lack of memory. */
extern MdbSession *mdb_create_session(sqlite3 *db);

/* Lets mdb_has_session() find the session from now on. */
extern void mdb_announce_session(MdbSession *session);
extern bool mdb_has_session(sqlite3 *db);

/* Adds a reference and returns the session. */
extern MdbSession *mdb_share_session(MdbSession *session);

/* Drops a reference; the last one frees the session. */
extern void mdb_release_session(void *session);

/* ------------------------------------------------------------------------
 * Interface to code in internal_tables.c
 * ------------------------------------------------------------------------
 */

/* Their column; no other table has it, so none is touched by mistake. */
#define MDB_INTERNAL_COLUMN "message_db_internal"

/* The modules' pointer is the session. */
extern const sqlite3_module mdb_statements_module;
extern const sqlite3_module mdb_transaction_module;

/* ------------------------------------------------------------------------
 * Interface to code in transaction.c
 * ------------------------------------------------------------------------
 */

/*
 * To be called before a write.  In a transaction of several statements it
 * takes the write lock and begins to follow the transaction; a statement that
 * is a transaction of its own needs nothing.
 * Errors: SQLITE_BUSY and its kin, SQLITE_READONLY.
 */
extern void mdb_begin_write(MdbSession *session, MdbFailure *failure);

/* Takes the write lock in any case; otherwise the same. */
extern void mdb_take_write_lock(MdbSession *session, MdbFailure *failure);

/*
 * Takes the write lock and does the job.  Outside a transaction that is one
 * of its own, rolled back when the job fails.  In a transaction SQLite rolls
 * the whole back for lack of memory or space, after an interruption and after
 * I/O errors; other failures leave what the job did until then, so the job
 * looks first.  Errors: as above, and the job's.
 */
extern void mdb_do_writing(MdbSession *session, MdbJob *job,
						   MdbFailure *failure);

/*
 * The time of a message written now: that of the transaction when it is
 * followed, else the clock's.
 */
extern void mdb_message_time(const MdbSession *session,
							 char text[MDB_TIME_LENGTH + 1]);

/* What the virtual table reports; the job's result code. */
extern void mdb_transaction_begins(MdbSession *session);
extern void mdb_transaction_ends(MdbSession *session);
extern int	mdb_do_job(MdbSession *session);

/* ------------------------------------------------------------------------
 * Interface to code in statement.c
 * ------------------------------------------------------------------------
 */

/*
 * Takes a prepared statement out of the session's store, or prepares it.
 * NULL without a failure means that the namespace has no table yet.
 * Errors: MDB_NOT_A_MESSAGE_TABLE, those of preparing.
 */
extern sqlite3_stmt *mdb_take_statement(MdbSession *session,
										MdbStatement statement,
										MdbFailure *failure);

/* Resets a statement and puts it back, or finalizes it. NULL is fine. */
extern void mdb_give_statement(MdbSession *session, MdbStatement statement,
							   sqlite3_stmt *prepared);

/*
 * Keeps the error of stepping a statement, unless the reason is that the
 * namespace has no table: then there is no failure.
 */
extern void mdb_fail_statement(MdbSession *session, int code,
							   MdbFailure *failure);

/*
 * Prepares a reader's statement with a condition added; the caller finalizes
 * it.  NULL as above.  Errors: MDB_CONDITION_NOT_EXPRESSION as well.
 */
extern sqlite3_stmt *mdb_prepare_with_condition(MdbSession *session,
												MdbStatement statement,
												const char *condition,
												MdbFailure *failure);

/*
 * Resets a statement and keeps it in a place of the session, or finalizes it
 * when the place is taken or nothing may be kept.
 */
extern void mdb_keep_statement(MdbSession *session, sqlite3_stmt **place,
							   sqlite3_stmt *prepared);

/*
 * Has message_db_statements connected, so that statements may be kept; without
 * effect when that fails.
 */
extern void mdb_connect_statements(MdbSession *session);

/* Finalizes all statements that the session keeps. */
extern void mdb_finalize_statements(MdbSession *session);

/*
 * Text with the quoted name of a database in place of each @namespace@, from
 * sqlite3_malloc(); NULL for lack of memory.
 */
extern char *mdb_text_for_schema(const char *text, const char *schema);

/* ------------------------------------------------------------------------
 * Interface to code in namespace.c
 * ------------------------------------------------------------------------
 */

/*
 * Whether the namespace has a table of messages.
 * Errors: MDB_NOT_A_MESSAGE_TABLE, those of reading the schema.
 */
extern bool mdb_namespace_exists(MdbSession *session, MdbFailure *failure);

/*
 * Creates the namespace's table, indexes and views unless they exist; returns
 * whether it did.
 * Errors: as above, those of mdb_do_writing(), a name that is taken.
 */
extern bool mdb_create_namespace(MdbSession *session, MdbFailure *failure);

/* ------------------------------------------------------------------------
 * Interface to code in correlation.c
 * ------------------------------------------------------------------------
 */

/*
 * Whether a message's metadata, canonical JSON, names a correlation stream of
 * this category.
 */
extern bool mdb_correlation_matches(MdbString metadata, MdbString category);

/* ------------------------------------------------------------------------
 * Interface to code in debug.c
 * ------------------------------------------------------------------------
 */

/* Whether such a call is to be shown. */
extern bool mdb_debugging(const MdbSession *session, MdbCall call);

/* One line each to sqlite3_log(): the title, or a label and its value. */
extern void mdb_debug_title(MdbCall call);
extern void mdb_debug_text(MdbCall call, int label, MdbString value);
extern void mdb_debug_integer(MdbCall call, int label, MdbInteger value);

/* ------------------------------------------------------------------------
 * Interface to the SQL functions, one file a topic
 * ------------------------------------------------------------------------
 */

typedef void MdbFunction(sqlite3_context *context, int argc,
						 sqlite3_value **argv);

/* names.c */
extern MdbFunction mdb_category_function;
extern MdbFunction mdb_id_function;
extern MdbFunction mdb_cardinal_id_function;
extern MdbFunction mdb_is_category_function;
extern MdbFunction mdb_hash_64_function;
extern MdbFunction mdb_consumer_group_member_function;

/* lock.c */
extern MdbFunction mdb_acquire_lock_function;
extern void mdb_debug_lock(MdbString stream_name);

/* write.c */
extern MdbFunction mdb_write_message_function;
extern MdbFunction mdb_next_position_function;

/* read.c; the module's pointer is an MdbReader */
extern const sqlite3_module mdb_reader_module;

/* version.c */
extern MdbFunction mdb_stream_version_function;

/* settings.c */
extern MdbFunction mdb_set_config_function;
extern MdbFunction mdb_current_setting_function;

/* namespace.c */
extern MdbFunction mdb_create_namespace_function;

#endif							/* SQLITE_EXT_H */
