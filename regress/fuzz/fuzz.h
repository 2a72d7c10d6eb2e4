/*-------------------------------------------------------------------------
 *
 * fuzz.h
 *	  What the fuzzers share.
 *
 * A fuzzer is a file NAME_fuzz.c with one function, LLVMFuzzerTestOneInput(),
 * that takes any bytes and calls require() for what must be true of them.  It
 * states the rule in its own, simplest words and compares the core with that.
 *
 * It is built with clang -fsanitize=fuzzer,address,undefined.  With
 * -DMDB_REPLAY it is a program for any compiler that replays the files named
 * as arguments, those of corpus/NAME; it dies of the first that shows a fault.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "message_db.h"

#include <stdio.h>
#include <stdlib.h>

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
require(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "violated: %s\n", what);
	abort();
}

static inline bool
same_text(MdbString a, MdbString b)
{
	return (a.data == NULL) == (b.data == NULL) && a.length == b.length &&
		(a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* Whether text is word, in any case of ASCII letters. */
static inline bool
is_word(MdbString text, const char *word)
{
	if (text.length != strlen(word))
		return false;
	for (size_t i = 0; i < text.length; i++)
	{
		char		c = text.data[i];

		if (c >= 'A' && c <= 'Z')
			c = (char) (c + ('a' - 'A'));
		if (c != word[i])
			return false;
	}
	return true;
}

/* An error has a code, an SQLSTATE and a message, also in a small buffer. */
static inline void
require_error(const MdbError *error)
{
	char		text[64];
	const char *state = mdb_error_sqlstate(error->code);
	size_t		length;

	require(error->code > MDB_OK && error->code < MDB_ERROR_CODES,
			"a failure has a code");
	require(strlen(state) == 5, "a failure has an SQLSTATE");
	length = mdb_error_text(error, MDB_ERROR_MESSAGE, text, sizeof(text));
	require(length > 0, "a failure has a message");
	require(memchr(text, '\0', sizeof(text)) != NULL,
			"a message that is cut off ends with a NUL");
	mdb_error_text(error, MDB_ERROR_DETAIL, text, sizeof(text));
	mdb_error_text(error, MDB_ERROR_HINT, text, sizeof(text));
}

/*
 * Takes eight bytes off the input, or as many as there are, as a number, the
 * first byte the lowest.
 */
static inline uint64_t
take_number(const uint8_t **data, size_t *size)
{
	uint64_t	number = 0;

	for (int i = 0; i < 8 && *size > 0; i++, (*data)++, (*size)--)
		number |= (uint64_t) **data << (8 * i);
	return number;
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

#endif							/* FUZZ_H */
