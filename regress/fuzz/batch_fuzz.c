/*-------------------------------------------------------------------------
 *
 * batch_fuzz.c
 *	  A fuzzer for what the elements of write_messages() may be.
 *
 * The input is a list of members, each a byte that says what kind of value it
 * has and which of the known names (or none of them), a byte with the length
 * of its text, and the text; a byte with the highest bit ends an element.  An
 * element that is not refused must be one that the rule below takes, and the
 * other way round.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

typedef struct Member
{
	MdbString	name;
	MdbJsonKind kind;
	MdbString	text;			/* of a string */
} Member;

#define MEMBERS 6

typedef struct Element
{
	MdbJsonKind kind;
	int			count;
	Member		members[MEMBERS];
} Element;

static const char *const names[] = {
	"id", "data", "type", "metadata", "Data", "", NULL
};

/* Takes an element off the input. */
static Element
take_element(const uint8_t **data, size_t *size)
{
	Element		element = {(MdbJsonKind) (**data % 8 < 4 ? **data % 4 :
										  MDB_KIND_OBJECT)};

	(*data)++;
	(*size)--;
	while (element.count < MEMBERS && *size >= 2 && **data < 0x80)
	{
		Member	   *member = &element.members[element.count++];
		uint8_t		what = **data;
		size_t		length = (*data)[1] < *size - 2 ? (*data)[1] : *size - 2;
		MdbString	text = {(const char *) *data + 2, length};

		member->kind = (MdbJsonKind) (what / 8 % 5);
		member->name = what % 8 < 6 ? mdb_string(names[what % 8]) : text;
		member->text = member->kind == MDB_KIND_STRING ? text : MDB_NULL_STRING;
		*data += 2 + length;
		*size -= 2 + length;
	}
	return element;
}

static bool
has_name(const Member *member, const char *name)
{
	return same_text(member->name, mdb_string(name));
}

static bool
is_right_member(const Member *member)
{
	unsigned char id[16];
	MdbError	error;

	if (has_name(member, "type"))
		return member->kind == MDB_KIND_STRING;
	if (has_name(member, "id"))
		return member->kind == MDB_KIND_NULL ||
			(member->kind == MDB_KIND_STRING &&
			 mdb_parse_id(member->text, id, &error));
	return has_name(member, "data") || has_name(member, "metadata");
}

/* The rule: an object with type and data, and otherwise id and metadata. */
static bool
is_right(const Element *element)
{
	bool		has_type = false;
	bool		has_data = false;

	for (int i = 0; i < element->count; i++)
	{
		if (!is_right_member(&element->members[i]))
			return false;
		has_type = has_type || has_name(&element->members[i], "type");
		has_data = has_data || has_name(&element->members[i], "data");
	}
	return element->kind == MDB_KIND_OBJECT && has_type && has_data;
}

/* The same, by the core. */
static bool
is_taken(const Element *element, int64_t index, MdbError *error)
{
	MdbBatchMessage message;

	if (!mdb_begin_batch_message(&message, index, element->kind, error))
		return false;
	for (int i = 0; i < element->count; i++)
	{
		const Member *member = &element->members[i];
		MdbBatchKey key;

		if (!mdb_find_batch_key(&message, member->name, &key, error) ||
			!mdb_check_batch_value(&message, key, member->kind, member->text,
								   error))
			return false;
	}
	return mdb_end_batch_message(&message, error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MdbError	error;

	for (int64_t index = 0; size > 0; index++)
	{
		Element		element = take_element(&data, &size);
		char		text[80];

		if (is_taken(&element, index, &error))
		{
			require(is_right(&element), "a wrong element is refused");
			continue;
		}
		require(!is_right(&element), "a right element is taken");
		require_error(&error);
		require(error.first.value == index, "an error names the element");
		mdb_error_text(&error, MDB_ERROR_MESSAGE, text, sizeof(text));
		require(strncmp(text, "Invalid message at index ", 25) == 0,
				"an error says what it is about");
	}
	return 0;
}
