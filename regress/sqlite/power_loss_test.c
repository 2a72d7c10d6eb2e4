/*-------------------------------------------------------------------------
 *
 * power_loss_test.c
 *	  The power fails, and what was not synced is lost or in disorder.
 *
 * A history (fault_history.h) is made again and again, and each time the power
 * fails at another change of a file (fault_vfs.h).  Then the store is opened
 * with the default VFS.  What SQLite promises in its modes must be true of a
 * store with all its namespaces:
 *
 *	  synchronous = FULL, or EXTRA	every step that was acknowledged is there
 *	  FULL with journal_mode DELETE	but perhaps the last one: SQLite does not
 *							sync the directory after it has deleted the journal
 *	  WAL with NORMAL		the last steps of a file may be missing
 *
 * The step that was under way is there as a whole or not at all.  In WAL mode,
 * where files commit one after the other, that is promised for each namespace
 * if the step is a transaction of the user's that changes several.  No file is
 * corrupt, every namespace can be written to, and the next change of namespaces
 * tidies up what is left over.
 *
 * The quick form tries some points of two histories in each mode; the long one
 * goes on with history after history, each with its own seed.  Arguments are a
 * seed and the number of a change, as they are printed, to be tried alone.
 *
 *-------------------------------------------------------------------------
 */
#include "fault_history.h"
#include "fault_vfs.h"

#include <time.h>

static const HistoryMode modes[] = {
	{"delete", "full", 1},
	{"delete", "extra", 0},
	{"truncate", "full", 0},
	{"persist", "full", 0},
	{"wal", "full", 0},
	{"wal", "normal", 1000},
};

#define MODES (sizeof(modes) / sizeof(modes[0]))

static long losses;

/* Does steps until the power fails; returns how many were acknowledged. */
static int
do_steps(const History *history, bool *in_doubt)
{
	sqlite3    *db = history_open(history, FAULT_VFS);
	int			done = 0;
	int			rc = SQLITE_OK;

	while (db && rc == SQLITE_OK && done < history->count)
	{
		rc = history_do(history, db, done);
		if (rc == SQLITE_OK)
			done++;
		else if (!CHECK(fault_vfs_is_without_power()))
			printf("    step %d: %s\n", done, sqlite3_errmsg(db));
	}
	*in_doubt = done < history->count;
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(fault_vfs_open_files() == 0);
	return done;
}

static void
explain(const History *history, long n, int done, const State *found)
{
	printf("    seed %llu, %s, %s, change %ld, %d steps done\n",
		   (unsigned long long) history->seed, history->mode->journal_mode,
		   history->mode->synchronous, n, done);
	if (done > 0)
		printf("    last:  %.300s\n", history->steps[done - 1].sql);
	if (done < history->count)
		printf("    then:  %.300s\n", history->steps[done].sql);
	printf("  before:\n");
	state_print(&history->states[done]);
	printf("  found:\n");
	state_print(found);
}

/* The power fails at the n-th change, or after the last one. */
static void
lose_power(const History *history, long n)
{
	uint64_t	random = history->seed * 1000003 + (uint64_t) n;
	int			failed = unit_failed;
	bool		in_doubt;
	int			done;
	State		found;
	State		healed;

	fault_remove_files();
	fault_vfs_expect_power_loss(n);
	done = do_steps(history, &in_doubt);
	fault_vfs_lose_power(&random);
	losses++;

	found = state_read();
	CHECK(history_allows(history, &found, done, in_doubt, true));
	history_heal();
	healed = state_read();
	CHECK(state_equals(&found, &healed));
	history_check_store();
	if (unit_failed > failed)
		explain(history, n, done, &found);
	state_free(&found);
	state_free(&healed);
}

/* The number of changes that a history makes when nothing fails. */
static long
count_changes(const History *history)
{
	bool		in_doubt;

	fault_remove_files();
	fault_vfs_expect_power_loss(0);
	CHECK(do_steps(history, &in_doubt) == history->count);
	return fault_vfs_changes();
}

static void
test_seed(uint64_t seed, int points, long only)
{
	static History history;
	uint64_t	random = seed;
	const HistoryMode *mode = &modes[seed % MODES];
	long		total;
	char		name[100];

	snprintf(name, sizeof(name), "seed %llu, %s, %s", (unsigned long long) seed,
			 mode->journal_mode, mode->synchronous);
	UNIT_CASE(name);
	history_make(&history, seed, mode);
	total = count_changes(&history);
	if (only > 0)
		lose_power(&history, only);
	for (int i = 0; i < points && only == 0 && unit_failed < 10; i++)
		lose_power(&history, 1 + fault_random_below(&random, total + 1));
	history_free(&history);
	UNIT_CASE("");
}

int
main(int argc, char **argv)
{
	time_t		begin = time(NULL);
	uint64_t	first = argc > 1 ? strtoull(argv[1], NULL, 10) : fault_seed();
	uint64_t	seed = first;

	fault_vfs_register();
	do
		test_seed(seed++, fault_seconds() > 0 ? 100 : 20,
				  argc > 2 ? atol(argv[2]) : 0);
	while (unit_failed == 0 && argc == 1 &&
		   (fault_time_is_left(begin) || seed < first + 2 * MODES));
	printf("%ld losses of power, seeds %llu to %llu, in %ld s\n", losses,
		   (unsigned long long) first, (unsigned long long) seed - 1,
		   (long) (time(NULL) - begin));
	return unit_report();
}
