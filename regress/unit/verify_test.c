/*-------------------------------------------------------------------------
 *
 * verify_test.c
 *	  What is found in positions, and the words for it.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

typedef struct Row
{
	bool		same_stream;
	int64_t		position;
	int64_t		global_position;
	const char *findings;		/* "violation: detail" each, with "; " between */
} Row;

/* Each in the order of streams and positions; the first begins anew. */
static const Row rows[] = {
	{false, 0, 1, ""},
	{true, 1, 2, ""},
	{true, 2, 9, ""},
	{true, 4, 10, "gap in the stream: position 3 is missing before it"},
	{true, 8, 11, "gap in the stream: positions 5 to 7 are missing before it"},
	{true, 9, 3, "positions out of order: position 8, before it, has global "
	"position 11"},
	{true, 10, 4, ""},
	{true, 10, 5, "position used twice: the message with global position 4 has "
	"it too"},
	{true, 10, 6, "position used twice: the message with global position 5 has "
	"it too"},
	{true, 11, 7, ""},
	{true, 13, 6, "gap in the stream: position 12 is missing before it; "
		"positions out of order: position 11, before it, has global position 7"},

	/* another stream */
	{false, 0, 5, ""},
	{false, 1, 6, "gap in the stream: position 0 is missing before it"},
	{false, 0, 0, "global position below 1: readers begin at global position 1"},
	{true, 1, 1, ""},
	{false, -2, 7, "negative position: the first position of a stream is 0"},
	{true, -1, 8, "negative position: the first position of a stream is 0"},
	{true, 0, 9, ""},
	{true, 1, 10, ""},
	{false, -2, -7, "negative position: the first position of a stream is 0; "
		"global position below 1: readers begin at global position 1"},
	{true, 3, 12, "gap in the stream: positions 0 to 2 are missing before it"},

	/* the largest there are */
	{false, INT64_MAX, INT64_MAX, "gap in the stream: positions 0 to "
	"9223372036854775806 are missing before it"},
	{true, INT64_MAX, INT64_MAX, "position used twice: the message with global "
	"position 9223372036854775807 has it too"},
	{false, INT64_MIN, INT64_MIN, "negative position: the first position of a "
		"stream is 0; global position below 1: readers begin at global position 1"},
};

static void
describe(const MdbFinding *findings, int count, char *text, size_t size)
{
	size_t		length = 0;

	*text = '\0';
	for (int i = 0; i < count && length < size; i++)
	{
		length += (size_t) snprintf(text + length, size - length, "%s%s: ",
									i ? "; " : "",
									mdb_violation_words(findings[i].violation));
		length += mdb_finding_detail(&findings[i], text + length, size - length);
	}
}

static void
test_rows(void)
{
	MdbPositionCheck check = {false};
	MdbFinding	findings[MDB_POSITION_FINDINGS];
	char		text[1000];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	{
		int			count = mdb_check_position(&check, rows[i].same_stream,
											   rows[i].position,
											   rows[i].global_position,
											   findings);

		describe(findings, count, text, sizeof(text));
		UNIT_CASE(rows[i].findings);
		CHECK(count <= MDB_POSITION_FINDINGS);
		CHECK_STRING(mdb_string(text), rows[i].findings);
	}
}

/* The first message of all is that of no stream before. */
static void
test_beginning(void)
{
	MdbPositionCheck check = {false};
	MdbFinding	findings[MDB_POSITION_FINDINGS];

	UNIT_CASE("beginning");
	CHECK(mdb_check_position(&check, true, 0, 1, findings) == 0);
}

static void
test_words(void)
{
	char		text[100];

	for (int i = 0; i < MDB_VIOLATIONS; i++)
	{
		MdbFinding	finding = {(MdbViolation) i, mdb_string("subject"),
		mdb_integer(1), mdb_integer(2)};

		UNIT_CASE(mdb_violation_words((MdbViolation) i));
		CHECK(strlen(mdb_violation_words((MdbViolation) i)) > 5);
		CHECK(mdb_finding_detail(&finding, text, sizeof(text)) > 5);
		CHECK(strchr(text, '%') == NULL);
		for (int j = 0; j < i; j++)
			CHECK(strcmp(mdb_violation_words((MdbViolation) i),
						 mdb_violation_words((MdbViolation) j)) != 0);
	}
}

int
main(void)
{
	test_rows();
	test_beginning();
	test_words();
	return unit_report();
}
