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

static bool
equals(MdbString text, const char *word)
{
	return text.length == strlen(word) &&
		memcmp(text.data, word, text.length) == 0;
}

/* Whether what stands before the first '-' of the content is the category. */
static bool
category_is(MdbScan content, bool has_escapes, MdbString category)
{
	for (size_t i = 0; i < category.length; i++)
	{
		if (content.next >= content.end)
			return false;
		if ((has_escapes ? mdb_scan_byte(&content) :
			 (unsigned char) *content.next++) !=
			(unsigned char) category.data[i])
			return false;
	}
	return content.next >= content.end || *content.next == '-';
}

bool
mdb_correlation_matches(MdbString metadata, MdbString category)
{
	MdbScan		scan = {metadata.data, metadata.data + metadata.length};
	MdbString	found = MDB_NULL_STRING;

	if (!metadata.data || !mdb_scan_mark(&scan, '{'))
		return false;
	do
	{
		MdbString	key = mdb_scan_value(&scan);
		MdbString	value;

		if (!mdb_scan_mark(&scan, ':'))
			break;
		value = mdb_scan_value(&scan);
		if (equals(key, CORRELATION_KEY))
			found = value;
	} while (mdb_scan_mark(&scan, ','));

	if (!found.data || found.length == 0 || equals(found, "null"))
		return false;
	if (found.data[0] != '"')
		return category_is((MdbScan) {found.data, found.data + found.length},
						   false, category);
	return found.length >= 2 &&
		category_is((MdbScan) {found.data + 1, found.data + found.length - 1},
					true, category);
}
