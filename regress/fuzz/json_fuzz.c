/*-------------------------------------------------------------------------
 *
 * json_fuzz.c
 *	  A fuzzer for the JSON canonicaliser.
 *
 * Any bytes go in.  What comes out must be valid UTF-8 and canonical already:
 * the same bytes come out when it goes in again.  A failure must have a text
 * and leave no memory behind.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

/* A few bytes can stand for a long number, so memory is limited. */
#define MAX_ALLOCATION (16 * 1024 * 1024)

static long live_allocations;

static void *
resize(void *context, void *pointer, size_t size)
{
	void	   *result;

	(void) context;
	if (size == 0)
	{
		live_allocations -= pointer != NULL;
		free(pointer);
		return NULL;
	}
	if (size > MAX_ALLOCATION)
		return NULL;
	result = realloc(pointer, size);
	live_allocations += result != NULL && pointer == NULL;
	return result;
}

static const MdbAllocator allocator = {resize, NULL};

/* What is canonical goes through unchanged, if there is memory for it. */
static void
check_canonical(MdbString text)
{
	MdbError	error;
	char	   *again;
	size_t		length;

	require(text.data[text.length] == '\0', "the result ends with a NUL");
	require(mdb_check_utf8(text, &error), "the result is UTF-8");
	if (!mdb_canonicalize_json(text, &allocator, &again, &length, &error))
	{
		require(error.code == MDB_OUT_OF_MEMORY, "the result is JSON");
		return;
	}
	require(length == text.length && memcmp(again, text.data, length) == 0,
			"the result is canonical");
	resize(NULL, again, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MdbString	input = {(const char *) data, size};
	MdbError	error;
	char	   *text;
	size_t		length;

	if (mdb_canonicalize_json(input, &allocator, &text, &length, &error))
	{
		check_canonical((MdbString) {text, length});
		resize(NULL, text, 0);
	}
	else
		require_error(&error);
	require(live_allocations == 0, "no memory is left behind");
	return 0;
}
