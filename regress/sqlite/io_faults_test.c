/*-------------------------------------------------------------------------
 *
 * io_faults_test.c
 *	  Files that cannot be read, written, synced, locked, and a full disk.
 *
 * A history (fault_history.h) is made again and again, and each time another
 * call of the VFS fails (fault_vfs.h), once or from then on.  The step that
 * this makes fail must end with an error that says so, and leave the store as
 * it was before the step, or as it is after it; in WAL mode each namespace by
 * itself if the step is a transaction that changes several.  Then nothing fails
 * any more: the step is repeated, if it was not done, and the rest of the
 * history follows on the same connection and leaves what it leaves otherwise.
 *
 * The quick form tries some calls of each kind in two histories; the long one
 * goes on with history after history.  Arguments are a seed, the name of a
 * kind, the number of the call, and 1 if all later ones fail too, as they are
 * printed.
 *
 *-------------------------------------------------------------------------
 */
#include "fault_history.h"
#include "fault_vfs.h"

#include <time.h>

static const HistoryMode modes[] = {{"wal", "full", 0}, {"delete", "full", 1}};

typedef struct Fault
{
	FaultKind	kind;
	long		n;
	bool		keeps_failing;
} Fault;

static long faults;
static long failed_steps;

/* What may be answered to a fault: nothing that blames the store or the call. */
static bool
is_honest(int code)
{
	switch (code & 0xff)
	{
		case SQLITE_IOERR:
		case SQLITE_FULL:
		case SQLITE_CANTOPEN:
		case SQLITE_BUSY:
		case SQLITE_PROTOCOL:
			return true;
		default:
			return false;
	}
}

/*
 * After a step that has failed: whether it is to be done again (1), was done
 * (0), or was done for some namespaces (-1).
 */
static int
check_failed_step(const History *history, sqlite3 *db, int number, int code)
{
	State		found;
	int			result = -1;

	failed_steps++;
	if (!CHECK(is_honest(code)))
		printf("    %d: %s\n", code, sqlite3_errmsg(db));
	if (!sqlite3_get_autocommit(db))
		CHECK(run(db, "ROLLBACK") == SQLITE_OK);
	check_idle(db, false);
	found = state_read();
	if (!CHECK(history_allows(history, &found, number, true, false)))
		state_print(&found);
	if (state_equals(&found, &history->states[number]))
		result = 1;
	else if (state_equals(&found, &history->states[number + 1]))
		result = 0;
	state_free(&found);
	return result;
}

/* Returns false when the history cannot go on after a fault. */
static bool
do_step(const History *history, sqlite3 *db, int number)
{
	int			rc = history_do(history, db, number);
	int			again = 0;

	if (rc == SQLITE_OK)
		return true;
	if (!CHECK(fault_vfs_disarm()))
		printf("    without a fault: %s\n", sqlite3_errmsg(db));
	again = check_failed_step(history, db, number, rc);
	if (again < 0)
		return false;
	CHECK(history_go_to(history, db, number + !again) == SQLITE_OK);
	if (again && !CHECK(history_do(history, db, number) == SQLITE_OK))
		printf("    repeated: %s\n", sqlite3_errmsg(db));
	return true;
}

static void
check_end(const History *history)
{
	State		found = state_read();
	State		healed;

	if (!CHECK(state_equals(&found, &history->states[history->count])))
		state_print(&found);
	history_heal();
	healed = state_read();
	CHECK(state_equals(&found, &healed));
	history_check_store();
	state_free(&found);
	state_free(&healed);
}

static void
inject(const History *history, const Fault *fault)
{
	int			failed = unit_failed;
	bool		goes_on = true;
	int			number;
	sqlite3    *db;

	fault_remove_files();
	db = history_open(history, FAULT_VFS);
	if (!CHECK(db != NULL))
		return;
	fault_vfs_arm(fault->kind, fault->n, fault->keeps_failing);
	faults++;
	for (number = 0; number < history->count && goes_on; number++)
		goes_on = do_step(history, db, number);
	fault_vfs_disarm();
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(fault_vfs_open_files() == 0);
	if (goes_on)
		check_end(history);
	if (unit_failed == failed)
		return;
	printf("    seed %llu, %s, \"%s\" %ld %d, in step %d\n    %.400s\n",
		   (unsigned long long) history->seed, history->mode->journal_mode,
		   fault_names[fault->kind], fault->n, fault->keeps_failing, number - 1,
		   history->steps[number - 1].sql);
}

/* Leaves in fault_vfs_calls() what the history calls when nothing fails. */
static void
count_calls(const History *history, long counts[FAULT_KINDS])
{
	sqlite3    *db;

	fault_remove_files();
	db = history_open(history, FAULT_VFS);
	fault_vfs_arm(FAULT_NONE, 0, false);
	for (int i = 0; i < history->count; i++)
		CHECK(history_do(history, db, i) == SQLITE_OK);
	for (int i = 0; i < FAULT_KINDS; i++)
		counts[i] = fault_vfs_calls(i);
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

static void
test_seed(uint64_t seed, int points, const Fault *only)
{
	static History history;
	uint64_t	random = seed;
	long		counts[FAULT_KINDS];
	char		name[60];

	snprintf(name, sizeof(name), "seed %llu", (unsigned long long) seed);
	UNIT_CASE(name);
	history_make(&history, seed, &modes[seed % 2]);
	count_calls(&history, counts);
	if (only)
		inject(&history, only);
	for (int kind = FAULT_NONE + 1; kind < FAULT_KINDS && !only; kind++)
		for (int i = 0; i < points && counts[kind] > 0 && unit_failed < 10; i++)
		{
			Fault		fault = {kind};

			fault.n = 1 + (long) fault_random_below(&random, counts[kind]);
			fault.keeps_failing = i % 2;
			inject(&history, &fault);
		}
	history_free(&history);
	UNIT_CASE("");
}

static FaultKind
kind_named(const char *name)
{
	for (int i = 0; i < FAULT_KINDS; i++)
		if (strcmp(fault_names[i], name) == 0)
			return i;
	fprintf(stderr, "no kind \"%s\"\n", name);
	exit(2);
}

int
main(int argc, char **argv)
{
	time_t		begin = time(NULL);
	uint64_t	first = argc > 1 ? strtoull(argv[1], NULL, 10) : fault_seed();
	uint64_t	seed = first;
	Fault		only = {FAULT_NONE};

	fault_vfs_register();
	if (argc > 4)
		only = (Fault) {kind_named(argv[2]), atol(argv[3]), atoi(argv[4]) != 0};
	do
		test_seed(seed++, fault_seconds() > 0 ? 40 : 10,
				  argc > 4 ? &only : NULL);
	while (unit_failed == 0 && argc == 1 &&
		   (fault_time_is_left(begin) || seed < first + 2));
	printf("%ld faults, %ld steps failed, seeds %llu to %llu, in %ld s\n",
		   faults, failed_steps, (unsigned long long) first,
		   (unsigned long long) seed - 1, (long) (time(NULL) - begin));
	return unit_report();
}
