/*-------------------------------------------------------------------------
 *
 * arguments.c
 *	  Values of SQLite as the core takes them.
 *
 * SQLite has no types for arguments; PostgreSQL's are kept up here.  What
 * PostgreSQL refuses before a function is called (text that is not UTF-8, a
 * bigint with other characters, JSON that is none) is refused first here too.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

static const char *
bytes_of(sqlite3_value *value)
{
	const void *blob;

	if (sqlite3_value_type(value) != SQLITE_BLOB)
		return (const char *) sqlite3_value_text(value);
	blob = sqlite3_value_blob(value);
	return blob || sqlite3_value_bytes(value) > 0 ? blob : "";
}

static MdbString
text_of(sqlite3_value *value, MdbFailure *failure)
{
	MdbString	text = MDB_NULL_STRING;

	if (failure->code != SQLITE_OK || !value ||
		sqlite3_value_type(value) == SQLITE_NULL)
		return text;
	text.data = bytes_of(value);
	if (!text.data)
		mdb_fail_memory(failure);
	else
		text.length = (size_t) sqlite3_value_bytes(value);
	return text;
}

MdbString
mdb_text_argument(sqlite3_value *value, MdbFailure *failure)
{
	MdbString	text = text_of(value, failure);
	MdbError	error;

	if (!mdb_check_utf8(text, &error))
	{
		mdb_fail_with(failure, &error);
		return MDB_NULL_STRING;
	}
	return text;
}

/* A number with a fraction part of zero counts as an integer. */
static bool
integer_of_real(sqlite3_value *value, MdbInteger *integer)
{
	double		real = sqlite3_value_double(value);

	if (real < -9223372036854775808.0 || real >= 9223372036854775808.0 ||
		real != (double) (sqlite3_int64) real)
		return false;
	*integer = mdb_integer((sqlite3_int64) real);
	return true;
}

MdbInteger
mdb_integer_argument(sqlite3_value *value, MdbFailure *failure)
{
	MdbInteger	integer = MDB_NULL_INTEGER;
	MdbString	text;
	MdbError	error;

	if (!value)
		return integer;
	switch (sqlite3_value_type(value))
	{
		case SQLITE_NULL:
			return integer;
		case SQLITE_INTEGER:
			return mdb_integer(sqlite3_value_int64(value));
		case SQLITE_FLOAT:
			if (integer_of_real(value, &integer))
				return integer;
	}

	text = mdb_text_argument(value, failure);
	if (!text.data)
		return integer;
	integer.is_null = !mdb_parse_integer(text, &integer.value, &error);
	if (integer.is_null)
		mdb_fail_with(failure, &error);
	return integer;
}

/* ------------------------------------------------------------------------
 * JSON
 * ------------------------------------------------------------------------
 */

/* What stands before each piece of scratch memory. */
typedef struct Piece
{
	size_t		size;			/* of what follows */
} Piece;

#define ROUND_UP(size) (((size) + 7) & ~(size_t) 7)

static bool
is_scratch(const MdbScratch *scratch, const char *pointer)
{
	return scratch && pointer >= scratch->bytes &&
		pointer < scratch->bytes + sizeof(scratch->bytes);
}

/* Takes a piece of scratch memory; NULL when there is no room. */
static char *
take_scratch(MdbScratch *scratch, size_t size)
{
	size_t		room = scratch ? sizeof(scratch->bytes) - scratch->used : 0;
	Piece	   *piece;

	if (room < sizeof(Piece) || size > room - sizeof(Piece))
		return NULL;
	piece = (Piece *) (scratch->bytes + scratch->used);
	piece->size = size;
	scratch->used += ROUND_UP(sizeof(Piece) + size);
	return (char *) (piece + 1);
}

/* What the core allocates with; context is the scratch memory, or NULL. */
static void *
resize(void *context, void *pointer, size_t size)
{
	MdbScratch *scratch = context;
	size_t		old_size;
	char	   *moved;

	if (pointer && !is_scratch(scratch, pointer))
	{
		if (size > 0)
			return sqlite3_realloc64(pointer, size);
		sqlite3_free(pointer);
		return NULL;
	}
	if (size == 0)
		return NULL;
	moved = take_scratch(scratch, size);
	if (!moved)
		moved = sqlite3_malloc64(size);
	if (moved && pointer)
	{
		old_size = ((Piece *) pointer)[-1].size;
		memcpy(moved, pointer, old_size < size ? old_size : size);
	}
	return moved;
}

char *
mdb_json_argument(sqlite3_value *value, MdbScratch *scratch, size_t *length,
				  MdbFailure *failure)
{
	const MdbAllocator allocator = {resize, scratch};
	MdbString	text = text_of(value, failure);
	char	   *canonical = NULL;
	MdbError	error;

	*length = 0;
	if (text.data &&
		!mdb_canonicalize_json(text, &allocator, &canonical, length, &error))
	{
		mdb_fail_with(failure, &error);
		return NULL;
	}
	return canonical;
}

void
mdb_free_json(MdbScratch *scratch, const char *json)
{
	resize(scratch, (char *) json, 0);
}
