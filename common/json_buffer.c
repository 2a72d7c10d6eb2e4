/*-------------------------------------------------------------------------
 *
 * json_buffer.c
 *	  Memory that grows, for the JSON canonicaliser.
 *
 * Text and arrays double in size, so that appending costs the same however
 * long they get.  A failure leaves the old memory as it was, and its owner
 * frees it.
 *
 *-------------------------------------------------------------------------
 */
#include "json_internal.h"

static void
out_of_memory(const MdbJsonText *text)
{
	mdb_fail(text->error, MDB_OUT_OF_MEMORY, MDB_NULL_STRING, MDB_NULL_INTEGER,
			 MDB_NULL_INTEGER);
}

bool
mdb_json_grow_text(MdbJsonText *text, size_t extra)
{
	const MdbAllocator *allocator = text->allocator;
	size_t		capacity;
	char	   *data;

	if (extra > MDB_JSON_MAX_SIZE - text->length)
		return mdb_fail(text->error, MDB_JSON_TOO_LARGE, MDB_NULL_STRING,
						MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	capacity = text->length + extra;
	if (capacity < 2 * text->capacity)
		capacity = 2 * text->capacity;
	if (capacity > MDB_JSON_MAX_SIZE)
		capacity = MDB_JSON_MAX_SIZE;

	data = allocator->resize(allocator->context, text->data, capacity + 1);
	if (!data)
	{
		out_of_memory(text);
		return false;
	}
	text->data = data;
	text->capacity = capacity;
	return true;
}

void *
mdb_json_grow_array(const MdbJsonText *text, void *array, const void *first,
					size_t item_size, uint32_t *capacity)
{
	const MdbAllocator *allocator = text->allocator;
	size_t		old_size = *capacity * item_size;
	void	   *grown = NULL;

	if (old_size <= SIZE_MAX / 2)
		grown = allocator->resize(allocator->context,
								  array == first ? NULL : array, 2 * old_size);
	if (!grown)
	{
		out_of_memory(text);
		return NULL;
	}
	if (array == first)
		memcpy(grown, first, old_size);
	*capacity *= 2;
	return grown;
}
