/*-------------------------------------------------------------------------
 *
 * error_test.c
 *	  The wording of errors, expected versions, the readers' arguments,
 *	  integers, settings and times.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

/* A part of the error in a buffer of its own. */
static MdbString
text_of(const MdbError *error, MdbErrorPart part)
{
	static char buffer[1000];
	size_t		length = mdb_error_text(error, part, buffer, sizeof(buffer));

	CHECK(length < sizeof(buffer));
	CHECK(strlen(buffer) == length);
	return mdb_string(buffer);
}

static void
test_templates(void)
{
	MdbError	error;

	/* Every code has a state of five characters and a message. */
	for (int code = MDB_OK + 1; code < MDB_ERROR_CODES; code++)
	{
		UNIT_CASE("every code");
		mdb_fail(&error, (MdbErrorCode) code, mdb_string("x"), mdb_integer(1),
				 mdb_integer(2));
		CHECK(mdb_error_sqlstate(error.code) != NULL &&
			  strlen(mdb_error_sqlstate(error.code)) == 5);
		CHECK(text_of(&error, MDB_ERROR_MESSAGE).length > 0);
	}

	UNIT_CASE("NULLs");
	mdb_fail(&error, MDB_WRONG_EXPECTED_VERSION, MDB_NULL_STRING,
			 MDB_NULL_INTEGER, mdb_integer(INT64_MIN));
	CHECK_STRING(text_of(&error, MDB_ERROR_MESSAGE),
				 "Wrong expected version: <NULL> (Stream: <NULL>, "
				 "Stream Version: -9223372036854775808)");
	CHECK_STRING(text_of(&error, MDB_ERROR_DETAIL), "");

	UNIT_CASE("percent signs of the subject");
	mdb_fail(&error, MDB_NOT_A_STREAM_NAME, mdb_string("%s%1%d%"),
			 MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	CHECK_STRING(text_of(&error, MDB_ERROR_MESSAGE),
				 "Must be a stream name: %s%1%d%");

	UNIT_CASE("percent signs of the template");
	error.detail = "100%, %d of %1";
	error.first = mdb_integer(7);
	CHECK_STRING(text_of(&error, MDB_ERROR_DETAIL), "100%, %d of 7");

	UNIT_CASE("a detail of its own");
	mdb_fail(&error, MDB_INVALID_JSON, mdb_string("x"), MDB_NULL_INTEGER,
			 MDB_NULL_INTEGER);
	error.detail = "Token \"%s\" is invalid.";
	CHECK_STRING(text_of(&error, MDB_ERROR_DETAIL), "Token \"x\" is invalid.");
}

/* Like snprintf: cut, closed, and the whole length returned. */
static void
test_small_buffers(void)
{
	static const char whole[] = "Must be a category: account-1";
	MdbError	error;

	mdb_fail(&error, MDB_NOT_A_CATEGORY, mdb_string("account-1"),
			 MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	UNIT_CASE("small buffers");
	for (size_t size = 0; size <= sizeof(whole); size++)
	{
		char	   *buffer = malloc(size + 1);

		buffer[size] = '#';
		CHECK(mdb_error_text(&error, MDB_ERROR_MESSAGE, buffer, size) ==
			  strlen(whole));
		CHECK(buffer[size] == '#');
		if (size > 0)
		{
			size_t		kept = size <= strlen(whole) ? size - 1
				: strlen(whole);

			CHECK(strlen(buffer) == kept);
			CHECK(memcmp(buffer, whole, kept) == 0);
		}
		free(buffer);
	}
}

static void
test_next_position(void)
{
	MdbString	name = mdb_string("s-1");
	int64_t		position = 0;
	MdbError	error;

	UNIT_CASE("expected versions");
	CHECK(mdb_next_position(name, MDB_NULL_INTEGER, MDB_NULL_INTEGER,
							&position, &error) && position == 0);
	CHECK(mdb_next_position(name, MDB_NULL_INTEGER, mdb_integer(-1),
							&position, &error) && position == 0);
	CHECK(mdb_next_position(name, mdb_integer(4), mdb_integer(4),
							&position, &error) && position == 5);
	CHECK(mdb_next_position(name, mdb_integer(4), MDB_NULL_INTEGER,
							&position, &error) && position == 5);

	CHECK(!mdb_next_position(name, mdb_integer(2), mdb_integer(9),
							 &position, &error));
	CHECK_STRING(text_of(&error, MDB_ERROR_MESSAGE),
				 "Wrong expected version: 9 (Stream: s-1, Stream Version: 2)");
	CHECK(!mdb_next_position(name, MDB_NULL_INTEGER, mdb_integer(0),
							 &position, &error));
	CHECK_STRING(text_of(&error, MDB_ERROR_MESSAGE),
				 "Wrong expected version: 0 (Stream: s-1, Stream Version: -1)");
	CHECK(!mdb_next_position(name, MDB_NULL_INTEGER, mdb_integer(-2),
							 &position, &error));
	CHECK(!mdb_next_position(name, mdb_integer(INT64_MAX), MDB_NULL_INTEGER,
							 &position, &error));
	CHECK(error.code == MDB_STREAM_FULL);
	CHECK(position == 5);

	UNIT_CASE("room for several");
	CHECK(mdb_next_positions(name, MDB_NULL_INTEGER, mdb_integer(-1), 3,
							 &position, &error) && position == 0);
	CHECK(mdb_next_positions(name, mdb_integer(INT64_MAX - 3),
							 MDB_NULL_INTEGER, 3, &position, &error) &&
		  position == INT64_MAX - 2);
	CHECK(!mdb_next_positions(name, mdb_integer(INT64_MAX - 2),
							  MDB_NULL_INTEGER, 3, &position, &error));
	CHECK(error.code == MDB_STREAM_FULL);
	CHECK(!mdb_next_positions(name, mdb_integer(INT64_MAX - 2),
							  mdb_integer(4), 3, &position, &error));
	CHECK(error.code == MDB_WRONG_EXPECTED_VERSION);
}

/* The first of several mistakes is the one reported, in Message DB's order. */
static void
test_order_of_checks(void)
{
	MdbRead		read = {
		.name = mdb_string("a-1"),
		.position = MDB_NULL_INTEGER,
		.batch_size = mdb_integer(-2),
		.correlation = mdb_string("c-1"),
		.member = mdb_integer(0),
		.size = MDB_NULL_INTEGER,
		.condition = mdb_string("true"),
	};
	MdbError	error;

	UNIT_CASE("order of checks");
	CHECK(!mdb_check_category_read(&read, &error));
	CHECK(error.code == MDB_NOT_A_CATEGORY);
	read.name = mdb_string("a");
	CHECK(!mdb_check_category_read(&read, &error));
	CHECK(error.code == MDB_CORRELATION_NOT_A_CATEGORY);
	read.correlation = MDB_NULL_STRING;
	CHECK(!mdb_check_category_read(&read, &error));
	CHECK(error.code == MDB_GROUP_INCOMPLETE);
	read.size = mdb_integer(1);
	CHECK(!mdb_check_category_read(&read, &error));
	CHECK(error.code == MDB_CONDITION_NOT_ACTIVATED);
	read.condition_activated = true;
	CHECK(!mdb_check_category_read(&read, &error));
	CHECK(error.code == MDB_NEGATIVE_BATCH_SIZE);
	read.batch_size = mdb_integer(-1);
	CHECK(mdb_check_category_read(&read, &error));
	CHECK(read.position.value == 1 && read.batch_size.value == -1);

	UNIT_CASE("a stream");
	CHECK(!mdb_check_stream_read(&read, &error));
	CHECK(error.code == MDB_NOT_A_STREAM_NAME);
	read = (MdbRead) {.name = mdb_string("a-1"), .position = MDB_NULL_INTEGER,
		.batch_size = MDB_NULL_INTEGER};
	CHECK(mdb_check_stream_read(&read, &error));
	CHECK(!read.position.is_null && read.position.value == 0);
	CHECK(!read.batch_size.is_null && read.batch_size.value == 1000);

	UNIT_CASE("all messages");
	read = (MdbRead) {.position = MDB_NULL_INTEGER,
		.batch_size = mdb_integer(-2), .condition = mdb_string("true")};
	CHECK(!mdb_check_read_of_all(&read, &error));
	CHECK(error.code == MDB_CONDITION_NOT_ACTIVATED);
	read.condition_activated = true;
	CHECK(!mdb_check_read_of_all(&read, &error));
	CHECK(error.code == MDB_NEGATIVE_BATCH_SIZE);
	read.batch_size = MDB_NULL_INTEGER;
	CHECK(mdb_check_read_of_all(&read, &error));
	CHECK(read.position.value == 1 && read.batch_size.value == 1000);
}

static void
test_integers(void)
{
	static const struct
	{
		const char *text;
		int64_t		value;
		MdbErrorCode code;
	}			integers[] = {
		{"0", 0, MDB_OK}, {"-0", 0, MDB_OK}, {"+7", 7, MDB_OK},
		{" \t-12\n", -12, MDB_OK}, {"0009", 9, MDB_OK},
		{"9223372036854775807", INT64_MAX, MDB_OK},
		{"-9223372036854775808", INT64_MIN, MDB_OK},
		{"9223372036854775808", 0, MDB_INTEGER_OUT_OF_RANGE},
		{"-9223372036854775809", 0, MDB_INTEGER_OUT_OF_RANGE},
		{"99999999999999999999999", 0, MDB_INTEGER_OUT_OF_RANGE},
		{"18446744073709551616", 0, MDB_INTEGER_OUT_OF_RANGE},
		{"", 0, MDB_INVALID_INTEGER}, {" ", 0, MDB_INVALID_INTEGER},
		{"-", 0, MDB_INVALID_INTEGER}, {"--1", 0, MDB_INVALID_INTEGER},
		{"1 2", 0, MDB_INVALID_INTEGER}, {"1.0", 0, MDB_INVALID_INTEGER},
		{"1e1", 0, MDB_INVALID_INTEGER}, {"0x1f", 0, MDB_INVALID_INTEGER},
		{"99999999999999999999x", 0, MDB_INVALID_INTEGER},
	};

	for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++)
	{
		MdbError	error = {MDB_OK};
		int64_t		value = 0;

		UNIT_CASE(integers[i].text);
		CHECK(mdb_parse_integer(mdb_string(integers[i].text), &value,
								&error) == (integers[i].code == MDB_OK));
		CHECK(value == integers[i].value && error.code == integers[i].code);
	}
}

static void
test_settings(void)
{
	static const char *const on[] = {"on", "ON", "true", "t", "tr", "Yes",
	"y", "1"};
	static const char *const off[] = {"off", "of", "FALSE", "f", "no", "n",
	"0"};
	static const char *const neither[] = {"", "o", "2", "on ", "truee", "-1"};
	MdbSetting	setting;
	MdbError	error;
	int			value;

	UNIT_CASE("settings");
	for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++)
		CHECK(mdb_parse_setting(MDB_SETTING_DEBUG, mdb_string(on[i]), &value,
								&error) && value);
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		CHECK(mdb_parse_setting(MDB_SETTING_DEBUG, mdb_string(off[i]), &value,
								&error) && !value);
	for (size_t i = 0; i < sizeof(neither) / sizeof(neither[0]); i++)
		CHECK(!mdb_parse_setting(MDB_SETTING_DEBUG, mdb_string(neither[i]),
								 &value, &error) &&
			  error.code == MDB_SETTING_NOT_BOOLEAN);

	CHECK(mdb_find_setting(mdb_string("message_store.SQL_condition"), &setting,
						   &error) && setting == MDB_SETTING_SQL_CONDITION);
	CHECK(mdb_find_setting(mdb_string("message_store.debug"), &setting,
						   &error) && setting == MDB_SETTING_DEBUG);
	CHECK(!mdb_find_setting(mdb_string("message_store.debu"), &setting,
							&error));
	CHECK(error.code == MDB_UNKNOWN_SETTING);
}

/* The setting that is a word; PostgreSQL ignores its case, and no more. */
static void
test_category_lock(void)
{
	static const char *const wrong[] = {"", "inser", "inserts", "on", " commit"};
	const MdbSetting setting = MDB_SETTING_CATEGORY_LOCK;
	MdbError	error;
	int			value;

	UNIT_CASE("category_lock");
	CHECK(mdb_parse_setting(setting, mdb_string("Commit"), &value, &error) &&
		  value == MDB_CATEGORY_LOCK_COMMIT);
	CHECK(mdb_parse_setting(setting, mdb_string("insert"), &value, &error) &&
		  value == MDB_CATEGORY_LOCK_INSERT);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(!mdb_parse_setting(setting, mdb_string(wrong[i]), &value,
								 &error) &&
			  error.code == MDB_SETTING_NOT_CATEGORY_LOCK);
	mdb_parse_setting(setting, mdb_string("x\"y"), &value, &error);
	CHECK_STRING(text_of(&error, MDB_ERROR_MESSAGE),
				 "invalid value for parameter \"message_db.category_lock\": "
				 "\"x\"y\"");
	CHECK_STRING(text_of(&error, MDB_ERROR_HINT),
				 "Available values: insert, commit.");
}

/* The expected texts are PostgreSQL's, to_timestamp(...) AT TIME ZONE 'utc'. */
static void
test_times(void)
{
	static const struct
	{
		int64_t		microseconds;
		const char *text;
	}			times[] = {
		{0, "1970-01-01 00:00:00"},
		{1, "1970-01-01 00:00:00.000001"},
		{-1, "1969-12-31 23:59:59.999999"},
		{INT64_C(1700000000120000), "2023-11-14 22:13:20.12"},
		{INT64_C(1700000000000010), "2023-11-14 22:13:20.00001"},
		{INT64_C(951782400000000), "2000-02-29 00:00:00"},
		{INT64_C(4107542399999999), "2100-02-28 23:59:59.999999"},
		{INT64_C(4107542400000000), "2100-03-01 00:00:00"},
		{INT64_C(-62135596800000000), "0001-01-01 00:00:00"},
		{INT64_C(253402300799999999), "9999-12-31 23:59:59.999999"},
	};
	char		text[MDB_TIME_LENGTH + 1];

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
	{
		UNIT_CASE(times[i].text);
		mdb_format_time(times[i].microseconds, text);
		CHECK_STRING(mdb_string(text), times[i].text);
	}
}

int
main(void)
{
	test_templates();
	test_small_buffers();
	test_next_position();
	test_order_of_checks();
	test_integers();
	test_settings();
	test_category_lock();
	test_times();
	return unit_report();
}
