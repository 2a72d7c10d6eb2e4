/*-------------------------------------------------------------------------
 *
 * json_text.c
 *	  The text of a jsonb value, as the server prints it, byte for byte.
 *
 * Most of a reader's time would go into the server's own function, which
 * builds a value in memory for every key, and looks at every character.  This
 * one goes over the stored form directly, and copies strings in one piece,
 * which hardly ever hold a character that must be escaped.
 *
 * The stored form (utils/jsonb.h): a container is a header with the number of
 * elements, an array of JEntry words, of an object the keys' before the
 * values', and then the elements' bytes.  Numbers and containers are aligned.
 * A document that is no object or array stands in an array of one, marked.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "lib/stringinfo.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

/* One element of a container: where the next one's bytes begin is known then. */
typedef struct Cursor
{
	const JsonbContainer *container;
	const char *base;			/* of the elements' bytes */
	int			index;
	uint32		offset;
} Cursor;

static void put_container(StringInfo text, const JsonbContainer *container);

static inline void
make_room(StringInfo text, int length)
{
	if (text->maxlen - text->len <= length)
		enlargeStringInfo(text, length);
}

static inline void
put_bytes(StringInfo text, const char *bytes, int length)
{
	make_room(text, length);
	memcpy(text->data + text->len, bytes, length);
	text->len += length;
}

static inline void
put_byte(StringInfo text, char byte)
{
	make_room(text, 1);
	text->data[text->len++] = byte;
}

/* ------------------------------------------------------------------------
 * Strings
 * ------------------------------------------------------------------------
 */

/* How many bytes need no escape, from the first on. */
static int
plain_length(const char *bytes, int length)
{
	int			n = 0;

	for (; n + 8 <= length; n += 8)
	{
		const uint64 ones = UINT64CONST(0x0101010101010101);
		uint64		word;
		uint64		quote;
		uint64		backslash;
		uint64		special;

		memcpy(&word, bytes + n, sizeof(word));
		quote = word ^ (ones * '"');
		backslash = word ^ (ones * '\\');
		/* a byte's highest bit is set where it is 0, or below a blank */
		special = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
			((word - ones * 0x20) & ~word);
		if (special & (ones * 0x80))
			break;
	}
	while (n < length && (unsigned char) bytes[n] >= 0x20 &&
		   bytes[n] != '"' && bytes[n] != '\\')
		n++;
	return n;
}

static void
put_escaped(StringInfo text, char byte)
{
	static const char letters[] = {
		['\b'] = 'b',['\t'] = 't',['\n'] = 'n',['\f'] = 'f',['\r'] = 'r',
		['"'] = '"',['\\'] = '\\'
	};
	unsigned	code = (unsigned char) byte;

	if (code < sizeof(letters) && letters[code])
	{
		put_byte(text, '\\');
		put_byte(text, letters[code]);
	}
	else
		appendStringInfo(text, "\\u%04x", code);
}

static void
put_string(StringInfo text, const char *bytes, int length)
{
	put_byte(text, '"');
	for (;;)
	{
		int			plain = plain_length(bytes, length);

		put_bytes(text, bytes, plain);
		if (plain == length)
			break;
		put_escaped(text, bytes[plain]);
		bytes += plain + 1;
		length -= plain + 1;
	}
	put_byte(text, '"');
}

/* ------------------------------------------------------------------------
 * Elements
 * ------------------------------------------------------------------------
 */

static Cursor
cursor_at(const JsonbContainer *container, int index)
{
	int			entries = JsonContainerSize(container);

	if (JsonContainerIsObject(container))
		entries *= 2;
	return (Cursor) {
		.container = container,
		.base = (const char *) &container->children[entries],
		.index = index,
		.offset = getJsonbOffset(container, index),
	};
}

/* Prints the element, and steps to the next one. */
static void
put_element(StringInfo text, Cursor *cursor)
{
	JEntry		entry = cursor->container->children[cursor->index];
	const char *bytes = cursor->base + cursor->offset;
	const char *aligned = cursor->base + INTALIGN(cursor->offset);
	uint32		end = cursor->offset;

	JBE_ADVANCE_OFFSET(end, entry);
	if (JBE_ISSTRING(entry))
		put_string(text, bytes, end - cursor->offset);
	else if (JBE_ISNUMERIC(entry))
	{
		char	   *number = DatumGetCString(DirectFunctionCall1(numeric_out,
																 PointerGetDatum(aligned)));

		put_bytes(text, number, strlen(number));
	}
	else if (JBE_ISNULL(entry))
		put_bytes(text, "null", 4);
	else if (JBE_ISBOOL_TRUE(entry))
		put_bytes(text, "true", 4);
	else if (JBE_ISBOOL_FALSE(entry))
		put_bytes(text, "false", 5);
	else
		put_container(text, (const JsonbContainer *) aligned);
	cursor->offset = end;
	cursor->index++;
}

static void
put_object(StringInfo text, const JsonbContainer *container)
{
	int			count = JsonContainerSize(container);
	Cursor		key = cursor_at(container, 0);
	Cursor		value = cursor_at(container, count);

	put_byte(text, '{');
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			put_bytes(text, ", ", 2);
		put_element(text, &key);
		put_bytes(text, ": ", 2);
		put_element(text, &value);
	}
	put_byte(text, '}');
}

static void
put_array(StringInfo text, const JsonbContainer *container)
{
	int			count = JsonContainerSize(container);
	Cursor		element = cursor_at(container, 0);

	put_byte(text, '[');
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			put_bytes(text, ", ", 2);
		put_element(text, &element);
	}
	put_byte(text, ']');
}

static void
put_container(StringInfo text, const JsonbContainer *container)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (JsonContainerIsObject(container))
		put_object(text, container);
	else if (JsonContainerIsScalar(container))
	{
		Cursor		element = cursor_at(container, 0);

		put_element(text, &element);
	}
	else
		put_array(text, container);
}

Datum
mdb_json_text(Datum json)
{
	Jsonb	   *document = DatumGetJsonbP(json);
	StringInfoData text;

	initStringInfo(&text);
	enlargeStringInfo(&text, VARSIZE(document) + 32);
	text.len = VARHDRSZ;
	put_container(&text, &document->root);
	SET_VARSIZE(text.data, text.len);
	return PointerGetDatum(text.data);
}
