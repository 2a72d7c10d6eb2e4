/*-------------------------------------------------------------------------
 *
 * integer.c
 *	  A bigint from its text.
 *
 * PostgreSQL reads a number that arrives as text with int8in(); in SQLite
 * text stays text, and this reads it by the same rules.  The forms that came
 * with PostgreSQL 16 (0x1f, 1_000) are not among them.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool
mdb_parse_integer(MdbString text, int64_t *value, MdbError *error)
{
	const char *p = text.data;
	const char *end = p + text.length;
	const char *digits;
	bool		negative;
	uint64_t	limit;
	uint64_t	number = 0;
	bool		too_large = false;

	while (p < end && is_blank(*p))
		p++;
	while (p < end && is_blank(end[-1]))
		end--;
	negative = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;

	limit = (uint64_t) INT64_MAX + negative;
	for (digits = p; p < end && *p >= '0' && *p <= '9'; p++)
	{
		unsigned	digit = (unsigned) (*p - '0');

		too_large = too_large || number > (limit - digit) / 10;
		number = number * 10 + digit;
	}
	if (p != end || p == digits)
		return mdb_fail(error, MDB_INVALID_INTEGER, text, MDB_NULL_INTEGER,
						MDB_NULL_INTEGER);
	if (too_large)
		return mdb_fail(error, MDB_INTEGER_OUT_OF_RANGE, text,
						MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	*value = (int64_t) (negative ? -number : number);
	return true;
}
