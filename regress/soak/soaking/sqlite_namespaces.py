"""What a process does with the namespaces of a store of SQLite, as in
postgresql_namespaces.py: a pool of those that stay, more than SQLite attaches;
those that come and go; and some that all processes create, rename, clear and
delete as they please.
"""

import json
import sqlite3

from .postgresql_namespaces import own_type

SHARED = ["shared_%d" % n for n in range(4)]
MISSING, EXISTS = "Namespace does not exist", "Namespace already exists"
TOO_MANY = "too many attached databases"


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
        store.rollback()
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
    (14, elsewhere), (4, over_namespaces), (1, verified), (3, come_and_go),
    (2, come_and_go_at_once), (2, never_there), (4, shared),
)
