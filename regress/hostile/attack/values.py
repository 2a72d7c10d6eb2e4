"""Arguments for a function, from a generator of random numbers.

A value is what a driver binds, or Sql: an expression that is no parameter.
"""

import struct

ID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
STREAMS = ["account-1", "account-2+x", "other-1", "a-"]
NAMESPACES = ["tenant_a", "tenant_b", "tenant_c", "message_store"]
JSON = ["{}", "null", '{"a": 1, "correlationStreamName": "account-1"}', "[1, 2.50]", '"x"', None]
BATCHES = ['[{"type": "T", "data": {}}]',
           '[{"type": "T", "data": 1}, {"type": "U", "data": null, "metadata": []}]']

# What a function accepts, by the name of the argument
RIGHT = {
    "id": [None, None, ID, ID.upper(), "{%s}" % ID], "stream_name": STREAMS, "type": ["Opened", "T"],
    "data": JSON, "metadata": JSON, "messages": BATCHES, "category": ["account", "other", ""],
    "correlation": [None, "account"], "condition": [None], "name": NAMESPACES,
    "namespace": NAMESPACES, "role": ["postgres"], "new_name": ["tenant_c", "tenant_d"], "schema": NAMESPACES,
    "description": [None, "words"], "expected_version": [None, -1, 0, 1], "position": [0, 1, None],
    "batch_size": [-1, 0, 1, 10, None], "consumer_group_member": [0, 1, None],
    "consumer_group_size": [2, 3, None], "group_size": [1, 2, 7], "prefix": ["a", "", None],
}

USUAL = STREAMS + NAMESPACES + JSON[:5] + BATCHES + [ID, "account", "Opened"]

UNUSUAL = [
    "", " ", "-", "+", "a-", "-1", "a-b+c+d", "%s%n%d%1%2%%", "'", '"', "\\", "\\'", "$1", "?",
    "'; DROP TABLE messages; --", '"; DROP TABLE messages; --', "a\nb", "\r\n\t\v\f", "../x",
    "/etc/passwd", "a/b", "main", "public", "pg_catalog", "information_schema", "sqlite_x",
    "Tenant_A", "tenant_a ", "messages", "\u05d0\u05d1-\u202e\u05d2", "\ufeffaccount-1",
    "\U0001f600-\U0001f469\u200d\U0001f4bb", "e\u0301-1", "\u00e9-1", "\u0130-i", "\ufffd-\uffff",
    "NaN", "Infinity", "0x10", "1e3", " 7 ", "1.0", "{", '{"a"', "[{}]", "[null]", "[[]]",
    '{"a": 1, "a": 2}', '{"b": 1, "a": 1.50}', '[{"type": "\\u0000", "data": 1}]',
    '"\\ud800"', '"\\u00e9\\/"', "1e999999", "1E-20", "-0", '[{"type": 1}]', '[{"data": {}, "type": "T", "x": 1}]',
    '[{"type": "T", "data": {}, "id": "x"}]', '[{"type": "T", "data": {}, "id": 7}]',
    '[{"type": "T", "data": {}}, 7]', '{"type": "T", "data": {}}', "{00000000}", "true", "on",
    "1) OR (1", "1; DROP TABLE messages", "1 --", "position >= 0", "no_such_column",
    "a" * 63, "a" * 64, "a-" + "x" * 2046, "a-" + "x" * 2047, "[" * 1000 + "]" * 1000,
]

INTEGERS = [0, 1, -1, 2, 3, 7, 10, 1000, 2**31 - 1, 2**31, -2**31, 2**63 - 1, 2**63 - 2, -2**63]

NUMBERS_AS_TEXT = ["0", "1", "-1", " 2 ", "+3", "9223372036854775807", "-9223372036854775808",
                   "9223372036854775808", "1e3", "0.5", "x", "", "1 2", "--1"]

# Nothing but PostgreSQL understands these
SQL = [
    "E'a\\000b'", "E'\\xff'", "'NaN'::float8", "'-Infinity'::numeric", "ARRAY[1, NULL]",
    "ARRAY['a', 'b']::text[]", "ROW(1, 'x')", "'\\x00ff'::bytea", "1e400", "'x'::\"char\"",
    "'infinity'::timestamp", "B'101'", "'[1, 2]'::json", "'{\"a\": []}'::jsonb", "'null'::jsonb",
    "NULL::int8", "NULL::varchar", "NULL::jsonb", "chr(1114111)::varchar", "true", "'x'::name",
    "current_user", "'a'::char(10)", "(-9223372036854775808)::int8", "0.5::float4",
    "'message_store.messages'::regclass", "'{}'::int8[]", "5::int2", "'a-1'::text",
    "repeat('a', {n})::varchar", "('a-' || repeat(chr(233), {n}))::varchar",
    "(repeat('[', {n}) || repeat(']', {n}))::text", "repeat('[', {n})",
    "to_jsonb(repeat('x', {n}))", "jsonb_build_array(to_jsonb(repeat('x', {n})))",
    "(SELECT jsonb_agg(jsonb_build_object('type', 'T', 'data', g)) FROM generate_series(1, {m}) AS g)",
    "(SELECT jsonb_object_agg(g, g) FROM generate_series(1, {m}) AS g)", "repeat('9', {m})",
    "('1' || repeat('0', {m}))::numeric", "ARRAY(SELECT 'a' FROM generate_series(1, {m}))",
    "(repeat('{\"a\":', 100000) || '1' || repeat('}', 100000))",
    "(repeat('[', 100000) || repeat(']', 100000))",
]


class Sql(str):
    """An expression, to stand in the statement as it is."""


def length(random, largest):
    """Up to the largest; short ones more often."""
    return max(1, largest >> random.randrange(18))


def expression(random, n):
    """An expression whose value has some n bytes, or fewer elements."""
    text = random.choice(SQL)
    return Sql(text.replace("{n}", str(n)).replace("{m}", str(min(n, 20000))))


def right(random, name, type_name):
    """A value that the function may well accept."""
    if name in RIGHT:
        return random.choice(RIGHT[name])
    return random.choice([0, 1, 2]) if type_name == "bigint" else random.choice(USUAL)


def common(random, type_name):
    """A value that means the same to both databases."""
    if random.random() < 0.07:
        return None
    if type_name == "bigint":
        if random.random() < 0.3:
            return random.choice(NUMBERS_AS_TEXT)
        return random.choice(INTEGERS) if random.random() < 0.8 else random.randrange(20)
    if type_name == "boolean":
        return None
    if random.random() < 0.05:
        return random.choice(["a", "a-", "é", "%s", "'"]) * length(random, 20000)
    if random.random() < 0.55:
        return random.choice(USUAL)
    return random.choice(UNUSUAL)


def any_value(random, type_name, largest):
    """Any value at all, of that type or of another one."""
    kind = random.random()
    if kind < 0.45:
        return common(random, type_name)
    if kind < 0.75:
        return expression(random, length(random, largest))
    if kind < 0.8:
        return random.choice([0.5, -0.0, 1e308, float("inf"), float("nan"),
                              struct.unpack("d", random.randbytes(8))[0]])
    if kind < 0.85:
        return random.randbytes(random.randrange(40))
    if kind < 0.9:
        return random.choice(INTEGERS) * random.choice([1, 2**64, 10**400])
    if kind < 0.95:
        return Sql("(%s)::%s" % (expression(random, 10), type_name))
    return common(random, random.choice(["bigint", "character varying", "jsonb"]))
