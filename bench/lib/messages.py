"""What is in the stores that are measured: the messages, and what to ask for.

All are made by SQL from numbers, so that every variant gets the same ones, in
the same order, on every machine.

A store of N messages, a multiple of GENERATION, is made of generations of
10,000: in each of nine categories, account0 to account8, ten streams of 100
messages, and in account9 one stream of 1,000.  They are written in turn, as
if all these streams lived at once, and then the next generation comes.  Ids
are random UUIDs, names have a UUID behind the category, and data and metadata
are 100 bytes of JSON each.
"""

GENERATION = 10000
READS = 10000               # rows of bench.reads

# a category's number and a stream's number in it -> its name
STREAM = "'account' || ({c}) || '-' || md5('stream ' || ({c}) || ' ' || ({s}))::uuid"

TYPE = "(ARRAY['Opened', 'Deposited', 'Withdrawn', 'Closed'])[1 + ({n}) % 4]"

DATA = """jsonb_build_object('accountId', md5('account ' || ({n}))::uuid, 'amount', ({n}) % 1000,
 'time', '2026-01-01T00:00:00.000Z')"""

METADATA = """jsonb_build_object('correlationStreamName', 'transfer-' || md5('transfer ' || ({n}))::uuid,
 'causationMessageGlobalPosition', ({n}))"""

# The same for what a client writes.
EXAMPLE_DATA = """{"accountId": "0a1b2c3d-0000-4000-8000-000000000001", "amount": 10,
 "time": "2026-01-01T00:00:00.000Z"}"""
EXAMPLE_METADATA = """{"correlationStreamName": "transfer-0a1b2c3d-0000-4000-8000-000000000002",
 "causationMessageGlobalPosition": 1}"""

# Generation g has messages n = 0 to 9999; k counts those of a category.
LOAD = """
INSERT INTO message_store.messages (stream_name, type, position, data, metadata, id)
SELECT
    CASE WHEN c < 9 THEN {short} ELSE {long} END,
    {type},
    CASE WHEN c < 9 THEN k / 10 ELSE k END,
    {data},
    {metadata},
    md5('message ' || n)::uuid
FROM generate_series(%d, %d - 1) AS n,
    LATERAL (SELECT n / 10000 AS g, n %% 10 AS c, n %% 10000 / 10 AS k) AS x
ORDER BY n
""".format(short=STREAM.format(c="c", s="g * 10 + k %% 10"),
           long=STREAM.format(c="c", s="g"),
           type=TYPE.format(n="n").replace("%", "%%"), data=DATA.format(n="n").replace("%", "%%"),
           metadata=METADATA.format(n="n").replace("%", "%%"))

# What is read, at random but in all variants alike: a stream and a position
# with ten messages behind it, a long stream, a category and a global position
# with 4,000 messages of the category behind it, where the store is that large.
READ_TABLE = """
DROP TABLE IF EXISTS bench.reads;
CREATE TABLE bench.reads AS
SELECT
    n,
    ({stream})::varchar AS stream_name,
    (h[1] %% 91)::bigint AS position,
    ({long})::varchar AS long_stream,
    ('account' || c)::varchar AS category,
    (1 + h[2] %% greatest(1, %(messages)d - 45000))::bigint AS global_position
FROM generate_series(0, %(reads)d - 1) AS n,
    LATERAL (SELECT ARRAY(
        SELECT abs(hashint4extended(n, seed) %% 1000000000) FROM generate_series(1, 5) AS seed) AS h) AS a,
    LATERAL (SELECT h[3] %% 9 AS c, h[4] %% (%(messages)d / 10000) AS g) AS b;
ALTER TABLE bench.reads ADD PRIMARY KEY (n);
VACUUM ANALYZE bench.reads;
""".format(stream=STREAM.format(c="c", s="g * 10 + h[5] %% 10"), long=STREAM.format(c="9", s="g"))

# What is written: batches of so many messages, to the streams of up to ten
# generations in turn, behind their 100 messages.
INPUT_TABLE = """
DROP TABLE IF EXISTS bench.input;
CREATE TABLE bench.input AS
SELECT
    n,
    n / %(batch)d AS batch,
    md5('input ' || n)::uuid::varchar AS id,
    md5('input ' || n)::uuid AS uuid,
    ({stream})::varchar AS stream_name,
    (%(behind)d + n / %(batch)d / %(streams)d * %(batch)d + n %% %(batch)d)::bigint AS position,
    ({type})::varchar AS type,
    {data} AS data,
    {metadata} AS metadata
FROM generate_series(0, %(rows)d - 1) AS n,
    LATERAL (SELECT n / %(batch)d %% %(streams)d AS a) AS x,
    LATERAL (SELECT a %% 9 AS c, a / 9 AS s) AS y
ORDER BY n;
ALTER TABLE bench.input ADD PRIMARY KEY (n);
CREATE INDEX ON bench.input (batch);
VACUUM ANALYZE bench.input;
""".format(stream=STREAM.format(c="c", s="s"),
           type=TYPE.format(n="n").replace("%", "%%"), data=DATA.format(n="n").replace("%", "%%"),
           metadata=METADATA.format(n="n").replace("%", "%%"))

# The same as arrays for write_messages().  Not compressed: a client's would
# not be, either.
BATCH_TABLE = """
DROP TABLE IF EXISTS bench.batches;
CREATE TABLE bench.batches (n integer PRIMARY KEY, stream_name varchar, messages jsonb);
ALTER TABLE bench.batches ALTER COLUMN messages SET STORAGE EXTERNAL;
INSERT INTO bench.batches
SELECT batch, min(stream_name), jsonb_agg(
    jsonb_build_object('id', id, 'type', type, 'data', data, 'metadata', metadata) ORDER BY n)
FROM bench.input GROUP BY batch;
VACUUM ANALYZE bench.batches;
"""


def load(first, last):
    return LOAD % (first, last)


def read_table(messages):
    return READ_TABLE % {"messages": messages, "reads": READS}


def input_table(messages, rows, batch=1):
    """For a store of so many messages; 0: the streams are new."""
    generations = min(10, max(1, messages // GENERATION))
    return INPUT_TABLE % {"batch": batch, "rows": rows, "streams": 90 * generations,
                          "behind": 100 if messages else 0}
