/*-------------------------------------------------------------------------
 *
 * utf8.c
 *	  Whether text is UTF-8 that PostgreSQL would take.
 *
 * SQLite stores whatever bytes it is given; PostgreSQL refuses what is not
 * UTF-8 (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF)
 * and a NUL byte.  What one database takes the other must take too, so the
 * SQLite side checks with this.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

/*
 * The length of the valid character that begins at text, 0 when there is
 * none.  length is at least 1.
 */
static size_t
character_length(const unsigned char *text, size_t length)
{
	unsigned char lead = text[0];
	unsigned char low = 0x80;	/* range of the second byte */
	unsigned char high = 0xBF;
	size_t		needed;

	if (lead < 0x80)
		return lead != 0;
	if (lead >= 0xC2 && lead <= 0xDF)
		needed = 2;
	else if (lead >= 0xE0 && lead <= 0xEF)
		needed = 3;
	else if (lead >= 0xF0 && lead <= 0xF4)
		needed = 4;
	else
		return 0;

	if (lead == 0xE0)
		low = 0xA0;
	else if (lead == 0xED)
		high = 0x9F;
	else if (lead == 0xF0)
		low = 0x90;
	else if (lead == 0xF4)
		high = 0x8F;

	if (length < needed || text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < needed; i++)
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	return needed;
}

/* Eight bytes at once, all of them ASCII and none NUL. */
static bool
is_plain_word(const unsigned char *text)
{
	uint64_t	word;

	memcpy(&word, text, sizeof(word));
	return ((word | (word - UINT64_C(0x0101010101010101))) &
			UINT64_C(0x8080808080808080)) == 0;
}

/*
 * The bytes of the broken character as PostgreSQL's message lists them: as
 * many as the first byte announces and the text still has.
 */
static const char *
describe_bytes(const unsigned char *text, size_t length, char *buffer)
{
	static const char digits[] = "0123456789abcdef";
	size_t		count = text[0] >= 0xF0 ? 4 : text[0] >= 0xE0 ? 3
		: text[0] >= 0xC0 ? 2 : 1;
	char	   *p = buffer;

	if (text[0] >= 0xF8)
		count = 1;
	if (count > length)
		count = length;
	for (size_t i = 0; i < count; i++)
	{
		if (i > 0)
			*p++ = ' ';
		*p++ = '0';
		*p++ = 'x';
		*p++ = digits[text[i] >> 4];
		*p++ = digits[text[i] & 15];
	}
	*p = '\0';
	return buffer;
}

bool
mdb_check_utf8(MdbString text, MdbError *error)
{
	const unsigned char *p = (const unsigned char *) text.data;
	size_t		left = text.length;

	while (left > 0)
	{
		size_t		n;

		while (left >= 8 && is_plain_word(p))
		{
			p += 8;
			left -= 8;
		}
		if (left == 0 || (left < 8 && text.length >= 8 &&
						  is_plain_word(p + left - 8)))
			return true;
		n = character_length(p, left);
		if (n == 0)
		{
			mdb_fail(error, MDB_INVALID_UTF8, MDB_NULL_STRING,
					 MDB_NULL_INTEGER, MDB_NULL_INTEGER);
			describe_bytes(p, left, error->buffer);
			error->subject = mdb_string(error->buffer);
			return false;
		}
		p += n;
		left -= n;
	}
	return true;
}
