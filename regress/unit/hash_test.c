/*-------------------------------------------------------------------------
 *
 * hash_test.c
 *	  MD5 against RFC 1321's vectors and every padding, hash_64, and the
 *	  members of consumer groups.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include <inttypes.h>

static const char *
hex_of(const unsigned char digest[16])
{
	static char hex[33];

	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return hex;
}

/* RFC 1321, appendix A.5. */
static const struct
{
	const char *text;
	const char *digest;
}			vectors[] = {
	{"", "d41d8cd98f00b204e9800998ecf8427e"},
	{"a", "0cc175b9c0f1b6a831c399e269772661"},
	{"abc", "900150983cd24fb0d6963f7d28e17f72"},
	{"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
	{"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
	{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
		"d174ab98d277d9f5a5611c2c9f419d9f"},
	{"1234567890123456789012345678901234567890"
		"1234567890123456789012345678901234567890",
		"57edf4a22be3c955ac49da2e2107b67a"},
};

static void
test_vectors(void)
{
	unsigned char digest[16];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
	{
		UNIT_CASE(vectors[i].text);
		mdb_md5(vectors[i].text, strlen(vectors[i].text), digest);
		CHECK_STRING(mdb_string(hex_of(digest)), vectors[i].digest);
	}
}

/*
 * The digest of the digests of "x" repeated 0 to 299 times: every way in which
 * the end of the text can fall in a block.  The expected value is that of
 * another program (Python's hashlib).
 */
static void
test_every_length(void)
{
	unsigned char all[300 * 16];
	unsigned char digest[16];
	char		text[300];

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < 300; i++)
		mdb_md5(text, i, all + 16 * i);
	mdb_md5(all, sizeof(all), digest);
	UNIT_CASE("lengths 0 to 299");
	CHECK_STRING(mdb_string(hex_of(digest)), "575f9da1c47ba6b2cba933c4e7ce5ecd");
}

static void
test_hash_64(void)
{
	UNIT_CASE("hash_64");
	CHECK(mdb_hash_64(mdb_string("a")) == INT64_C(919145239626757800));
	CHECK(mdb_hash_64(mdb_string("x")) == INT64_C(-7073778008782503884));
	CHECK(mdb_hash_64(mdb_string("")) == INT64_C(-3162216497309240828));
	CHECK(mdb_hash_64(mdb_string("\xc3\xa9")) == INT64_C(7412306613632936882));
}

/* Each row: a group's size, and the member that reads account-a. */
static void
test_members(void)
{
	static const struct
	{
		int64_t		size;
		int64_t		member;
	}			groups[] = {
		{1, 0}, {2, 0}, {3, 0}, {4, 0}, {7, 6}, {32768, 13992},
		{INT64_MAX, INT64_C(919145239626757800)},
	};

	UNIT_CASE("members");
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		CHECK(mdb_consumer_group_member(mdb_string("account-a"),
										groups[i].size) == groups[i].member);

	/* A negative hash counts by its absolute value. */
	CHECK(mdb_consumer_group_member(mdb_string("account-x"), INT64_MAX) ==
		  INT64_C(7073778008782503884));
	/* The cardinal id alone decides. */
	CHECK(mdb_consumer_group_member(mdb_string("other-x+1"), 1000003) ==
		  mdb_consumer_group_member(mdb_string("account-x"), 1000003));
	/* An empty id is one; no id is none. */
	CHECK(mdb_consumer_group_member(mdb_string("account-"), INT64_MAX) ==
		  INT64_C(3162216497309240828));
	CHECK(mdb_consumer_group_member(mdb_string("account"), 1) == -1);
	CHECK(mdb_consumer_group_member(MDB_NULL_STRING, 1) == -1);
}

static void
test_group_checks(void)
{
	static const struct
	{
		MdbInteger	member;
		MdbInteger	size;
		MdbErrorCode code;
	}			arguments[] = {
		{{true, 0}, {true, 0}, MDB_OK},
		{{false, 0}, {false, 1}, MDB_OK},
		{{false, 32767}, {false, 32768}, MDB_OK},
		{{false, INT64_MAX - 1}, {false, INT64_MAX}, MDB_OK},
		{{false, 0}, {true, 0}, MDB_GROUP_INCOMPLETE},
		{{true, 0}, {false, 0}, MDB_GROUP_INCOMPLETE},
		{{false, -1}, {false, 0}, MDB_GROUP_SIZE_TOO_SMALL},
		{{false, 0}, {false, INT64_MIN}, MDB_GROUP_SIZE_TOO_SMALL},
		{{false, -1}, {false, 1}, MDB_GROUP_MEMBER_TOO_SMALL},
		{{false, 1}, {false, 1}, MDB_GROUP_MEMBER_TOO_LARGE},
		{{false, INT64_MAX}, {false, 2}, MDB_GROUP_MEMBER_TOO_LARGE},
	};
	MdbError	error;

	UNIT_CASE("arguments of a group");
	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
	{
		error.code = MDB_OK;
		CHECK(mdb_check_consumer_group(arguments[i].member, arguments[i].size,
									   &error) ==
			  (arguments[i].code == MDB_OK));
		CHECK(error.code == arguments[i].code);
	}
	CHECK(mdb_check_group_size(mdb_integer(1), &error));
	CHECK(!mdb_check_group_size(mdb_integer(0), &error));
	CHECK(error.code == MDB_GROUP_SIZE_TOO_SMALL && error.first.is_null);
}

int
main(void)
{
	test_vectors();
	test_every_length();
	test_hash_64();
	test_members();
	test_group_checks();
	return unit_report();
}
