/*-------------------------------------------------------------------------
 *
 * message_id_test.c
 *	  The spellings of an id, and ids of version 7.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include <pthread.h>
#include <time.h>

#define CANONICAL "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"

/* PostgreSQL's documentation, "UUID Type", gives the first six. */
static const char *const spellings[] = {
	"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
	"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
	"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
	"a0eebc999c0b4ef8bb6d6bb9bd380a11",
	"a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
	"{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}",
	"{A0EEBC999c0b4ef8bb6d6bb9bd380a11}",
};

static const char *const mistakes[] = {
	"", " ", "{", "}", "{}", "bad", "-",
	"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
	"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",
	"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-",
	"-a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
	" a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
	"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 ",
	"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
	"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
	"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}}",
	"urn:uuid:a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
	"a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11",
	"a0-eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
	"g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
	"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a\xc3\xa9",
};

static void
test_parsing(void)
{
	unsigned char id[16];
	char		text[MDB_ID_LENGTH + 1];
	MdbError	error;

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
	{
		UNIT_CASE(spellings[i]);
		if (!CHECK(mdb_parse_id(mdb_string(spellings[i]), id, &error)))
			continue;
		mdb_format_id(id, text);
		CHECK_STRING(mdb_string(text), CANONICAL);
	}
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
	{
		UNIT_CASE(mistakes[i]);
		CHECK(!mdb_parse_id(mdb_string(mistakes[i]), id, &error));
		CHECK(error.code == MDB_INVALID_ID);
		CHECK_STRING(error.subject, mistakes[i]);
	}
}

/* Every beginning of a right id is wrong, and nothing behind it is read. */
static void
test_beginnings(void)
{
	unsigned char id[16];
	MdbError	error;

	UNIT_CASE("beginnings");
	for (size_t length = 0; length < MDB_ID_LENGTH; length++)
	{
		char	   *text = malloc(length + 1);

		memcpy(text, CANONICAL, length);
		CHECK(!mdb_parse_id((MdbString) {text, length}, id, &error));
		free(text);
	}
}

static void
test_version_7(void)
{
	unsigned char before[16] = {0};
	unsigned char id[16];
	time_t		start = time(NULL);
	int64_t		milliseconds = 0;
	int			wrong = 0;

	UNIT_CASE("version 7");
	for (int i = 0; i < 100000; i++)
	{
		mdb_generate_id(id);
		wrong += memcmp(before, id, 16) >= 0;
		wrong += (id[6] & 0xF0) != 0x70 || (id[8] & 0xC0) != 0x80;
		memcpy(before, id, 16);
	}
	CHECK(wrong == 0);

	for (int i = 0; i < 6; i++)
		milliseconds = milliseconds << 8 | id[i];
	CHECK(milliseconds / 1000 >= start);
	CHECK(milliseconds / 1000 <= time(NULL) + 1);
}

#define THREADS 4
#define IDS_EACH 50000

static unsigned char made[THREADS * IDS_EACH][16];

static void *
make_ids(void *first)
{
	unsigned char (*ids)[16] = first;

	for (int i = 0; i < IDS_EACH; i++)
		mdb_generate_id(ids[i]);
	return NULL;
}

static int
compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, 8);
}

/* The clock part alone, the first eight bytes, never repeats in a process. */
static void
test_threads(void)
{
	pthread_t	threads[THREADS];
	int			falling = 0;
	int			equal = 0;

	UNIT_CASE("threads");
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, make_ids, made[i * IDS_EACH]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	for (int i = 1; i < THREADS * IDS_EACH; i++)
		falling += i % IDS_EACH != 0 && memcmp(made[i - 1], made[i], 16) >= 0;
	qsort(made, THREADS * IDS_EACH, 16, compare_ids);
	for (int i = 1; i < THREADS * IDS_EACH; i++)
		equal += memcmp(made[i - 1], made[i], 8) == 0;
	CHECK(falling == 0);
	CHECK(equal == 0);
}

int
main(void)
{
	test_parsing();
	test_beginnings();
	test_version_7();
	test_threads();
	return unit_report();
}
