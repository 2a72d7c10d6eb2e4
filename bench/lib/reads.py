"""Areas of reading: reads, protocol, functions, growth, storage."""

import messages
from statements import Missing, PLANS, PURE, in_loop, prepared, read, write
from writes import CPU, ROW, loops

READ_CPU = "us CPU a read"

# what, kind, rows at most, its part of the reads, the arguments as columns of bench.reads
READS = (
    ("stream, 1 row", "stream", 1, 1, "stream_name", "position"),
    ("stream, 10 rows", "stream", 10, 2, "stream_name", "position"),
    ("stream, 1000 rows", "stream", 1000, 50, "long_stream", "beginning"),
    ("category, 1 row", "category", 1, 1, "category", "global_position"),
    ("category, 10 rows", "category", 10, 2, "category", "global_position"),
    ("category, 1000 rows", "category", 1000, 50, "category", "global_position"),
    ("consumer group 1 of 4, 1000 rows", "group", 1000, 250, "category", "global_position"),
    ("last message", "last", 1, 1, "stream_name", "beginning"),
    ("version", "version", 1, 1, "stream_name", "beginning"),
    ("all messages, 10 rows", "all", 10, 2, "category", "global_position"),
    ("all messages, 1000 rows", "all", 1000, 50, "category", "global_position"),
)
COLUMNS = "stream_name, type, position, global_position, data, metadata"


def readers(bench, stores, kind):
    """{variant: text of the statement, or Missing}"""
    found = {}
    for variant, store in stores.items():
        found[variant] = read(variant, kind)
        if kind == "all" and variant != "bare" and not store.has("get_all_messages"):
            found[variant] = Missing("Message DB has none" if variant == "original"
                                     else "get_all_messages is not in this build")
    return found


def verify(stores, texts, kind, arguments):
    """All variants return the same rows; and the bare statement uses its index."""
    wanted = None
    for variant, text in texts.items():
        if isinstance(text, Missing):
            continue
        answers = []
        for row in stores[variant].rows("SELECT %s, %s FROM bench.reads, (SELECT 0 AS beginning) AS zero"
                                        " WHERE n < 3 ORDER BY n" % (arguments["stream"], arguments["position"])):
            filled = text.format(stream=quoted(row[0]), category=quoted(row[0]), position=row[1],
                                 count=arguments["count"])
            columns = "*" if kind == "version" else COLUMNS
            answers.append(stores[variant].rows("SELECT %s FROM (%s) AS x" % (columns, filled)))
        if wanted is None:
            wanted = answers
        if answers != wanted or not answers[0]:
            raise RuntimeError("%s: %s returns other rows than %s" % (kind, variant, next(iter(texts))))
    names = [name for name in ("stream", "category", "position", "count") if "{%s}" % name in texts["bare"]]
    stores["bare"].run("PREPARE bare AS " + prepared(texts["bare"], *names))
    plan = "\n".join(row[0] for row in stores["bare"].rows(
        "EXPLAIN EXECUTE bare(%s)" % ", ".join(["NULL"] * len(names))))
    stores["bare"].run("DEALLOCATE bare")
    if PLANS[kind] not in plan or "Sort" in plan:
        raise RuntimeError("the plan of the bare statement is not as it should be:\n%s" % plan)


def quoted(value):
    return "'%s'" % value


def reads(bench):
    """Reads, CPU of one backend; a loop inside the server."""
    stores = bench.stores.open(bench.options.messages)
    for what, kind, rows, part, name, position in READS:
        texts = readers(bench, stores, kind)
        verify(stores, texts, kind, {"stream": name, "position": position, "count": rows})
        read_loop(bench, stores, "reads", what, texts, rows, part, name, position)
    bench.stores.close(stores)


def read_loop(bench, stores, area, what, texts, rows, part, name, position):
    count = max(5, bench.options.reads // part)
    if position != "beginning":
        position = "r." + position

    def contender(variant, statement):
        def run(round):
            first = round * count % (messages.READS - count + 1)
            return stores[variant].loop("reads", statement, first, first + count, rows) * 1e6 / count
        return run

    contenders = {"nothing": contender("bare", "NULL")}
    for variant, text in texts.items():
        contenders[variant] = text if isinstance(text, Missing) else contender(
            variant, in_loop(text, stream="r." + name, category="r." + name, position=position, count="batch_size"))
    loops(bench, area, what, contenders, READ_CPU)


def protocol(bench):
    """Reads by a client with prepared statements: time on the clock."""
    stores = bench.stores.open(bench.options.messages)
    for what, kind, rows, _, name, position in READS:
        texts = readers(bench, stores, kind)
        contenders, cpu = {}, {}
        for variant, text in texts.items():
            if isinstance(text, Missing):
                contenders[variant] = cpu[variant] = text
                continue
            cpu[variant] = []
            contenders[variant] = client(bench, stores[variant], text, rows, name, position, cpu[variant])
        bench.measure("protocol", what, "us a read", contenders, warm=False)
        bench.add("protocol", what, READ_CPU, cpu)
    bench.stores.close(stores)


def client(bench, store, text, rows, name, position, cpu):
    """Which read it is comes as a number, and a subquery finds the arguments; for all alike."""
    find = "(SELECT %s FROM bench.reads WHERE n = $1::integer)"
    statement = text.format(stream=find % name, category=find % name,
                            position=position if position == "0" else find % position, count=rows)

    def run(round):
        rate, used = bench.drive(store, statement, ["%m"], cycle=messages.READS,
                                 seconds=bench.options.seconds / 4)
        cpu.append(used)
        return 1e6 / rate
    return run


def functions(bench):
    """The pure functions, in a query over 100,000 names."""
    count = bench.options.reads * 20
    stores = bench.stores.open(0)
    for store in stores.values():
        store.run("CREATE TABLE bench.names AS SELECT ('account' || n % 10 || '-' || md5(n::text)::uuid ||"
                  " '+' || n % 4)::varchar AS name FROM generate_series(1, {}) AS n;\nVACUUM ANALYZE bench.names"
                  .format(count))

    def contender(variant, expression):
        return lambda round: stores[variant].cpu(
            "SELECT count(%s) FROM bench.names" % expression) * 1e6 / count

    for function, by_hand in PURE.items():
        contenders = {variant: contender(variant, "message_store.%s(name)" % function)
                      for variant in stores if variant != "bare"}
        contenders["bare"] = contender("bare", by_hand.format("name"))
        contenders["nothing"] = contender("bare", "name")
        loops(bench, "functions", function, contenders, "us CPU a call")
    bench.stores.close(stores)


# ---------------------------------------------------------------------------
# Growth, indexes and bytes
# ---------------------------------------------------------------------------

GROWTH_READS = [row for row in READS if row[0] in ("stream, 10 rows", "last message", "version")] + [
    ("category, 100 rows", "category", 100, 10, "category", "global_position")]


def growth(bench):
    """The same writes and reads in stores that grow."""
    stores = bench.stores.open(0)
    size, before = max(100, bench.options.writes // 5), 0
    for total in bench.options.growth:
        for variant, store in stores.items():
            bench.progress.show("growth: %d messages" % total, ", %s" % variant)
            store.run("DELETE FROM message_store.messages WHERE global_position > %d" % before)
            store.run("ALTER SEQUENCE message_store.messages_global_position_seq RESTART WITH %d" % (before + 1))
            bench.stores.fill(store, before, total)
            store.run(messages.input_table(total, (bench.options.rounds + 1) * size))
        before = total
        bench.stores.sql("CHECKPOINT")
        for what, kind, rows, part, name, position in GROWTH_READS:
            texts = readers(bench, stores, kind)
            read_loop(bench, stores, "growth", "%s, of %d" % (what, total), texts, rows, part * 2, name, position)

        def contender(variant, statement):
            return lambda round: stores[variant].loop(
                "input", statement, round * size, (round + 1) * size) * 1e6 / size

        contenders = {variant: contender(variant, in_loop(write(variant), **ROW)) for variant in stores}
        loops(bench, "growth", "single write, into %d" % total,
              dict(contenders, nothing=contender("bare", "NULL")))
    bench.stores.close(stores)


INDEXES = ("messages_pkey", "messages_id", "messages_stream", "messages_category")


def storage(bench):
    """Building the indexes, and what a message takes on disk and in the WAL."""
    stores = bench.stores.open(bench.options.messages)
    for index in INDEXES:
        def contender(variant):
            return lambda round: stores[variant].cpu(
                "REINDEX INDEX message_store.%s" % index) * 1e6 / bench.options.messages
        bench.measure("storage", "build of %s" % index, CPU, {variant: contender(variant) for variant in stores})
    bench.stores.close(stores)

    sizes = {variant: written_bytes(bench, variant) for variant in bench.stores.variants()}
    for what in next(iter(sizes.values())):
        bench.add("storage", what, "bytes a message", {variant: [s[what]] for variant, s in sizes.items()})


def written_bytes(bench, variant):
    """Writes messages one by one into an empty store; {what: bytes a message}."""
    count = bench.options.writes * 2
    bench.progress.show("storage: bytes a message", ", %s" % variant)
    stores = bench.stores.open(0, [variant])
    store = stores[variant]
    store.run(messages.input_table(0, count))
    store.run("CHECKPOINT")
    start = store.value("SELECT pg_current_wal_insert_lsn()")
    store.loop("input", in_loop(write(variant), **ROW), 0, count)
    found = {"WAL": store.value("SELECT pg_current_wal_insert_lsn() - '%s'::pg_lsn" % start)}
    found["table"] = store.value("SELECT pg_table_size('message_store.messages')")
    for name, size in store.rows("SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index"
                                 " WHERE indrelid = 'message_store.messages'::regclass ORDER BY 1"):
        found[name.split(".")[-1]] = size
    found["table and indexes"] = store.value("SELECT pg_total_relation_size('message_store.messages')")
    bench.stores.close(stores)
    return {what: float(size) / count for what, size in found.items()}
