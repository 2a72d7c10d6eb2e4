/*-------------------------------------------------------------------------
 *
 * sanitizer_first.c
 *	  A library that is preloaded with a sanitizer's into a server that was
 *	  built without one.
 *
 * The address sanitizer sets itself up at the first allocation, and asks the
 * loader for a symbol then, whose absence is put into words by gettext.  Where
 * the first allocation is one of gettext's own, because a library of the
 * server's binds its messages when it is loaded, gettext unlocks its lock twice,
 * and the server waits for it for ever.  With -z initfirst the allocation here
 * comes before.
 *
 * The sanitizer of undefined behaviour reads its options when it finds
 * something, from where they were when the program was started.  By then the
 * server has written the process's title there; getenv() knows where they are.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

extern const char *__ubsan_default_options(void);

static void __attribute__((constructor))
allocate(void)
{
	void	   *volatile memory = malloc(1);

	free(memory);
}

const char *
__ubsan_default_options(void)
{
	const char *options = getenv("UBSAN_OPTIONS");

	return options ? options : "";
}
