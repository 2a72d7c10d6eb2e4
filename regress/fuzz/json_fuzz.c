/*-------------------------------------------------------------------------
 *
 * json_fuzz.c
 *	  A fuzzer for the JSON canonicaliser.
 *
 * Any bytes go in.  What comes out must be valid UTF-8 and canonical already:
 * the same bytes come out when it goes in again.  A failure must have a text
 * and leave no memory behind.
 *
 * It is built with clang -fsanitize=fuzzer,address,undefined.  With
 * -DMDB_REPLAY it is a program for any compiler that replays the files named
 * as arguments, for example those of corpus/json; it dies of the first that
 * shows a fault.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

#include <stdio.h>
#include <stdlib.h>

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

static void
require(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "violated: %s\n", what);
	abort();
}

static void
check_error(const MdbError *error)
{
	char		text[64];
	const char *state = mdb_error_sqlstate(error->code);

	require(error->code != MDB_OK, "a failure has a code");
	require(strlen(state) == 5, "a failure has an SQLSTATE");
	require(mdb_error_text(error, MDB_ERROR_MESSAGE, text, sizeof(text)) > 0,
			"a failure has a message");
	mdb_error_text(error, MDB_ERROR_DETAIL, text, sizeof(text));
	require(live_allocations == 0, "a failure leaves no memory behind");
}

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

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
		require(live_allocations == 0, "no memory is left behind");
	}
	else
		check_error(&error);
	return 0;
}

#ifdef MDB_REPLAY

/* Reads a whole file into memory of just its size, which the caller frees. */
static uint8_t *
read_file(const char *path, size_t *size)
{
	FILE	   *file = fopen(path, "rb");
	uint8_t    *data = NULL;
	long		length;

	if (!file)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) >= 0 &&
		fseek(file, 0, SEEK_SET) == 0)
	{
		*size = (size_t) length;
		data = malloc(*size > 0 ? *size : 1);
		if (data && fread(data, 1, *size, file) != *size)
		{
			free(data);
			data = NULL;
		}
	}
	fclose(file);
	return data;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
	{
		size_t		size = 0;
		uint8_t    *data = read_file(argv[i], &size);

		if (!data)
		{
			perror(argv[i]);
			return 1;
		}
		LLVMFuzzerTestOneInput(data, size);
		free(data);
	}
	printf("%d passed, 0 failed\n", argc - 1);
	return argc > 1 ? 0 : 1;
}

#endif							/* MDB_REPLAY */
