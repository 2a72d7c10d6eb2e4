/*-------------------------------------------------------------------------
 *
 * message_id_fuzz.c
 *	  A fuzzer for message ids.
 *
 * A text is an id when what is left of it without braces and without dashes
 * after groups of four digits is 32 hexadecimal digits.  Here the text is
 * rewritten step by step to that; the core reads it in one pass.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

static const char digits[] = "0123456789abcdef";

/* The value of a digit of either case, or -1. */
static int
digit_value(char c)
{
	const char *found;

	if (c >= 'A' && c <= 'F')
		c = (char) (c - 'A' + 'a');
	found = c ? strchr(digits, c) : NULL;
	return found ? (int) (found - digits) : -1;
}

/* Whether the text is an id, by the rule above, and which. */
static bool
plain_parse(MdbString text, unsigned char id[16])
{
	int			count = 0;
	char		last = '\0';

	if (text.length >= 2 && text.data[0] == '{' &&
		text.data[text.length - 1] == '}')
		text = (MdbString) {text.data + 1, text.length - 2};
	memset(id, 0, 16);
	for (size_t i = 0; i < text.length; last = text.data[i++])
	{
		int			value = digit_value(text.data[i]);

		if (text.data[i] == '-')
		{
			if (count == 0 || count % 4 != 0 || count == 32 || last == '-')
				return false;
			continue;
		}
		if (value < 0 || count == 32)
			return false;
		id[count / 2] = (unsigned char) (id[count / 2] << 4 | value);
		count++;
	}
	return count == 32;
}

static void
check_round_trip(const unsigned char id[16])
{
	unsigned char again[16];
	char		text[MDB_ID_LENGTH + 1];
	MdbError	error;

	mdb_format_id(id, text);
	require(strlen(text) == MDB_ID_LENGTH, "the length of an id");
	for (int i = 0, n = 0; i < MDB_ID_LENGTH; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23)
			require(text[i] == '-', "the dashes of an id");
		else
		{
			require(text[i] == digits[id[n / 2] >> (n % 2 ? 0 : 4) & 15],
					"the digits of an id");
			n++;
		}
	require(mdb_parse_id(mdb_string(text), again, &error),
			"the text of an id is one");
	require(memcmp(id, again, 16) == 0, "and is the same id");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MdbString	text = {(const char *) data, size};
	unsigned char id[16];
	unsigned char expected[16];
	MdbError	error;
	bool		is_id = plain_parse(text, expected);

	require(mdb_parse_id(text, id, &error) == is_id, "which texts are ids");
	if (is_id)
	{
		require(memcmp(id, expected, 16) == 0, "which id it is");
		check_round_trip(id);
	}
	else
		require_error(&error);
	if (size >= 16)
		check_round_trip(data);
	return 0;
}
