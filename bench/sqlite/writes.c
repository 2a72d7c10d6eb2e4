/*-------------------------------------------------------------------------
 *
 * writes.c
 *	  The areas writes and batches.
 *
 * A write by hand is two prepared statements, which do what write_message
 * does: SELECT max(position) of the stream, a comparison, and an INSERT of the
 * whole row.  JSON is stored as it comes.  Where each write is a transaction
 * there is a variant "locked" too, which puts BEGIN IMMEDIATE and COMMIT around
 * the two: without these another process may write between them.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAMS 1000

static const char *const mode_labels[MODES] = {
	"memory", "WAL NORMAL", "WAL FULL"
};

/* ------------------------------------------------------------------------
 * Single writes
 * ------------------------------------------------------------------------
 */

/* The messages of a turn. */
static Message *messages;

static void
prepare_writes(int64_t first, int64_t end, int size)
{
	messages = realloc(messages, (size_t) (end - first) * sizeof(Message));
	for (int64_t n = first; n < end; n++)
		make_message(&messages[n - first], n, n / size % STREAMS);
}

/* A hand-written write compares, although nothing is expected here. */
static void
write_by_hand(Store *store, const Message *message)
{
	const int64_t expected = -2;
	int64_t		version = read_version(store, message);

	if (expected >= -1 && version != expected)
		exit(1);
	insert_message(store, message, version + 1);
}

static void
write_one(Store *store, const Message *message)
{
	if (store->variant != OURS)
	{
		write_by_hand(store, message);
		return;
	}
	bind_text(store->call, 1, message->id);
	bind_text(store->call, 2, message->stream_name);
	bind_text(store->call, 3, message->type);
	bind_text(store->call, 4, message->data);
	bind_text(store->call, 5, message->metadata);
	step(store, store->call);
}

/* Each a transaction of its own. */
static void
write_each(Store *store, int64_t first, int64_t end, int size)
{
	(void) size;
	for (int64_t n = first; n < end; n++)
	{
		if (store->variant == LOCKED)
			step(store, store->begin);
		write_one(store, &messages[n - first]);
		if (store->variant == LOCKED)
			step(store, store->commit);
	}
}

static void
write_all(Store *store, int64_t first, int64_t end, int size)
{
	step(store, store->begin);
	for (int64_t n = first; n < end; n++)
		write_one(store, &messages[n - first]);
	step(store, store->commit);
	(void) size;
}

void
measure_writes(Mode mode)
{
	static const int64_t each_counts[MODES] = {10000, 5000, 400};
	static const char *const call = "SELECT write_message(?1, ?2, ?3, ?4, ?5)";
	Store		stores[VARIANTS];
	char		what[100];
	Job			job = {"writes", what, each_counts[mode], 20, 1, 1, prepare_writes,
	write_each};

	snprintf(what, sizeof(what), "%s autocommit", mode_labels[mode]);
	open_stores(stores, 3, mode, call);
	measure(&job, stores, 3);
	close_stores(stores, 3);

	snprintf(what, sizeof(what), "%s one transaction", mode_labels[mode]);
	job.count = 30000;
	job.turns = 3;
	job.work = write_all;
	open_stores(stores, 2, mode, call);
	measure(&job, stores, 2);
	close_stores(stores, 2);
}

/* ------------------------------------------------------------------------
 * Batches
 * ------------------------------------------------------------------------
 */

/* The arguments of a turn, one a batch. */
static char **batches;
static int64_t batch_count;

static char *
make_batch(const Message *first, int size)
{
	char	   *text = malloc((size_t) size * (sizeof(Message) + 60) + 3);
	char	   *end = text;

	for (int i = 0; i < size; i++)
		end += sprintf(end, "%c{\"id\":\"%s\",\"type\":\"%s\",\"data\":%s,"
					   "\"metadata\":%s}", i > 0 ? ',' : '[', first[i].id,
					   first[i].type, first[i].data, first[i].metadata);
	strcpy(end, "]");
	return text;
}

/* A number here is that of a batch. */
static void
prepare_batches(int64_t first, int64_t end, int size)
{
	prepare_writes(first * size, end * size, size);
	for (int64_t i = 0; i < batch_count; i++)
		free(batches[i]);
	batch_count = end - first;
	batches = realloc(batches, (size_t) batch_count * sizeof(char *));
	for (int64_t i = 0; i < batch_count; i++)
		batches[i] = make_batch(&messages[i * size], size);
}

static void
write_batch_by_hand(Store *store, const Message *first, int size)
{
	int64_t		version;

	step(store, store->begin);
	version = read_version(store, first);
	for (int i = 0; i < size; i++)
		insert_message(store, &first[i], ++version);
	step(store, store->commit);
}

static void
write_batches(Store *store, int64_t first, int64_t end, int size)
{
	for (int64_t i = 0; i < end - first; i++)
	{
		const Message *message = &messages[i * size];

		if (store->variant == BARE)
		{
			write_batch_by_hand(store, message, size);
			continue;
		}
		bind_text(store->call, 1, message->stream_name);
		bind_text(store->call, 2, batches[i]);
		step(store, store->call);
	}
}

void
measure_batches(Mode mode, int size)
{
	static const int64_t counts[MODES] = {20000, 20000, 10000};
	Store		stores[VARIANTS];
	char		what[100];
	Job			job = {"batches", what, counts[mode] / size, 20, size, size,
	prepare_batches, write_batches};

	snprintf(what, sizeof(what), "%s batch of %d", mode_labels[mode], size);
	open_stores(stores, 2, mode, "SELECT write_messages(?1, ?2)");
	measure(&job, stores, 2);
	close_stores(stores, 2);
}
