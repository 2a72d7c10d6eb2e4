/*-------------------------------------------------------------------------
 *
 * unit.h
 *	  The little that the unit tests of the core need.
 *
 * A test is a program of its own: it calls CHECK() and CHECK_STRING() as often
 * as it likes and ends with "return unit_report();".  A failed check prints
 * where it stands and goes on; UNIT_CASE() names what a table's row is about,
 * for that print.  The last line is "N passed, M failed", and the exit code is
 * 1 if M is not 0 or nothing was checked at all.
 *
 * Threads may check, too, each with a UNIT_CASE() of its own.
 *
 * There is memory for the core that can be told to run out, too: see
 * unit_allocator.
 *
 *-------------------------------------------------------------------------
 */
#ifndef UNIT_H
#define UNIT_H

#include "message_db.h"

#include <stdio.h>
#include <stdlib.h>

/* A program of several files counts all its checks in one place. */
#define UNIT_SHARED __attribute__((weak))
UNIT_SHARED _Atomic int unit_passed;
UNIT_SHARED _Atomic int unit_failed;
UNIT_SHARED _Thread_local const char *unit_case = "";

/* Names the case that the following checks belong to. */
#define UNIT_CASE(name) (unit_case = (name))

#define CHECK(condition) \
	unit_check((condition), #condition, __FILE__, __LINE__)

/* Compares a text of the core's, or a string, with the string expected. */
#define CHECK_STRING(actual, expected) \
	unit_check_string((actual), mdb_string(expected), #actual, __FILE__, \
					  __LINE__)

static inline bool
unit_check(bool success, const char *what, const char *file, int line)
{
	if (success)
		unit_passed++;
	else
	{
		unit_failed++;
		printf("%s:%d: failed: %s\n", file, line, what);
		if (*unit_case)
			printf("    case:     %.200s\n", unit_case);
	}
	return success;
}

static inline bool
unit_check_string(MdbString actual, MdbString expected, const char *what,
				  const char *file, int line)
{
	bool		equal = (actual.data == NULL) == (expected.data == NULL) &&
		actual.length == expected.length &&
		(actual.length == 0 ||
		 memcmp(actual.data, expected.data, actual.length) == 0);

	if (!unit_check(equal, what, file, line))
		printf("    expected: %.*s\n    actual:   %.*s\n",
			   (int) expected.length, expected.data ? expected.data : "NULL",
			   (int) actual.length, actual.data ? actual.data : "NULL");
	return equal;
}

static inline int
unit_report(void)
{
	printf("%d passed, %d failed\n", unit_passed, unit_failed);
	return unit_failed > 0 || unit_passed == 0;
}

/* ------------------------------------------------------------------------
 * Memory
 * ------------------------------------------------------------------------
 */

/* Counts allocations, and those not freed; fails from one of them on. */
typedef struct UnitMemory
{
	long		requests;		/* for new or more memory */
	long		fail_at;		/* the number of the request to fail, from 1 */
	long		live;			/* allocated and not freed */
} UnitMemory;

static inline void *
unit_resize(void *context, void *pointer, size_t size)
{
	UnitMemory *memory = context;
	void	   *result;

	if (size == 0)
	{
		memory->live -= pointer != NULL;
		free(pointer);
		return NULL;
	}
	memory->requests++;
	if (memory->fail_at > 0 && memory->requests >= memory->fail_at)
		return NULL;
	result = realloc(pointer, size);
	if (!result)
		abort();
	memory->live += pointer == NULL;
	return result;
}

/* An allocator that keeps its books in memory. */
static inline MdbAllocator
unit_allocator(UnitMemory *memory)
{
	return (MdbAllocator) {unit_resize, memory};
}

#endif							/* UNIT_H */
