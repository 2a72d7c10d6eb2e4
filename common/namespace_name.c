/*-------------------------------------------------------------------------
 *
 * namespace_name.c
 *	  What a namespace may be called.
 *
 * The name becomes a schema in PostgreSQL, and a file and an attached
 * database in SQLite.  So it must be one that both take as it is, that
 * PostgreSQL does not truncate, that cannot lead out of a directory, and that
 * no file system takes for another one because it ignores case.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

static bool
equals(MdbString text, const char *word)
{
	return text.length == strlen(word) &&
		memcmp(text.data, word, text.length) == 0;
}

static bool
begins_with(MdbString text, const char *word)
{
	return text.length >= strlen(word) &&
		memcmp(text.data, word, strlen(word)) == 0;
}

static bool
is_reserved(MdbString name)
{
	return begins_with(name, "pg_") || begins_with(name, "sqlite_") ||
		equals(name, "main") || equals(name, "temp") ||
		equals(name, "public") || equals(name, "information_schema");
}

static bool
is_identifier(MdbString name)
{
	if (name.length < 1 || name.length > MDB_MAX_NAMESPACE_NAME)
		return false;
	for (size_t i = 0; i < name.length; i++)
	{
		char		c = name.data[i];
		bool		is_letter = c >= 'a' && c <= 'z';
		bool		is_other = (c >= '0' && c <= '9') || c == '_';

		if (!is_letter && !(is_other && i > 0))
			return false;
	}
	return true;
}

bool
mdb_check_namespace_name(MdbString name, MdbError *error)
{
	if (is_identifier(name) && !is_reserved(name))
		return true;
	return mdb_fail(error, MDB_INVALID_NAMESPACE_NAME, name,
					MDB_NULL_INTEGER, MDB_NULL_INTEGER);
}
