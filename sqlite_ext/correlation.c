/*-------------------------------------------------------------------------
 *
 * correlation.c
 *	  Whether a message's metadata names a correlation stream of a category.
 *
 * PostgreSQL asks category(metadata ->> 'correlationStreamName') = category.
 * The operator gives a string's characters, and of any other value but null
 * the canonical text: 12 matches '12', true matches 'true'.  SQLite's JSON
 * functions turn true into 1 and may print a number anew, so the value is
 * taken from the text here.  write_message stores canonical JSON.  In text
 * that somebody else stored, blanks may stand anywhere; what is no JSON at
 * all does not match.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

#define CORRELATION_KEY "\"correlationStreamName\""

/* What is still to be read. */
typedef struct Scan
{
	const char *next;
	const char *end;
} Scan;

static void
skip_blanks(Scan *scan)
{
	while (scan->next < scan->end && memchr(" \t\n\r", *scan->next, 4))
		scan->next++;
}

/* Skips one character of punctuation, with the blanks around it. */
static bool
skip_mark(Scan *scan, char mark)
{
	skip_blanks(scan);
	if (scan->next == scan->end || *scan->next != mark)
		return false;
	scan->next++;
	skip_blanks(scan);
	return true;
}

/* Skips a string, standing at its first quote. */
static void
skip_string(Scan *scan)
{
	scan->next++;
	while (scan->next < scan->end && *scan->next != '"')
	{
		if (*scan->next == '\\' && scan->end - scan->next > 1)
			scan->next++;
		scan->next++;
	}
	if (scan->next < scan->end)
		scan->next++;
}

/* Skips a value of any kind and returns its text. */
static MdbString
skip_value(Scan *scan)
{
	const char *start = scan->next;
	int64_t		depth = 0;

	while (scan->next < scan->end)
	{
		char		c = *scan->next;

		if (depth == 0 && memchr(",:} \t\n\r", c, 7))
			break;
		if (c == '"')
		{
			skip_string(scan);
			continue;
		}
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		scan->next++;
	}
	return (MdbString) {start, (size_t) (scan->next - start)};
}

static bool
equals(MdbString text, const char *word)
{
	return text.length == strlen(word) &&
		memcmp(text.data, word, text.length) == 0;
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int) (found - digits) : -1;
}

/* The next byte of a string's content; -1 for an escape that stores none. */
static int
next_byte(Scan *scan)
{
	static const char escaped[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (*scan->next != '\\')
		return (unsigned char) *scan->next++;
	if (scan->end - scan->next >= 6 && memcmp(scan->next, "\\u00", 4) == 0)
	{
		int			high = hex_digit(scan->next[4]);
		int			low = hex_digit(scan->next[5]);

		scan->next += 6;
		return high < 0 || high > 7 || low < 0 ? -1 : high << 4 | low;
	}
	if (scan->end - scan->next < 2 || scan->next[1] == '\0')
		return -1;
	found = strchr(escaped, scan->next[1]);
	scan->next += 2;
	return found ? (unsigned char) meant[found - escaped] : -1;
}

/* Whether what stands before the first '-' of the content is the category. */
static bool
category_is(Scan content, bool has_escapes, MdbString category)
{
	for (size_t i = 0; i < category.length; i++)
	{
		if (content.next >= content.end)
			return false;
		if ((has_escapes ? next_byte(&content) :
			 (unsigned char) *content.next++) !=
			(unsigned char) category.data[i])
			return false;
	}
	return content.next >= content.end || *content.next == '-';
}

bool
mdb_correlation_matches(MdbString metadata, MdbString category)
{
	Scan		scan = {metadata.data, metadata.data + metadata.length};
	MdbString	found = MDB_NULL_STRING;

	if (!metadata.data || !skip_mark(&scan, '{'))
		return false;
	do
	{
		MdbString	key = skip_value(&scan);
		MdbString	value;

		if (!skip_mark(&scan, ':'))
			break;
		value = skip_value(&scan);
		if (equals(key, CORRELATION_KEY))
			found = value;
	} while (skip_mark(&scan, ','));

	if (!found.data || found.length == 0 || equals(found, "null"))
		return false;
	if (found.data[0] != '"')
		return category_is((Scan) {found.data, found.data + found.length},
						   false, category);
	return found.length >= 2 &&
		category_is((Scan) {found.data + 1, found.data + found.length - 1},
					true, category);
}
