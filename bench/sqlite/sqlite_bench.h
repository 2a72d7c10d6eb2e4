/*-------------------------------------------------------------------------
 *
 * sqlite_bench.h
 *	  What the files of the SQLite benchmark share; main.c is its manual.
 *
 *	  store.c			databases, and a message written by hand
 *	  measure.c			the rounds, their turns, and the clock
 *	  writes.c			the areas writes and batches
 *	  reads.c			the area reads
 *
 *-------------------------------------------------------------------------
 */
#ifndef SQLITE_BENCH_H
#define SQLITE_BENCH_H

#include <sqlite3.h>

#include <stdbool.h>
#include <stdint.h>

typedef enum Mode
{
	MEMORY,
	NORMAL,
	FULL,
	MODES
} Mode;

typedef struct Options
{
	const char *areas;
	const char *modes;
	const char *directory;
	const char *extension;
	int			rounds;
	double		scale;
} Options;

extern Options options;

/* ------------------------------------------------------------------------
 * Interface to code in store.c
 * ------------------------------------------------------------------------
 */

#define VARIANTS 3

extern const char *const variant_names[VARIANTS];

typedef enum Variant
{
	OURS,
	BARE,
	LOCKED
} Variant;

/* A database, and the statements that are measured, prepared. */
typedef struct Store
{
	Variant		variant;
	sqlite3    *db;
	char		path[1000];		/* empty in memory */
	sqlite3_stmt *begin;
	sqlite3_stmt *commit;
	sqlite3_stmt *call;			/* the function */
	sqlite3_stmt *version;
	sqlite3_stmt *insert;
	int64_t		done;			/* the number that its work goes on with */
} Store;

/* Ends the program with SQLite's message if the code says that it failed. */
extern void check(sqlite3 *db, int rc);

extern sqlite3_stmt *prepare(Store *store, const char *sql);

/*
 * Opens a store for each of the first variants, with a function prepared as
 * the call; close_stores() removes their files.
 */
extern void open_stores(Store *stores, int variants, Mode mode,
						const char *call);
extern void close_stores(Store *stores, int variants);

/* A message as a client has it. */
typedef struct Message
{
	char		id[40];
	char		stream_name[60];
	const char *type;
	char		data[200];
	char		metadata[200];
} Message;

/* The same number makes the same message. */
extern void make_message(Message *message, int64_t number, int64_t stream);

/* Binds text that stays where it is until the statement has run. */
extern void bind_text(sqlite3_stmt *statement, int number, const char *text);

/* Runs a statement whose parameters are bound; returns its first value. */
extern int64_t step(Store *store, sqlite3_stmt *statement);

/* The two statements of a write by hand; -1 is the version of no stream. */
extern void insert_message(Store *store, const Message *message,
						   int64_t position);
extern int64_t read_version(Store *store, const Message *message);

/* ------------------------------------------------------------------------
 * Interface to code in measure.c
 * ------------------------------------------------------------------------
 */

/* A thing to be measured. */
typedef struct Job
{
	const char *area;
	const char *what;
	int64_t		count;			/* how often in a round */
	int			turns;			/* in a round */
	int			size;			/* of a batch, or of what is read */
	int			messages;		/* that count as one */

	/* Makes ready what the work from number first to before end needs. */
	void		(*prepare) (int64_t first, int64_t end, int size);
	void		(*work) (Store *store, int64_t first, int64_t end, int size);
} Job;

/* Chooses the clock that suits stores of that mode. */
extern void set_clock(Mode mode);

/* Measures all rounds of a job and prints them. */
extern void measure(const Job *job, Store *stores, int variants);

/* ------------------------------------------------------------------------
 * Interface to code in writes.c and reads.c
 * ------------------------------------------------------------------------
 */

extern void measure_writes(Mode mode);
extern void measure_batches(Mode mode, int size);
extern void measure_reads(void);

#endif							/* SQLITE_BENCH_H */
