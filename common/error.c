/*-------------------------------------------------------------------------
 *
 * error.c
 *	  The errors of both databases: SQLSTATE, message, detail and hint.
 *
 * A row per code.  In a template "%s" stands for the error's subject, "%1"
 * and "%2" for its numbers; a NULL is printed as <NULL>, as Message DB does.
 * Texts that Message DB or PostgreSQL has are theirs, letter by letter,
 * because clients parse them.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct ErrorTexts
{
	const char *sqlstate;
	const char *message;
	const char *detail;
	const char *hint;
} ErrorTexts;

#define GROUP_ARGUMENTS \
	" (Consumer Group Member: %1, Consumer Group Size: %2)"

static const ErrorTexts error_texts[MDB_ERROR_CODES] = {
	[MDB_OK] = {"00000", ""},
	[MDB_WRONG_EXPECTED_VERSION] = {
		"P0001", "Wrong expected version: %1 (Stream: %s, Stream Version: %2)"},
	[MDB_NOT_A_STREAM_NAME] = {"P0001", "Must be a stream name: %s"},
	[MDB_NOT_A_CATEGORY] = {"P0001", "Must be a category: %s"},
	[MDB_CORRELATION_NOT_A_CATEGORY] = {
		"P0001", "Correlation must be a category (Correlation: %s)"},
	[MDB_GROUP_INCOMPLETE] = {
		"P0001",
		"Consumer group member and size must be specified" GROUP_ARGUMENTS},
	[MDB_GROUP_SIZE_TOO_SMALL] = {
		"P0001",
		"Consumer group size must not be less than 1" GROUP_ARGUMENTS},
	[MDB_GROUP_MEMBER_TOO_SMALL] = {
		"P0001",
		"Consumer group member must not be less than 0" GROUP_ARGUMENTS},
	[MDB_GROUP_MEMBER_TOO_LARGE] = {
		"P0001",
		"Consumer group member must be less than the group size"
		GROUP_ARGUMENTS},
	[MDB_CONDITION_NOT_ACTIVATED] = {
		"P0001", "Retrieval with SQL condition is not activated", NULL,
		"A condition is SQL that runs with your rights. To allow it in this "
		"session: SELECT set_config('message_store.sql_condition', 'on', "
		"false)."},
	[MDB_CONDITION_NOT_EXPRESSION] = {
		"42601", "Condition must be one SQL expression: %s"},
	[MDB_NEGATIVE_BATCH_SIZE] = {
		"2201W", "LIMIT must not be negative", NULL,
		"A batch_size of -1 reads all messages."},
	[MDB_INVALID_ID] = {"22P02", "invalid input syntax for type uuid: \"%s\""},
	[MDB_INVALID_INTEGER] = {
		"22P02", "invalid input syntax for type bigint: \"%s\""},
	[MDB_INTEGER_OUT_OF_RANGE] = {
		"22003", "value \"%s\" is out of range for type bigint"},
	[MDB_NULL_COLUMN] = {
		"23502",
		"null value in column \"%s\" of relation \"messages\" violates "
		"not-null constraint"},
	[MDB_DUPLICATE_ID] = {
		"23505",
		"duplicate key value violates unique constraint \"messages_id\"",
		"Key (id)=(%s) already exists."},
	[MDB_DUPLICATE_POSITION] = {
		"23505",
		"duplicate key value violates unique constraint \"messages_stream\"",
		"Key (stream_name, \"position\")=(%s, %1) already exists."},
	[MDB_STREAM_FULL] = {"22003", "bigint out of range"},
	[MDB_STREAM_NAME_TOO_LONG] = {
		"54000", "stream name is too long",
		"It has %1 bytes; %2 are allowed, because every name stands in an "
		"index."},
	[MDB_BATCH_NOT_ARRAY] = {
		"22023", "Messages must be a JSON array", NULL,
		"An example: [{\"type\": \"Deposited\", \"data\": {\"amount\": 1}}]"},
	[MDB_BATCH_EMPTY] = {"22023", "Messages must not be empty"},
	[MDB_BATCH_WRONG_MESSAGE] = {"22023", "Invalid message at index %1: %s"},
	[MDB_BATCH_UNKNOWN_KEY] = {
		"22023", "Invalid message at index %1: unknown key \"%s\"", NULL,
		"The keys of a message are type, data, metadata and id."},
	[MDB_INVALID_UTF8] = {
		"22021", "invalid byte sequence for encoding \"UTF8\": %s"},
	[MDB_INVALID_JSON] = {"22P02", "invalid input syntax for type json"},
	[MDB_UNSUPPORTED_UNICODE_ESCAPE] = {
		"22P05", "unsupported Unicode escape sequence",
		"\\u0000 cannot be converted to text."},
	[MDB_NUMBER_OUT_OF_RANGE] = {"22003", "value overflows numeric format"},
	[MDB_JSON_TOO_LARGE] = {
		"54000", "JSON value is too large",
		"A document and each string in it may have 268435455 bytes."},
	[MDB_JSON_TOO_DEEP] = {
		"54001", "JSON value is nested too deeply",
		"%1 levels are allowed."},
	[MDB_UNKNOWN_SETTING] = {
		"42704", "unrecognized configuration parameter \"%s\""},
	[MDB_SETTING_NOT_BOOLEAN] = {
		"22023", "parameter \"%s\" requires a Boolean value"},
	[MDB_SETTING_NOT_CATEGORY_LOCK] = {
		"22023",
		"invalid value for parameter \"message_db.category_lock\": \"%s\"",
		NULL, "Available values: insert, commit."},
	[MDB_UNKNOWN_NAMESPACE] = {"MD001", "Namespace does not exist: %s"},
	[MDB_NAMESPACE_EXISTS] = {"MD002", "Namespace already exists: %s"},
	[MDB_INVALID_NAMESPACE_NAME] = {
		"MD003", "Invalid namespace name: %s",
		"A name has 1 to 63 characters: lower-case letters a to z, digits and "
		"_, the first one a letter. It does not begin with pg_ or sqlite_, and "
		"is not main, temp, public or information_schema."},
	[MDB_NEWER_SCHEMA_VERSION] = {
		"MD005", "Namespace has a newer schema version: %s",
		"Its version is %1, this release knows %2.",
		"Install a newer release of message_db."},
	[MDB_DEFAULT_NAMESPACE_FIXED] = {
		"MD006", "Not possible for the default namespace: %s"},
	[MDB_NOT_A_MESSAGE_TABLE] = {
		"MD004", "Not a message store: %s",
		"A table or view called messages stands there, but with another "
		"structure.",
		"Rename it, or keep the message store in another database."},
	[MDB_NOT_AN_ORDINARY_TABLE] = {
		"0A000", "Not possible with this kind of table: %s.messages",
		"Global positions become visible in their order only in an ordinary "
		"local table: no view, partitioned, foreign or distributed table, and "
		"without triggers, rules, row security, CHECK constraints and columns "
		"with defaults of the user's."},
	[MDB_OUT_OF_MEMORY] = {"53200", "out of memory"},
};

bool
mdb_fail(MdbError *error, MdbErrorCode code, MdbString subject,
		 MdbInteger first, MdbInteger second)
{
	error->code = code;
	error->subject = subject;
	error->first = first;
	error->second = second;
	error->detail = NULL;
	return false;
}

const char *
mdb_error_sqlstate(MdbErrorCode code)
{
	return error_texts[code].sqlstate;
}

/* Appends to a buffer that may be full already; *length counts all the same. */
static void
append(char *buffer, size_t size, size_t *length, const char *text, size_t n)
{
	if (*length < size)
	{
		size_t		room = size - *length;

		memcpy(buffer + *length, text, n < room ? n : room);
	}
	*length += n;
}

static void
append_integer(char *buffer, size_t size, size_t *length, MdbInteger number)
{
	char		digits[24];

	if (number.is_null)
		strcpy(digits, "<NULL>");
	else
		snprintf(digits, sizeof(digits), "%" PRId64, number.value);
	append(buffer, size, length, digits, strlen(digits));
}

static const char *
error_template(const MdbError *error, MdbErrorPart part)
{
	const ErrorTexts *texts = &error_texts[error->code];

	switch (part)
	{
		case MDB_ERROR_MESSAGE:
			return texts->message;
		case MDB_ERROR_DETAIL:
			return error->detail ? error->detail : texts->detail;
		case MDB_ERROR_HINT:
			return texts->hint;
	}
	return NULL;
}

size_t
mdb_fill_template(const char *template, MdbString subject, MdbInteger first,
				  MdbInteger second, char *buffer, size_t size)
{
	size_t		length = 0;

	if (!subject.data)
		subject = mdb_string("<NULL>");

	while (template && *template)
	{
		size_t		plain = strcspn(template, "%");

		append(buffer, size, &length, template, plain);
		template += plain;
		if (*template == '\0')
			break;
		switch (template[1])
		{
			case 's':
				append(buffer, size, &length, subject.data, subject.length);
				break;
			case '1':
				append_integer(buffer, size, &length, first);
				break;
			case '2':
				append_integer(buffer, size, &length, second);
				break;
			default:
				append(buffer, size, &length, template, 1);
				template--;
		}
		template += 2;
	}
	if (size > 0)
		buffer[length < size ? length : size - 1] = '\0';
	return length;
}

size_t
mdb_error_text(const MdbError *error, MdbErrorPart part, char *buffer,
			   size_t size)
{
	return mdb_fill_template(error_template(error, part), error->subject,
							 error->first, error->second, buffer, size);
}
