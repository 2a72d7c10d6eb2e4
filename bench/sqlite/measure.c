/*-------------------------------------------------------------------------
 *
 * measure.c
 *	  The rounds, their turns, and the clock.
 *
 * A round has all variants, in turns: each writes or reads a little, then it
 * is the next one's turn, until each has its share.  So whatever else the
 * machine does at that time hits all of them alike.  The first round is not
 * printed.  In memory the time is that of the CPU, which does not count what
 * other processes take away.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_bench.h"

#include <stdio.h>
#include <time.h>

static clockid_t the_clock;

void
set_clock(Mode mode)
{
	the_clock = mode == MEMORY ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(the_clock, &time);
	return (double) time.tv_sec * 1e6 + (double) time.tv_nsec / 1e3;
}

static void
measure_turn(const Job *job, Store *store, int64_t share, double *sum)
{
	int64_t		first = store->done;
	double		start;

	job->prepare(first, first + share, job->size);
	start = now();
	job->work(store, first, first + share, job->size);
	*sum += now() - start;
	store->done += share;
}

void
measure(const Job *job, Store *stores, int variants)
{
	int64_t		share = (int64_t) ((double) job->count * options.scale) /
		job->turns + 1;

	for (int round = 0; round <= options.rounds; round++)
	{
		double		sums[VARIANTS] = {0};

		for (int turn = 0; turn < job->turns; turn++)
			for (int i = 0; i < variants; i++)
			{
				int			chosen = (i + turn + round) % variants;

				measure_turn(job, &stores[chosen], share, &sums[chosen]);
			}
		for (int i = 0; i < variants && round > 0; i++)
			printf("%s,%s,%d,%s,%.4f\n", job->area, job->what, round,
				   variant_names[stores[i].variant],
				   sums[i] / (double) (share * job->turns * job->messages));
		fflush(stdout);
	}
}
