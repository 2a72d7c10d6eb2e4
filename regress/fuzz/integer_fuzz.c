/*-------------------------------------------------------------------------
 *
 * integer_fuzz.c
 *	  A fuzzer for numbers in text, compared with the C library's strtoll().
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <ctype.h>
#include <errno.h>

/*
 * strtoll() takes the same numbers, but for blanks at the end.  errno is
 * ERANGE for one that does not fit, EINVAL for none.
 */
static int64_t
plain_parse(char *text, size_t length)
{
	char	   *end;
	int64_t		value;

	while (length > 0 && isspace((unsigned char) text[length - 1]))
		text[--length] = '\0';
	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || end != text + length)
		errno = EINVAL;
	return value;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MdbString	text = {(const char *) data, size};
	char	   *copy = calloc(size + 1, 1);
	MdbError	error;
	int64_t		expected;
	int64_t		value = 0;
	int			problem;

	require(copy != NULL, "there is memory");
	if (size > 0)
		memcpy(copy, data, size);
	expected = plain_parse(copy, size);
	problem = errno;
	free(copy);
	if (mdb_parse_integer(text, &value, &error))
		require(problem == 0 && value == expected, "which number it is");
	else
	{
		require(error.code == (problem == ERANGE ? MDB_INTEGER_OUT_OF_RANGE
							   : problem ? MDB_INVALID_INTEGER : MDB_OK),
				"which texts are numbers");
		require_error(&error);
	}
	return 0;
}
