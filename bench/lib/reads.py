"""Areas of reading: reads, queries, protocol and functions."""

import messages
from statements import Missing, PLANS, PURE, in_loop, prepared, read
from writes import loops

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
    stores = bench.stores.open(bench.options.messages, share="reads")
    for what, kind, rows, part, name, position in READS:
        texts = readers(bench, stores, kind)
        verify(stores, texts, kind, {"stream": name, "position": position, "count": rows})
        read_loop(bench, stores, "reads", what, texts, rows, part, name, position)


def read_loop(bench, stores, area, what, texts, rows, part, name, position, size=None):
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
    loops(bench, area, what, contenders, READ_CPU, size)


IN_QUERY = """SELECT count(m.%s) FROM (
    SELECT *, %d::bigint AS batch_size, 0::bigint AS beginning FROM bench.reads
    WHERE n >= %d AND n < %d OFFSET 0) AS r
CROSS JOIN LATERAL (%s) AS m"""
ALL_COLUMNS = "), count(m.".join(("id", "stream_name", "type", "position", "global_position", "data", "metadata",
                                  "time"))


def queries(bench):
    """The same reads, all of a measurement inside one query."""
    stores = bench.stores.open(bench.options.messages, share="reads")
    for what, kind, rows, part, name, position in READS:
        count = max(5, bench.options.reads // part)

        def contender(variant, text):
            text = text.format(stream="r." + name, category="r." + name, position="r." + position,
                               count="r.batch_size")
            if kind == "version":
                text = "SELECT (%s) AS version" % text
            columns = "version" if kind == "version" else ALL_COLUMNS

            def run(round):
                first = round * count % (messages.READS - count + 1)
                return stores[variant].cpu(IN_QUERY % (columns, rows, first, first + count, text)) * 1e6 / count
            return run

        bench.measure("queries", what, READ_CPU, {
            variant: text if isinstance(text, Missing) else contender(variant, text)
            for variant, text in readers(bench, stores, kind).items()})


def protocol(bench):
    """Reads by a client with prepared statements: time on the clock."""
    stores = bench.stores.open(bench.options.messages, share="reads")
    used = []
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
        used.append((what, cpu))
    for what, cpu in used:
        bench.add("protocol", what, READ_CPU, cpu)


def client(bench, store, text, rows, name, position, cpu):
    arguments = {"stream": name, "category": name, "position": position, "count": "batch_size"}
    used = [argument for argument in arguments if "{%s}" % argument in text]
    query = "SELECT %s FROM (SELECT *, 0 AS beginning, %d AS batch_size FROM bench.reads ORDER BY n) AS r" % (
        ", ".join(arguments[argument] for argument in used), rows)

    def run(round):
        rate, used_cpu = bench.drive(store, prepared(text, *used), ["%%%d" % (n + 1) for n in range(len(used))],
                                     query=query, seconds=bench.options.seconds / 4)
        cpu.append(used_cpu)
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
