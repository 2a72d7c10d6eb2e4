/*-------------------------------------------------------------------------
 *
 * json_order.c
 *	  The order of the members of objects.
 *
 * jsonb orders keys by length and then by bytes, and of equal keys keeps the
 * last.  The parser writes members in the order of the input.  Where that is
 * not jsonb's order they have to move, and moving text once for every object
 * around it would take quadratic time.  So nothing moves until the end:
 *
 * The text is divided into pieces.  One begins at each key and one at the '}'
 * of each object that is out of order.  For the text
 *
 *		{"b": [{"d": 1, "c": 2}], "a": 3}
 *
 * they are
 *
 *		0 {    1 "b": [{    2 "d": 1    3 "c": 2    4 }]    5 "a": 3    6 }
 *
 * where the ", " before a key belongs to no piece.  Each piece knows the one
 * that follows in the result; at first that is the next in the text.  A
 * member consists of its own piece up to the one before its next sibling, and
 * that last one stays the last whatever moves inside.  To order an object is
 * therefore to link the end of each of its members to the beginning of the
 * next; in the example 0 -> 5 -> 1 -> 3 -> 2 -> 4 -> 6.  At the end one walk
 * along the links copies the text.
 *
 * An object that is in order and holds none that is not needs no pieces: they
 * are forgotten when it ends.  If that is true of all, nothing is copied.
 *
 *-------------------------------------------------------------------------
 */
#include "json_internal.h"

#define NO_MEMBER 0				/* piece 0 begins the text and is no member */

/* More runs than a list of 2^32 members can have. */
#define MAX_RUNS 33

void
mdb_json_init_pieces(MdbJsonPieces *pieces)
{
	pieces->list = pieces->first;
	pieces->capacity = MDB_JSON_FIRST_PIECES;
	pieces->kept = 0;
	pieces->count = 1;
	pieces->list[0] = (MdbJsonPiece) {.next = 1, .kind = MDB_JSON_REST};
}

void
mdb_json_free_pieces(MdbJsonPieces *pieces, const MdbJsonText *text)
{
	if (pieces->list != pieces->first)
		text->allocator->resize(text->allocator->context, pieces->list, 0);
}

/* ------------------------------------------------------------------------
 * Comparing keys
 * ------------------------------------------------------------------------
 */

/* Reads one byte of a key as it is without escapes, and steps over it. */
static unsigned char
next_key_byte(const char **position)
{
	const char *p = *position;
	int			high;
	int			low;

	if (p[0] != '\\')
	{
		*position = p + 1;
		return (unsigned char) p[0];
	}
	*position = p + 2;
	switch (p[1])
	{
		case 'b':
			return '\b';
		case 'f':
			return '\f';
		case 'n':
			return '\n';
		case 'r':
			return '\r';
		case 't':
			return '\t';
		case 'u':				/* \u00xx, below 0x20, lower case */
			*position = p + 6;
			high = p[4] - '0';
			low = p[5] <= '9' ? p[5] - '0' : p[5] - 'a' + 10;
			return (unsigned char) (high * 16 + low);
		default:
			return (unsigned char) p[1];
	}
}

static int
compare_bytes(const char *a, const char *b, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
	{
		int			difference = next_key_byte(&a) - next_key_byte(&b);

		if (difference != 0)
			return difference;
	}
	return 0;
}

static int
compare_keys(const char *text, const MdbJsonPiece *a, const MdbJsonPiece *b)
{
	const char *a_key = text + a->start + 1;
	const char *b_key = text + b->start + 1;

	if (a->key_length != b->key_length)
		return a->key_length < b->key_length ? -1 : 1;
	if (a->key_escaped || b->key_escaped)
		return compare_bytes(a_key, b_key, a->key_length);
	return memcmp(a_key, b_key, a->key_length);
}

/* ------------------------------------------------------------------------
 * Building the pieces
 * ------------------------------------------------------------------------
 */

static bool
add_piece(MdbJsonPieces *pieces, const MdbJsonText *text, size_t start,
		  MdbJsonPieceKind kind)
{
	if (pieces->count == pieces->capacity)
	{
		MdbJsonPiece *list = mdb_json_grow_array(text, pieces->list,
												 pieces->first, sizeof(*list),
												 &pieces->capacity);

		if (!list)
			return false;
		pieces->list = list;
	}
	pieces->list[pieces->count] = (MdbJsonPiece) {
		.start = (uint32_t) start,
		.next = pieces->count + 1,
		.last = pieces->count,
		.sibling = NO_MEMBER,
		.kind = (unsigned char) kind
	};
	pieces->count++;
	return true;
}

bool
mdb_json_add_member(MdbJsonPieces *pieces, MdbJsonObject *object,
					const MdbJsonLexer *lexer)
{
	const MdbJsonText *text = lexer->text;
	uint32_t	number = pieces->count;
	bool		is_first = object->first == NO_MEMBER;
	MdbJsonPiece *piece;
	MdbJsonPiece *previous;

	if (!add_piece(pieces, text, lexer->string_start,
				   is_first ? MDB_JSON_FIRST_MEMBER : MDB_JSON_MEMBER))
		return false;

	piece = &pieces->list[number];
	piece->key_length = (uint32_t) lexer->string_length;
	piece->key_escaped = text->length - lexer->string_start - 2 !=
		lexer->string_length;
	if (is_first)
		object->first = number;
	else
	{
		previous = &pieces->list[object->last];
		previous->sibling = number;
		previous->last = number - 1;
		if (object->in_order)
			object->in_order = compare_keys(text->data, previous, piece) < 0;
	}
	object->last = number;
	return true;
}

/* ------------------------------------------------------------------------
 * Sorting
 * ------------------------------------------------------------------------
 */

/* Merges two lists of members; of equal keys those of a come first. */
static uint32_t
merge(MdbJsonPiece *list, const char *text, uint32_t a, uint32_t b)
{
	uint32_t	head = NO_MEMBER;
	uint32_t   *tail = &head;

	while (a != NO_MEMBER && b != NO_MEMBER)
	{
		bool		a_first = compare_keys(text, &list[a], &list[b]) <= 0;
		uint32_t   *lower = a_first ? &a : &b;

		*tail = *lower;
		tail = &list[*lower].sibling;
		*lower = *tail;
	}
	*tail = a != NO_MEMBER ? a : b;
	return head;
}

/*
 * Sorts a list of members by key and returns the new first one.  Run i has
 * 2^i members or none; those of a higher run stood earlier in the list.
 */
static uint32_t
sort_members(MdbJsonPiece *list, const char *text, uint32_t first)
{
	uint32_t	runs[MAX_RUNS];
	uint32_t	sorted = NO_MEMBER;
	int			used = 0;

	while (first != NO_MEMBER)
	{
		uint32_t	run = first;
		int			i = 0;

		first = list[run].sibling;
		list[run].sibling = NO_MEMBER;
		for (; i < used && runs[i] != NO_MEMBER; i++)
		{
			run = merge(list, text, runs[i], run);
			runs[i] = NO_MEMBER;
		}
		runs[i] = run;
		if (i == used)
			used++;
	}
	for (int i = 0; i < used; i++)
		sorted = merge(list, text, runs[i], sorted);
	return sorted;
}

/* Drops the pieces of an object that is in order, unless others need them. */
static void
forget_members(MdbJsonPieces *pieces, const MdbJsonObject *object)
{
	if (object->first != NO_MEMBER && pieces->kept <= object->first)
		pieces->count = object->first;
}

bool
mdb_json_order_members(MdbJsonPieces *pieces, const MdbJsonObject *object,
					   const MdbJsonText *text)
{
	MdbJsonPiece *list;
	uint32_t	rest = pieces->count;
	uint32_t	end = object->first - 1;	/* what the next member follows */
	uint32_t	member;

	if (object->in_order)
	{
		forget_members(pieces, object);
		return true;
	}
	if (!add_piece(pieces, text, text->length, MDB_JSON_REST))
		return false;

	list = pieces->list;
	list[object->last].last = rest - 1;
	member = sort_members(list, text->data, object->first);
	while (member != NO_MEMBER)
	{
		const MdbJsonPiece *piece = &list[member];
		uint32_t	next = piece->sibling;

		if (next == NO_MEMBER ||
			compare_keys(text->data, piece, &list[next]) != 0)
		{
			list[end].next = member;
			end = piece->last;
		}
		member = next;
	}
	list[end].next = rest;
	pieces->kept = pieces->count;
	return true;
}

/* ------------------------------------------------------------------------
 * Writing the text in the new order
 * ------------------------------------------------------------------------
 */

/* Where a piece of the text ends. */
static size_t
piece_end(const MdbJsonPieces *pieces, const MdbJsonText *text, uint32_t piece)
{
	const MdbJsonPiece *next = &pieces->list[piece + 1];

	if (piece + 1 == pieces->count)
		return text->length;
	return next->start - (next->kind == MDB_JSON_MEMBER ? 2 : 0);
}

bool
mdb_json_arrange_text(const MdbJsonPieces *pieces, MdbJsonText *text)
{
	MdbJsonText result = *text;

	if (pieces->kept == 0)
		return true;
	result.data = NULL;
	result.length = 0;
	result.capacity = 0;
	if (!mdb_json_reserve(&result, text->length))
		return false;

	/* No append can fail now: the result is no longer than the text. */
	for (uint32_t i = 0; i < pieces->count; i = pieces->list[i].next)
	{
		const MdbJsonPiece *piece = &pieces->list[i];

		if (piece->kind != MDB_JSON_REST &&
			result.data[result.length - 1] != '{')
			mdb_json_append(&result, ", ", 2);
		mdb_json_append(&result, text->data + piece->start,
						piece_end(pieces, text, i) - piece->start);
	}
	text->allocator->resize(text->allocator->context, text->data, 0);
	*text = result;
	return true;
}
