/*-------------------------------------------------------------------------
 *
 * json_internal.h
 *	  What the files of the JSON canonicaliser share.
 *
 * json.c says how the parts work together.  All functions here that return
 * bool return false after filling the error of the text they write to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MDB_JSON_INTERNAL_H
#define MDB_JSON_INTERNAL_H

#include "message_db.h"

#pragma GCC visibility push(hidden)

/*
 * The largest document and string, in bytes: jsonb keeps an offset in 28
 * bits.  So an offset into the canonical text fits 32 bits.
 */
#define MDB_JSON_MAX_SIZE 268435455

/*
 * How deep containers may be nested.  PostgreSQL 15 with its default
 * max_stack_depth takes between 13,000 and 14,500 levels; other builds have
 * larger stack frames.  Here a level costs 16 bytes of memory and no stack.
 */
#define MDB_JSON_MAX_DEPTH 5000

/* ------------------------------------------------------------------------
 * Interface to code in json_buffer.c
 * ------------------------------------------------------------------------
 */

/* A text that grows.  capacity leaves room for a closing NUL. */
typedef struct MdbJsonText
{
	char	   *data;
	size_t		length;
	size_t		capacity;
	const MdbAllocator *allocator;
	MdbError   *error;
} MdbJsonText;

/* Errors: MDB_JSON_TOO_LARGE, MDB_OUT_OF_MEMORY. */
extern bool mdb_json_grow_text(MdbJsonText *text, size_t extra);

/*
 * Doubles an array.  The first one is not the allocator's and is left alone.
 * Returns NULL, with the old array intact, for MDB_OUT_OF_MEMORY.
 */
extern void *mdb_json_grow_array(const MdbJsonText *text, void *array,
								 const void *first, size_t item_size,
								 uint32_t *capacity);

/* Makes room for extra bytes.  Errors: those of mdb_json_grow_text(). */
static inline bool
mdb_json_reserve(MdbJsonText *text, size_t extra)
{
	return text->capacity - text->length >= extra ||
		mdb_json_grow_text(text, extra);
}

/* Errors: those of mdb_json_grow_text(). */
static inline bool
mdb_json_append(MdbJsonText *text, const char *data, size_t length)
{
	if (!mdb_json_reserve(text, length))
		return false;
	memcpy(text->data + text->length, data, length);
	text->length += length;
	return true;
}

/* ------------------------------------------------------------------------
 * Interface to code in json_lexer.c
 * ------------------------------------------------------------------------
 */

typedef enum MdbJsonToken
{
	MDB_JSON_END,
	MDB_JSON_STRING,
	MDB_JSON_NUMBER,
	MDB_JSON_WORD,				/* true, false, null */
	MDB_JSON_OBJECT_START,
	MDB_JSON_OBJECT_END,
	MDB_JSON_ARRAY_START,
	MDB_JSON_ARRAY_END,
	MDB_JSON_COLON,
	MDB_JSON_COMMA
} MdbJsonToken;

/* The parts of a number; a missing one has no digits. */
typedef struct MdbJsonNumber
{
	bool		negative;
	MdbString	integer;
	MdbString	fraction;
	bool		exponent_negative;
	MdbString	exponent;
} MdbJsonNumber;

typedef struct MdbJsonLexer
{
	const char *position;		/* what is not read yet */
	const char *end;
	MdbJsonText *text;			/* where strings go */

	MdbJsonToken token;			/* the token read last, */
	const char *start;			/* which goes from here to position */
	size_t		string_start;	/* a string's opening quote in text */
	size_t		string_length;	/* its bytes without quotes and escapes */
	MdbJsonNumber number;
} MdbJsonLexer;

/* The punctuation that a byte is; MDB_JSON_END for other bytes. */
extern const unsigned char mdb_json_punctuation[256];

/* The same as mdb_json_next_token(), which does all but the simplest. */
extern bool mdb_json_read_token(MdbJsonLexer *lexer);

/*
 * Reads the next token.  A string is also appended to the text, quoted and
 * escaped as PostgreSQL does it.  The input must be valid UTF-8.
 * Errors: MDB_INVALID_JSON, MDB_UNSUPPORTED_UNICODE_ESCAPE and those of
 * mdb_json_grow_text().
 */
static inline bool
mdb_json_next_token(MdbJsonLexer *lexer)
{
	const char *p = lexer->position;
	MdbJsonToken token = MDB_JSON_END;

	if (p < lexer->end)
		token = (MdbJsonToken) mdb_json_punctuation[(unsigned char) *p];
	if (token == MDB_JSON_END)
		return mdb_json_read_token(lexer);
	lexer->token = token;
	lexer->start = p;
	lexer->position = p + 1;
	return true;
}

/* Fails with MDB_INVALID_JSON and this detail, whose subject is the token. */
extern bool mdb_json_unexpected_token(const MdbJsonLexer *lexer,
									  const char *detail);

/* ------------------------------------------------------------------------
 * Interface to code in json_number.c
 * ------------------------------------------------------------------------
 */

/* Whether PostgreSQL's numeric can hold the number. */
extern bool mdb_json_number_fits(const MdbJsonNumber *number);

/*
 * Appends the number, which must fit, as numeric prints it.
 * Errors: those of mdb_json_grow_text().
 */
extern bool mdb_json_write_number(const MdbJsonNumber *number,
								  MdbJsonText *text);

/* ------------------------------------------------------------------------
 * Interface to code in json_order.c
 * ------------------------------------------------------------------------
 */

typedef enum MdbJsonPieceKind
{
	MDB_JSON_REST,				/* begins the text, or begins with '}' */
	MDB_JSON_FIRST_MEMBER,		/* begins with an object's first key */
	MDB_JSON_MEMBER				/* begins with another key; ", " before it */
} MdbJsonPieceKind;

/* A stretch of text that stays together when members change places. */
typedef struct MdbJsonPiece
{
	uint32_t	start;			/* offset in the text */
	uint32_t	next;			/* the piece to follow in the result */
	uint32_t	key_length;		/* bytes without quotes and escapes */
	uint32_t	last;			/* the last piece of a member's value */
	uint32_t	sibling;		/* the object's next member, 0 if none */
	bool		key_escaped;
	unsigned char kind;			/* MdbJsonPieceKind */
} MdbJsonPiece;

#define MDB_JSON_FIRST_PIECES 32

/*
 * All pieces, in the order of the text.  A piece ends where the following one
 * begins.
 */
typedef struct MdbJsonPieces
{
	MdbJsonPiece *list;
	uint32_t	count;
	uint32_t	capacity;
	uint32_t	kept;			/* those below took part in a reordering */
	MdbJsonPiece first[MDB_JSON_FIRST_PIECES];
} MdbJsonPieces;

/* An object that is being read. */
typedef struct MdbJsonObject
{
	uint32_t	first;			/* member, 0 if none */
	uint32_t	last;			/* member */
	bool		in_order;		/* each key so far is above the one before */
} MdbJsonObject;

/* Begins with the piece that begins the text. */
extern void mdb_json_init_pieces(MdbJsonPieces *pieces);

/* Frees them, whether or not reading went well. */
extern void mdb_json_free_pieces(MdbJsonPieces *pieces,
								 const MdbJsonText *text);

/*
 * Notes that the string which the lexer has just read is the key of a new
 * member of the object.  Errors: MDB_OUT_OF_MEMORY.
 */
extern bool mdb_json_add_member(MdbJsonPieces *pieces, MdbJsonObject *object,
								const MdbJsonLexer *lexer);

/*
 * Puts the members of an object in order and leaves out those that a later
 * one replaces.  The object's '}' must come next in the text.
 * Errors: MDB_OUT_OF_MEMORY.
 */
extern bool mdb_json_order_members(MdbJsonPieces *pieces,
								   const MdbJsonObject *object,
								   const MdbJsonText *text);

/*
 * Rewrites the whole text in the order of the pieces, if that is another.
 * Errors: MDB_OUT_OF_MEMORY.
 */
extern bool mdb_json_arrange_text(const MdbJsonPieces *pieces,
								  MdbJsonText *text);

#pragma GCC visibility pop

#endif							/* MDB_JSON_INTERNAL_H */
