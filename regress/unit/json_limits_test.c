/*-------------------------------------------------------------------------
 *
 * json_limits_test.c
 *	  Unit tests of the JSON canonicaliser: how large a document may be, and
 *	  what happens when memory is short.
 *
 * Numbers have PostgreSQL's limits; those of depth and size are in
 * json_internal.h.
 *
 *-------------------------------------------------------------------------
 */
#include "json_checks.h"

#define MAX_DEPTH 5000

/* ------------------------------------------------------------------------
 * Documents that are too long for a table
 * ------------------------------------------------------------------------
 */

/* A string that the caller frees: before, count times middle, after. */
static char *
repeat(const char *before, const char *middle, size_t count, const char *after)
{
	size_t		length = strlen(middle);
	size_t		size = strlen(before) + count * length + strlen(after) + 1;
	char	   *text = malloc(size);
	char	   *p = text;

	if (!text)
		abort();
	p += strlen(strcpy(p, before));
	for (size_t i = 0; i < count; i++)
	{
		memcpy(p, middle, length);
		p += length;
	}
	strcpy(p, after);
	return text;
}

/* Checks a number written with an exponent against one written out. */
static void
check_number(const char *input, char *expected)
{
	check_accepted(input, expected);
	check_accepted(expected, expected);
	free(expected);
}

static void
check_refused_number(char *input)
{
	check_refused(input, MDB_NUMBER_OUT_OF_RANGE, NULL);
	free(input);
}

static void
test_number_limits(void)
{
	char	   *input;

	check_number("1e131071", repeat("1", "0", 131071, ""));
	check_number("-0.001e131074", repeat("-1", "0", 131071, ""));
	check_number("1e-16383", repeat("0.", "0", 16382, "1"));
	check_number("12.5e-16382", repeat("0.", "0", 16380, "125"));
	check_number("0e-16383", repeat("0.", "0", 16383, ""));
	input = repeat("0.", "0", 20000, "1e20000");
	check_number(input, repeat("", "", 0, "0.1"));
	free(input);

	check_refused("1e131072", MDB_NUMBER_OUT_OF_RANGE, NULL);
	check_refused("0.01e131074", MDB_NUMBER_OUT_OF_RANGE, NULL);
	check_refused("1e-16384", MDB_NUMBER_OUT_OF_RANGE, NULL);
	check_refused("1.5e-16383", MDB_NUMBER_OUT_OF_RANGE, NULL);
	check_refused("0e-16384", MDB_NUMBER_OUT_OF_RANGE, NULL);
	check_refused("0e1073741823", MDB_NUMBER_OUT_OF_RANGE, NULL);
	check_refused("0e-1073741824", MDB_NUMBER_OUT_OF_RANGE, NULL);
	check_refused("0e18446744073709551616", MDB_NUMBER_OUT_OF_RANGE, NULL);
	check_refused("1e-18446744073709551617", MDB_NUMBER_OUT_OF_RANGE, NULL);
	check_refused_number(repeat("", "9", 131073, ""));
	check_refused_number(repeat("0.", "1", 16384, ""));
	check_refused_number(repeat("", "1", 200000, "e-100000"));
}

static void
test_depth(void)
{
	char	   *open = repeat("", "[", MAX_DEPTH, "");
	char	   *arrays = repeat(open, "]", MAX_DEPTH, "");
	char	   *begin = repeat("", "{\"b\": ", MAX_DEPTH, "1");
	char	   *objects = repeat(begin, "}", MAX_DEPTH, "");
	char	   *deeper = repeat("", "[", MAX_DEPTH + 1, "");

	check_accepted(arrays, arrays);
	check_accepted(objects, objects);
	check_refused(deeper, MDB_JSON_TOO_DEEP, "5000 levels are allowed.");
	free(open);
	free(arrays);
	free(begin);
	free(objects);
	free(deeper);
}

/*
 * Every level is out of order: {"b": {"b": 0, "a": 0}, "a": 0} and so on
 * becomes {"a": 0, "b": {"a": 0, "b": 0}}.
 */
static void
test_deep_disorder(void)
{
	char	   *begin = repeat("", "{\"b\": ", MAX_DEPTH, "0");
	char	   *input = repeat(begin, ", \"a\": 0}", MAX_DEPTH, "");
	char	   *sorted = repeat("", "{\"a\": 0, \"b\": ", MAX_DEPTH, "0");
	char	   *expected = repeat(sorted, "}", MAX_DEPTH, "");

	check_accepted(input, expected);
	free(begin);
	free(input);
	free(sorted);
	free(expected);
}

/* Keys 0000 to 4999 in a scattered order, each of them twice. */
static void
test_many_keys(void)
{
	enum { KEYS = 5000, STRIDE = 1999, MEMBER = 13 };
	char	   *input = malloc(2 * KEYS * MEMBER + 3);
	char	   *expected = malloc(KEYS * (MEMBER + 2) + 3);
	char	   *p = input;
	char	   *q = expected;

	if (!input || !expected)
		abort();
	for (int i = 0; i < 2 * KEYS; i++)
		p += sprintf(p, "%c\"%04d\":%d", i == 0 ? '{' : ',',
					 i * STRIDE % KEYS, 10000 + i);
	strcpy(p, "}");
	for (int key = 0; key < KEYS; key++)
	{
		int			i = KEYS;

		while (i * STRIDE % KEYS != key)
			i++;
		q += sprintf(q, "%s\"%04d\": %d", key == 0 ? "{" : ", ", key,
					 10000 + i);
	}
	strcpy(q, "}");
	check_accepted(input, expected);
	free(input);
	free(expected);
}

/* A few kilobytes that would become a few hundred megabytes. */
static void
test_size_limit(void)
{
	char	   *input = repeat("[0", ",1e131071", 2048, "]");
	char	   *blanks = repeat("[", " ", 150000000, "]");

	check_refused(input, MDB_JSON_TOO_LARGE,
				  "A document and each string in it may have 268435455 bytes.");
	check_accepted(blanks, "[]");
	free(input);
	free(blanks);
}

/* ------------------------------------------------------------------------
 * Memory
 * ------------------------------------------------------------------------
 */

/* Runs out of memory at each allocation in turn, until there is enough. */
static void
check_memory_failures(const char *input, long least)
{
	UnitMemory	memory = {0};
	MdbString	result;
	MdbError	error;
	bool		success;

	UNIT_CASE(input);
	do
	{
		long		fail_at = memory.fail_at + 1;

		memory = (UnitMemory) {.fail_at = fail_at};
		success = canonicalize(mdb_string(input), &memory, &result, &error);
		if (success)
			release(result, &memory);
		else
		{
			CHECK(error.code == MDB_OUT_OF_MEMORY);
			CHECK(memory.live == 0);
		}
	} while (!success);
	CHECK(memory.fail_at > least);
}

/* Members in disorder, of every number, so that each addition meets the end. */
static void
test_memory_for_members(void)
{
	char		input[500] = "{\"z\": 0";
	size_t		length = strlen(input);

	for (int i = 0; i < 50; i++)
	{
		length += (size_t) sprintf(input + length, ",\"%02d\":0", 50 - i);
		strcpy(input + length, "}");
		check_memory_failures(input, 1);
	}
}

/* What a string, and the part of one behind an escape, find no room for. */
static void
test_memory_for_strings(void)
{
	char	   *plain = repeat("[1e1000,\"", "a", 2000, "\"]");
	char	   *escape = repeat("[1e1000,\"\\n", "a", 2000, "\"]");

	check_memory_failures(plain, 2);
	check_memory_failures(escape, 2);
	free(plain);
	free(escape);
}

/* Strings of every length behind a number, so that a bracket finds no room. */
static void
test_memory_for_brackets(void)
{
	for (int digits = 90; digits < 100; digits++)
		for (size_t length = 1; length < 60; length++)
		{
			char		begin[20];
			char	   *input;

			sprintf(begin, "[1e%d,\"", digits);
			input = repeat(begin, "a", length, "\"]");
			check_memory_failures(input, 1);
			free(input);
		}
}

static void
test_memory_failures(void)
{
	char	   *deep = repeat("", "[{\"b\":", 100, "1");
	char	   *disorder = repeat(deep, ",\"a\":1e1000}]", 100, "");

	check_memory_failures("{\"a\": 1}", 1);
	check_memory_failures("{\"b\": 1, \"a\": 2}", 2);
	check_memory_failures("1e100000", 2);
	check_memory_failures(disorder, 10);
	free(deep);
	free(disorder);
}

int
main(void)
{
	test_number_limits();
	test_depth();
	test_deep_disorder();
	test_many_keys();
	test_size_limit();
	test_memory_failures();
	test_memory_for_members();
	test_memory_for_strings();
	test_memory_for_brackets();
	return unit_report();
}
