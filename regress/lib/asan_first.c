/*-------------------------------------------------------------------------
 *
 * asan_first.c
 *	  A library that is preloaded behind the address sanitizer's.
 *
 * The sanitizer sets itself up at the first allocation, and asks the loader for
 * a symbol then, whose absence is put into words by gettext.  Where the first
 * allocation is one of gettext's own, because a library of the server's binds
 * its messages when it is loaded, gettext unlocks its lock twice, and the server
 * waits for it for ever.  With -z initfirst the allocation here comes first.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

static void __attribute__((constructor))
allocate(void)
{
	void	   *volatile memory = malloc(1);

	free(memory);
}
