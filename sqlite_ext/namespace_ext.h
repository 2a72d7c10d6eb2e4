/*-------------------------------------------------------------------------
 *
 * namespace_ext.h
 *	  What the files about namespaces offer each other and the rest: the second
 *	  part of sqlite_ext.h, which includes it.
 *
 *	  store.c			the tables of one store, in one database
 *	  file.c			the files of namespaces
 *	  registry.c		which namespaces there are
 *	  attach.c			having them attached, ten at a time
 *	  namespace.c		the session's view: the current namespace
 *	  namespace_create.c	creating
 *	  namespace_ddl.c	deleting, clearing, renaming
 *	  namespace_rows.c, migration.c
 *						what is said of them, and their schema versions
 *	  verify.c, verify_values.c
 *						what is wrong with one
 *
 *-------------------------------------------------------------------------
 */
#ifndef NAMESPACE_EXT_H
#define NAMESPACE_EXT_H

/* ------------------------------------------------------------------------
 * Interface to code in store.c
 * ------------------------------------------------------------------------
 */

/* Where a namespace's tables stand, and what it is called. */
typedef struct MdbStore
{
	sqlite3    *db;
	const char *schema;
	const char *name;
} MdbStore;

/* What was found there. */
typedef struct MdbStoreState
{
	bool		exists;			/* a table of messages */
	bool		registered;		/* a table message_db_namespace */
	int64_t		version;		/* of the schema, 0 when there is none */
	char		name[MDB_NAME_SIZE];	/* that it has given itself */
} MdbStoreState;

/*
 * Looks what is there.
 * Errors: MDB_NOT_A_MESSAGE_TABLE, MDB_NEWER_SCHEMA_VERSION, those of reading.
 */
extern MdbStoreState mdb_look_at(const MdbStore *store, MdbFailure *failure);

/*
 * Creates what is missing: table, indexes and views, the registration, and
 * the store's name in it.  A store that was made useless becomes one again.
 * Must run in a transaction.
 * Errors: a name that is taken, those of writing.
 */
extern void mdb_complete_store(const MdbStore *store,
							   const MdbStoreState *state,
							   MdbFailure *failure);

/*
 * Makes a store useless whose file is about to be deleted, so that whoever has
 * it open notices; returns the messages' number.  (SQLite drops no table while
 * a job is done.)
 */
extern int64_t mdb_retire_store(const MdbStore *store, MdbFailure *failure);

/*
 * Drops all that mdb_complete_store() creates; returns the messages' number.
 * For mdb_do_dropping().
 */
extern int64_t mdb_drop_store(const MdbStore *store, MdbFailure *failure);

/* ------------------------------------------------------------------------
 * Interface to code in file.c
 * ------------------------------------------------------------------------
 */

/* Whether the main database has no file, so that namespaces have none. */
extern bool mdb_is_in_memory(MdbSession *session);

/*
 * The path of a namespace's file, which the registry has by that name, from
 * sqlite3_malloc().  Errors: SQLITE_CORRUPT when it is no name of one.
 */
extern char *mdb_file_path(MdbSession *session, const char *file,
						   MdbFailure *failure);

/* Errors: SQLITE_IOERR_ACCESS. */
extern bool mdb_file_exists(MdbSession *session, const char *path,
							MdbFailure *failure);

/*
 * Deletes a database file and those that SQLite keeps beside it, once the
 * commit by which the registry gave it up is on the disk.  Returns whether
 * nothing is left of it.
 */
extern bool mdb_delete_files(MdbSession *session, const char *path);

/*
 * Opens a file in a connection of its own, which waits for locks for so many
 * milliseconds; the caller closes it.  may_create: an absent file comes about.
 * Its schema is not trusted.  Errors: SQLITE_AUTH and "too many attached
 * databases" when the application forbids ATTACH.
 */
extern sqlite3 *mdb_open_file(MdbSession *session, const char *path,
							  bool may_create, int timeout,
							  MdbFailure *failure);

/* The session's busy_timeout. */
extern int	mdb_busy_timeout(MdbSession *session);

/* ------------------------------------------------------------------------
 * Interface to code in registry.c
 * ------------------------------------------------------------------------
 */

/*
 * The file registered for a name, from sqlite3_malloc(); NULL when there is
 * none.
 */
extern char *mdb_registered_file(MdbSession *session, const char *name,
								 MdbFailure *failure);

/* Whether the registry's table is there. */
extern bool mdb_has_registry(MdbSession *session, MdbFailure *failure);

/* Whether something was interrupted that waits to be finished. */
extern bool mdb_has_unfinished(MdbSession *session, MdbFailure *failure);

/* Creates the registry unless it is there, and finishes what was interrupted. */
extern void mdb_prepare_registry(MdbSession *session, MdbFailure *failure);

/*
 * The file that a new namespace gets, from sqlite3_malloc(), and the id of its
 * row: the number-th choice, from 1 on, should files be there already.
 */
extern char *mdb_choose_file(MdbSession *session, const char *name,
							 int number, int64_t *id, MdbFailure *failure);

/* ------------------------------------------------------------------------
 * Interface to code in attach.c
 * ------------------------------------------------------------------------
 */

/* The namespace of that name among those attached, or NULL. */
extern MdbNamespace *mdb_attached(MdbSession *session, const char *name);

/* The one whose file this is, if it is attached and in use; or NULL. */
extern MdbNamespace *mdb_in_use_as(MdbSession *session, const char *path);

/* Whether its file is still attached where this session has attached it. */
extern bool mdb_is_attached(const MdbSession *session,
							const MdbNamespace *namespace);

/* Whether the current transaction, or a statement, uses it. */
extern bool mdb_is_in_use(const MdbSession *session,
						  const MdbNamespace *namespace);

/*
 * Attaches a file as a namespace, detaching the one whose last use is longest
 * ago when SQLite has no place left.
 * Errors: MDB_NOT_A_MESSAGE_TABLE when the user has attached another database
 * under the name; that no place can be made.
 */
extern MdbNamespace *mdb_attach(MdbSession *session, const char *name,
								const char *path, MdbFailure *failure);

/*
 * Has an attached namespace written as safely as main: its synchronous, and its
 * journal_mode where that is a matter of the connection.  In a transaction
 * SQLite does not allow it; then the next call does it.
 */
extern void mdb_tune(MdbSession *session, MdbNamespace *namespace,
					 MdbFailure *failure);

/*
 * Refuses a name under which the user has attached another file:
 * MDB_NOT_A_MESSAGE_TABLE.
 */
extern void mdb_check_schema(MdbSession *session, const char *name,
							 const char *path, MdbFailure *failure);

/*
 * Detaches a namespace, and frees it; false when that is not possible now.
 */
extern bool mdb_detach(MdbSession *session, MdbNamespace *namespace);

/* Forgets all attached namespaces, at the end of the session. */
extern void mdb_free_namespaces(MdbSession *session);

/* ------------------------------------------------------------------------
 * Interface to code in namespace.c
 * ------------------------------------------------------------------------
 */

/* Keeps an error about a namespace; code is one whose subject is its name. */
extern void mdb_fail_namespace(MdbFailure *failure, MdbErrorCode code,
							   const char *name);

/*
 * The namespace of that name, attached now if it was not.  NULL when there is
 * none; the default one is returned also without a table.
 * Errors: those of mdb_look_at() and mdb_attach(), a missing file.
 */
extern MdbNamespace *mdb_find_namespace(MdbSession *session, const char *name,
										MdbFailure *failure);

/* The same; the default one must have a table too.  MDB_UNKNOWN_NAMESPACE. */
extern MdbNamespace *mdb_require_namespace(MdbSession *session,
										   const char *name,
										   MdbFailure *failure);

/*
 * The current namespace.  For writing mdb_begin_write() is called and the
 * namespace completed, but that the default one may have no table yet.
 * Errors: MDB_UNKNOWN_NAMESPACE unless it can be created, those above.
 */
extern MdbNamespace *mdb_namespace_to_read(MdbSession *session,
										   MdbFailure *failure);
extern MdbNamespace *mdb_namespace_to_write(MdbSession *session,
											MdbFailure *failure);

/*
 * Whether the namespace is still what it was taken for.  If it was deleted or
 * renamed, the next look-up starts anew.  To be asked while a statement that
 * reads it is under way, or after writing to it.
 */
extern bool mdb_confirm_namespace(MdbSession *session, MdbNamespace *namespace,
								  MdbFailure *failure);

/* Where the namespace's tables stand. */
extern MdbStore mdb_store_of(const MdbSession *session,
							 const MdbNamespace *namespace);

/*
 * The name in an argument, NULL being none.
 * Errors: MDB_INVALID_NAMESPACE_NAME, MDB_INVALID_UTF8.
 */
extern void mdb_name_argument(sqlite3_value *value, char name[MDB_NAME_SIZE],
							  MdbFailure *failure);

/*
 * A function's result that is a name.  It is made before anything is changed,
 * because nothing may fail afterwards; the second ends the function with it,
 * or with the failure, and frees it.
 */
extern char *mdb_make_result(const char *name, MdbFailure *failure);
extern void mdb_give_result(sqlite3_context *context, char *result,
							MdbFailure *failure);

/* Sets the current namespace. */
extern void mdb_set_namespace(MdbSession *session, const char *name,
							  bool is_local, MdbFailure *failure);

static inline bool
mdb_is_default_name(const char *name)
{
	return strcmp(name, MDB_DEFAULT_NAMESPACE) == 0;
}

/*
 * How often a look-up starts anew when others delete and create meanwhile; and
 * what is said after that many times: SQLITE_BUSY.
 */
#define MDB_ATTEMPTS 5
extern void mdb_fail_unsettled(MdbFailure *failure);

/* ------------------------------------------------------------------------
 * Interface to code in namespace_create.c
 * ------------------------------------------------------------------------
 */

/*
 * Creates what is missing of a namespace; returns whether it did not exist.
 * Errors: those of mdb_do_writing(), mdb_find_namespace(), a name that is
 * taken.
 */
extern bool mdb_ensure_namespace(MdbSession *session, const char *name,
								 MdbFailure *failure);

/* The same for a store in memory, as a part of another job. */
extern void mdb_create_in_memory(MdbSession *session, const char *name,
								 MdbFailure *failure);

/* ------------------------------------------------------------------------
 * Interface to code in namespace_rows.c and migration.c
 * ------------------------------------------------------------------------
 */

/*
 * The names of the streams that begin with ?1 and come after ?2, where that is
 * not NULL, one seek in the index each; the last one may not begin so, or be
 * NULL.  Takes three schemas.
 */
#define MDB_STREAMS \
	"WITH RECURSIVE streams(name) AS (" \
	"SELECT CASE WHEN ?2 >= ifnull(?1, '') THEN " \
	"(SELECT min(stream_name) FROM \"%w\".messages " \
	"WHERE stream_name > ?2) " \
	"ELSE (SELECT min(stream_name) FROM \"%w\".messages " \
	"WHERE stream_name >= ifnull(?1, '')) END " \
	"UNION ALL SELECT (SELECT min(stream_name) FROM \"%w\".messages " \
	"WHERE stream_name > streams.name) FROM streams " \
	"WHERE " MDB_HAS_PREFIX ") "
#define MDB_HAS_PREFIX \
	"substr(name, 1, length(ifnull(?1, ''))) = ifnull(?1, '')"

/* Rows that a listing has made before the first is asked for. */
typedef struct MdbRows
{
	int			columns;
	int64_t		count;
	int64_t		room;
	sqlite3_value **values;
} MdbRows;

/* Appends the rows of a query, which it finalizes; NULL is fine. */
extern void mdb_append_rows(MdbRows *rows, sqlite3_stmt *query,
							MdbFailure *failure);

extern void mdb_free_rows(MdbRows *rows);

/*
 * A function for each namespace's store; its db is NULL when the file cannot
 * be opened.
 */
typedef void MdbVisit(MdbSession *session, const MdbStore *store,
					  const char *location, MdbRows *rows,
					  MdbFailure *failure);

/* Visits all namespaces in the order of their names, or only one. */
extern void mdb_visit_namespaces(MdbSession *session, const char *only,
								 MdbVisit *visit, MdbRows *rows,
								 MdbFailure *failure);

/* Fill the rows of list_namespaces() or get_namespace(), namespace_info(). */
extern void mdb_list_namespaces(MdbSession *session, const char *only,
								MdbRows *rows, MdbFailure *failure);
extern void mdb_list_info(MdbSession *session, const char *name,
						  MdbRows *rows, MdbFailure *failure);

/* Fill the rows of message_store_status() and migrate_namespaces(). */
extern void mdb_list_status(MdbSession *session, MdbRows *rows,
							MdbFailure *failure);
extern void mdb_list_migrations(MdbSession *session, MdbRows *rows,
								MdbFailure *failure);

/* verify.c; the module's pointer is the session */
extern const sqlite3_module mdb_verify_module;

/*
 * verify_values.c: what is wrong with a value of the column of this number,
 * counted in the order stream_name, position, global_position, type, data,
 * metadata, id, time; NULL when nothing is.
 */
extern const char *mdb_check_value(sqlite3_value *value, int column,
								   MdbViolation *violation,
								   MdbFailure *failure);

#endif							/* NAMESPACE_EXT_H */
