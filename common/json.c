/*-------------------------------------------------------------------------
 *
 * json.c
 *	  JSON in the form that PostgreSQL gives to a jsonb.
 *
 * PostgreSQL stores a parsed document and prints it in one form of its own.
 * SQLite has no such type.  For both databases to store and return the same
 * bytes, SQLite's messages pass through here: the same documents are taken,
 * the same ones refused with the same words, and the same text comes out.
 *
 * One pass over the input writes the result.  The parts:
 *
 *	json.c			the grammar, without recursion
 *	json_lexer.c	tokens; strings are decoded and escaped as they are read
 *	json_number.c	numbers as numeric prints them
 *	json_order.c	the order of keys, arranged at the end where necessary
 *	json_buffer.c	memory
 *
 * Of several faults in a document the one is reported that PostgreSQL reports.
 * It always reads one token ahead, and converts a number when it has read the
 * token behind it.
 *
 * Not as in PostgreSQL are the limits of depth and size, see json_internal.h.
 * The size that counts here is that of the text; there it is that of the
 * binary form, and numbers of members and elements are limited too.
 *
 *-------------------------------------------------------------------------
 */
#include "json_internal.h"

#define FIRST_CONTAINERS 16

/* An object or array that has begun and not ended. */
typedef struct Container
{
	bool		is_object;
	MdbJsonObject object;
} Container;

typedef struct Parser
{
	MdbJsonLexer lexer;
	MdbJsonText text;
	MdbJsonPieces pieces;
	Container  *containers;		/* the innermost is the last */
	uint32_t	depth;
	uint32_t	capacity;
	Container	first_containers[FIRST_CONTAINERS];
} Parser;

static bool
next_token(Parser *parser)
{
	return mdb_json_next_token(&parser->lexer);
}

static bool
unexpected(const Parser *parser, const char *detail)
{
	return mdb_json_unexpected_token(&parser->lexer, detail);
}

static Container *
innermost(Parser *parser)
{
	return &parser->containers[parser->depth - 1];
}

static bool
at_end_of(const Parser *parser, const Container *container)
{
	return parser->lexer.token ==
		(container->is_object ? MDB_JSON_OBJECT_END : MDB_JSON_ARRAY_END);
}

/* Adds a container around what follows. */
static bool
push(Parser *parser, bool is_object)
{
	if (parser->depth == MDB_JSON_MAX_DEPTH)
		return mdb_fail(parser->text.error, MDB_JSON_TOO_DEEP, MDB_NULL_STRING,
						mdb_integer(MDB_JSON_MAX_DEPTH), MDB_NULL_INTEGER);
	if (parser->depth == parser->capacity)
	{
		Container  *containers = mdb_json_grow_array(&parser->text,
													 parser->containers,
													 parser->first_containers,
													 sizeof(*containers),
													 &parser->capacity);

		if (!containers)
			return false;
		parser->containers = containers;
	}
	parser->containers[parser->depth++] =
		(Container) {is_object, {.in_order = true}};
	return true;
}

/*
 * Reads a member's key and colon; the key is the current token.  The first
 * token of the value becomes the current one.
 */
static bool
read_key(Parser *parser, const char *detail)
{
	if (parser->lexer.token != MDB_JSON_STRING)
		return unexpected(parser, detail);
	if (!mdb_json_add_member(&parser->pieces, &innermost(parser)->object,
							 &parser->lexer))
		return false;
	if (!next_token(parser))
		return false;
	if (parser->lexer.token != MDB_JSON_COLON)
		return unexpected(parser, "Expected \":\", but found \"%s\".");
	return mdb_json_append(&parser->text, ": ", 2) && next_token(parser);
}

/*
 * Begins the container whose '{' or '[' is the current token, up to the first
 * token of its first value.  *ended tells whether it is empty instead; its
 * closing token is then the current one.
 */
static bool
begin_container(Parser *parser, bool *ended)
{
	bool		is_object = parser->lexer.token == MDB_JSON_OBJECT_START;

	if (!push(parser, is_object) ||
		!mdb_json_append(&parser->text, is_object ? "{" : "[", 1) ||
		!next_token(parser))
		return false;
	*ended = at_end_of(parser, innermost(parser));
	if (*ended || !is_object)
		return true;
	return read_key(parser, "Expected string or \"}\", but found \"%s\".");
}

static bool
read_number(Parser *parser)
{
	if (mdb_json_number_fits(&parser->lexer.number))
		return mdb_json_write_number(&parser->lexer.number, &parser->text) &&
			next_token(parser);
	if (!next_token(parser))
		return false;
	return mdb_fail(parser->text.error, MDB_NUMBER_OUT_OF_RANGE,
					MDB_NULL_STRING, MDB_NULL_INTEGER, MDB_NULL_INTEGER);
}

/*
 * Reads the value whose first token is the current one.  *ended tells whether
 * that was all of it: the token behind a scalar or the closing one of an empty
 * container is then the current one.  Otherwise a container has begun.
 */
static bool
read_value(Parser *parser, bool *ended)
{
	MdbJsonLexer *lexer = &parser->lexer;

	*ended = true;
	switch (lexer->token)
	{
		case MDB_JSON_STRING:
			return next_token(parser);
		case MDB_JSON_NUMBER:
			return read_number(parser);
		case MDB_JSON_WORD:
			return mdb_json_append(&parser->text, lexer->start,
								   (size_t) (lexer->position - lexer->start)) &&
				next_token(parser);
		case MDB_JSON_OBJECT_START:
		case MDB_JSON_ARRAY_START:
			return begin_container(parser, ended);
		default:
			return unexpected(parser, "Expected JSON value, but found \"%s\".");
	}
}

/* Ends all containers that the current and the following tokens close. */
static bool
end_containers(Parser *parser)
{
	while (parser->depth > 0 && at_end_of(parser, innermost(parser)))
	{
		const Container *container = innermost(parser);

		if (container->is_object &&
			!mdb_json_order_members(&parser->pieces, &container->object,
									&parser->text))
			return false;
		if (!mdb_json_append(&parser->text,
							 container->is_object ? "}" : "]", 1))
			return false;
		parser->depth--;
		if (!next_token(parser))
			return false;
	}
	return true;
}

/* Reads what stands between a value and the next one in the container. */
static bool
read_comma(Parser *parser)
{
	const Container *container = innermost(parser);

	if (parser->lexer.token != MDB_JSON_COMMA)
		return unexpected(parser, container->is_object ?
						  "Expected \",\" or \"}\", but found \"%s\"." :
						  "Expected \",\" or \"]\", but found \"%s\".");
	if (!mdb_json_append(&parser->text, ", ", 2) || !next_token(parser))
		return false;
	return !container->is_object ||
		read_key(parser, "Expected string, but found \"%s\".");
}

static bool
read_document(Parser *parser)
{
	bool		ended;

	if (!next_token(parser))
		return false;
	for (;;)
	{
		if (!read_value(parser, &ended))
			return false;
		if (!ended)
			continue;
		if (!end_containers(parser))
			return false;
		if (parser->depth == 0)
			break;
		if (!read_comma(parser))
			return false;
	}
	if (parser->lexer.token != MDB_JSON_END)
		return unexpected(parser, "Expected end of input, but found \"%s\".");
	return mdb_json_arrange_text(&parser->pieces, &parser->text);
}

static void
init_parser(Parser *parser, MdbString input, const MdbAllocator *allocator,
			MdbError *error)
{
	const char *data = input.data ? input.data : "";

	parser->text = (MdbJsonText) {.allocator = allocator, .error = error};
	parser->lexer.position = data;
	parser->lexer.end = data + input.length;
	parser->lexer.text = &parser->text;
	mdb_json_init_pieces(&parser->pieces);
	parser->containers = parser->first_containers;
	parser->capacity = FIRST_CONTAINERS;
	parser->depth = 0;
}

/* How long the result will probably be. */
static size_t
expected_length(size_t input_length)
{
	if (input_length > MDB_JSON_MAX_SIZE / 2)
		return MDB_JSON_MAX_SIZE;
	return input_length + input_length / 4 + 16;
}

bool
mdb_canonicalize_json(MdbString text, const MdbAllocator *allocator,
					  char **canonical, size_t *length, MdbError *error)
{
	Parser		parser;
	bool		success;

	if (!mdb_check_utf8(text, error))
		return false;

	init_parser(&parser, text, allocator, error);
	success = mdb_json_reserve(&parser.text, expected_length(text.length)) &&
		read_document(&parser);

	mdb_json_free_pieces(&parser.pieces, &parser.text);
	if (parser.containers != parser.first_containers)
		allocator->resize(allocator->context, parser.containers, 0);
	if (!success)
	{
		if (parser.text.data)
			allocator->resize(allocator->context, parser.text.data, 0);
		return false;
	}
	parser.text.data[parser.text.length] = '\0';
	*canonical = parser.text.data;
	*length = parser.text.length;
	return true;
}
