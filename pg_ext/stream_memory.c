/*-------------------------------------------------------------------------
 *
 * stream_memory.c
 *	  What a session remembers of streams: the versions that it has seen.
 *
 * A search of an index reads all entries of its range on a page at once, and a
 * long stream has many there.  Whoever looks for a stream's last row begins
 * the range at a row that is likely to be near it.  What is remembered may be
 * rolled back, or long past: it is a place to begin at, and no more.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "common/hashfn.h"

/* One of the streams with the same slot; the newest replaces the others. */
typedef struct StreamMemory
{
	uint64		stream;			/* its hash */
	int64		version;
} StreamMemory;

static StreamMemory memory[1024];

uint64
mdb_stream_hash(const MdbTable *table, MdbString stream_name)
{
	return DatumGetUInt64(hash_any_extended((const unsigned char *) stream_name.data,
											(int) stream_name.length,
											RelationGetRelid(table->relation)));
}

void
mdb_remember_version(uint64 stream, int64 version)
{
	memory[stream % lengthof(memory)] = (StreamMemory) {stream, version};
}

int64
mdb_recall_version(uint64 stream)
{
	const StreamMemory *found = &memory[stream % lengthof(memory)];

	return found->stream == stream ? found->version : 0;
}
