"""What a process does with a store of SQLite.  Each function is one kind of a
step, and takes the Store of sqlite_process.py.

Namespaces are as in postgresql_namespaces.py: a pool of those that stay, more
than SQLite attaches; those that come and go; and some that all processes
create, rename, clear and delete as they please.
"""

import json
import sqlite3

from load.writers import CATEGORIES, RolledBack, id_of

from .postgresql_kinds import CORRELATIONS, WORDS
from .postgresql_namespaces import own_type
from .sqlite_process import Failed, token_of

SHARED = ["shared_%d" % n for n in range(4)]
MISSING, EXISTS = "Namespace does not exist", "Namespace already exists"
TOO_MANY = "too many attached databases"
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
    store.refused("Condition must be", "SELECT * FROM get_stream_messages('a-1', 0, 1, 'true) OR (true')")


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
    store.refused("invalid input syntax for type uuid", "SELECT write_message('no', 'a-1', 'T', '{}')")
    store.refused("null value", "SELECT write_message(NULL, 'a-1', NULL, '{}')")
    store.refused("invalid input syntax for type json", "SELECT write_message(NULL, 'a-1', 'T', '{')")
    store.refused(WRONG_VERSION, "SELECT write_message(NULL, 'a-1', 'T', '{}', NULL, 1000000000)")
    store.refused("Messages must not be empty", "SELECT write_messages('a-1', '[]')")
    store.refused("Invalid message", "SELECT write_messages('a-1', '[{\"type\": \"T\", \"data\": 1}, {}]')")
    store.refused("LIMIT must", "SELECT * FROM get_stream_messages('a-1', 0, -2)")
    store.refused("Must be a stream name", "SELECT * FROM get_stream_messages('a')")
    store.write()
    store.commit()


def maintenance(store):
    store.rows(store.random.choice((
        "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint(PASSIVE)", "ANALYZE main",
        "PRAGMA main.optimize", "PRAGMA main.quick_check(1)", "REINDEX main.messages_category")))


# ---------------------------------------------------------------------------
# Namespaces
# ---------------------------------------------------------------------------

def use(store, name):
    store.touched = True
    store.value("SELECT use_namespace(?)", name)


def stream_there(store):
    return "%s-%d-%d" % (store.random.choice("qrs"), store.number, store.random.randrange(100))


def committing(store, counts, work):
    """A statement that commits so many messages by namespace.  If it fails and
    no transaction is open then, it may have committed."""
    try:
        work()
    except sqlite3.Error:
        if not store.db.in_transaction:
            store.in_doubt.update(counts)
        raise
    store.written.update(counts)


def write_there(store, name):
    count = store.random.choice((1, 1, 5))
    messages = [{"type": own_type(store.number), "data": {"n": n}} for n in range(count)]
    committing(store, {name: count}, lambda: store.value(
        "SELECT write_messages(?, ?)", stream_there(store), json.dumps(messages)))


def read_there(store):
    stream = stream_there(store)
    store.rows("SELECT * FROM get_stream_messages(?, 0, 10)", stream)
    store.rows("SELECT * FROM get_category_messages('q', 1, 10, NULL, 0, 2)")
    store.rows("SELECT data FROM get_all_messages(1, 20)")
    store.rows("SELECT * FROM get_last_stream_message(?)", stream)


def list_there(store, name):
    store.rows("SELECT * FROM list_streams('', 20)")
    store.rows("SELECT * FROM list_categories()")
    store.rows("SELECT * FROM namespace_info(?)", name)
    store.rows("SELECT * FROM get_namespace(?)", name)


def elsewhere(store):
    name = store.random.choice(store.namespaces)
    use(store, name)
    for _ in range(store.random.randint(1, 3)):
        write_there(store, name)
    read_there(store)
    if store.random.random() < 0.1:
        list_there(store, name)


def over_namespaces(store):
    """A transaction in several, sometimes in more than SQLite attaches."""
    store.touched = True
    many = store.random.random() < 0.2
    if many:
        store.expect(TOO_MANY)
    store.db.execute("BEGIN")
    counts = {}
    for name in sorted(store.random.sample(store.namespaces, 13 if many else 3)):
        use(store, name)
        store.db.execute("SAVEPOINT s")
        store.value("SELECT write_message(NULL, ?, ?, '{}')", stream_there(store),
                    own_type(store.number))
        if store.random.random() < 0.3:
            store.db.execute("ROLLBACK TO s")
        else:
            counts[name] = 1
    if store.random.random() < 0.2:
        raise RolledBack if store.db.execute("ROLLBACK") else None
    committing(store, counts, lambda: store.db.execute("COMMIT"))


def verified(store):
    name = store.random.choice(store.namespaces)
    found = store.rows("SELECT * FROM verify_namespace(?)", name)
    store.check(not found, "verify_namespace of %s: %s" % (name, found[:3]))


def sweep(store):
    for name in sorted(store.created):
        if store.rows("SELECT 1 FROM get_namespace(?)", name):
            store.value("SELECT delete_namespace(?)", name)
        store.created.discard(name)


def sweep_all(store):
    """At the end, when nobody interrupts; others may still be busy."""
    while store.created:
        try:
            sweep(store)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise


def fresh_name(store):
    store.count_created += 1
    name = "fresh_%d_%d" % (store.number, store.count_created)
    store.created.add(name)
    return name


def come_and_go(store):
    sweep(store)
    name = fresh_name(store)
    store.value("SELECT create_namespace(?, 'soak', '{\"a\": 1}')", name)
    use(store, name)
    for n in range(store.random.randint(0, 5)):
        store.value("SELECT write_message(NULL, 'q-1', 'T', '{}', NULL, ?)", n - 1)
    read_there(store)
    list_there(store, name)
    if store.random.random() < 0.3:
        store.value("SELECT clear_namespace(?)", name)
    if store.random.random() < 0.5:
        other = fresh_name(store)
        store.value("SELECT rename_namespace(?, ?)", name, other)
        store.refused(MISSING, "SELECT * FROM get_stream_messages('q-1')")
        use(store, other)
        store.value("SELECT write_message(NULL, 'q-2', 'T', '{}')")
    store.check(not store.rows("SELECT * FROM verify_namespace()"), "verify_namespace")
    sweep(store)
    store.refused(MISSING, "SELECT stream_version('q-1')")


def come_and_go_at_once(store):
    sweep(store)
    name = fresh_name(store)
    store.begin()
    store.value("SELECT create_namespace(?)", name)
    use(store, name)
    store.value("SELECT write_message(NULL, 'q-1', 'T', '{}')")
    store.db.execute("SAVEPOINT s")
    store.value("SELECT clear_namespace(?)", name)
    store.value("SELECT rename_namespace(?, ?)", name, fresh_name(store))
    store.db.execute("ROLLBACK TO s")
    use(store, name)
    store.value("SELECT write_message(NULL, 'q-1', 'T', '{}')")
    if store.random.random() < 0.5:
        store.rollback()
    store.db.execute("COMMIT")
    sweep(store)


def never_there(store):
    name = fresh_name(store)
    store.created.discard(name)
    store.touched = True
    store.value("SELECT set_config('message_db.namespace', ?, 0)", name)
    store.refused(MISSING, "SELECT write_message(NULL, 'q-1', 'T', '{}')")
    store.refused(MISSING, "SELECT * FROM get_category_messages('q')")
    store.refused(MISSING, "SELECT delete_namespace(?)", name)
    store.refused("Invalid namespace name", "SELECT create_namespace(?)", name + "-")


def shared(store):
    """Everybody's: whatever is asked for may be gone, or back, by now."""
    store.expect(MISSING, EXISTS)
    name, other = store.random.sample(SHARED, 2)
    choice = store.random.randrange(10)
    if choice == 0:
        store.value("SELECT delete_namespace(?)", name)
    elif choice == 1:
        store.value("SELECT rename_namespace(?, ?)", name, other)
    elif choice == 2:
        store.value("SELECT clear_namespace(?)", name)
    elif choice == 3:
        store.value("SELECT migrate_namespace(?)", name)
    else:
        store.value("SELECT ensure_namespace(?)", name)
        use(store, name)
        for _ in range(3):
            store.value("SELECT write_message(NULL, ?, 'T', '{}')", stream_there(store))
            read_there(store)


def visit(store):
    """Every namespace of the pool once."""
    for name in store.namespaces:
        use(store, name)
        write_there(store, name)
        read_there(store)


KINDS = (
    (20, single), (3, hasty), (6, batch), (1, large), (5, expected_version), (8, transaction),
    (6, savepoint), (2, locked), (3, retried), (3, known_id), (3, reading_and_writing),
    (15, poll), (6, read_stream), (6, read_category), (2, read_with_condition), (4, joined),
    (2, pure), (2, listing), (1, status), (3, refusals), (1, maintenance),
    (14, elsewhere), (4, over_namespaces), (1, verified), (3, come_and_go),
    (2, come_and_go_at_once), (2, never_there), (4, shared),
)
