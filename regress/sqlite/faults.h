/*-------------------------------------------------------------------------
 *
 * faults.h
 *	  What the campaigns of faults share: their form, their seed, and files
 *	  that go when the program ends.
 *
 * A campaign has a quick form, which make check runs and which does the same
 * each time, and a long one, "make faults".  The environment says which:
 *
 *	  FAULT_SECONDS		the long form; how long random campaigns go on
 *	  FAULT_SEED		where random choices begin, 1 if nothing is said
 *
 * A check that fails is printed with the seed that it began with.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FAULTS_H
#define FAULTS_H

#include "sqlite_test.h"

/* How many seconds a random campaign goes on; 0 in the quick form. */
extern long fault_seconds(void);

/* The seed that was asked for. */
extern uint64_t fault_seed(void);

/* Whether a campaign that began at this time (time()) may go on. */
extern bool fault_time_is_left(int64_t begin);

/* A number of a sequence that depends on *state only, which it changes. */
extern uint64_t fault_random(uint64_t *state);

/* The same, from 0 to limit - 1. */
extern int64_t fault_random_below(uint64_t *state, int64_t limit);

/* Which of some calls fail: the n-th from now on, or that and all after it. */
typedef struct FaultCountdown
{
	long		n;				/* 0 for none */
	bool		keeps_failing;
	bool		has_failed;
} FaultCountdown;

/* Counts a call, and says whether it is to fail. */
extern bool fault_is_due(FaultCountdown *countdown);

/*
 * The path of a file in a folder of this process, on a file system in memory
 * where there is one.  The folder is removed at the end, with what is in it.
 * The text stays valid until the fourth call after this one.
 */
extern const char *fault_path(const char *name);

/* Calls a function with the path of every file in that folder. */
extern void fault_each_file(void (*visit) (const char *path));

/* Removes the files of that folder. */
extern void fault_remove_files(void);

/* The number of files that the process has open; 0 where that is not said. */
extern int	fault_open_files(void);

/* Steps a statement to its end; returns the result code. */
extern int	run_through(sqlite3 *db, const char *sql);

/*
 * Checks what must be true of a connection between two statements: none is
 * under way, no lock is held, and unless in_transaction is set there is no
 * transaction.
 */
extern void check_idle(sqlite3 *db, bool in_transaction);

#endif							/* FAULTS_H */
