/*-------------------------------------------------------------------------
 *
 * correlation_test.c
 *	  Which metadata belongs to which correlation category.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_test.h"

#include "sqlite_ext.h"

typedef struct Case
{
	const char *metadata;
	const char *category;
	bool		matches;
} Case;

static const Case cases[] = {
	{"{\"correlationStreamName\": \"signup-7\"}", "signup", true},
	{"{\"correlationStreamName\": \"signup\"}", "signup", true},
	{"{\"correlationStreamName\": \"signup-7\"}", "sign", false},
	{"{\"correlationStreamName\": \"sign-7\"}", "signup", false},
	{"{\"correlationStreamName\": \"signup-7\"}", "", false},
	{"{\"correlationStreamName\": \"\"}", "", true},
	{"{\"correlationStreamName\": \"-7\"}", "", true},
	{"{\"a\": 1, \"correlationStreamName\": \"s-1\", \"z\": {}}", "s", true},
	{"{\"a\": {\"correlationStreamName\": \"s-1\"}}", "s", false},
	{"{\"a\": [{\"correlationStreamName\": \"s-1\"}], \"b\": \"}\"}", "s", false},
	{"{\"a\": \"\\\"correlationStreamName\\\": \\\"s\\\"\"}", "s", false},
	{"{\"a\\\"b\": [1, {\"c\": \"]}\"}], \"correlationStreamName\": \"s\"}",
	"s", true},
	{"[{\"correlationStreamName\": \"s-1\"}]", "s", false},
	{"\"correlationStreamName\"", "correlationStreamName", false},
	{"null", "null", false},
	{"{}", "", false},
	{"", "", false},

	/* values that are no strings, as PostgreSQL's ->> prints them */
	{"{\"correlationStreamName\": 12}", "12", true},
	{"{\"correlationStreamName\": 1.50}", "1.50", true},
	{"{\"correlationStreamName\": 1.50}", "1.5", false},
	{"{\"correlationStreamName\": -5}", "", true},
	{"{\"correlationStreamName\": true}", "true", true},
	{"{\"correlationStreamName\": false, \"zzzzzzzzzzzzzzzzzzzzz\": 1}",
	"false", true},
	{"{\"correlationStreamName\": null}", "null", false},
	{"{\"correlationStreamName\": null}", "", false},
	{"{\"correlationStreamName\": [1, 2]}", "[1, 2]", true},
	{"{\"correlationStreamName\": {\"a\": \"b-c\"}}", "{\"a\": \"b", true},
	{"{\"correlationStreamName\": {}}", "{}", true},

	/* escapes */
	{"{\"correlationStreamName\": \"a\\\"b\\\\c-1\"}", "a\"b\\c", true},
	{"{\"correlationStreamName\": \"a\\b\\f\\n\\r\\t-1\"}", "a\b\f\n\r\t", true},
	{"{\"correlationStreamName\": \"a\\u001f-1\"}", "a\x1f", true},
	{"{\"correlationStreamName\": \"a\\u001f-1\"}", "a\x1e", false},
	{"{\"correlationStreamName\": \"\xc3\xa4-1\"}", "\xc3\xa4", true},

	/* somebody else's spacing, and what is no JSON */
	{" {\n\t\"a\" : 1 ,\"correlationStreamName\"\t:\"s-1\" } ", "s", true},
	{"{\"correlationStreamName\"", "", false},
	{"{\"correlationStreamName\":", "", false},
	{"{\"correlationStreamName\": \"", "", false},
	{"{\"correlationStreamName\": \"s", "s", false},
	{"{\"correlationStreamName\": \"\\", "s", false},
	{"{\"correlationStreamName\": \"\\u00", "s", false},
	{"{\"correlationStreamName\": \"\\u00zz\"}", "s", false},
	{"{\"correlationStreamName\": \"\\x\"}", "x", false},
	{"{]]]]", "", false},
	{"{\"a\"\"b\"", "", false},
};

static const char escaped_nul[] = "{\"correlationStreamName\": \"\\\0\"}";

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		MdbString	metadata = mdb_string(cases[i].metadata);
		char	   *exact = malloc(metadata.length + 1);

		/* without its NUL, so that reading on would be noticed */
		memcpy(exact, metadata.data, metadata.length);
		exact = realloc(exact, metadata.length ? metadata.length : 1);
		metadata.data = exact;

		UNIT_CASE(cases[i].metadata);
		CHECK(mdb_correlation_matches(metadata, mdb_string(cases[i].category)) ==
			  cases[i].matches);
		free(exact);
	}
	UNIT_CASE("an escaped NUL");
	CHECK(!mdb_correlation_matches((MdbString) {escaped_nul,
								   sizeof(escaped_nul) - 1},
								   mdb_string("")));
	UNIT_CASE("SQL NULL");
	CHECK(!mdb_correlation_matches(MDB_NULL_STRING, mdb_string("")));
	return unit_report();
}
