/*-------------------------------------------------------------------------
 *
 * fault_history.h
 *	  Histories of a store: what is done to it, and what must be there then.
 *
 * A history is a list of steps made from a seed: writes, batches, transactions,
 * savepoints, and all that can be done to namespaces.  A run without faults
 * tells the state of the store after each of them.  A run in which something
 * fails must leave one of these states.
 *
 * The state of a store is the names of its namespaces and the contents of each:
 * description and messages, without times.  The default namespace without
 * messages counts as none: the first write creates it in a transaction of its
 * own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FAULT_HISTORY_H
#define FAULT_HISTORY_H

#include "faults.h"

#define HISTORY_STEPS 24
#define HISTORY_NAMESPACES 5

typedef struct StateNamespace
{
	char		name[20];
	char	   *contents;
} StateNamespace;

typedef struct State
{
	int			count;
	StateNamespace namespaces[HISTORY_NAMESPACES];
} State;

/* How a database is written. */
typedef struct HistoryMode
{
	const char *journal_mode;
	const char *synchronous;
	int			steps_lost;		/* changes that were acknowledged, and a power
								 * loss may undo */
} HistoryMode;

typedef struct Step
{
	char	   *sql;
	bool		spans;			/* several namespaces change in one COMMIT */
	const char *current;		/* namespace afterwards */
} Step;

typedef struct History
{
	uint64_t	seed;
	const HistoryMode *mode;
	int			count;
	Step		steps[HISTORY_STEPS];
	State		states[HISTORY_STEPS + 1];	/* before the first, after each */
} History;

/* ------------------------------------------------------------------------
 * Interface to code in fault_history.c
 * ------------------------------------------------------------------------
 */

/* The path of the store that histories are made with. */
extern const char *history_path(void);

/* Makes a history and learns its states; history_free() frees them. */
extern void history_make(History *history, uint64_t seed,
						 const HistoryMode *mode);
extern void history_free(History *history);

/*
 * Opens the store with the history's modes through a VFS, NULL for the default
 * one; NULL when that fails, which without faults is an error.
 */
extern sqlite3 *history_open(const History *history, const char *vfs);

/* Does a step, or goes to the namespace that it begins in; the result code. */
extern int	history_do(const History *history, sqlite3 *db, int number);
extern int	history_go_to(const History *history, sqlite3 *db, int number);

/* ------------------------------------------------------------------------
 * Interface to code in fault_steps.c
 * ------------------------------------------------------------------------
 */

/*
 * Makes the steps of a history that has its seed.  has_batches: there is the
 * function for batches.
 */
extern void history_make_steps(History *history, bool has_batches);

/* ------------------------------------------------------------------------
 * Interface to code in fault_state.c
 * ------------------------------------------------------------------------
 */

/*
 * The state of the store, read by a connection of its own with the default
 * VFS; state_free() frees it.  A store that cannot be read fails a check.
 */
extern State state_read(void);
extern void state_free(State *state);
extern void state_print(const State *state);

/*
 * Makes calls that heal what a fault may have left; the state stays as it is.
 */
extern void history_heal(void);

/*
 * Checks that the store is sound, that nothing is left to be healed, that no
 * file is left over, and that every namespace can be written to.
 */
extern void history_check_store(void);

/* ------------------------------------------------------------------------
 * Interface to code in fault_compare.c
 * ------------------------------------------------------------------------
 */

extern bool state_equals(const State *a, const State *b);

/*
 * Whether the state is one that the history may be found in after "done" steps
 * were acknowledged and, if in_doubt is set, the next one was begun.
 * power_lost: what was acknowledged may be undone as far as the mode allows.
 */
extern bool history_allows(const History *history, const State *state,
						   int done, bool in_doubt, bool power_lost);

#endif							/* FAULT_HISTORY_H */
