/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  What verify_namespace() looks for in the positions of messages, and the
 *	  words for all that it can find.
 *
 * The messages are read once, in the order of streams and of positions in
 * them.  So each is compared with the one before only, and nothing is
 * remembered but that.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

/* Violation and detail; the templates are those of error.c. */
static const struct
{
	const char *words;
	const char *detail;
}			texts[MDB_VIOLATIONS] =
{
	[MDB_VIOLATION_GAP] = {
		"gap in the stream", "positions %1 to %2 are missing before it"},
	[MDB_VIOLATION_DUPLICATE_POSITION] = {
		"position used twice", "the message with global position %1 has it too"},
	[MDB_VIOLATION_ORDER] = {
		"positions out of order",
		"position %1, before it, has global position %2"},
	[MDB_VIOLATION_NEGATIVE_POSITION] = {
		"negative position", "the first position of a stream is 0"},
	[MDB_VIOLATION_SMALL_GLOBAL_POSITION] = {
		"global position below 1", "readers begin at global position 1"},
	[MDB_VIOLATION_NULL] = {"NULL in a column", "%s is NULL"},
	[MDB_VIOLATION_MALFORMED] = {"malformed value", "%s"},
	[MDB_VIOLATION_INDEX] = {"index disagrees with the table", "%s"},
	[MDB_VIOLATION_SEQUENCE] = {
		"sequence behind the messages",
		"the next global position would be %1, the last message has %2"},
	[MDB_VIOLATION_DAMAGE] = {"damaged database", "%s"},
};

const char *
mdb_violation_words(MdbViolation violation)
{
	return texts[violation].words;
}

static bool
is_single_gap(const MdbFinding *finding)
{
	return finding->violation == MDB_VIOLATION_GAP &&
		finding->first.value == finding->second.value;
}

size_t
mdb_finding_detail(const MdbFinding *finding, char *buffer, size_t size)
{
	const char *template = texts[finding->violation].detail;

	if (is_single_gap(finding))
		template = "position %1 is missing before it";
	return mdb_fill_template(template, finding->subject, finding->first,
							 finding->second, buffer, size);
}

static int
add(MdbFinding *findings, int count, MdbViolation violation, int64_t first,
	int64_t second)
{
	findings[count].violation = violation;
	findings[count].subject = MDB_NULL_STRING;
	findings[count].first = mdb_integer(first);
	findings[count].second = mdb_integer(second);
	return count + 1;
}

/* The position that should come next; after -1 and below that is 0. */
static int64_t
next_position(const MdbPositionCheck *check, bool same_stream)
{
	if (!same_stream || check->position < 0)
		return 0;
	return check->position < INT64_MAX ? check->position + 1 : INT64_MAX;
}

int
mdb_check_position(MdbPositionCheck *check, bool same_stream, int64_t position,
				   int64_t global_position, MdbFinding *findings)
{
	bool		follows = check->begun && same_stream;
	int64_t		expected = next_position(check, follows);
	int			count = 0;

	if (position < 0)
		count = add(findings, count, MDB_VIOLATION_NEGATIVE_POSITION, 0, 0);
	if (global_position < 1)
		count = add(findings, count, MDB_VIOLATION_SMALL_GLOBAL_POSITION, 0, 0);
	if (follows && position == check->position)
		count = add(findings, count, MDB_VIOLATION_DUPLICATE_POSITION,
					check->global_position, 0);
	else
	{
		if (position > expected)
			count = add(findings, count, MDB_VIOLATION_GAP, expected,
						position - 1);
		if (follows && global_position < check->global_position)
			count = add(findings, count, MDB_VIOLATION_ORDER, check->position,
						check->global_position);
	}
	check->begun = true;
	check->position = position;
	check->global_position = global_position;
	return count;
}
