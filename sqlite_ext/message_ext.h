/*-------------------------------------------------------------------------
 *
 * message_ext.h
 *	  What reading and writing messages is made of: a part of sqlite_ext.h,
 *	  which includes it.
 *
 *	  statement.c		the statements on a namespace's table
 *	  json_scan.c		walking through canonical JSON
 *	  correlation.c		a message's correlation stream
 *	  debug.c			the notices of the debug settings
 *	  open_reader.c		readers and what is written while they read
 *	  insert.c, batch_table.c
 *						inserting messages, one and many
 *
 *-------------------------------------------------------------------------
 */
#ifndef MESSAGE_EXT_H
#define MESSAGE_EXT_H

/* ------------------------------------------------------------------------
 * Interface to code in statement.c
 * ------------------------------------------------------------------------
 */

/*
 * Takes a prepared statement out of the namespace's store, or prepares it.
 * NULL without a failure means that the namespace has no table yet, or none
 * any more.
 * Errors: MDB_NOT_A_MESSAGE_TABLE, those of preparing.
 */
extern sqlite3_stmt *mdb_take_statement(MdbSession *session,
										MdbNamespace *namespace,
										MdbStatement statement,
										MdbFailure *failure);

/* Resets a statement and puts it back, or finalizes it. NULL is fine. */
extern void mdb_give_statement(MdbSession *session, MdbNamespace *namespace,
							   MdbStatement statement,
							   sqlite3_stmt *prepared);

/*
 * The same for a reader's statement, which gives NULL for columns that are not
 * among the chosen ones.
 */
extern sqlite3_stmt *mdb_take_select(MdbSession *session,
									 MdbNamespace *namespace,
									 MdbStatement statement, int columns,
									 MdbFailure *failure);
extern void mdb_give_select(MdbSession *session, MdbNamespace *namespace,
							MdbStatement statement, int columns,
							sqlite3_stmt *prepared);

/*
 * To be called when a statement has failed, with its error kept: ends what
 * SQLite may leave open.
 */
extern void mdb_end_leftover(MdbSession *session);

/*
 * Keeps the error of stepping a statement, unless the reason is that the
 * namespace has no table: then there is no failure.
 */
extern void mdb_fail_statement(MdbSession *session, MdbNamespace *namespace,
							   int code, MdbFailure *failure);

/*
 * Prepares a reader's statement with a condition added; the caller finalizes
 * it.  NULL as above.  Errors: MDB_CONDITION_NOT_EXPRESSION as well.
 */
extern sqlite3_stmt *mdb_prepare_with_condition(MdbSession *session,
												MdbNamespace *namespace,
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

/* Finalizes all statements kept for the namespace, or by the session. */
extern void mdb_finalize_namespace(MdbNamespace *namespace);
extern void mdb_finalize_statements(MdbSession *session);

/*
 * Text with the quoted name of a database in place of each @namespace@, from
 * sqlite3_malloc(); NULL for lack of memory.
 */
extern char *mdb_text_for_schema(const char *text, const char *schema);

/* ------------------------------------------------------------------------
 * Interface to code in json_scan.c
 * ------------------------------------------------------------------------
 */

/* JSON, or a string's content, that is still to be walked through. */
typedef struct MdbScan
{
	const char *next;
	const char *end;
} MdbScan;

/* Steps over one character of punctuation, with the blanks around it. */
extern bool mdb_scan_mark(MdbScan *scan, char mark);

/* Steps over a value of any kind, or a key, and returns its text. */
extern MdbString mdb_scan_value(MdbScan *scan);

/* The kind of a value, by its beginning. */
extern MdbJsonKind mdb_scanned_kind(MdbString value);

/*
 * The next byte of a string's content, of which there must be one; -1 for an
 * escape that canonical JSON does not have.
 */
extern int	mdb_scan_byte(MdbScan *content);

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
 * Interface to code in open_reader.c
 * ------------------------------------------------------------------------
 */

/* A reader that is not at its end, in its session's list. */
typedef struct MdbOpenReader
{
	struct MdbOpenReader *next;
	const MdbNamespace *namespace;
	int64_t		last;			/* global position; INT64_MAX before a write */
} MdbOpenReader;

extern void mdb_open_reader(MdbSession *session, MdbOpenReader *reader,
							const MdbNamespace *namespace);

/* Also for one that is not open. */
extern void mdb_close_reader(MdbSession *session, MdbOpenReader *reader);

/*
 * To be called before a write to the namespace: the readers that are open get
 * no messages but the ones that are there now.
 */
extern void mdb_bound_readers(MdbSession *session,
							  const MdbNamespace *namespace,
							  MdbFailure *failure);

/* ------------------------------------------------------------------------
 * Interface to code in insert.c
 * ------------------------------------------------------------------------
 */

/* A message that is to be written. */
typedef struct MdbMessage
{
	MdbString	type;
	MdbString	data;
	MdbString	metadata;
	unsigned char id[16];
	bool		has_new_id;		/* made in this call */
} MdbMessage;

/* A call of a writer.  The first part is the writer's to fill in. */
typedef struct MdbWrite
{
	MdbSession *session;
	MdbCall		call;
	MdbString	stream_name;
	const MdbMessage *messages;
	int64_t		count;			/* 1 or more */
	MdbInteger	expected_version;
	MdbString	wrong_id;		/* the message's, when it is no UUID */
	bool		debug;
	MdbFailure *failure;

	MdbNamespace *namespace;
	char		time[MDB_TIME_LENGTH + 1];
	int64_t		first;			/* position */
	int64_t		current;		/* the message that is being inserted */
	char		id[MDB_ID_LENGTH + 1];	/* its id; of a single one the writer's */
	bool		is_moved;		/* the file is not the namespace's any more */
	bool		is_repeated;	/* the messages stand already */
	bool		is_done;		/* inserted, or repeated */
	MdbError	error;			/* what the checks found, or MDB_OK */
} MdbWrite;

/* The type of the pointers to it. */
#define MDB_WRITE_POINTER "message_db write"

/*
 * Writes the messages to the current namespace; returns the position of the
 * last one.
 * Errors: those of mdb_namespace_to_write(), of mdb_next_positions() and of
 * the columns; MDB_DUPLICATE_ID, MDB_DUPLICATE_POSITION.
 */
extern int64_t mdb_write(MdbWrite *write);

/*
 * What the statement asks under its lock: whether to go on.  name is the one
 * that the namespace's file has, NULL for the default namespace.  If not, the
 * statement must fail; the write knows why.
 */
extern bool mdb_admit_write(MdbWrite *write, MdbInteger version,
							sqlite3_value *name);

/* batch_table.c; the module's pointer is the session */
extern const sqlite3_module mdb_batch_module;

#endif							/* MESSAGE_EXT_H */
