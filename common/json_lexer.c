/*-------------------------------------------------------------------------
 *
 * json_lexer.c
 *	  The tokens of a JSON text, with PostgreSQL's idea of each.
 *
 * Blanks are space, tab, line feed and carriage return.  A run of letters,
 * digits, '_' and bytes above 127 that is no valid number, true, false or
 * null is one invalid token, so that the error shows it whole.
 *
 * A string is decoded and written out anew as it is read: plain stretches are
 * copied, of escape sequences only \b \f \n \r \t \" \\ and \u00xx for other
 * control characters remain.  There is no second pass.
 *
 *-------------------------------------------------------------------------
 */
#include "json_internal.h"

static bool
syntax_error(const MdbJsonLexer *lexer, const char *detail, const char *start,
			 const char *end)
{
	MdbError   *error = lexer->text->error;

	mdb_fail(error, MDB_INVALID_JSON,
			 (MdbString) {start, (size_t) (end - start)},
			 MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	error->detail = detail;
	return false;
}

bool
mdb_json_unexpected_token(const MdbJsonLexer *lexer, const char *detail)
{
	if (lexer->token == MDB_JSON_END)
		detail = "The input string ended unexpectedly.";
	return syntax_error(lexer, detail, lexer->start, lexer->position);
}

static bool
invalid_token(const MdbJsonLexer *lexer, const char *end)
{
	return syntax_error(lexer, "Token \"%s\" is invalid.", lexer->start, end);
}

/* ------------------------------------------------------------------------
 * Strings
 * ------------------------------------------------------------------------
 */

static bool
unescaped_control(const MdbJsonLexer *lexer, unsigned char control)
{
	static const char digits[] = "0123456789abcdef";
	char	   *value = lexer->text->error->buffer;

	value[0] = '0';
	value[1] = 'x';
	value[2] = digits[control >> 4];
	value[3] = digits[control & 15];
	return syntax_error(lexer, "Character with value %s must be escaped.",
						value, value + 4);
}

static bool
missing_low_surrogate(const MdbJsonLexer *lexer)
{
	return syntax_error(lexer,
						"Unicode low surrogate must follow a high surrogate.",
						lexer->position, lexer->position);
}

/* Appends a character below 128, escaped if JSON needs that. */
static bool
append_ascii(MdbJsonText *text, unsigned char character)
{
	static const char short_escapes[] = "btn\0fr";	/* from 0x08 on */
	static const char digits[] = "0123456789abcdef";
	char		escape[6] = {'\\', 'u', '0', '0'};

	if (character == '"' || character == '\\')
		escape[1] = (char) character;
	else if (character >= ' ')
		return mdb_json_append(text, (const char *) &character, 1);
	else if (character >= '\b' && character <= '\r' && character != '\v')
		escape[1] = short_escapes[character - '\b'];
	else
	{
		escape[4] = digits[character >> 4];
		escape[5] = digits[character & 15];
		return mdb_json_append(text, escape, 6);
	}
	return mdb_json_append(text, escape, 2);
}

static bool
append_character(MdbJsonLexer *lexer, uint32_t character)
{
	char		bytes[4];
	size_t		length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;

	if (character < 0x80)
	{
		lexer->string_length++;
		return append_ascii(lexer->text, (unsigned char) character);
	}
	for (size_t i = length - 1; i > 0; i--)
	{
		bytes[i] = (char) (0x80 | (character & 0x3F));
		character >>= 6;
	}
	bytes[0] = (char) ((length == 2 ? 0xC0 : length == 3 ? 0xE0 : 0xF0) |
					   character);
	lexer->string_length += length;
	return mdb_json_append(lexer->text, bytes, length);
}

/* Reads the four digits of "\uxxxx", which begin at the lexer's position. */
static bool
read_hex(MdbJsonLexer *lexer, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++)
	{
		char		c;

		if (lexer->position == lexer->end)
			return invalid_token(lexer, lexer->end);
		c = *lexer->position++;
		*value <<= 4;
		if (c >= '0' && c <= '9')
			*value += (uint32_t) (c - '0');
		else if (c >= 'a' && c <= 'f')
			*value += (uint32_t) (c - 'a') + 10;
		else if (c >= 'A' && c <= 'F')
			*value += (uint32_t) (c - 'A') + 10;
		else
			return syntax_error(lexer,
								"\"\\u\" must be followed by four hexadecimal "
								"digits.",
								lexer->position, lexer->position);
	}
	return true;
}

/*
 * Reads the escape sequence that must follow a high surrogate.  What is wrong
 * with the text in other ways is reported as such, as PostgreSQL does it.
 */
static bool
read_low_surrogate(MdbJsonLexer *lexer, uint32_t high)
{
	uint32_t	low;

	if (lexer->position == lexer->end)
		return invalid_token(lexer, lexer->end);
	if ((unsigned char) *lexer->position < ' ')
		return unescaped_control(lexer, (unsigned char) *lexer->position);
	if (*lexer->position != '\\')
		return missing_low_surrogate(lexer);
	lexer->position++;
	if (lexer->position == lexer->end)
		return invalid_token(lexer, lexer->end);
	if (*lexer->position != 'u')
		return missing_low_surrogate(lexer);
	lexer->position++;
	if (!read_hex(lexer, &low))
		return false;
	if (low >= 0xD800 && low <= 0xDBFF)
		return syntax_error(lexer,
							"Unicode high surrogate must not follow a high "
							"surrogate.",
							lexer->position, lexer->position);
	if (low < 0xDC00 || low > 0xDFFF)
		return missing_low_surrogate(lexer);
	return append_character(lexer,
							0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
}

static bool
read_unicode_escape(MdbJsonLexer *lexer)
{
	uint32_t	character;

	if (!read_hex(lexer, &character))
		return false;
	if (character >= 0xD800 && character <= 0xDBFF)
		return read_low_surrogate(lexer, character);
	if (character >= 0xDC00 && character <= 0xDFFF)
		return missing_low_surrogate(lexer);
	if (character == 0)
		return mdb_fail(lexer->text->error, MDB_UNSUPPORTED_UNICODE_ESCAPE,
						MDB_NULL_STRING, MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	return append_character(lexer, character);
}

/* The end of the UTF-8 character that begins at start. */
static const char *
character_end(const MdbJsonLexer *lexer, const char *start)
{
	const char *p = start + 1;

	while (p < lexer->end && ((unsigned char) *p & 0xC0) == 0x80)
		p++;
	return p;
}

/* Reads what follows a '\'. */
static bool
read_escape(MdbJsonLexer *lexer)
{
	const char *escape = lexer->position;

	if (escape == lexer->end)
		return invalid_token(lexer, lexer->end);
	lexer->position++;
	switch (*escape)
	{
		case 'u':
			return read_unicode_escape(lexer);
		case '"':
		case '\\':
		case '/':
			return append_character(lexer, (unsigned char) *escape);
		case 'b':
			return append_character(lexer, '\b');
		case 'f':
			return append_character(lexer, '\f');
		case 'n':
			return append_character(lexer, '\n');
		case 'r':
			return append_character(lexer, '\r');
		case 't':
			return append_character(lexer, '\t');
		default:
			return syntax_error(lexer, "Escape sequence \"\\%s\" is invalid.",
								escape, character_end(lexer, escape));
	}
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/*
 * Bit 7 of each byte that a string cannot hold as it is; above the first such
 * byte other bits may be set too.  A byte b is below n when b - n borrows from
 * bit 7, which b itself did not have; it is a quote or a backslash when it
 * differs from one by less than 1.
 */
static inline uint64_t
special_bytes(const char *bytes)
{
	uint64_t	word;

	memcpy(&word, bytes, sizeof(word));
	return ((word - EACH_BYTE(' ')) |
			((word ^ EACH_BYTE('"')) - EACH_BYTE(1)) |
			((word ^ EACH_BYTE('\\')) - EACH_BYTE(1))) &
		~word & EACH_BYTE(0x80);
}

/* The first byte from start on that a string cannot hold as it is. */
static inline const char *
plain_end(const char *start, const char *end)
{
	const char *p = start;

	while (end - p >= 8)
	{
		uint64_t	special = special_bytes(p);

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		if (special)
			return p + __builtin_ctzll(special) / 8;
#else
		if (special)
			break;
#endif
		p += 8;
	}
	while (p < end && *p != '"' && *p != '\\' && (unsigned char) *p >= ' ')
		p++;
	return p;
}

/* Goes on where a string has its first byte that is not plain. */
static bool
read_rest_of_string(MdbJsonLexer *lexer, const char *stop)
{
	MdbJsonText *text = lexer->text;

	for (;;)
	{
		const char *plain;

		if (stop == lexer->end)
			return invalid_token(lexer, lexer->end);
		lexer->position = stop + 1;
		if (*stop == '"')
			return mdb_json_append(text, "\"", 1);
		if (*stop != '\\')
			return unescaped_control(lexer, (unsigned char) *stop);
		if (!read_escape(lexer))
			return false;

		plain = lexer->position;
		stop = plain_end(plain, lexer->end);
		lexer->string_length += (size_t) (stop - plain);
		if (!mdb_json_append(text, plain, (size_t) (stop - plain)))
			return false;
	}
}

/* Reads a string whose opening quote is behind the lexer's position. */
static bool
read_string(MdbJsonLexer *lexer)
{
	const char *start = lexer->position;
	const char *stop = plain_end(start, lexer->end);
	size_t		length = (size_t) (stop - start);
	bool		is_whole = stop < lexer->end && *stop == '"';

	lexer->token = MDB_JSON_STRING;
	lexer->string_start = lexer->text->length;
	lexer->string_length = length;
	if (!mdb_json_append(lexer->text, start - 1, 1 + length + is_whole))
		return false;
	if (!is_whole)
		return read_rest_of_string(lexer, stop);
	lexer->position = stop + 1;
	return true;
}

/* ------------------------------------------------------------------------
 * Numbers and words
 * ------------------------------------------------------------------------
 */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
		c == '_' || (unsigned char) c >= 0x80;
}

static const char *
word_end(const MdbJsonLexer *lexer, const char *p)
{
	while (p < lexer->end && is_word_character(*p))
		p++;
	return p;
}

/* Steps over the next character if it is one of these two. */
static bool
read_either(MdbJsonLexer *lexer, char one, char other)
{
	if (lexer->position == lexer->end ||
		(*lexer->position != one && *lexer->position != other))
		return false;
	lexer->position++;
	return true;
}

static MdbString
read_digits(MdbJsonLexer *lexer)
{
	const char *start = lexer->position;

	while (lexer->position < lexer->end && is_digit(*lexer->position))
		lexer->position++;
	return (MdbString) {start, (size_t) (lexer->position - start)};
}

/*
 * Reads a number that begins at the lexer's position.  After a mistake it
 * goes on, so that the error shows all that looks like part of the number.
 */
static bool
read_number(MdbJsonLexer *lexer)
{
	MdbJsonNumber *number = &lexer->number;
	const char *end;
	bool		valid;

	lexer->token = MDB_JSON_NUMBER;
	number->fraction.length = number->exponent.length = 0;
	number->exponent_negative = false;
	number->negative = read_either(lexer, '-', '-');
	if (read_either(lexer, '0', '0'))
		number->integer = (MdbString) {lexer->position - 1, 1};
	else
		number->integer = read_digits(lexer);
	valid = number->integer.length > 0;
	if (read_either(lexer, '.', '.'))
	{
		number->fraction = read_digits(lexer);
		valid = valid && number->fraction.length > 0;
	}
	if (read_either(lexer, 'e', 'E'))
	{
		number->exponent_negative = read_either(lexer, '-', '-');
		if (!number->exponent_negative)
			read_either(lexer, '+', '+');
		number->exponent = read_digits(lexer);
		valid = valid && number->exponent.length > 0;
	}
	end = word_end(lexer, lexer->position);
	if (!valid || end != lexer->position)
		return invalid_token(lexer, end);
	return true;
}

static bool
is_word(MdbString token, const char *word)
{
	return token.length == strlen(word) &&
		memcmp(token.data, word, token.length) == 0;
}

/* Reads true, false or null, or fails for anything else. */
static bool
read_word(MdbJsonLexer *lexer)
{
	const char *end = word_end(lexer, lexer->start);
	MdbString	token = {lexer->start, (size_t) (end - lexer->start)};

	lexer->token = MDB_JSON_WORD;
	lexer->position = end;
	if (is_word(token, "true") || is_word(token, "false") ||
		is_word(token, "null"))
		return true;
	return invalid_token(lexer, token.length > 0 ? end : lexer->start + 1);
}

/* ------------------------------------------------------------------------
 * Tokens
 * ------------------------------------------------------------------------
 */

const unsigned char mdb_json_punctuation[256] = {
	['{'] = MDB_JSON_OBJECT_START, ['}'] = MDB_JSON_OBJECT_END,
	['['] = MDB_JSON_ARRAY_START, [']'] = MDB_JSON_ARRAY_END,
	[':'] = MDB_JSON_COLON, [','] = MDB_JSON_COMMA
};

bool
mdb_json_read_token(MdbJsonLexer *lexer)
{
	const char *p = lexer->position;
	MdbJsonToken token;

	while (p < lexer->end &&
		   (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	lexer->start = p;
	lexer->position = p;
	lexer->token = MDB_JSON_END;
	if (p == lexer->end)
		return true;

	token = (MdbJsonToken) mdb_json_punctuation[(unsigned char) *p];
	if (*p != '"' && token == MDB_JSON_END)
		return *p == '-' || is_digit(*p) ? read_number(lexer) :
			read_word(lexer);
	lexer->position = p + 1;
	if (*p == '"')
		return read_string(lexer);
	lexer->token = token;
	return true;
}
