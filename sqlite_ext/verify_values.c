/*-------------------------------------------------------------------------
 *
 * verify_values.c
 *	  What verify_namespace() says of a single value of a message.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

/* The bytes of a text. */
static MdbString
bytes_of(sqlite3_value *value)
{
	const char *bytes = (const char *) sqlite3_value_text(value);

	return (MdbString) {bytes, bytes ? (size_t) sqlite3_value_bytes(value) : 0};
}

static bool
is_canonical_id(MdbString text)
{
	unsigned char id[16];
	char		canonical[MDB_ID_LENGTH + 1];
	MdbError	error;

	if (text.length != MDB_ID_LENGTH || !mdb_parse_id(text, id, &error))
		return false;
	mdb_format_id(id, canonical);
	return memcmp(text.data, canonical, MDB_ID_LENGTH) == 0;
}

/* YYYY-MM-DD HH:MM:SS with up to six digits of the second's fraction. */
static bool
is_time(MdbString text)
{
	static const char pattern[] = "dddd-dd-dd dd:dd:dd.dddddd";

	if (text.length < 19 || text.length == 20 || text.length > MDB_TIME_LENGTH)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (pattern[i] == 'd' ? text.data[i] < '0' || text.data[i] > '9' :
			text.data[i] != pattern[i])
			return false;
	return true;
}

static bool
is_canonical_json(sqlite3_value *value, MdbFailure *failure)
{
	MdbString	text = bytes_of(value);
	MdbFailure	refusal = MDB_NO_FAILURE;
	MdbScratch	scratch;
	char	   *canonical;
	size_t		length;
	bool		equal;

	scratch.used = 0;
	canonical = mdb_json_argument(value, &scratch, &length, &refusal);
	equal = canonical && length == text.length &&
		memcmp(canonical, text.data, length) == 0;
	mdb_free_json(&scratch, canonical);
	mdb_fail_call(failure, &refusal);
	mdb_clear_failure(&refusal);
	return equal;
}

typedef enum ValueKind
{
	KIND_TEXT, KIND_INTEGER, KIND_JSON, KIND_ID, KIND_TIME
} ValueKind;

/* The columns in the order of the number, and what each must be. */
static const struct
{
	ValueKind	kind;
	bool		may_be_null;
	const char *name;
	const char *malformed;
}			columns[MDB_MESSAGE_COLUMNS] =
{
	{KIND_TEXT, false, "stream_name", "stream_name is not text in UTF-8"},
	{KIND_INTEGER, false, "position", "position is not an integer"},
	{KIND_INTEGER, false, "global_position",
		"global_position is not an integer"},
	{KIND_TEXT, false, "type", "type is not text in UTF-8"},
	{KIND_JSON, true, "data", "data is not canonical JSON"},
	{KIND_JSON, true, "metadata", "metadata is not canonical JSON"},
	{KIND_ID, false, "id", "id is not a UUID in its canonical form"},
	{KIND_TIME, false, "time", "time is not YYYY-MM-DD HH:MM:SS with at most six more digits"},
};

static bool
is_well_formed(sqlite3_value *value, ValueKind kind, MdbFailure *failure)
{
	MdbString	text;
	MdbError	error;

	if (sqlite3_value_type(value) !=
		(kind == KIND_INTEGER ? SQLITE_INTEGER : SQLITE_TEXT))
		return false;
	if (kind == KIND_INTEGER)
		return true;
	if (kind == KIND_JSON)
		return is_canonical_json(value, failure);
	text = bytes_of(value);
	if (kind == KIND_ID)
		return is_canonical_id(text);
	if (kind == KIND_TIME)
		return is_time(text);
	return mdb_check_utf8(text, &error);
}

const char *
mdb_check_value(sqlite3_value *value, int column, MdbViolation *violation,
				MdbFailure *failure)
{
	*violation = MDB_VIOLATION_MALFORMED;
	if (sqlite3_value_type(value) != SQLITE_NULL)
		return is_well_formed(value, columns[column].kind, failure) ? NULL :
			columns[column].malformed;
	*violation = MDB_VIOLATION_NULL;
	return columns[column].may_be_null ? NULL : columns[column].name;
}
