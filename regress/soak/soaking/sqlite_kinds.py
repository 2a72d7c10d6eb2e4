"""What a process does with the default namespace of a store of SQLite: it writes
in every way, and reads in every way.  Each function is one kind of a step, and
takes the Store of sqlite_process.py.
"""

import json

from load.writers import CATEGORIES, id_of, token_of

from .postgresql_kinds import CORRELATIONS, WORDS
from .sqlite_process import Failed

WRONG_VERSION, DUPLICATE = "Wrong expected version", "SQLITE_CONSTRAINT_UNIQUE"


# ---------------------------------------------------------------------------
# Writing
# ---------------------------------------------------------------------------

def single(store):
    token = store.token()
    store.alone([token], store.send, token, store.stream())


def hasty(store):
    """Without waiting for others."""
    store.touched = True
    store.settle("PRAGMA busy_timeout = %d" % store.random.choice((0, 1, 20)))
    single(store)


def batch(store):
    tokens = [store.token() for _ in range(store.random.choice((1, 3, 10, 100)))]
    store.alone(tokens, store.send_batch, tokens, store.stream())


def large(store):
    token = store.token()
    noise = "%x" % store.random.getrandbits(4 * store.random.choice((1000, 50000)))
    store.alone([token], store.send, token, store.stream(), None, json.dumps({"noise": noise}))


def expected_version(store):
    store.expect(WRONG_VERSION)
    stream = "a-%d" % store.random.randrange(2)
    version = store.value("SELECT stream_version(?)", stream)
    token = store.token()
    store.alone([token], store.send, token, stream, -1 if version is None else version)


def transaction(store):
    store.begin()
    for _ in range(store.random.randint(1, 6)):
        store.write()
    if store.random.random() < 0.3:
        store.rollback()
    store.commit()


def savepoint(store):
    store.begin()
    for _ in range(store.random.randint(1, 5)):
        before = list(store.tokens)
        store.db.execute("SAVEPOINT s")
        store.write()
        if store.random.random() < 0.5:
            tokens = [store.token() for _ in range(5)]
            store.send_batch(tokens, store.stream())
            store.tokens += tokens
        if store.random.random() < 0.4:
            store.db.execute("ROLLBACK TO s")
            store.tokens = before
        store.db.execute("RELEASE s")
    store.commit()


def locked(store):
    store.begin()
    store.value("SELECT acquire_lock(?)", store.stream())
    store.write()
    store.commit()


def retried(store):
    store.touched = True
    store.value("SELECT set_config('message_db.idempotent_writes', 'on', 0)")
    stream, token = store.stream(), store.token()
    store.begin()
    store.tokens = [token]
    first = store.send(token, stream)
    store.check(store.send(token, stream) == first, "a retry was given another position")
    store.commit()


def known_id(store):
    store.expect(DUPLICATE)
    if store.recent:
        store.begin()
        store.value("SELECT write_message(?, 'a-1', 'other', '{}')",
                    id_of(store.random.choice(store.recent)))
        raise Failed("an id was written a second time")


def reading_and_writing(store):
    """A read first: it may be too late to write then."""
    store.db.execute("BEGIN")
    store.rows("SELECT * FROM get_category_messages('c', 1, 10)")
    store.write(store.stream("c"))
    store.commit()


# ---------------------------------------------------------------------------
# Reading
# ---------------------------------------------------------------------------

def poll(store):
    """As a consumer: all that is new."""
    for _ in range(3):
        found = store.rows("SELECT global_position, id FROM " + store.poller.function,
                           store.last_seen + 1, store.random.choice((1, 10, 1000)))
        positions = [p for p, _ in found]
        store.check(positions == sorted(set(positions)), "order of a poll")
        store.positions.add(positions)
        store.seen.add(token_of(id) for _, id in found)
        if not found:
            break
        store.last_seen = positions[-1]


def read_stream(store):
    start = store.random.choice((0, 0, 3))
    found = store.rows("SELECT position, data FROM get_stream_messages(?, ?, ?)", store.stream(),
                       start, store.random.choice((1, 10, 100, None)))
    store.check([p for p, _ in found] == list(range(start, start + len(found))),
                "positions of a stream")


def read_category(store):
    member = store.random.choice(((None, None), (0, 1), (1, 3), (7, 8)))
    columns = store.random.choice(("global_position", "global_position, data", "*"))
    store.rows("SELECT " + columns + " FROM get_category_messages(?, ?, ?, ?, ?, ?)",
               store.random.choice(CATEGORIES), store.random.randrange(1, 100000),
               store.random.choice((1, 10, 300)), store.random.choice(CORRELATIONS), *member)


def read_with_condition(store):
    store.touched = True
    store.value("SELECT set_config('message_store.sql_condition', 'on', 0)")
    store.rows("SELECT * FROM get_stream_messages(?, 0, 20, 'position % 2 = 0')", store.stream())
    store.rows("SELECT * FROM get_all_messages(?, 5, 'type = ''T''')",
               store.random.randrange(1, 100000))
    store.refused("Condition must be",
                  "SELECT * FROM get_stream_messages('a-1', 0, 1, 'true) OR (true')")


def joined(store):
    """A reader with another inside, and one that is left half read."""
    cursor = store.db.execute("SELECT * FROM get_category_messages(?, 1, 100)",
                              (store.random.choice(CATEGORIES),))
    cursor.fetchmany(3)
    store.rows("SELECT count(*) FROM get_category_messages('a', 1, 20) a,"
               " get_last_stream_message(a.stream_name) b")
    if store.random.random() < 0.5:
        write = store.token()
        store.alone([write], store.send, write, store.stream())
        cursor.fetchmany(3)
    cursor.close()


def pure(store):
    for word in store.random.sample(WORDS, 3):
        store.rows("SELECT category(?1), id(?1), cardinal_id(?1), is_category(?1), hash_64(?1),"
                   " consumer_group_member(?1, 5), message_store_version(), message_db_version()",
                   word)


def listing(store):
    after = ""
    for _ in range(3):
        page = store.rows("SELECT stream_name, version, messages FROM list_streams(?, 20, ?)",
                          store.random.choice(CATEGORIES) + "-", after)
        store.check(all(version + 1 == messages for _, version, messages in page), "versions")
        if not page:
            break
        after = page[-1][0]
    store.rows("SELECT * FROM list_categories()")
    store.rows("SELECT * FROM message_store_writers()")


def status(store):
    store.rows("SELECT * FROM message_store_status()")
    store.rows("SELECT * FROM list_namespaces()")


def refusals(store):
    store.begin()
    store.write()
    store.refused("invalid input syntax for type uuid",
                  "SELECT write_message('no', 'a-1', 'T', '{}')")
    store.refused("null value", "SELECT write_message(NULL, 'a-1', NULL, '{}')")
    store.refused("invalid input syntax for type json",
                  "SELECT write_message(NULL, 'a-1', 'T', '{')")
    store.refused(WRONG_VERSION,
                  "SELECT write_message(NULL, 'a-1', 'T', '{}', NULL, 1000000000)")
    store.refused("Messages must not be empty", "SELECT write_messages('a-1', '[]')")
    store.refused("Invalid message",
                  "SELECT write_messages('a-1', '[{\"type\": \"T\", \"data\": 1}, {}]')")
    store.refused("LIMIT must", "SELECT * FROM get_stream_messages('a-1', 0, -2)")
    store.refused("Must be a stream name", "SELECT * FROM get_stream_messages('a')")
    store.write()
    store.commit()


def maintenance(store):
    store.rows(store.random.choice((
        "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint(PASSIVE)", "ANALYZE main",
        "PRAGMA main.optimize", "PRAGMA main.quick_check(1)", "REINDEX main.messages_category")))


KINDS = (
    (20, single), (3, hasty), (6, batch), (1, large), (5, expected_version), (8, transaction),
    (6, savepoint), (2, locked), (3, retried), (3, known_id), (3, reading_and_writing),
    (15, poll), (6, read_stream), (6, read_category), (2, read_with_condition), (4, joined),
    (2, pure), (2, listing), (1, status), (3, refusals), (1, maintenance),
)
