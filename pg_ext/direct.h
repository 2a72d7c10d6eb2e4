/*-------------------------------------------------------------------------
 *
 * direct.h
 *	  What the files of direct table access offer each other.
 *
 * An ordinary local table of messages is read and written without the
 * executor: rows go to the heap and its indexes, and are found by walking an
 * index.  That is several times faster than a statement, and it is what makes
 * possible that the writers of a category do not wait for each other's
 * commits (insert.c and walk.c tell how).  Whatever is not ordinary goes
 * through statements (statement_read.c, statement_write.c).
 *
 * The executor's checks are done here by hand: privileges, read-only
 * transactions, NOT NULL.  A table that needs more of them is not ordinary.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MESSAGE_DB_DIRECT_H
#define MESSAGE_DB_DIRECT_H

#include "message_db_pg.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/skey.h"
#include "access/tableam.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#pragma GCC visibility push(hidden)

/* ------------------------------------------------------------------------
 * Interface to code in table.c
 * ------------------------------------------------------------------------
 */

/* A table that is opened for one call. */
typedef struct MdbTable
{
	Relation	relation;
	MdbLayout	layout;			/* a copy: the session's may be replaced */
	Relation	indexes[MDB_MAX_INDEXES];	/* those that are open, as in layout */
} MdbTable;

/*
 * Opens the namespace's table with a lock that is kept until the transaction
 * ends.  Returns false, and leaves the lock, when the table is not ordinary:
 * the caller goes through statements then.  Close it with mdb_close_table().
 * Errors: MDB_UNKNOWN_NAMESPACE when it was deleted meanwhile; those of
 * mdb_namespace_exists().
 */
extern bool mdb_open_table(MdbNamespace *namespace, LOCKMODE lock,
						   MdbTable *table);
extern void mdb_close_table(MdbTable *table);

/*
 * The same for a table that need not be ordinary, but whose categories can be
 * walked.  Rights are not checked.
 */
extern bool mdb_open_table_to_walk(MdbNamespace *namespace, MdbTable *table);

/*
 * The same for reads under a snapshot, with the rights checked.  Errors: 42501.
 */
extern bool mdb_open_table_to_read(MdbNamespace *namespace, MdbTable *table);

/* An index of that kind which can be searched; it is open until the table closes. */
extern Relation mdb_table_index(MdbTable *table, MdbIndexKind kind);

/* Opens all indexes, for rows to be entered. */
extern void mdb_open_indexes(MdbTable *table);

/*
 * Check the caller's rights as the executor would.  Errors: 42501; 25006 for
 * insertion in a read-only transaction.
 */
extern void mdb_check_may_read(const MdbTable *table);
extern void mdb_check_may_read_version(const MdbTable *table);
extern void mdb_check_may_insert(const MdbTable *table);

/* A column of the row in slot; is_null may be NULL for a NOT NULL one. */
extern Datum mdb_column(const MdbTable *table, TupleTableSlot *slot,
						MdbColumn column, bool *is_null);
/* Whether both are the same bytes; neither is NULL. */
extern bool mdb_equal(MdbString a, MdbString b);

extern MdbString mdb_text_column(const MdbTable *table, TupleTableSlot *slot,
								 MdbColumn column);

/* ------------------------------------------------------------------------
 * Interface to code in correlation.c
 * ------------------------------------------------------------------------
 */

/*
 * split_part(metadata ->> 'correlationStreamName', '-', 1), the category that
 * a message's metadata names; NULL when they name none.  Lives in the current
 * memory context.
 */
extern MdbString mdb_correlation(Datum metadata);

/* ------------------------------------------------------------------------
 * Interface to code in brief_lock.c
 * ------------------------------------------------------------------------
 */

/* The brief lock of a table; see there. */
typedef struct MdbBriefLock MdbBriefLock;

/* Finds the lock.  Before it is taken, because this may allocate and fail. */
extern MdbBriefLock *mdb_find_brief_lock(Oid table);

/*
 * While it is held nothing may wait for another transaction, run a user's
 * code, or look for interrupts.  An error releases it.
 */
extern void mdb_take_brief_lock(MdbBriefLock *lock);
extern void mdb_release_brief_lock(MdbBriefLock *lock);

/* ------------------------------------------------------------------------
 * Interface to code in insert.c
 * ------------------------------------------------------------------------
 */

/*
 * Inserts the messages of one stream, in their order, and gives them their
 * global positions and the transaction's time.  id and position are set.
 * Errors: 23505 when an id or position is there already, 55000 when the
 * sequence would not give rising numbers, and the server's own.
 */
extern void mdb_insert_rows(MdbTable *table, Datum stream_name, MdbRow *rows,
							int count);

/* ------------------------------------------------------------------------
 * Interface to code in draft.c
 * ------------------------------------------------------------------------
 */

/* What a draft has in place of its global position. */
#define MDB_DRAFT_POSITION 0

/* A row that is in the heap, but lacks its global position. */
typedef struct MdbDraft
{
	HeapTuple	row;			/* NULL when the row is not large */
	ItemPointerData place;
} MdbDraft;

/* Whether the server would move values out of the row. */
extern bool mdb_is_large(const MdbTable *table, Datum stream_name,
						 const MdbRow *row);

/* Before large rows are inserted. */
extern void mdb_prepare_for_large(const MdbTable *table);

/* Whether large rows of the table are inserted as drafts first. */
extern bool mdb_uses_drafts(const MdbTable *table);

/* Inserts the row in slot as a draft, and empties the slot. */
extern void mdb_insert_draft(const MdbTable *table, TupleTableSlot *slot,
							 MdbDraft *draft);

/*
 * Makes the draft the row that it shall be, and puts that into the slot.  The
 * brief lock is held.
 */
extern void mdb_finish_draft(const MdbTable *table, TupleTableSlot *slot,
							 MdbDraft *draft, int64 global_position);

/* ------------------------------------------------------------------------
 * Interface to code in append.c
 * ------------------------------------------------------------------------
 */

/*
 * Appends messages to a stream, whose category is locked, and returns the
 * position of the last one.  With message_db.idempotent_writes on, messages
 * that stand there already are not written again, and count as written.
 * Errors: MDB_WRONG_EXPECTED_VERSION, MDB_STREAM_FULL, MDB_INVALID_ID,
 * MDB_STREAM_NAME_TOO_LONG, 40001 when the transaction's snapshot is too old
 * to know the stream's last message, and those of mdb_insert_rows().
 */
extern int64 mdb_append(MdbTable *table, const MdbBatch *batch);

/* ------------------------------------------------------------------------
 * Interface to code in stream_memory.c
 * ------------------------------------------------------------------------
 */

/* What stands for a stream of the table. */
extern uint64 mdb_stream_hash(const MdbTable *table, MdbString stream_name);

/* A version that the stream has had, perhaps; 0 when nothing is remembered. */
extern void mdb_remember_version(uint64 stream, int64 version);
extern int64 mdb_recall_version(uint64 stream);

/* ------------------------------------------------------------------------
 * Interface to code in scan.c
 * ------------------------------------------------------------------------
 */

/* A search of an index, and the row that it stands at. */
typedef struct MdbScan
{
	IndexScanDesc index;
	TupleTableSlot *slot;
} MdbScan;

extern void mdb_begin_scan(MdbScan *scan, MdbTable *table, MdbIndexKind kind,
						   Snapshot snapshot, ScanKey keys, int key_count);
extern bool mdb_scan_next(MdbScan *scan, ScanDirection direction);
extern void mdb_end_scan(MdbScan *scan);

/*
 * The same under SnapshotAny, entry by entry: index->xs_itup is the entry, and
 * is_empty says that there is no row behind it.
 */
extern void mdb_begin_scan_of_entries(MdbScan *scan, MdbTable *table,
									  MdbIndexKind kind, ScanKey keys,
									  int key_count);
extern bool mdb_scan_next_entry(MdbScan *scan, bool *is_empty);

/* Search keys: attribute number attribute of an index, 1 the first. */
extern void mdb_text_key(ScanKey key, MdbTable *table, MdbIndexKind kind,
						 int attribute, Datum value);
extern void mdb_integer_key(ScanKey key, int attribute, StrategyNumber strategy,
							int64 value);	/* =, >= or <= */
extern void mdb_uuid_key(ScanKey key, int attribute, const pg_uuid_t *value);

/*
 * Begins a search of a stream's rows from that position on, to be gone through
 * backward.  0 or less stands for all.
 */
extern void mdb_begin_scan_of_end(MdbScan *scan, MdbTable *table,
								  Datum stream_name, Snapshot snapshot,
								  int64 from);

/*
 * The newest snapshot of a reader, which sees what the caller's own statement
 * wrote before; the transaction's in REPEATABLE READ and SERIALIZABLE.  It is
 * active until mdb_end_snapshot().  To be taken before the table is opened.
 */
extern Snapshot mdb_begin_snapshot(void);
extern void mdb_end_snapshot(void);

/* ------------------------------------------------------------------------
 * Interface to code in walk.c
 * ------------------------------------------------------------------------
 */

/* A walk in the order of global positions. */
typedef struct MdbWalk
{
	MdbTable   *table;
	const MdbRead *read;		/* name.data is NULL for all categories */
	Snapshot	snapshot;
	bool		on_standby;
	MdbScan		scan;
	MemoryContext row_context;	/* emptied after each row */
	int64		last;			/* global position returned last */
	bool		stopped;		/* at a row whose fate is not known ... */
	int64		stopped_at;		/* ... which has this global position */
} MdbWalk;

/* read must outlive the walk. */
extern void mdb_begin_walk(MdbWalk *walk, MdbTable *table, const MdbRead *read,
						   Snapshot snapshot);

/* Steps to the next message; false at the end, and where it must stop. */
extern bool mdb_walk_next(MdbWalk *walk);
extern void mdb_end_walk(MdbWalk *walk);

/* ------------------------------------------------------------------------
 * Interface to code in row.c
 * ------------------------------------------------------------------------
 */

/* The result of a reader, of type message, while it is being filled. */
typedef struct MdbResult
{
	const MdbTable *table;
	ReturnSetInfo *info;
	MemoryContext row_context;	/* emptied after each row */
} MdbResult;

/* The column of type message that says where it stands, 1 the first. */
#define MDB_RESULT_GLOBAL_POSITION 5

/* InitMaterializedSRF() was called. */
extern void mdb_begin_result(MdbResult *result, const MdbTable *table,
							 FunctionCallInfo fcinfo);
extern void mdb_add_row(MdbResult *result, TupleTableSlot *slot);
extern void mdb_end_result(MdbResult *result);

/* ------------------------------------------------------------------------
 * Interface to code in json_text.c
 * ------------------------------------------------------------------------
 */

/* A value of type jsonb as one of type varchar; palloc'd. */
extern Datum mdb_json_text(Datum json);

/* ------------------------------------------------------------------------
 * Interface to code in fault.c
 * ------------------------------------------------------------------------
 */

#ifdef MDB_FAULT_INJECTION
extern void mdb_define_fault_settings(void);

/* Sleeps a random time, to let others come between two steps of a write. */
extern void mdb_fault_delay(void);
extern void mdb_fault_pause(void);

/* Leaks memory, and locks, as the settings say; once a write. */
extern void mdb_fault_leak(void);

extern bool mdb_fault_no_brief_lock;

/* How a reader treats a row whose fate is not known. */
enum
{
	MDB_FAULT_STOP,				/* as it must */
	MDB_FAULT_PASS_OVER,
	MDB_FAULT_BLIND				/* returns it if it is committed by now */
};
extern int	mdb_fault_reader;
#define mdb_fault_passes_over(in_progress, committed) \
	(((in_progress) && mdb_fault_reader != MDB_FAULT_STOP) || \
	 ((committed) && mdb_fault_reader == MDB_FAULT_PASS_OVER))
#define mdb_fault_returns(committed) \
	((committed) && mdb_fault_reader == MDB_FAULT_BLIND)
#else
#define mdb_define_fault_settings() ((void) 0)
#define mdb_fault_delay() ((void) 0)
#define mdb_fault_pause() ((void) 0)
#define mdb_fault_leak() ((void) 0)
#define mdb_fault_no_brief_lock false
#define mdb_fault_passes_over(in_progress, committed) false
#define mdb_fault_returns(committed) false
#endif

#pragma GCC visibility pop

#endif							/* MESSAGE_DB_DIRECT_H */
