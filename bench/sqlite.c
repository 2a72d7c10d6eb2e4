/*-------------------------------------------------------------------------
 *
 * sqlite.c
 *	  Measures the SQLite extension against statements written by hand.
 *
 *	sqlite [OPTION ...]
 *
 *	--areas LIST		of writes, batches, reads; all by default
 *	--modes LIST		of memory, normal, full: where the stores stand, and
 *						synchronous in WAL mode; all by default
 *	--rounds COUNT		7 by default
 *	--scale FACTOR		measures so many times as much, 1 by default
 *	--quick				a run of a few seconds that shows that all works
 *	--directory PATH	where the files come about, . by default
 *	--extension FILE	the extension; $MDB_SQLITE or ./message_db by default
 *
 * Prints a line "area,what,round,variant,microseconds" for each figure, those
 * names first: the time of one message written, or of one read.  "ours" calls
 * the extension; "bare" is what one would write by hand.  Every store is the
 * extension's, with the same tables and indexes; each variant has its own.
 *
 * A write by hand is two prepared statements, which do what write_message
 * does: SELECT max(position) of the stream, a comparison, and an INSERT of the
 * whole row.  JSON is stored as it comes.  Where each write is a transaction
 * there is a variant "locked" too, which puts BEGIN IMMEDIATE and COMMIT around
 * the two: without these another process may write between them.
 *
 * A round has all variants, in turns: each writes or reads a little, then it
 * is the next one's turn, until each has its share.  So whatever else the
 * machine does at that time hits all of them alike.  The first round is not
 * printed.  In memory the time is that of the CPU, which does not count what
 * other processes take away.
 *
 *-------------------------------------------------------------------------
 */
#include <sqlite3.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STREAMS 1000

typedef enum Mode
{
	MEMORY,
	NORMAL,
	FULL,
	MODES
} Mode;

static const char *const mode_names[MODES] = {"memory", "normal", "full"};
static const char *const mode_labels[MODES] = {
	"memory", "WAL NORMAL", "WAL FULL"
};

static struct
{
	const char *areas;
	const char *modes;
	const char *directory;
	const char *extension;
	int			rounds;
	double		scale;
}			options = {
	"writes,batches,reads", "memory,normal,full", ".", NULL, 7, 1
};

/* Which one is read, see above. */
static clockid_t the_clock;

/* ------------------------------------------------------------------------
 * Stores
 * ------------------------------------------------------------------------
 */

#define VARIANTS 3

static const char *const variant_names[VARIANTS] = {"ours", "bare", "locked"};

typedef enum Variant
{
	OURS,
	BARE,
	LOCKED
} Variant;

/* A database, and the statements that are measured, prepared. */
typedef struct Store
{
	Variant		variant;
	sqlite3    *db;
	char		path[1000];		/* empty in memory */
	sqlite3_stmt *begin;
	sqlite3_stmt *commit;
	sqlite3_stmt *call;			/* the function */
	sqlite3_stmt *version;
	sqlite3_stmt *insert;
	int64_t		done;			/* the number that its work goes on with */
} Store;

static void
check(sqlite3 *db, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return;
	fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static void
run(Store *store, const char *sql)
{
	check(store->db, sqlite3_exec(store->db, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *
prepare(Store *store, const char *sql)
{
	sqlite3_stmt *statement;

	check(store->db, sqlite3_prepare_v3(store->db, sql, -1,
										SQLITE_PREPARE_PERSISTENT, &statement,
										NULL));
	return statement;
}

static void
remove_files(const Store *store)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	char		name[1100];

	for (int i = 0; i < 4 && *store->path; i++)
	{
		snprintf(name, sizeof(name), "%s%s", store->path, suffixes[i]);
		unlink(name);
	}
}

static void
open_store(Store *store, Variant variant, Mode mode)
{
	memset(store, 0, sizeof(*store));
	store->variant = variant;
	the_clock = mode == MEMORY ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
	if (mode != MEMORY)
		snprintf(store->path, sizeof(store->path), "%s/bench-%ld-%s.db",
				 options.directory, (long) getpid(), variant_names[variant]);
	remove_files(store);
	check(store->db, sqlite3_open(mode == MEMORY ? ":memory:" : store->path,
								  &store->db));
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1,
					  NULL);
	check(store->db, sqlite3_load_extension(store->db, options.extension, NULL,
											NULL));
	if (mode != MEMORY)
		run(store, "PRAGMA journal_mode = wal");
	run(store, mode == FULL ? "PRAGMA synchronous = full" :
		"PRAGMA synchronous = normal");
	run(store, "SELECT create_namespace()");

	store->begin = prepare(store, "BEGIN IMMEDIATE");
	store->commit = prepare(store, "COMMIT");
	store->version = prepare(store, "SELECT max(position) FROM messages "
							 "WHERE stream_name = ?1");
	store->insert = prepare(store, "INSERT INTO messages (position, time, "
							"stream_name, type, data, metadata, id) "
							"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
}

static void
close_store(Store *store)
{
	sqlite3_finalize(store->begin);
	sqlite3_finalize(store->commit);
	sqlite3_finalize(store->call);
	sqlite3_finalize(store->version);
	sqlite3_finalize(store->insert);
	check(store->db, sqlite3_close(store->db));
	remove_files(store);
}

/* ------------------------------------------------------------------------
 * Messages
 * ------------------------------------------------------------------------
 */

/* A message as a client has it. */
typedef struct Message
{
	char		id[40];
	char		stream_name[60];
	const char *type;
	char		data[200];
	char		metadata[200];
} Message;

#define TIME "2026-01-01 00:00:00.123456"

/* The same number makes the same message. */
static void
make_message(Message *message, int64_t number, int64_t stream)
{
	uint64_t	random = ((uint64_t) number + 1) *
		UINT64_C(0x9E3779B97F4A7C15);

	snprintf(message->id, sizeof(message->id),
			 "%08x-%04x-4%03x-8%03x-%012llx", (unsigned) (random >> 32),
			 (unsigned) (random >> 16 & 0xffff), (unsigned) (random & 0xfff),
			 (unsigned) (random >> 20 & 0xfff),
			 (unsigned long long) number);
	snprintf(message->stream_name, sizeof(message->stream_name),
			 "account-6f1c2d3e-0000-4000-8000-%012llx",
			 (unsigned long long) stream);
	message->type = number % 2 ? "Deposited" : "Withdrawn";
	snprintf(message->data, sizeof(message->data),
			 "{\"accountId\":\"6f1c2d3e-0000-4000-8000-%012llx\","
			 "\"amount\":%d,\"time\":\"2026-01-01T00:00:00.000Z\"}",
			 (unsigned long long) stream, (int) (number % 1000));
	snprintf(message->metadata, sizeof(message->metadata),
			 "{\"correlationStreamName\":\"transfer-0a1b2c3d-0000-4000-8000-"
			 "%012llx\",\"causationMessageGlobalPosition\":%lld}",
			 (unsigned long long) number, (long long) number);
}

static void
bind(sqlite3_stmt *statement, int number, const char *text)
{
	sqlite3_bind_text(statement, number, text, -1, SQLITE_STATIC);
}

/* Runs a statement whose parameters are bound; returns its first value. */
static int64_t
step(Store *store, sqlite3_stmt *statement)
{
	int			rc = sqlite3_step(statement);
	int64_t		value = -1;

	check(store->db, rc);
	if (rc == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
		value = sqlite3_column_int64(statement, 0);
	check(store->db, sqlite3_reset(statement));
	return value;
}

static void
insert(Store *store, const Message *message, int64_t position)
{
	sqlite3_bind_int64(store->insert, 1, position);
	bind(store->insert, 2, TIME);
	bind(store->insert, 3, message->stream_name);
	bind(store->insert, 4, message->type);
	bind(store->insert, 5, message->data);
	bind(store->insert, 6, message->metadata);
	bind(store->insert, 7, message->id);
	step(store, store->insert);
}

static int64_t
read_version(Store *store, const Message *message)
{
	bind(store->version, 1, message->stream_name);
	return step(store, store->version);
}

/* ------------------------------------------------------------------------
 * Time
 * ------------------------------------------------------------------------
 */

static double
now(void)
{
	struct timespec time;

	clock_gettime(the_clock, &time);
	return (double) time.tv_sec * 1e6 + (double) time.tv_nsec / 1e3;
}

/* A thing to be measured. */
typedef struct Job
{
	const char *area;
	const char *what;
	int64_t		count;			/* how often in a round */
	int			turns;			/* in a round */
	int			size;			/* of a batch, or of what is read */
	int			messages;		/* that count as one */

	/* Makes ready what the work from number first to before end needs. */
	void		(*prepare) (int64_t first, int64_t end, int size);
	void		(*work) (Store *store, int64_t first, int64_t end, int size);
} Job;

static void
measure_turn(const Job *job, Store *store, int64_t share, double *sum)
{
	int64_t		first = store->done;
	double		start;

	job->prepare(first, first + share, job->size);
	start = now();
	job->work(store, first, first + share, job->size);
	*sum += now() - start;
	store->done += share;
}

static void
measure(const Job *job, Store *stores, int variants)
{
	int64_t		share = (int64_t) ((double) job->count * options.scale) /
		job->turns + 1;

	for (int round = 0; round <= options.rounds; round++)
	{
		double		sums[VARIANTS] = {0};

		for (int turn = 0; turn < job->turns; turn++)
			for (int i = 0; i < variants; i++)
			{
				int			chosen = (i + turn + round) % variants;

				measure_turn(job, &stores[chosen], share, &sums[chosen]);
			}
		for (int i = 0; i < variants && round > 0; i++)
			printf("%s,%s,%d,%s,%.4f\n", job->area, job->what, round,
				   variant_names[stores[i].variant],
				   sums[i] / (double) (share * job->turns * job->messages));
		fflush(stdout);
	}
}

static bool
is_chosen(const char *list, const char *word)
{
	const char *found = strstr(list, word);

	return found && (found == list || found[-1] == ',') &&
		strchr(",", found[strlen(word)]);
}

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
	insert(store, message, version + 1);
}

static void
write_one(Store *store, const Message *message)
{
	if (store->variant != OURS)
	{
		write_by_hand(store, message);
		return;
	}
	bind(store->call, 1, message->id);
	bind(store->call, 2, message->stream_name);
	bind(store->call, 3, message->type);
	bind(store->call, 4, message->data);
	bind(store->call, 5, message->metadata);
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

/* Opens a store for each variant, with a function prepared as the call. */
static void
open_stores(Store *stores, int variants, Mode mode, const char *call)
{
	for (int i = 0; i < variants; i++)
	{
		open_store(&stores[i], (Variant) i, mode);
		stores[i].call = prepare(&stores[i], call);
	}
}

static void
close_stores(Store *stores, int variants)
{
	for (int i = 0; i < variants; i++)
		close_store(&stores[i]);
}

static void
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
		insert(store, &first[i], ++version);
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
		bind(store->call, 1, message->stream_name);
		bind(store->call, 2, batches[i]);
		step(store, store->call);
	}
}

static void
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

/* ------------------------------------------------------------------------
 * Reads
 * ------------------------------------------------------------------------
 */

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
		bind(store->call, 1, stream);
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
		insert(store, &message, n / 10);
	}
	step(store, store->commit);
}

static void
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

/* ------------------------------------------------------------------------
 * The program
 * ------------------------------------------------------------------------
 */

static void
usage(void)
{
	fprintf(stderr, "usage: sqlite [--areas LIST] [--modes LIST] "
			"[--rounds COUNT] [--scale FACTOR]\n"
			"              [--quick] [--directory PATH] "
			"[--extension FILE]\n");
	exit(2);
}

static void
read_options(int argc, char **argv)
{
	options.extension = getenv("MDB_SQLITE");
	if (!options.extension)
		options.extension = "./message_db";
	for (int i = 1; i < argc; i++)
	{
		const char *option = argv[i];

		if (strcmp(option, "--quick") == 0)
		{
			options.rounds = 2;
			options.scale = 0.02;
			continue;
		}
		if (++i == argc)
			usage();
		if (strcmp(option, "--areas") == 0)
			options.areas = argv[i];
		else if (strcmp(option, "--modes") == 0)
			options.modes = argv[i];
		else if (strcmp(option, "--rounds") == 0)
			options.rounds = atoi(argv[i]);
		else if (strcmp(option, "--scale") == 0)
			options.scale = atof(argv[i]);
		else if (strcmp(option, "--directory") == 0)
			options.directory = argv[i];
		else if (strcmp(option, "--extension") == 0)
			options.extension = argv[i];
		else
			usage();
	}
}

int
main(int argc, char **argv)
{
	read_options(argc, argv);
	printf("area,what,round,variant,microseconds\n");
	for (int mode = 0; mode < MODES; mode++)
	{
		if (!is_chosen(options.modes, mode_names[mode]))
			continue;
		if (is_chosen(options.areas, "writes"))
			measure_writes((Mode) mode);
		if (is_chosen(options.areas, "batches"))
		{
			measure_batches((Mode) mode, 10);
			measure_batches((Mode) mode, 100);
		}
	}
	if (is_chosen(options.areas, "reads"))
		measure_reads();
	return 0;
}
