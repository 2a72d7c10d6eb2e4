"""Areas of size: growth, and storage."""

import messages
from reads import READS, read_loop, readers
from statements import in_loop, write
from writes import CPU, ROW, loops

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
            read_loop(bench, stores, "growth", "{}, of {:,} messages".format(what, total), texts, rows, part * 2, name,
                      position, total)

        def contender(variant, statement):
            return lambda round: stores[variant].loop(
                "input", statement, round * size, (round + 1) * size) * 1e6 / size

        contenders = {variant: contender(variant, in_loop(write(variant), **ROW)) for variant in stores}
        loops(bench, "growth", "single write, to {:,} messages".format(total),
              dict(contenders, nothing=contender("bare", "NULL")), size=total)


INDEXES = ("messages_pkey", "messages_id", "messages_stream", "messages_category")


def storage(bench):
    """Building the indexes, and what a message takes on disk and in the WAL."""
    stores = bench.stores.open(bench.options.messages)
    for index in INDEXES:
        def contender(variant):
            return lambda round: stores[variant].cpu(
                "REINDEX INDEX message_store.%s" % index) * 1e6 / bench.options.messages
        bench.measure("storage", "build of %s" % index, CPU, {variant: contender(variant) for variant in stores})

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
    return {what: float(size) / count for what, size in found.items()}
