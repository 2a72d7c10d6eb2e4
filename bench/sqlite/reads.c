/*-------------------------------------------------------------------------
 *
 * reads.c
 *	  The area reads: a row each of the table below.
 *
 * The stores are in memory.  Each has ten streams of 1,000 messages; where a
 * reading begins is the same for both variants.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_bench.h"

#include <stdio.h>
#include <stdlib.h>

#define COLUMNS "id, stream_name, type, position, global_position, data, " \
	"metadata, time"
#define CATEGORY "substr(stream_name, 1, instr(stream_name || '-', '-') - 1)"
#define STREAM_LENGTH 1000

/* What is read: how often a row is, and the two statements. */
typedef struct Read
{
	const char *what;
	int			size;
	const char *ours;
	const char *bare;
} Read;

#define FROM_STREAM(columns) \
	"SELECT " columns " FROM get_stream_messages(?1, ?2, ?3)", \
	"SELECT " columns " FROM messages WHERE stream_name = ?1 " \
	"AND position >= ?2 ORDER BY position LIMIT ?3"
#define FROM_CATEGORY(columns) \
	"SELECT " columns " FROM get_category_messages('account', ?2, ?3)", \
	"SELECT " columns " FROM messages INDEXED BY messages_category " \
	"WHERE " CATEGORY " = 'account' AND global_position >= ?2 " \
	"ORDER BY global_position LIMIT ?3"
#define FROM_ALL(columns) \
	"SELECT " columns " FROM get_all_messages(?2, ?3)", \
	"SELECT " columns " FROM messages WHERE global_position >= ?2 " \
	"ORDER BY global_position LIMIT ?3"

static const Read reads[] = {
	{"stream 1", 1, FROM_STREAM(COLUMNS)},
	{"stream 10", 10, FROM_STREAM(COLUMNS)},
	{"stream 1000", 1000, FROM_STREAM(COLUMNS)},
	{"stream 1000 data only", 1000, FROM_STREAM("data")},
	{"stream 1000 count", 1000, "SELECT count(*) FROM "
		"get_stream_messages(?1, ?2, ?3)",
		"SELECT count(*) FROM (SELECT 1 FROM messages WHERE stream_name = ?1 "
	"AND position >= ?2 ORDER BY position LIMIT ?3)"},
	{"category 10", 10, FROM_CATEGORY(COLUMNS)},
	{"category 1000", 1000, FROM_CATEGORY(COLUMNS)},
	{"category 1000 position data", 1000,
	FROM_CATEGORY("global_position, data")},
	{"all 10", 10, FROM_ALL(COLUMNS)},
	{"all 1000", 1000, FROM_ALL(COLUMNS)},
	{"last message", 1,
		"SELECT " COLUMNS " FROM get_last_stream_message(?1)",
		"SELECT " COLUMNS " FROM messages WHERE stream_name = ?1 "
	"ORDER BY position DESC LIMIT 1"},
	{"version", 1, "SELECT stream_version(?1)",
	"SELECT max(position) FROM messages WHERE stream_name = ?1"},
};

static void
prepare_nothing(int64_t first, int64_t end, int size)
{
	(void) first, (void) end, (void) size;
}

/* Looks at every column, as whoever reads it does. */
static void
read_rows(Store *store)
{
	int			columns = sqlite3_column_count(store->call);
	int64_t		sum = 0;
	int			rc;

	while ((rc = sqlite3_step(store->call)) == SQLITE_ROW)
		for (int i = 0; i < columns; i++)
			if (sqlite3_column_type(store->call, i) == SQLITE_INTEGER)
				sum += sqlite3_column_int64(store->call, i);
			else
				sum += *sqlite3_column_text(store->call, i);
	check(store->db, rc);
	check(store->db, sqlite3_reset(store->call));
	if (sum == 0)
		exit(1);
}

static void
read_often(Store *store, int64_t first, int64_t end, int size)
{
	char		stream[60];

	for (int64_t n = first; n < end; n++)
	{
		int			parameters = sqlite3_bind_parameter_count(store->call);
		uint64_t	random = (uint64_t) n * UINT64_C(0x9E3779B97F4A7C15) >> 33;
		int64_t		position = (int64_t) (random % (STREAM_LENGTH - size + 1));

		snprintf(stream, sizeof(stream), "account-%d",
				 (int) (random / STREAM_LENGTH % 10));
		bind_text(store->call, 1, stream);
		if (parameters > 1)
		{
			sqlite3_bind_int64(store->call, 2, position);
			sqlite3_bind_int64(store->call, 3, size);
		}
		read_rows(store);
	}
}

/* Ten streams of 1,000 messages, written in turns. */
static void
fill(Store *store)
{
	Message		message;

	step(store, store->begin);
	for (int n = 0; n < 10 * STREAM_LENGTH; n++)
	{
		make_message(&message, n, 0);
		snprintf(message.stream_name, sizeof(message.stream_name),
				 "account-%d", n % 10);
		insert_message(store, &message, n / 10);
	}
	step(store, store->commit);
}

void
measure_reads(void)
{
	Store		stores[VARIANTS];

	open_stores(stores, 2, MEMORY, "SELECT 1");
	for (int i = 0; i < 2; i++)
		fill(&stores[i]);
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++)
	{
		const Read *read = &reads[i];
		Job			job = {"reads", read->what, 40000 / (10 + read->size), 20,
		read->size, 1, prepare_nothing, read_often};

		for (int v = 0; v < 2; v++)
		{
			sqlite3_finalize(stores[v].call);
			stores[v].call = prepare(&stores[v], v == OURS ? read->ours :
									 read->bare);
			stores[v].done = 0;
		}
		measure(&job, stores, 2);
	}
	close_stores(stores, 2);
}
