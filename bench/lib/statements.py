"""The statements of the variants.

"original" and "ours" are called alike.  "bare" is what one would write by hand
into an application that does without either: the same rows, casts and order,
in statements that use the same indexes.  Each text has its arguments in
braces; in_loop() and prepared() put in what the place of use has.

A text that a variant does not have is Missing, with the reason.
"""


class Missing(str):
    """Why there is no figure."""


FUNCTIONS = ("original", "ours")

WRITE = "SELECT message_store.write_message({id}, {stream}, {type}, {data}, {metadata})"

# The id comes as a value of the column's type, as a driver can send it.
INSERT = """INSERT INTO message_store.messages (id, stream_name, position, type, data, metadata)
VALUES ({uuid}, {stream}, {position}, {type}, {data}, {metadata})"""

WRITE_BATCH = "SELECT message_store.write_messages({stream}, {messages})"

INSERT_BATCH = """INSERT INTO message_store.messages (id, stream_name, position, type, data, metadata)
SELECT uuid, stream_name, position, type, data, metadata FROM bench.input WHERE batch = {batch} ORDER BY n"""

INSERT_ALL = """INSERT INTO message_store.messages (id, stream_name, position, type, data, metadata)
SELECT uuid, stream_name, position, type, data, metadata FROM bench.input WHERE n >= {first} AND n < {last}
ORDER BY stream_name, position"""

# A batch that comes through the protocol; the original's way with one round trip.
BATCH_OF_JSON = {
    "original": """SELECT message_store.write_message(id::varchar, {stream}, type, data, metadata)
FROM jsonb_to_recordset({messages}) AS x (id uuid, type varchar, data jsonb, metadata jsonb)""",
    "ours": WRITE_BATCH,
    "bare": """INSERT INTO message_store.messages (id, stream_name, position, type, data, metadata)
SELECT id, {stream}, {position} + n - 1, type, data, metadata FROM ROWS FROM (
    jsonb_to_recordset({messages}) AS (id uuid, type varchar, data jsonb, metadata jsonb))
    WITH ORDINALITY AS x (id, type, data, metadata, n)""",
}

SELECT = """SELECT id::varchar, stream_name::varchar, type::varchar, position, global_position,
data::varchar, metadata::varchar, time FROM message_store.messages"""

CATEGORY = "split_part(stream_name, '-', 1)"
HASH = "('x' || left(md5({0}), 16))::bit(64)::bigint"
ID = "substr({0}, nullif(strpos({0}, '-'), 0) + 1)"
CARDINAL_ID = "split_part(" + ID + ", '+', 1)"

CATEGORY_RANGE = SELECT + """ WHERE ROW({0}, global_position) >= ROW({{category}}, {{position}})
AND {0} <= {{category}}""".format(CATEGORY)
CATEGORY_ORDER = " ORDER BY {0}, global_position LIMIT {{count}}".format(CATEGORY)

BARE_READS = {
    "stream": SELECT + " WHERE stream_name = {stream} AND position >= {position} ORDER BY position LIMIT {count}",
    "category": CATEGORY_RANGE + CATEGORY_ORDER,
    "group": CATEGORY_RANGE + " AND int8eq(mod(abs(%s), 4), 1)" % HASH.format(
        CARDINAL_ID.format("stream_name")) + CATEGORY_ORDER,
    "last": SELECT + " WHERE stream_name = {stream} ORDER BY position DESC LIMIT 1",
    "version": "SELECT max(position) FROM message_store.messages WHERE stream_name = {stream}",
    "all": SELECT + " WHERE global_position >= {position} ORDER BY global_position LIMIT {count}",
}

FUNCTION_READS = {
    "stream": "SELECT * FROM message_store.get_stream_messages({stream}, {position}, {count})",
    "category": "SELECT * FROM message_store.get_category_messages({category}, {position}, {count})",
    "group": """SELECT * FROM message_store.get_category_messages({category}, {position}, {count},
consumer_group_member => 1, consumer_group_size => 4)""",
    "last": "SELECT * FROM message_store.get_last_stream_message({stream})",
    "version": "SELECT message_store.stream_version({stream})",
    "all": "SELECT * FROM message_store.get_all_messages({position}, {count})",
}

# The pure functions: the function, and the same by hand.
PURE = {
    "hash_64": HASH,
    "category": "split_part({0}, '-', 1)",
    "id": ID,
    "cardinal_id": CARDINAL_ID,
    "is_category": "strpos({0}, '-') = 0",
}

# The indexes that a statement of BARE_READS must use.
PLANS = {"stream": "messages_stream", "category": "messages_category", "group": "messages_category",
         "last": "messages_stream", "version": "messages_stream", "all": "messages_pkey"}


def read(variant, kind):
    return BARE_READS[kind] if variant == "bare" else FUNCTION_READS[kind]


def write(variant):
    return INSERT if variant == "bare" else WRITE


def in_loop(text, **arguments):
    """As a statement of PL/pgSQL, which throws a query's rows away."""
    text = text.format(**arguments)
    return "PERFORM" + text[len("SELECT"):] if text.startswith("SELECT") else text


def prepared(text, *names):
    """With $1, $2 ... for these arguments."""
    return text.format(**{name: "$%d" % (number + 1) for number, name in enumerate(names)})
