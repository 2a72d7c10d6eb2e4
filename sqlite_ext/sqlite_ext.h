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
	MDB_STATEMENT_INSERT_CHECKED,
	MDB_STATEMENT_BATCH,
	MDB_STATEMENT_BATCH_CHECKED,
	MDB_STATEMENT_FIND,
	MDB_STATEMENT_STREAM,
	MDB_STATEMENT_CATEGORY,
	MDB_STATEMENT_ALL,
	MDB_STATEMENT_LAST,
	MDB_STATEMENT_LAST_OF_TYPE,
	MDB_STATEMENT_NAME,
	MDB_STATEMENTS				/* their number */
} MdbStatement;

/*
 * A reader's statement that leaves out columns; of each kind that of the last
 * choice is kept.
 */
typedef struct MdbNarrowSelect
{
	int			columns;		/* those read, bit n for number n */
	sqlite3_stmt *prepared;
} MdbNarrowSelect;

#define MDB_MESSAGE_COLUMNS 8
#define MDB_ALL_COLUMNS ((1 << MDB_MESSAGE_COLUMNS) - 1)

#define MDB_NAME_SIZE (MDB_MAX_NAMESPACE_NAME + 1)

/*
 * A namespace as this session knows it: the default one, or one that is
 * attached.  The others are linked by next, and freed when they are detached.
 */
typedef struct MdbNamespace MdbNamespace;
struct MdbNamespace
{
	MdbNamespace *next;
	char		name[MDB_NAME_SIZE];
	char		schema[MDB_NAME_SIZE + 4];	/* the database's name, unquoted */
	char	   *registered_path;	/* of its file; empty in memory; not main's */
	char	   *path;			/* the same as SQLite says it */
	bool		is_users;		/* attached by the user: not ours to detach */
	bool		is_tuned;		/* written as safely as main */
	bool		is_known;		/* is what the registry has under the name */
	bool		checked;		/* its table was there, and right */
	bool		registered;		/* it has a table message_db_namespace */
	int64_t		last_use;
	sqlite3_stmt *statements[MDB_STATEMENTS];
	MdbNarrowSelect narrow[MDB_STATEMENTS];
};

typedef struct MdbSettingState
{
	int			value;
	bool		is_local;		/* value ends with the transaction */
	int			outer_value;	/* what then comes back */
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
typedef void MdbJob(MdbSession *session, void *argument, MdbFailure *failure);

/* The name of the current namespace, as MdbSettingState. */
typedef struct MdbNameState
{
	char		value[MDB_NAME_SIZE];
	bool		is_local;
	char		outer_value[MDB_NAME_SIZE];
} MdbNameState;

/* A file to be deleted when the transaction commits. */
typedef struct MdbDoomedFile
{
	struct MdbDoomedFile *next;
	int			savepoint;		/* the innermost then, -1 for none */
	char		path[];
} MdbDoomedFile;

/* What a reader's virtual table gets from its module. */
typedef struct MdbReader
{
	MdbSession *session;
	MdbCall		call;
} MdbReader;

#define MDB_READERS 4

/* What a listing's virtual table gets from its module, see listing.c. */
typedef struct MdbListing
{
	MdbSession *session;
	int			number;
} MdbListing;

#define MDB_LISTINGS 8

struct MdbSession
{
	sqlite3    *db;
	MdbSession *next;			/* another connection's */
	int			references;		/* functions, modules and tables that use it */
	MdbReader	readers[MDB_READERS];
	MdbListing	listings[MDB_LISTINGS];
	struct MdbOpenReader *open_readers; /* see open_reader.c */

	bool		keeps_statements;	/* see internal_tables.c */

	MdbSettingState settings[MDB_SETTINGS];

	/* see namespace.c */
	MdbNameState current_name;
	MdbNamespace *current;		/* that one, or NULL when it must be looked up */
	MdbNamespace main;			/* the default one; attached ones follow it */
	int64_t		uses;			/* counts up, for last_use */
	bool		locks_first;	/* a look-up is made in order to write */

	/* see transaction.c */
	bool		in_transaction;
	bool		has_lock;		/* main's write lock, until its end */
	char		time[MDB_TIME_LENGTH + 1];	/* empty before the first write */
	sqlite3_stmt *delete;
	sqlite3_stmt *delete_unjournaled;
	MdbJob	   *job;
	void	   *job_argument;
	MdbFailure *job_failure;
	MdbDoomedFile *doomed;
	int			savepoint;		/* the innermost one's number, -1 for none */
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

/*
 * Keeps a problem with one namespace among several when it is the whole
 * call's: lack of memory, an interruption.  Returns whether it is.
 */
extern bool mdb_fail_call(MdbFailure *failure, const MdbFailure *problem);

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
 * Memory on a function's stack, which spares small documents the allocator:
 * what is taken from it is given back all at once.  begin with used = 0.
 */
typedef struct MdbScratch
{
	size_t		used;
	_Alignas(8) char bytes[2048];
} MdbScratch;

/*
 * JSON in its canonical form, from the scratch memory if that is not NULL and
 * has room, else from sqlite3_malloc(); the caller frees it with
 * mdb_free_json().  NULL stays NULL.
 * Errors: those of mdb_canonicalize_json().
 */
extern char *mdb_json_argument(sqlite3_value *value, MdbScratch *scratch,
							   size_t *length, MdbFailure *failure);
extern void mdb_free_json(MdbScratch *scratch, const char *json);

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
 * Interface to code in virtual_table.c
 * ------------------------------------------------------------------------
 */

/* A virtual table of ours. */
typedef struct MdbTable
{
	sqlite3_vtab base;
	MdbSession *session;
	int			kind;			/* where a module has tables of several kinds */
} MdbTable;

static inline MdbSession *
mdb_table_session(const sqlite3_vtab *table)
{
	return ((const MdbTable *) table)->session;
}

static inline int
mdb_table_kind(const sqlite3_vtab *table)
{
	return ((const MdbTable *) table)->kind;
}

/*
 * The work of xConnect: declares the table, SQLITE_VTAB_DIRECTONLY or
 * SQLITE_VTAB_INNOCUOUS.  Returns a result code.
 */
extern int	mdb_connect_table(sqlite3 *db, MdbSession *session, int kind,
							  int trust, const char *declaration,
							  sqlite3_vtab **table);

/* An xDisconnect */
extern int	mdb_disconnect_table(sqlite3_vtab *table);

/*
 * The work of xOpen: a cursor of this size, all zero.  Returns a result code;
 * sqlite3_free() frees it.
 */
extern int	mdb_open_cursor(size_t size, sqlite3_vtab_cursor **cursor);

/*
 * The work of xBestIndex: the count hidden columns from the first one on are
 * arguments.  Those given are handed to xFilter in their order, and bit n of
 * idxNum says that argument n is among them.  Returns SQLITE_CONSTRAINT when
 * one is not known yet in the plan that SQLite asks about, SQLITE_ERROR when
 * the first is needed and not given.
 */
extern int	mdb_hand_arguments(sqlite3_vtab *table, sqlite3_index_info *info,
							   int first, int count, bool needs_first);

/*
 * For xColumn of an argument.  Nobody needs its value back; SQLite asks for it
 * to compare it with an argument that it could not hand over.
 */
extern int	mdb_refuse_argument(sqlite3_vtab *table);

/*
 * The other end in xFilter, where idxNum is the plan: puts each argument in its
 * place, NULL for those that were not given.
 */
extern void mdb_unpack_arguments(int plan, sqlite3_value **handed,
								 sqlite3_value **arguments, int count);

/* ------------------------------------------------------------------------
 * Interface to code in internal_tables.c
 * ------------------------------------------------------------------------
 */

/* Their column; no other table has it, so none is touched by mistake. */
#define MDB_INTERNAL_COLUMN "message_db_internal"

/* The modules' pointer is the session. */
extern const sqlite3_module mdb_statements_module;
extern const sqlite3_module mdb_transaction_module;
extern const sqlite3_module mdb_follower_module;

/* ------------------------------------------------------------------------
 * Interface to code in transaction.c
 * ------------------------------------------------------------------------
 */

/* Follows the transaction from now on, without a lock. */
extern void mdb_follow_transaction(MdbSession *session, MdbFailure *failure);

/*
 * To be called before a write.  In a transaction of several statements it
 * begins to follow the transaction, in the default namespace by taking the
 * write lock; a statement that is a transaction of its own needs nothing.
 * Errors: SQLITE_BUSY and its kin, SQLITE_READONLY.
 */
extern void mdb_begin_write(MdbSession *session, MdbNamespace *namespace,
							MdbFailure *failure);

/* Takes the namespace's write lock in any case; otherwise the same. */
extern void mdb_take_write_lock(MdbSession *session, MdbNamespace *namespace,
								MdbFailure *failure);

/*
 * Takes the main database's write lock and does the job.  Outside a
 * transaction that is one of its own, rolled back when the job fails.  In a
 * transaction what the job did to main is undone, or SQLite rolls the whole
 * transaction back.  beyond_main must be set for a job that may change attached
 * databases: then SQLite rolls the whole back for lack of memory or space,
 * after an interruption and after I/O errors; other failures leave what the
 * job did until then, so it looks first.  Errors: as above, and the job's.
 */
extern void mdb_do_writing(MdbSession *session, bool beyond_main, MdbJob *job,
						   void *argument, MdbFailure *failure);

/*
 * The same for a job that drops tables; the lock is taken by the job's first
 * write.  SQLITE_LOCKED as well, while a statement of this connection reads.
 */
extern void mdb_do_dropping(MdbSession *session, MdbJob *job, void *argument,
							MdbFailure *failure);

/*
 * The time of a message written now: the clock's, and of the same call before
 * in a transaction that is followed.
 */
extern void mdb_message_time(MdbSession *session,
							 char text[MDB_TIME_LENGTH + 1]);

/* What the virtual tables report; the job's result code. */
extern void mdb_transaction_begins(MdbSession *session, bool has_lock);
extern void mdb_transaction_commits(MdbSession *session);
extern void mdb_transaction_rolls_back(MdbSession *session);
extern int	mdb_do_job(MdbSession *session);

/*
 * The same of savepoints, of which statements have one, too.  All of that
 * number and above end; the one that was rolled back to stays.
 */
extern void mdb_savepoint_begins(MdbSession *session, int number);
extern void mdb_savepoint_ends(MdbSession *session, int number);
extern void mdb_savepoint_undone(MdbSession *session, int number);

/* Has the file deleted when the transaction commits, or not. */
extern void mdb_doom_file(MdbSession *session, const char *path,
						  MdbFailure *failure);
extern void mdb_forget_doomed_files(MdbSession *session);

/* ------------------------------------------------------------------------
 * Interface to code in query.c
 * ------------------------------------------------------------------------
 */

/*
 * Run SQL made by sqlite3_mprintf() of the format.  mdb_query() steps to the
 * first row: NULL means that there is none, otherwise the caller finalizes.
 * mdb_query_integer() gives the first row's first value, 0 without one.
 */
extern void mdb_run(MdbFailure *failure, sqlite3 *db, const char *format, ...);
extern sqlite3_stmt *mdb_query(MdbFailure *failure, sqlite3 *db,
							   const char *format, ...);
extern int64_t mdb_query_integer(MdbFailure *failure, sqlite3 *db,
								 const char *format, ...);

/* Text as C has it, empty for NULL and for lack of memory. */
extern const char *mdb_column_text(sqlite3_stmt *query, int column);
extern const char *mdb_value_text(sqlite3_value *value);

#include "message_ext.h"

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
extern void mdb_debug_lock(const MdbSession *session, MdbString stream_name,
						   MdbFailure *failure);

/* write.c */
extern MdbFunction mdb_write_message_function;
extern MdbFunction mdb_next_position_function;

/* batch.c */
extern MdbFunction mdb_write_messages_function;

/* read.c; the module's pointer is an MdbReader */
extern const sqlite3_module mdb_reader_module;

/* version.c */
extern MdbFunction mdb_stream_version_function;

/* NULL for a stream without messages, and when the namespace has no table. */
extern MdbInteger mdb_read_version(MdbSession *session,
								   MdbNamespace *namespace,
								   MdbString stream_name, MdbFailure *failure);

/* settings.c */
extern MdbFunction mdb_set_config_function;
extern MdbFunction mdb_current_setting_function;

/* namespace.c */
extern MdbFunction mdb_use_namespace_function;
extern MdbFunction mdb_current_namespace_function;

/* namespace_create.c */
extern MdbFunction mdb_create_namespace_function;
extern MdbFunction mdb_ensure_namespace_function;

/* namespace_ddl.c */
extern MdbFunction mdb_delete_namespace_function;
extern MdbFunction mdb_clear_namespace_function;
extern MdbFunction mdb_rename_namespace_function;

/* migration.c */
extern MdbFunction mdb_migrate_namespace_function;

/* listing.c; the module's pointer is an MdbListing */
extern const char *const mdb_listing_names[MDB_LISTINGS];
extern const sqlite3_module mdb_listing_module;

#include "namespace_ext.h"

#endif							/* SQLITE_EXT_H */
