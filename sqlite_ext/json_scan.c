/*-------------------------------------------------------------------------
 *
 * json_scan.c
 *	  Walks through JSON that is known to be valid, value by value.
 *
 * What was checked before, by the core's canonicaliser, needs no second
 * parser: a value ends where its brackets are closed, a scalar at the next
 * punctuation.  Blanks may stand anywhere.  Text that is no JSON after all
 * gives values that mean nothing, but nothing beyond its end is read.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

/* What a byte means outside of strings. */
enum
{
	OPENS = 1,
	CLOSES,
	QUOTES,
	SEPARATES					/* and ends a scalar */
};

static const unsigned char meaning[256] = {
	['{'] = OPENS, ['['] = OPENS, ['}'] = CLOSES, [']'] = CLOSES,
	['"'] = QUOTES, [','] = SEPARATES, [':'] = SEPARATES, [' '] = SEPARATES,
	['\t'] = SEPARATES, ['\n'] = SEPARATES, ['\r'] = SEPARATES
};

static void
skip_blanks(MdbScan *scan)
{
	while (scan->next < scan->end && memchr(" \t\n\r", *scan->next, 4))
		scan->next++;
}

bool
mdb_scan_mark(MdbScan *scan, char mark)
{
	skip_blanks(scan);
	if (scan->next == scan->end || *scan->next != mark)
		return false;
	scan->next++;
	skip_blanks(scan);
	return true;
}

/* The end of a string whose first quote stands at start. */
static const char *
string_end(const char *start, const char *end)
{
	const char *p = start + 1;

	while (p < end && *p != '"')
		p += *p == '\\' && end - p > 1 ? 2 : 1;
	return p < end ? p + 1 : end;
}

MdbString
mdb_scan_value(MdbScan *scan)
{
	const char *start = scan->next;
	const char *p = start;
	int64_t		depth = 0;

	while (p < scan->end)
	{
		unsigned char what = meaning[(unsigned char) *p];

		if (depth == 0 && (what == SEPARATES || what == CLOSES))
			break;
		p = what == QUOTES ? string_end(p, scan->end) : p + 1;
		depth += (what == OPENS) - (what == CLOSES);
		if (depth == 0 && (what == CLOSES || what == QUOTES))
			break;
	}
	scan->next = p;
	return (MdbString) {start, (size_t) (p - start)};
}

MdbJsonKind
mdb_scanned_kind(MdbString value)
{
	switch (value.length > 0 ? *value.data : 'n')
	{
		case 'n':
			return MDB_KIND_NULL;
		case '"':
			return MDB_KIND_STRING;
		case '[':
			return MDB_KIND_ARRAY;
		case '{':
			return MDB_KIND_OBJECT;
		default:
			return MDB_KIND_OTHER;
	}
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int) (found - digits) : -1;
}

int
mdb_scan_byte(MdbScan *content)
{
	static const char escaped[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (*content->next != '\\')
		return (unsigned char) *content->next++;
	if (content->end - content->next >= 6 &&
		memcmp(content->next, "\\u00", 4) == 0)
	{
		int			high = hex_digit(content->next[4]);
		int			low = hex_digit(content->next[5]);

		content->next += 6;
		return high < 0 || high > 7 || low < 0 ? -1 : high << 4 | low;
	}
	if (content->end - content->next < 2 || content->next[1] == '\0')
		return -1;
	found = strchr(escaped, content->next[1]);
	content->next += 2;
	return found ? (unsigned char) meant[found - escaped] : -1;
}
