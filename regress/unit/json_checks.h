/*-------------------------------------------------------------------------
 *
 * json_checks.h
 *	  What the unit tests of the JSON canonicaliser share.
 *
 * json_test.c has tables of documents, json_limits_test.c makes those that are
 * too long for a table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef JSON_CHECKS_H
#define JSON_CHECKS_H

#include "unit.h"

/* Canonicalises; release() frees the result. */
static inline bool
canonicalize(MdbString input, UnitMemory *memory, MdbString *result,
			 MdbError *error)
{
	const MdbAllocator allocator = unit_allocator(memory);
	char	   *text = NULL;
	size_t		length = 0;
	bool		success;

	success = mdb_canonicalize_json(input, &allocator, &text, &length, error);
	*result = (MdbString) {text, length};
	if (success)
		CHECK(text[length] == '\0');
	return success;
}

static inline void
release(MdbString text, UnitMemory *memory)
{
	unit_resize(memory, (void *) text.data, 0);
	CHECK(memory->live == 0);
}

/*
 * The input as the core gets it: without a NUL behind it, in memory of just
 * that size, so that reading too far shows under a sanitizer.  free() it.
 */
static inline MdbString
exact_copy(const char *input)
{
	size_t		length = strlen(input);
	char	   *copy = malloc(length ? length : 1);

	if (!copy)
		abort();
	memcpy(copy, input, length);
	return (MdbString) {copy, length};
}

/* Checks that the input becomes this text. */
static inline void
check_accepted(const char *input, const char *expected)
{
	UnitMemory	memory = {0};
	MdbString	copy = exact_copy(input);
	MdbString	result;
	MdbError	error;

	UNIT_CASE(input);
	if (CHECK(canonicalize(copy, &memory, &result, &error)))
	{
		CHECK_STRING(result, expected);
		release(result, &memory);
	}
	free((void *) copy.data);
}

/* Checks the error and its detail; NULL stands for none. */
static inline void
check_refused(const char *input, MdbErrorCode code, const char *detail)
{
	UnitMemory	memory = {0};
	MdbString	copy = exact_copy(input);
	MdbString	result;
	MdbError	error;
	char		text[200];
	size_t		length;

	UNIT_CASE(input);
	if (CHECK(!canonicalize(copy, &memory, &result, &error)))
	{
		CHECK(memory.live == 0);
		CHECK(error.code == code);
		length = mdb_error_text(&error, MDB_ERROR_DETAIL, text, sizeof(text));
		CHECK_STRING(((MdbString) {text, length}), detail ? detail : "");
	}
	else
		release(result, &memory);
	free((void *) copy.data);
}

#endif							/* JSON_CHECKS_H */
