/*-------------------------------------------------------------------------
 *
 * stream_name_test.c
 *	  The parts of stream names, their length, and UTF-8.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

/* What Message DB's functions give; NULL is SQL NULL. */
static const struct
{
	const char *name;
	const char *category;
	const char *id;
	const char *cardinal_id;
}			names[] = {
	{"account-123", "account", "123", "123"},
	{"account-123+456", "account", "123+456", "123"},
	{"account-123+456+789", "account", "123+456+789", "123"},
	{"account-123-456+7", "account", "123-456+7", "123-456"},
	{"account:command-1", "account:command", "1", "1"},
	{"account+x-1", "account+x", "1", "1"},
	{"account", "account", NULL, NULL},
	{"account-", "account", "", ""},
	{"a-+b", "a", "+b", ""},
	{"-", "", "", ""},
	{"--x", "", "-x", "-x"},
	{"", "", NULL, NULL},
	{" ", " ", NULL, NULL},
	{"a\n-\n1", "a\n", "\n1", "\n1"},
	{"dash\xe2\x80\x93" "1", "dash\xe2\x80\x93" "1", NULL, NULL},
	{"\xc3\xa9-\xe2\x82\xac+\xf0\x9f\x90\x98", "\xc3\xa9",
		"\xe2\x82\xac+\xf0\x9f\x90\x98", "\xe2\x82\xac"},
};

static void
test_parts(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		MdbString	name = mdb_string(names[i].name);

		UNIT_CASE(names[i].name);
		CHECK_STRING(mdb_category(name), names[i].category);
		CHECK_STRING(mdb_id(name), names[i].id);
		CHECK_STRING(mdb_cardinal_id(name), names[i].cardinal_id);
		CHECK(mdb_is_category(name) == (names[i].id == NULL));
	}
	UNIT_CASE("NULL");
	CHECK_STRING(mdb_category(MDB_NULL_STRING), NULL);
	CHECK_STRING(mdb_id(MDB_NULL_STRING), NULL);
	CHECK_STRING(mdb_cardinal_id(MDB_NULL_STRING), NULL);
	CHECK(mdb_is_category(MDB_NULL_STRING));
}

/* Nothing beyond the length is looked at. */
static void
test_length_is_the_end(void)
{
	UNIT_CASE("length");
	CHECK_STRING(mdb_category((MdbString) {"account-1", 4}), "acco");
	CHECK(mdb_is_category((MdbString) {"account-1", 7}));
	CHECK_STRING(mdb_id((MdbString) {"account-12", 9}), "1");
	CHECK_STRING(mdb_cardinal_id((MdbString) {"a-12+3", 4}), "12");
}

static void
test_name_length(void)
{
	char		name[MDB_MAX_STREAM_NAME + 1];
	MdbError	error;

	memset(name, 'x', sizeof(name));
	UNIT_CASE("longest name");
	CHECK(mdb_check_stream_name(MDB_NULL_STRING, &error));
	CHECK(mdb_check_stream_name((MdbString) {name, MDB_MAX_STREAM_NAME},
								&error));
	CHECK(!mdb_check_stream_name((MdbString) {name, MDB_MAX_STREAM_NAME + 1},
								 &error));
	CHECK(error.code == MDB_STREAM_NAME_TOO_LONG);
	CHECK(error.first.value == MDB_MAX_STREAM_NAME + 1);
}

/* The bytes of the error, NULL when the text is right; RFC 3629's limits. */
static const struct
{
	const char *text;
	const char *bytes;
}			utf8[] = {
	{"", NULL},
	{"plain text, longer than eight bytes", NULL},
	{"\x01\x7f", NULL},
	{"\xc2\x80\xdf\xbf", NULL},
	{"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", NULL},
	{"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", NULL},
	{"abcdefgh\xff", "0xff"},
	{"\x80", "0x80"},
	{"\xc0\xaf", "0xc0 0xaf"},
	{"\xc1\xbf", "0xc1 0xbf"},
	{"\xc3(", "0xc3 0x28"},
	{"\xc3", "0xc3"},
	{"\xe0\x9f\xbf", "0xe0 0x9f 0xbf"},
	{"\xed\xa0\x80", "0xed 0xa0 0x80"},
	{"\xe2\x82", "0xe2 0x82"},
	{"\xe2\x82(", "0xe2 0x82 0x28"},
	{"\xf0\x8f\xbf\xbf", "0xf0 0x8f 0xbf 0xbf"},
	{"\xf4\x90\x80\x80", "0xf4 0x90 0x80 0x80"},
	{"\xf5\x80\x80\x80", "0xf5 0x80 0x80 0x80"},
	{"ab\xf0\x9f\x90", "0xf0 0x9f 0x90"},
	{"\xfe", "0xfe"},
};

static void
test_utf8(void)
{
	MdbError	error;

	for (size_t i = 0; i < sizeof(utf8) / sizeof(utf8[0]); i++)
	{
		bool		right = mdb_check_utf8(mdb_string(utf8[i].text), &error);

		UNIT_CASE(utf8[i].text);
		CHECK(right == (utf8[i].bytes == NULL));
		if (right)
			continue;
		CHECK(error.code == MDB_INVALID_UTF8);
		CHECK_STRING(error.subject, utf8[i].bytes);
	}

	UNIT_CASE("NUL");
	CHECK(mdb_check_utf8(MDB_NULL_STRING, &error));
	CHECK(!mdb_check_utf8((MdbString) {"a\0b", 3}, &error));
	CHECK_STRING(error.subject, "0x00");
	CHECK(!mdb_check_utf8((MdbString) {"abcdefg\0", 8}, &error));
	CHECK(!mdb_check_utf8((MdbString) {"abc\0efghi", 9}, &error));
}

/* Every two-byte sequence, against RFC 3629's table. */
static void
test_all_pairs(void)
{
	MdbError	error;
	int			wrong = 0;

	UNIT_CASE("all pairs");
	for (int first = 1; first < 256; first++)
		for (int second = 1; second < 256; second++)
		{
			char		text[] = {(char) first, (char) second};
			bool		expected = (first < 0x80 && second < 0x80) ||
				(first >= 0xC2 && first <= 0xDF && second >= 0x80 &&
				 second <= 0xBF);

			wrong += mdb_check_utf8((MdbString) {text, 2}, &error) != expected;
		}
	CHECK(wrong == 0);
}

int
main(void)
{
	test_parts();
	test_length_is_the_end();
	test_name_length();
	test_utf8();
	test_all_pairs();
	return unit_report();
}
