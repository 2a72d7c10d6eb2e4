/*-------------------------------------------------------------------------
 *
 * slow_disk.c
 *	  A library that makes fdatasync() slower, for the server of a benchmark.
 *
 *	LD_PRELOAD=build/bench/slow_disk.so BENCH_FDATASYNC_DELAY=2000 pg_ctl start
 *
 * Each fdatasync(), by which PostgreSQL flushes its WAL on Linux, first sleeps
 * for as many microseconds as the variable says, and then does its work.
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int
fdatasync(int file)
{
	static		int (*real_fdatasync)(int);
	static long	delay;
	struct timespec rest;

	if (!real_fdatasync)
	{
		const char *text = getenv("BENCH_FDATASYNC_DELAY");

		delay = text ? atol(text) : 0;
		real_fdatasync = (int (*)(int)) dlsym(RTLD_NEXT, "fdatasync");
	}
	rest.tv_sec = delay / 1000000;
	rest.tv_nsec = delay % 1000000 * 1000;
	while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
		;
	return real_fdatasync(file);
}
