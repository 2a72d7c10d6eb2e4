/*-------------------------------------------------------------------------
 *
 * utf8_fuzz.c
 *	  A fuzzer for the check of UTF-8.
 *
 * A byte sequence is a character when it is what the definition of UTF-8 makes
 * of some code point.  So each code point that could begin here is encoded and
 * compared, instead of looking at ranges of bytes.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

/* The form of UTF-8 that a code point has; its length. */
static size_t
encode(uint32_t point, uint8_t bytes[4])
{
	size_t		length = point < 0x80 ? 1 : point < 0x800 ? 2 :
		point < 0x10000 ? 3 : 4;
	static const uint8_t leads[] = {0, 0, 0xC0, 0xE0, 0xF0};

	for (size_t i = length - 1; i > 0; i--, point >>= 6)
		bytes[i] = (uint8_t) (0x80 | (point & 0x3F));
	bytes[0] = (uint8_t) (leads[length] | point);
	return length;
}

/* The length of the character at the begin of the text, 0 for none. */
static size_t
character(MdbString text)
{
	uint32_t	point = 0;
	uint8_t		bytes[4];

	/* Read as a character of n bytes, what code point would it be? */
	for (size_t n = 1; n <= 4 && n <= text.length; n++)
	{
		uint8_t		byte = (uint8_t) text.data[n - 1];

		if (n == 1)
			point = byte < 0x80 ? byte : byte < 0xE0 ? byte & 0x1Fu :
				byte < 0xF0 ? byte & 0x0Fu : byte & 0x07u;
		else
			point = point << 6 | (byte & 0x3Fu);
		if (point > 0 && point < 0x110000 &&
			!(point >= 0xD800 && point < 0xE000) &&
			encode(point, bytes) == n && memcmp(bytes, text.data, n) == 0)
			return n;
	}
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MdbString	text = {(const char *) data, size};
	MdbString	rest = text;
	MdbError	error;
	size_t		n;

	while (rest.length > 0 && (n = character(rest)) > 0)
		rest = (MdbString) {rest.data + n, rest.length - n};
	if (mdb_check_utf8(text, &error))
		require(rest.length == 0, "what is not UTF-8 is refused");
	else
	{
		char		first[5];

		require(rest.length > 0, "what is UTF-8 is taken");
		require_error(&error);
		snprintf(first, sizeof(first), "0x%02x", (uint8_t) rest.data[0]);
		require(error.subject.length >= 4 &&
				memcmp(error.subject.data, first, 4) == 0,
				"the first wrong byte is named");
	}
	return 0;
}
