/*-------------------------------------------------------------------------
 *
 * json_test.c
 *	  Unit tests of the JSON canonicaliser: which texts it takes, and what it
 *	  makes of them.
 *
 * The expected texts are what PostgreSQL prints.  regress/json/compare checks
 * many more documents against a running server.
 *
 *-------------------------------------------------------------------------
 */
#include "json_checks.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

typedef struct Accepted
{
	const char *input;
	const char *expected;
} Accepted;

typedef struct Refused
{
	const char *input;
	MdbErrorCode code;
	const char *detail;
} Refused;

static const Accepted scalars[] = {
	{"true", "true"},
	{"false", "false"},
	{"null", "null"},
	{" \t\r\n null \t\r\n ", "null"},
	{"\"\"", "\"\""},
	{"\"a'b\"", "\"a'b\""},
	{"\"\\u0041\\u00e9\\u4e2d\\ud83d\\ude00\"", "\"A\303\251\344\270\255\360\237\230\200\""},
	{"\"\303\251\344\270\255\360\237\230\200\"", "\"\303\251\344\270\255\360\237\230\200\""},
	{"\"\\uD834\\uDD1E\"", "\"\360\235\204\236\""},
	{"\"\\u0080\\u07ff\\u0800\\uffff\"", "\"\302\200\337\277\340\240\200\357\277\277\""},
	{"\"\\ud800\\udc00\\udbff\\udfff\"", "\"\360\220\200\200\364\217\277\277\""},
	{"\"\\/\\u002f\"", "\"//\""},
	{"\"\\\"\\\\\\b\\f\\n\\r\\t\"", "\"\\\"\\\\\\b\\f\\n\\r\\t\""},
	{"\"\\u0008\\u0009\\u000a\\u000c\\u000d\\u0022\\u005c\"", "\"\\b\\t\\n\\f\\r\\\"\\\\\""},
	{"\"\\u0001\\u000B\\u000e\\u001F\"", "\"\\u0001\\u000b\\u000e\\u001f\""},
	{"\"\\u0020\\u007f\177\"", "\" \177\177\""},
	{"\"1234567\\n12345678\\n123456789\"", "\"1234567\\n12345678\\n123456789\""},
};

static const Accepted numbers[] = {
	{"0", "0"},
	{"-0", "0"},
	{"-0.0", "0.0"},
	{"-0e3", "0"},
	{"0e-5", "0.00000"},
	{"0e1073741822", "0"},
	{"-0.00e1", "0.0"},
	{"7", "7"},
	{"-7", "-7"},
	{"1.50", "1.50"},
	{"-1.50", "-1.50"},
	{"-0.50", "-0.50"},
	{"12345678901234567890123456789012345678901234567890", "12345678901234567890123456789012345678901234567890"},
	{"1e2", "100"},
	{"1E+2", "100"},
	{"1e002", "100"},
	{"1E-5", "0.00001"},
	{"1.50e0", "1.50"},
	{"1.50e1", "15.0"},
	{"1.50e2", "150"},
	{"1.50e3", "1500"},
	{"-12.34e-1", "-1.234"},
	{"12.34e-2", "0.1234"},
	{"12.34e-3", "0.01234"},
	{"0.001e2", "0.1"},
	{"0.001e3", "1"},
	{"0.001e5", "100"},
	{"1000e-2", "10.00"},
};

static const Accepted containers[] = {
	{"[]", "[]"},
	{"{}", "{}"},
	{" [ ] ", "[]"},
	{" { } ", "{}"},
	{"[1,2 ,3]", "[1, 2, 3]"},
	{"[[],{},[[]]]", "[[], {}, [[]]]"},
	{"{\"a\":1}", "{\"a\": 1}"},
	{"{\n\t\"a\" : [ 1 , { } ]\r\n}", "{\"a\": [1, {}]}"},
	{"[{\"a\":1},{\"a\":2}]", "[{\"a\": 1}, {\"a\": 2}]"},
};

static const Accepted orders[] = {
	/* by length first, then by bytes */
	{"{\"b\":1,\"a\":2}", "{\"a\": 2, \"b\": 1}"},
	{"{\"aa\":1,\"b\":2,\"\":3}", "{\"\": 3, \"b\": 2, \"aa\": 1}"},
	{"{\"a\":1,\"B\":2,\"_\":3}", "{\"B\": 2, \"_\": 3, \"a\": 1}"},
	{"{\"\303\251\":1,\"zz\":2,\"zzz\":3,\"z\":4}",
	"{\"z\": 4, \"zz\": 2, \"\303\251\": 1, \"zzz\": 3}"},

	/* as the keys are without escapes */
	{"{\"\\n\":1,\"aa\":2,\"a\":3}", "{\"\\n\": 1, \"a\": 3, \"aa\": 2}"},
	{"{\"\\u001f\":1,\"\\u000b\":2,\"\\t\":3,\"\\\"\":4,\"\\\\\":5,\"\\r\":6,\"\\f\":7,\"\\b\":8,\"!\":9}",
	"{\"\\b\": 8, \"\\t\": 3, \"\\u000b\": 2, \"\\f\": 7, \"\\r\": 6, \"\\u001f\": 1, \"!\": 9, \"\\\"\": 4, \"\\\\\": 5}"},
	{"{\"\\u0062\":1,\"a\":2}", "{\"a\": 2, \"b\": 1}"},
	{"{\"a\\u0001b\":1,\"a\\u0001a\":2}", "{\"a\\u0001a\": 2, \"a\\u0001b\": 1}"},

	/* the last of equal keys, however they are spelled */
	{"{\"a\":1,\"a\":2}", "{\"a\": 2}"},
	{"{\"a\":1,\"\\u0061\":2}", "{\"a\": 2}"},
	{"{\"\\n\":1,\"\\u000A\":2}", "{\"\\n\": 2}"},
	{"{\"b\":1,\"a\":2,\"b\":3,\"a\":4,\"b\":5}", "{\"a\": 4, \"b\": 5}"},
	{"{\"a\":{\"c\":1,\"b\":2},\"a\":3}", "{\"a\": 3}"},
	{"{\"a\":3,\"a\":{\"c\":1,\"b\":2}}", "{\"a\": {\"b\": 2, \"c\": 1}}"},

	/* at several levels */
	{"{\"b\":[{\"d\":1,\"c\":2}],\"a\":3}", "{\"a\": 3, \"b\": [{\"c\": 2, \"d\": 1}]}"},
	{"{\"b\":{\"d\":{\"f\":1,\"e\":2},\"c\":{}},\"a\":{\"h\":[],\"g\":0}}",
	"{\"a\": {\"g\": 0, \"h\": []}, \"b\": {\"c\": {}, \"d\": {\"e\": 2, \"f\": 1}}}"},
	{"{\"a\":{\"c\":1,\"b\":2},\"d\":{\"e\":1,\"f\":2},\"g\":{\"h\":{\"j\":1,\"i\":2}},\"k\":1}",
	"{\"a\": {\"b\": 2, \"c\": 1}, \"d\": {\"e\": 1, \"f\": 2}, \"g\": {\"h\": {\"i\": 2, \"j\": 1}}, \"k\": 1}"},
	{"[{\"b\":1,\"a\":2},{\"a\":1,\"b\":2},{\"b\":1,\"a\":2},\"{\",{}]",
	"[{\"a\": 2, \"b\": 1}, {\"a\": 1, \"b\": 2}, {\"a\": 2, \"b\": 1}, \"{\", {}]"},
	{"[{\"a\":1,\"b\":{\"a\":1,\"b\":2}},{\"b\":1,\"a\":{\"a\":1,\"b\":2}}]",
	"[{\"a\": 1, \"b\": {\"a\": 1, \"b\": 2}}, {\"a\": {\"a\": 1, \"b\": 2}, \"b\": 1}]"},
};

#define ENDED "The input string ended unexpectedly."
#define LOW "Unicode low surrogate must follow a high surrogate."
#define HIGH "Unicode high surrogate must not follow a high surrogate."
#define HEX "\"\\u\" must be followed by four hexadecimal digits."
#define INVALID(token) "Token \"" token "\" is invalid."
#define CONTROL(value) "Character with value " value " must be escaped."
#define ESCAPE(sequence) "Escape sequence \"" sequence "\" is invalid."
#define VALUE(token) "Expected JSON value, but found \"" token "\"."

static const Refused grammar[] = {
	{"", MDB_INVALID_JSON, ENDED},
	{" \n", MDB_INVALID_JSON, ENDED},
	{"[", MDB_INVALID_JSON, ENDED},
	{"[1", MDB_INVALID_JSON, ENDED},
	{"[1,", MDB_INVALID_JSON, ENDED},
	{"{", MDB_INVALID_JSON, ENDED},
	{"{\"a\"", MDB_INVALID_JSON, ENDED},
	{"{\"a\":", MDB_INVALID_JSON, ENDED},
	{"{\"a\":1", MDB_INVALID_JSON, ENDED},
	{"{\"a\":1,", MDB_INVALID_JSON, ENDED},
	{"[}", MDB_INVALID_JSON, VALUE("}")},
	{"[1,]", MDB_INVALID_JSON, VALUE("]")},
	{"[,1]", MDB_INVALID_JSON, VALUE(",")},
	{":", MDB_INVALID_JSON, VALUE(":")},
	{"{\"a\":}", MDB_INVALID_JSON, VALUE("}")},
	{"[1 2]", MDB_INVALID_JSON, "Expected \",\" or \"]\", but found \"2\"."},
	{"[1:2]", MDB_INVALID_JSON, "Expected \",\" or \"]\", but found \":\"."},
	{"[1}", MDB_INVALID_JSON, "Expected \",\" or \"]\", but found \"}\"."},
	{"{]", MDB_INVALID_JSON, "Expected string or \"}\", but found \"]\"."},
	{"{1:2}", MDB_INVALID_JSON, "Expected string or \"}\", but found \"1\"."},
	{"{\"a\" 1}", MDB_INVALID_JSON, "Expected \":\", but found \"1\"."},
	{"{\"a\"}", MDB_INVALID_JSON, "Expected \":\", but found \"}\"."},
	{"{\"a\":1 \"b\":2}", MDB_INVALID_JSON, "Expected \",\" or \"}\", but found \"\"b\"\"."},
	{"{\"a\":1]", MDB_INVALID_JSON, "Expected \",\" or \"}\", but found \"]\"."},
	{"{\"a\":1,}", MDB_INVALID_JSON, "Expected string, but found \"}\"."},
	{"{\"a\":1,null:2}", MDB_INVALID_JSON, "Expected string, but found \"null\"."},
	{"1 2", MDB_INVALID_JSON, "Expected end of input, but found \"2\"."},
	{"{}}", MDB_INVALID_JSON, "Expected end of input, but found \"}\"."},
};

static const Refused tokens[] = {
	{"tru", MDB_INVALID_JSON, INVALID("tru")},
	{"truee", MDB_INVALID_JSON, INVALID("truee")},
	{"NULL", MDB_INVALID_JSON, INVALID("NULL")},
	{"null_", MDB_INVALID_JSON, INVALID("null_")},
	{"\303\251t\303\251", MDB_INVALID_JSON, INVALID("\303\251t\303\251")},
	{"\357\273\2771", MDB_INVALID_JSON, INVALID("\357\273\2771")},
	{"'a'", MDB_INVALID_JSON, INVALID("'")},
	{"@", MDB_INVALID_JSON, INVALID("@")},
	{"\v1", MDB_INVALID_JSON, INVALID("\v")},
	{"01", MDB_INVALID_JSON, INVALID("01")},
	{"-", MDB_INVALID_JSON, INVALID("-")},
	{"-a", MDB_INVALID_JSON, INVALID("-a")},
	{"-.5x", MDB_INVALID_JSON, INVALID("-.5x")},
	{"01.5", MDB_INVALID_JSON, INVALID("01")},
	{"1.", MDB_INVALID_JSON, INVALID("1.")},
	{"1.e+5", MDB_INVALID_JSON, INVALID("1.e+5")},
	{"1e", MDB_INVALID_JSON, INVALID("1e")},
	{"1e-", MDB_INVALID_JSON, INVALID("1e-")},
	{"1e+-1", MDB_INVALID_JSON, INVALID("1e+")},
	{".5", MDB_INVALID_JSON, INVALID(".")},
	{"+1", MDB_INVALID_JSON, INVALID("+")},
	{"0x1F", MDB_INVALID_JSON, INVALID("0x1F")},
	{"1\303\251", MDB_INVALID_JSON, INVALID("1\303\251")},
};

static const Refused strings[] = {
	{"\"", MDB_INVALID_JSON, INVALID("\"")},
	{"\"abc", MDB_INVALID_JSON, INVALID("\"abc")},
	{"\"abc\\", MDB_INVALID_JSON, INVALID("\"abc\\")},
	{"\"\\u12", MDB_INVALID_JSON, INVALID("\"\\u12")},
	{"\"\\ud800", MDB_INVALID_JSON, INVALID("\"\\ud800")},
	{"\"\\ud800\\", MDB_INVALID_JSON, INVALID("\"\\ud800\\")},
	{"\"\\ud800\\udc0", MDB_INVALID_JSON, INVALID("\"\\ud800\\udc0")},
	{"\"\001\"", MDB_INVALID_JSON, CONTROL("0x01")},
	{"\"1234567\037\"", MDB_INVALID_JSON, CONTROL("0x1f")},
	{"\"12\n3456789\"", MDB_INVALID_JSON, CONTROL("0x0a")},
	{"\"\\ud800\t\"", MDB_INVALID_JSON, CONTROL("0x09")},
	{"\"\\x41\"", MDB_INVALID_JSON, ESCAPE("\\x")},
	{"\"\\U0041\"", MDB_INVALID_JSON, ESCAPE("\\U")},
	{"\"\\\360\237\230\200\"", MDB_INVALID_JSON, ESCAPE("\\\360\237\230\200")},
	{"\"\\u12g4\"", MDB_INVALID_JSON, HEX},
	{"\"\\u-123\"", MDB_INVALID_JSON, HEX},
	{"\"\\ud800\\u00\303\251\"", MDB_INVALID_JSON, HEX},
	{"\"\\ud800\"", MDB_INVALID_JSON, LOW},
	{"\"\\ud800x\"", MDB_INVALID_JSON, LOW},
	{"\"\\ud800\\n\"", MDB_INVALID_JSON, LOW},
	{"\"\\ud800\\x\"", MDB_INVALID_JSON, LOW},
	{"\"\\ud800\\u0041\"", MDB_INVALID_JSON, LOW},
	{"\"\\udc00\"", MDB_INVALID_JSON, LOW},
	{"\"\\udfff\\ud800\"", MDB_INVALID_JSON, LOW},
	{"\"\\ud800\\udbff\"", MDB_INVALID_JSON, HIGH},
	{"\"\\u0000\"", MDB_UNSUPPORTED_UNICODE_ESCAPE, "\\u0000 cannot be converted to text."},
	{"{\"\\u0000\":1}", MDB_UNSUPPORTED_UNICODE_ESCAPE, "\\u0000 cannot be converted to text."},
	{"\"\\ud800\\u0000\"", MDB_INVALID_JSON, LOW},
};

/* Which of two faults is reported. */
static const Refused precedence[] = {
	{"1e999999", MDB_NUMBER_OUT_OF_RANGE, NULL},
	{"[1e999999,", MDB_NUMBER_OUT_OF_RANGE, NULL},
	{"[1e999999 2", MDB_NUMBER_OUT_OF_RANGE, NULL},
	{"{1e999999:1}", MDB_INVALID_JSON, "Expected string or \"}\", but found \"1e999999\"."},
	{"1e999999 @", MDB_INVALID_JSON, INVALID("@")},
	{"[1e999999 \"\002\"", MDB_INVALID_JSON, CONTROL("0x02")},
	{"[1e999999 \"\\u0000\"", MDB_UNSUPPORTED_UNICODE_ESCAPE, "\\u0000 cannot be converted to text."},
	{"[1 \"\002\"", MDB_INVALID_JSON, CONTROL("0x02")},
	{"[\377", MDB_INVALID_UTF8, NULL},
	{"@ \"\300\200\"", MDB_INVALID_UTF8, NULL},
};

static void
check_all_accepted(const Accepted *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		check_accepted(rows[i].input, rows[i].expected);
		check_accepted(rows[i].expected, rows[i].expected);
	}
}

static void
check_all_refused(const Refused *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_refused(rows[i].input, rows[i].code, rows[i].detail);
}

static void
test_nul_and_null(void)
{
	const MdbString inputs[] = {{"1\0", 2}, {"\"a\0b\"", 5}, {"\0", 1}};
	UnitMemory	memory = {0};
	MdbString	result;
	MdbError	error;

	for (size_t i = 0; i < LENGTH(inputs); i++)
	{
		CHECK(!canonicalize(inputs[i], &memory, &result, &error));
		CHECK(error.code == MDB_INVALID_UTF8);
	}
	CHECK(!canonicalize(MDB_NULL_STRING, &memory, &result, &error));
	CHECK(error.code == MDB_INVALID_JSON);
	CHECK(memory.live == 0);
}

int
main(void)
{
	check_all_accepted(scalars, LENGTH(scalars));
	check_all_accepted(numbers, LENGTH(numbers));
	check_all_accepted(containers, LENGTH(containers));
	check_all_accepted(orders, LENGTH(orders));
	check_all_refused(grammar, LENGTH(grammar));
	check_all_refused(tokens, LENGTH(tokens));
	check_all_refused(strings, LENGTH(strings));
	check_all_refused(precedence, LENGTH(precedence));
	test_nul_and_null();
	return unit_report();
}
