/*-------------------------------------------------------------------------
 *
 * namespace_name_fuzz.c
 *	  A fuzzer for the names of namespaces.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

static bool
begins(const char *name, const char *word)
{
	return strncmp(name, word, strlen(word)) == 0;
}

/* The rule of docs/reference.md, for a name as a C string. */
static bool
is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	static const char others[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

	return *name && strlen(name) <= 63 && strchr(letters, *name) &&
		strspn(name, others) == strlen(name) && !begins(name, "pg_") &&
		!begins(name, "sqlite_") && strcmp(name, "main") != 0 &&
		strcmp(name, "temp") != 0 && strcmp(name, "public") != 0 &&
		strcmp(name, "information_schema") != 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MdbString	name = {(const char *) data, size};
	MdbError	error;
	char	   *copy = calloc(size + 1, 1);
	bool		expected;

	require(copy != NULL, "there is memory");
	if (size > 0)
		memcpy(copy, data, size);
	expected = strlen(copy) == size && is_name(copy);
	free(copy);
	require(mdb_check_namespace_name(name, &error) == expected,
			"which names there are");
	if (!expected)
		require_error(&error);
	return 0;
}
