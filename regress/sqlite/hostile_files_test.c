/*-------------------------------------------------------------------------
 *
 * hostile_files_test.c
 *	  Damaged database files.
 *
 * A store of three namespaces is made, and its files are kept as they stand at
 * some moment: at rest, with transactions in the WAL, or with a hot journal.
 * A trial has a seed.  It damages one of these files: bytes are flipped, pages
 * exchanged, the end is cut off.  Then everything that the extension offers is
 * called: it answers or fails, and never crashes or hangs.
 *
 * Before, all messages are read, through the table and its indexes.  If that
 * gives other messages than were written, or fails, verify_namespace() must
 * find something, or fail.  The exceptions are what no reader can know: a
 * damaged WAL ends before the damage, so its last transactions may be gone as a
 * whole; and a damaged journal may leave anything.  The values of type, data,
 * metadata and time are not compared, because nothing tells a changed letter
 * from a right one.
 *
 * The quick form makes so many trials; the long one goes on for FAULT_SECONDS.
 * An argument is the seed of the one trial to make.
 *
 *-------------------------------------------------------------------------
 */
#include "hostile.h"

#include <time.h>
#include <unistd.h>

#define QUICK_TRIALS 600

static const char *const namespaces[] = {"message_store", "tenant_a", "tenant_b"};

#define NAMESPACES 3
#define STATES 6
#define FILES 12

typedef struct File
{
	char		name[60];
	unsigned char *bytes;
	size_t		size;
} File;

/* The files of a store at a moment, and what is in it. */
typedef struct Image
{
	const char *what;
	int			file_count;
	File		files[FILES];
	int			state_count;	/* the last ones are in the WAL */
	char	   *states[STATES][NAMESPACES];
} Image;

static long damages_found;
static long damages_harmless;

/* ------------------------------------------------------------------------
 * The messages of a namespace
 * ------------------------------------------------------------------------
 */

#define COLUMNS "global_position || ' ' || position || ' ' || stream_name || " \
	"' ' || id"

/* The same messages by the table, by streams and by categories. */
static const char all_messages[] =
"SELECT " COLUMNS " FROM get_all_messages(1, -1) "
"UNION ALL SELECT " COLUMNS " FROM get_stream_messages('account-1', 0, -1) "
"UNION ALL SELECT " COLUMNS " FROM get_stream_messages('account-2', 0, -1) "
"UNION ALL SELECT " COLUMNS " FROM get_category_messages('account', 1, -1) "
"UNION ALL SELECT " COLUMNS " FROM get_category_messages('other', 1, -1)";

/* All messages of a namespace as a text; NULL when they cannot be read. */
static char *
read_messages(sqlite3 *db, const char *namespace)
{
	char	   *use = sqlite3_mprintf("SELECT use_namespace(%Q)", namespace);
	int			rc = run(db, use);
	sqlite3_stmt *query = NULL;
	sqlite3_str *text = sqlite3_str_new(NULL);
	char	   *result;

	sqlite3_free(use);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(db, all_messages, -1, &query, NULL);
	while (rc == SQLITE_OK && (rc = sqlite3_step(query)) == SQLITE_ROW)
	{
		const char *row = (const char *) sqlite3_column_text(query, 0);

		sqlite3_str_appendall(text, row ? row : "NULL");
		sqlite3_str_appendchar(text, 1, '\n');
		rc = SQLITE_OK;
	}
	sqlite3_finalize(query);
	if (sqlite3_str_length(text) == 0)
		sqlite3_str_appendall(text, "none");
	result = sqlite3_str_finish(text);
	if (rc == SQLITE_DONE)
		return result;
	sqlite3_free(result);
	return NULL;
}

/* Whether verify_namespace() has anything to say. */
static bool
verify_says(sqlite3 *db, const char *namespace)
{
	char	   *sql = sqlite3_mprintf("SELECT * FROM verify_namespace(%Q)",
									  namespace);
	sqlite3_stmt *query = NULL;
	int			rc = sqlite3_prepare_v2(db, sql, -1, &query, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(query);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		CHECK(*sqlite3_errmsg(db));
	sqlite3_finalize(query);
	sqlite3_free(sql);
	return rc != SQLITE_DONE;
}

/* ------------------------------------------------------------------------
 * Images
 * ------------------------------------------------------------------------
 */

static Image *collecting;

static void
collect_file(const char *path)
{
	File	   *file = &collecting->files[collecting->file_count++];
	FILE	   *stream = fopen(path, "rb");

	CHECK(collecting->file_count <= FILES && stream != NULL);
	snprintf(file->name, sizeof(file->name), "%s", strrchr(path, '/') + 1);
	fseek(stream, 0, SEEK_END);
	file->size = (size_t) ftell(stream);
	rewind(stream);
	file->bytes = malloc(file->size + 1);
	CHECK(fread(file->bytes, 1, file->size, stream) == file->size);
	fclose(stream);
}

static void
write_file(const char *name, const unsigned char *bytes, size_t size)
{
	FILE	   *stream = fopen(fault_path(name), "wb");

	CHECK(stream != NULL && fwrite(bytes, 1, size, stream) == size);
	fclose(stream);
}

/* Writes some messages into each namespace, one transaction for all. */
static void
write_some(sqlite3 *db, int number)
{
	CHECK(run(db, "BEGIN") == SQLITE_OK);
	for (int i = 0; i < NAMESPACES; i++)
	{
		char	   *sql = sqlite3_mprintf(
			"SELECT use_namespace(%Q); "
			"SELECT write_message(NULL, 'account-1', 'Opened', "
			"'{\"n\": %d}', '{\"correlationStreamName\": \"other-1\"}'); "
			"SELECT write_message(NULL, 'account-2', 'Long', "
			"'\"' || hex(zeroblob(%d)) || '\"'); "
			"SELECT write_messages('other-%d', '[{\"type\": \"A\", \"data\": "
			"1}, {\"type\": \"B\", \"data\": [2]}]')", namespaces[i], number,
			number * 300, number);

		CHECK(run(db, sql) == SQLITE_OK);
		sqlite3_free(sql);
	}
	CHECK(run(db, "COMMIT") == SQLITE_OK);
}

static void
note_state(Image *image, sqlite3 *db)
{
	for (int i = 0; i < NAMESPACES; i++)
	{
		char	   *messages = read_messages(db, namespaces[i]);

		CHECK(messages != NULL);
		image->states[image->state_count][i] = messages;
	}
	image->state_count++;
}

static sqlite3 *
make_store(int page_size)
{
	char	   *sql = sqlite3_mprintf("PRAGMA page_size = %d; "
									  "SELECT ensure_namespace('tenant_a'); "
									  "SELECT ensure_namespace('tenant_b')",
									  page_size);
	sqlite3    *db;

	fault_remove_files();
	db = open_store(fault_path("store.db"));
	CHECK(run(db, sql) == SQLITE_OK);
	sqlite3_free(sql);
	for (int i = 0; i < 8; i++)
		write_some(db, i);
	return db;
}

static void
collect(Image *image, const char *what)
{
	image->what = what;
	collecting = image;
	fault_each_file(collect_file);
}

static void
make_image_at_rest(Image *image, int page_size)
{
	sqlite3    *db = make_store(page_size);

	note_state(image, db);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	collect(image, "at rest");
}

static void
make_image_with_wal(Image *image, int page_size)
{
	sqlite3    *db = make_store(page_size);

	CHECK(run(db, "PRAGMA journal_mode = wal") == SQLITE_OK);
	write_some(db, 0);
	CHECK(run(db, "PRAGMA wal_checkpoint(TRUNCATE)") == SQLITE_OK);
	note_state(image, db);
	for (int i = 0; i < STATES - 1; i++)
	{
		write_some(db, i);
		note_state(image, db);
	}
	collect(image, "with a WAL");
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

/* In the middle of a transaction that is larger than the cache. */
static void
make_image_with_journal(Image *image, int page_size)
{
	sqlite3    *db = make_store(page_size);

	note_state(image, db);
	CHECK(run(db, "PRAGMA cache_size = 5; BEGIN; "
			  "SELECT use_namespace('message_store')") == SQLITE_OK);
	for (int i = 0; i < 60; i++)
		CHECK(run(db, "SELECT write_message(NULL, 'account-1', 'T', "
				  "'\"' || hex(zeroblob(400)) || '\"')") == SQLITE_OK);
	collect(image, "with a hot journal");
	CHECK(run(db, "ROLLBACK") == SQLITE_OK);
	CHECK(sqlite3_close(db) == SQLITE_OK);
}

static void
free_image(Image *image)
{
	for (int i = 0; i < image->file_count; i++)
		free(image->files[i].bytes);
	for (int i = 0; i < image->state_count; i++)
		for (int j = 0; j < NAMESPACES; j++)
			sqlite3_free(image->states[i][j]);
}

/* ------------------------------------------------------------------------
 * Damage
 * ------------------------------------------------------------------------
 */

static size_t
below(uint64_t *random, size_t limit)
{
	return limit == 0 ? 0 : (size_t) fault_random_below(random, (int64_t) limit);
}

/* A place in a file; the headers of the file and its pages more often. */
static size_t
some_place(uint64_t *random, size_t size, size_t page)
{
	switch (below(random, 4))
	{
		case 0:
			return below(random, size < 100 ? size : 100);
		case 1:
			return (below(random, size) / page * page +
					below(random, 24)) % size;
		default:
			return below(random, size);
	}
}

static void
flip_bytes(unsigned char *bytes, size_t size, size_t page, uint64_t *random)
{
	static const unsigned char values[] = {0, 1, 0x7f, 0x80, 0xff, 'a', '"'};

	for (size_t n = 1 + below(random, 4); n > 0; n--)
	{
		unsigned char *byte = &bytes[some_place(random, size, page)];

		if (below(random, 2))
			*byte ^= (unsigned char) (1 << below(random, 8));
		else
			*byte = values[below(random, sizeof(values))];
	}
}

/* Damages bytes, and maybe shortens the file; the new size. */
static size_t
damage(unsigned char *bytes, size_t size, size_t page, uint64_t *random)
{
	size_t		pages = size / page;
	unsigned char *from = bytes + below(random, pages) * page;
	unsigned char *to = bytes + below(random, pages) * page;

	if (size < page)
		return below(random, size + 1);
	switch (below(random, 12))
	{
		case 0:
			return below(random, size);
		case 1:
			return below(random, pages) * page;
		case 2:
			memmove(to, from, page);
			break;
		case 3:
			memset(to, 0, page);
			break;
		case 4:					/* a sector */
			for (size_t i = 0; i < (page < 512 ? page : 512); i++)
				to[i] = (unsigned char) fault_random(random);
			break;
		case 5:					/* moved by a byte */
			memmove(to + 1, to, page - 1);
			break;
		default:
			flip_bytes(bytes, size, page, random);
	}
	return size;
}

/* Puts the files there, one of them damaged; returns which. */
static const File *
put_files(const Image *image, size_t page, uint64_t *random)
{
	const File *chosen = &image->files[below(random, (size_t) image->file_count)];

	fault_remove_files();
	for (int i = 0; i < image->file_count; i++)
	{
		const File *file = &image->files[i];
		unsigned char *bytes;
		size_t		size;

		if (file != chosen)
		{
			write_file(file->name, file->bytes, file->size);
			continue;
		}
		bytes = malloc(file->size + 1);
		memcpy(bytes, file->bytes, file->size);
		size = damage(bytes, file->size, page, random);
		if (size > 0 || below(random, 2))
			write_file(file->name, bytes, size);
		free(bytes);
	}
	return chosen;
}

/* ------------------------------------------------------------------------
 * Trials
 * ------------------------------------------------------------------------
 */

static bool
ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) &&
		strcmp(text + strlen(text) - strlen(end), end) == 0;
}

/* Whether these messages may be what a namespace has, for all one can know. */
static bool
is_allowed(const Image *image, const File *damaged, int namespace,
		   const char *messages)
{
	bool		in_wal = ends_with(damaged->name, "-wal") ||
		ends_with(damaged->name, "-shm");

	if (ends_with(damaged->name, "-journal"))
		return true;
	for (int i = in_wal ? 0 : image->state_count - 1; i < image->state_count; i++)
		if (messages && strcmp(messages, image->states[i][namespace]) == 0)
			return true;
	return false;
}

static void
check_reading(const Image *image, const File *damaged, sqlite3 *db)
{
	for (int i = 0; i < NAMESPACES; i++)
	{
		char	   *messages = read_messages(db, namespaces[i]);

		if (is_allowed(image, damaged, i, messages))
			damages_harmless++;
		else
		{
			damages_found++;
			if (!CHECK(verify_says(db, namespaces[i])))
				printf("    %s, %s of %s:\n%.600s\n    was\n%.600s\n",
					   namespaces[i], image->what, damaged->name,
					   messages ? messages : "cannot be read",
					   image->states[image->state_count - 1][i]);
		}
		sqlite3_free(messages);
	}
}

static void
make_trial(const Image *image, size_t page, uint64_t seed)
{
	uint64_t	random = seed;
	char		name[40];
	sqlite3_int64 memory = sqlite3_memory_used();
	int			files = fault_open_files();
	const File *damaged = put_files(image, page, &random);
	sqlite3    *db;

	snprintf(name, sizeof(name), "seed %llu", (unsigned long long) seed);
	UNIT_CASE(name);
	db = open_store(fault_path("store.db"));
	check_reading(image, damaged, db);
	for (int i = 0; i < 25; i++)
		hostile_try(db, &hostile_objects[below(&random, (size_t) hostile_object_count)],
					&random, true);
	CHECK(sqlite3_close(db) == SQLITE_OK);
	CHECK(sqlite3_memory_used() == memory);
	CHECK(fault_open_files() == files);
	UNIT_CASE("");
}

int
main(int argc, char **argv)
{
	static const int page_sizes[] = {512, 4096};
	static Image images[6];
	uint64_t	first = argc > 1 ? strtoull(argv[1], NULL, 10) : fault_seed();
	uint64_t	seed = first;
	int64_t		begin = time(NULL);

	setvbuf(stdout, NULL, _IOLBF, 0);
	CHECK(chdir(fault_path("")) == 0);
	hostile_learn_objects();
	hostile_largest = 1000;
	for (int i = 0; i < 2; i++)
	{
		make_image_at_rest(&images[3 * i], page_sizes[i]);
		make_image_with_wal(&images[3 * i + 1], page_sizes[i]);
		make_image_with_journal(&images[3 * i + 2], page_sizes[i]);
	}
	do
	{
		make_trial(&images[seed % 6], (size_t) page_sizes[seed % 6 / 3], seed);
		seed++;
	} while (argc < 2 && unit_failed < 5 &&
			 (fault_seconds() > 0 ? fault_time_is_left(begin) :
			  seed < first + QUICK_TRIALS));
	printf("seeds %llu to %llu, %ld namespaces read otherwise, %ld as they "
		   "were\n", (unsigned long long) first, (unsigned long long) seed - 1,
		   damages_found, damages_harmless);
	for (int i = 0; i < 6; i++)
		free_image(&images[i]);
	hostile_forget_objects();
	return unit_report();
}
