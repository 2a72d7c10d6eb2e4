/*-------------------------------------------------------------------------
 *
 * batch_test.c
 *	  What is wrong with the messages of a batch.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#define ID "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"

typedef struct Member
{
	const char *name;
	MdbJsonKind kind;
	const char *value;			/* of a string */
} Member;

/* The members of an object up to one without name, and what is wrong. */
typedef struct Case
{
	const char *what;			/* the error's text, NULL for none */
	Member		members[6];
} Case;

#define DATA {"data", MDB_KIND_OBJECT}
#define TYPE {"type", MDB_KIND_STRING, "T"}

static const Case cases[] = {
	{NULL, {DATA, TYPE}},
	{NULL, {{"data", MDB_KIND_NULL}, TYPE}},
	{NULL, {{"data", MDB_KIND_OTHER}, {"type", MDB_KIND_STRING, ""}}},
	{NULL, {{"id", MDB_KIND_STRING, ID}, DATA, TYPE,
	{"metadata", MDB_KIND_OBJECT}}},
	{NULL, {{"id", MDB_KIND_NULL}, DATA, TYPE, {"metadata", MDB_KIND_NULL}}},
	{"Invalid message at index 7: type is missing", {{0}}},
	{"Invalid message at index 7: type is missing", {DATA}},
	{"Invalid message at index 7: data is missing", {TYPE}},
	{"Invalid message at index 7: type is not a string",
	{DATA, {"type", MDB_KIND_NULL}}},
	{"Invalid message at index 7: type is not a string",
	{DATA, {"type", MDB_KIND_OTHER}}},
	{"Invalid message at index 7: id is not a string",
	{{"id", MDB_KIND_OTHER}, DATA, TYPE}},
	{"Invalid message at index 7: id is not a UUID",
	{{"id", MDB_KIND_STRING, "a"}, DATA, TYPE}},
	{"Invalid message at index 7: unknown key \"metaData\"",
	{DATA, TYPE, {"metaData", MDB_KIND_OBJECT}}},
	{"Invalid message at index 7: unknown key \"\"",
	{{"", MDB_KIND_OBJECT}, DATA, TYPE}},
	{"Invalid message at index 7: unknown key \"dat\"",
	{{"dat", MDB_KIND_OBJECT}, {"type", MDB_KIND_OTHER}}},
};

static bool
check_case(const Case *checked, MdbBatchMessage *message, MdbError *error)
{
	MdbBatchKey key;

	if (!mdb_begin_batch_message(message, 7, MDB_KIND_OBJECT, error))
		return false;
	for (const Member *member = checked->members; member->name; member++)
	{
		if (!mdb_find_batch_key(message, mdb_string(member->name), &key,
								error) ||
			!mdb_check_batch_value(message, key, member->kind,
								   mdb_string(member->value), error))
			return false;
		CHECK(strcmp(member->name, "data") != 0 || key == MDB_BATCH_DATA);
	}
	return mdb_end_batch_message(message, error);
}

static void
test_messages(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const char *what = cases[i].what;
		MdbBatchMessage message;
		MdbError	error;
		char		text[200];

		UNIT_CASE(what ? what : "right");
		CHECK(check_case(&cases[i], &message, &error) == (what == NULL));
		if (!what)
			continue;
		mdb_error_text(&error, MDB_ERROR_MESSAGE, text, sizeof(text));
		CHECK_STRING(mdb_string(text), what);
		CHECK(strcmp(mdb_error_sqlstate(error.code), "22023") == 0);
	}
}

static void
test_ids(void)
{
	MdbBatchMessage message;
	MdbError	error;
	char		text[MDB_ID_LENGTH + 1];

	UNIT_CASE("ids");
	CHECK(check_case(&cases[3], &message, &error) && message.has_id);
	mdb_format_id(message.id, text);
	CHECK_STRING(mdb_string(text), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
	CHECK(check_case(&cases[4], &message, &error) && !message.has_id);
}

static void
test_arrays(void)
{
	static const MdbJsonKind others[] = {MDB_KIND_NULL, MDB_KIND_STRING,
	MDB_KIND_OBJECT, MDB_KIND_OTHER};
	MdbBatchMessage message;
	MdbError	error;

	UNIT_CASE("arrays");
	CHECK(mdb_check_batch(MDB_KIND_ARRAY, 1, &error));
	CHECK(!mdb_check_batch(MDB_KIND_ARRAY, 0, &error));
	CHECK(error.code == MDB_BATCH_EMPTY);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
	{
		CHECK(!mdb_check_batch(others[i], 0, &error));
		CHECK(error.code == MDB_BATCH_NOT_ARRAY);
		CHECK(mdb_begin_batch_message(&message, 0, others[i], &error) ==
			  (others[i] == MDB_KIND_OBJECT));
	}
}

int
main(void)
{
	test_messages();
	test_ids();
	test_arrays();
	return unit_report();
}
