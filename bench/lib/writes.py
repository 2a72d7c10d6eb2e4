"""Areas of writing: writes, batches, writers, slow-disk."""

import messages
from statements import (BATCH_OF_JSON, INSERT, INSERT_ALL, INSERT_BATCH, Missing, WRITE, WRITE_BATCH, in_loop, prepared, write)

CPU = "us CPU a message"
RATE = "messages/s"
NO_BATCHES = Missing("write_messages is not in this build")

ROW = {"id": "r.id", "uuid": "r.uuid", "stream": "r.stream_name", "position": "r.position", "type": "r.type",
       "data": "r.data", "metadata": "r.metadata"}


def take_off(values, empty):
    """The cost of the loop itself is no variant's."""
    return {variant: [value - nothing for value, nothing in zip(figures, empty)]
            for variant, figures in values.items()}


def loops(bench, area, what, contenders, unit=CPU, size=None):
    """As Bench.measure; "nothing" among the contenders is the loop alone."""
    row = bench.measure(area, what, unit, contenders)
    bench.rows.remove(row)
    empty = row.values.pop("nothing")
    measured = {variant: v for variant, v in row.values.items() if isinstance(v, list)}
    values = dict(row.values, **take_off(measured, empty))
    return bench.add(area, what, unit, values, size=size)


def verify(stores, area):
    """All variants must have written the same rows."""
    found = {variant: store.rows("""SELECT count(*), sum(hashtextextended(concat_ws(' ', stream_name, position, type,
data, metadata, id), 0)) FROM message_store.messages""") for variant, store in stores.items()}
    if len(set(map(str, found.values()))) != 1:
        raise RuntimeError("%s: the variants have not written the same rows: %s" % (area, found))


# ---------------------------------------------------------------------------
# Inside the server
# ---------------------------------------------------------------------------

def writes(bench):
    """Single messages, CPU of one backend; a loop inside the server, one transaction."""
    size = bench.options.writes
    slices = bench.options.rounds + 1
    stores = bench.stores.open(bench.options.messages)
    for store in stores.values():
        store.run(messages.input_table(bench.options.messages, 2 * slices * size))

    def contender(variant, statement, offset=0):
        def run(round):
            first = (offset + round) * size
            return stores[variant].loop("input", statement, first, first + size) * 1e6 / size
        return run

    contenders = {variant: contender(variant, in_loop(write(variant), **ROW)) for variant in stores}
    loops(bench, "writes", "single write", dict(contenders, nothing=contender("bare", "NULL")))

    call = "r.position := " + WRITE[len("SELECT "):].format(**ROW)
    contenders = {variant: contender(variant, in_loop(INSERT, **ROW) if variant == "bare" else call, slices)
                  for variant in stores}
    loops(bench, "writes", "single write, called in an expression", dict(contenders, nothing=contender("bare", "NULL")))
    verify(stores, "writes")


def batches(bench):
    for size in (10, 100):
        batch_loop(bench, size)
    for size in (10, 100):
        batch_protocol(bench, size)


def batch_loop(bench, batch):
    """Batches inside the server, one transaction.  The original writes message by message."""
    count = max(2, bench.options.writes // batch)
    size = count * batch
    variants = bench.stores.variants() + ["bulk"]
    stores = bench.stores.open(bench.options.messages, variants)
    for store in stores.values():
        store.run(messages.input_table(bench.options.messages, (bench.options.rounds + 1) * size, batch))
        store.run(messages.BATCH_TABLE)

    def over(table, variant, statement):
        step = size if table == "input" else count

        def run(round):
            return stores[variant].loop(table, statement, round * step, (round + 1) * step) * 1e6 / size
        return run

    def bulk(round):
        return stores["bulk"].cpu(INSERT_ALL.format(first=round * size, last=(round + 1) * size)) * 1e6 / size

    contenders = {"bare": over("batches", "bare", in_loop(INSERT_BATCH, batch="r.n")), "bulk": bulk,
                  "nothing": over("batches", "bare", "NULL"), "ours": NO_BATCHES}
    if "original" in stores:
        contenders["original"] = over("input", "original", in_loop(write("original"), **ROW))
    if stores["ours"].has("write_messages"):
        contenders["ours"] = over("batches", "ours",
                                  in_loop(WRITE_BATCH, stream="r.stream_name", messages="r.messages"))
    values = loops(bench, "batches", "batch of %d" % batch, contenders)
    bulk_values = values.values.pop("bulk")
    bench.add("batches", "batch of %d; bare is one INSERT of all" % batch, CPU,
              dict(values.values, bare=bulk_values))
    verify({variant: store for variant, store in stores.items()
            if not isinstance(contenders[variant], Missing)}, "batches")


def batch_protocol(bench, batch):
    """Batches through the protocol, each committed."""
    stores = bench.stores.open(bench.options.messages, share=bench.options.quick and "writers")
    example = '{"id": "%%u", "type": "Deposited", "data": %s, "metadata": %s}' % (
        messages.EXAMPLE_DATA, messages.EXAMPLE_METADATA)
    array = "[" + ", ".join([example] * batch) + "]"

    def contender(variant):
        names = ("stream", "messages") + (("position",) if variant == "bare" else ())
        statement = prepared(BATCH_OF_JSON[variant], *names)

        def run(round):
            values = ["batch-%d-%%m" % bench.run_number(), array]
            if variant == "bare":
                values.append("0")
            rate, _ = bench.drive(stores[variant], statement, values, cycle=1000000000)
            return rate * batch
        return run

    contenders = {variant: contender(variant) for variant in stores}
    if not stores["ours"].has("write_messages"):
        contenders["ours"] = NO_BATCHES
    bench.measure("batches", "batch of %d, committed" % batch, RATE, contenders, True, warm=False)


# ---------------------------------------------------------------------------
# Through the protocol
# ---------------------------------------------------------------------------

def write_concurrently(bench, area, what, streams, connections, commit="on"):
    """Single messages from so many connections, each committed.  streams makes the names."""
    stores = bench.stores.open(bench.options.messages, share=bench.options.quick and "writers")
    cpu = {variant: [] for variant in stores}

    def contender(variant):
        names = ("id", "stream", "type", "data", "metadata")
        if variant == "bare":
            names = ("uuid",) + names[1:] + ("position",)
        statement = prepared(write(variant), *names)

        def run(round):
            values = ["%u", streams % bench.run_number(), "Deposited", messages.EXAMPLE_DATA,
                      messages.EXAMPLE_METADATA]
            if variant == "bare":
                values.append("%d")
            rate, used = bench.drive(stores[variant], statement, values, connections, 100,
                                     "SET synchronous_commit = %s" % commit)
            cpu[variant].append(used)
            return rate
        return run

    bench.measure(area, what, RATE, {variant: contender(variant) for variant in stores}, True, warm=False)
    return cpu


ONE_CATEGORY = "one-%d-%%c-%%m"
MANY_CATEGORIES = "many%%m-%d-%%c"


def writers(bench):
    """Connections that write and commit at the same time."""
    for commit in ("on", "off"):
        for where, streams in (("many categories", MANY_CATEGORIES), ("one category", ONE_CATEGORY)):
            for connections in (1, 8, 32):
                what = "%d writer%s, %s, synchronous_commit %s" % (
                    connections, "s" if connections > 1 else "", where, commit)
                cpu = write_concurrently(bench, "writers", what, streams, connections, commit)
                if connections == 1 and commit == "off" and streams == MANY_CATEGORIES:
                    bench.add("writers", what, CPU, cpu)


def slow_disk(bench):
    """The same with a delay before each flush of the WAL."""
    bench.stores.restart(bench.options.delay)
    try:
        for where, streams in (("many categories", MANY_CATEGORIES), ("one category", ONE_CATEGORY)):
            for connections in (8, 32):
                write_concurrently(bench, "slow-disk", "%d writers, %s" % (connections, where), streams,
                                   connections)
    finally:
        bench.stores.restart()
