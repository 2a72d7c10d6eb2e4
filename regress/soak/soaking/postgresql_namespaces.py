"""What sessions do with namespaces.

A session has its pool: namespaces that stay, in which it writes messages of a
type of its own, so that they can be counted at the end.  Besides there are
those that it creates and deletes again, each with a name that never was there
before, and a few that all sessions create, rename, clear and delete as they
please.
"""

import json

import psycopg2

from load.worker import is_lost
from load.writers import id_of

SHARED = ["shared_%d" % n for n in range(8)]
MISSING, EXISTS = "MD001", "MD002"
BATCH = 10


def own_type(number):
    return "N%d" % number


def stream_there(session):
    return "%s-%d-%d" % (session.random.choice("qrs"), session.number,
                         session.random.randrange(100))


def use(session, name):
    session.touched = True
    session.execute("SELECT use_namespace(%s)", name)


# ---------------------------------------------------------------------------
# The pool
# ---------------------------------------------------------------------------

def committing(session, counts, sql, *arguments):
    """A statement that commits so many messages by namespace."""
    try:
        result = session.execute(sql, *arguments)
    except psycopg2.Error as error:
        if is_lost(error):
            session.in_doubt.update(counts)
        raise
    session.written.update(counts)
    return result


def write_there(session, name):
    kind = session.random.randrange(4)
    stream, type = stream_there(session), own_type(session.number)
    if kind == 0:
        messages = [{"type": type, "data": {"n": n}} for n in range(BATCH)]
        committing(session, {name: BATCH}, "SELECT write_messages(%s, %s)", stream,
                   json.dumps(messages))
    elif kind == 1:
        version = session.execute("SELECT stream_version(%s)", stream)
        version = -1 if version is None else version
        position = committing(session, {name: 1},
                              "SELECT write_message(NULL, %s, %s, '1', NULL, %s)", stream, type,
                              version)
        session.check(position == version + 1, "position %d after %d" % (position, version))
    elif kind == 2:
        committing(session, {name: 1}, "EXECUTE soak_write(%s, %s)", stream, type)
    else:
        committing(session, {name: 1}, "SELECT write_message(%s, %s, %s, '{}', %s)",
                   id_of(session.token()), stream, type, session.metadata())


def read_there(session):
    stream = stream_there(session)
    session.rows("SELECT * FROM get_stream_messages(%s, 0, 10)", stream)
    session.rows("SELECT * FROM get_category_messages('q', 1, 10, NULL, 0, 2)")
    try:
        session.rows("SELECT * FROM get_all_messages(1, 20)")
    except psycopg2.errors.FeatureNotSupported:
        pass                    # somebody has changed the table
    session.rows("SELECT * FROM get_last_stream_message(%s)", stream)


def list_there(session, name):
    session.rows("SELECT * FROM list_streams('', 20)")
    session.rows("SELECT * FROM list_categories()")
    session.rows("SELECT * FROM namespace_info(%s)", name)
    session.rows("SELECT * FROM get_namespace(%s)", name)


def elsewhere(session):
    name = session.random.choice(session.namespaces)
    use(session, name)
    for _ in range(session.random.randint(1, 4)):
        write_there(session, name)
        session.pause(0.003)
    read_there(session)


def listed_elsewhere(session):
    name = session.random.choice(session.namespaces)
    use(session, name)
    list_there(session, name)


def over_namespaces(session):
    """One transaction in several namespaces, in the order of their names."""
    names = sorted(session.random.choices(session.namespaces, k=3))
    session.begin()
    counts = {}
    for name in names:
        session.execute("SELECT set_config('message_db.namespace', %s, true)", name)
        session.execute("SAVEPOINT s")
        session.execute("SELECT write_message(NULL, %s, %s, '{}')", stream_there(session),
                        own_type(session.number))
        if session.random.random() < 0.3:
            session.execute("ROLLBACK TO s")
        else:
            counts[name] = counts.get(name, 0) + 1
    if session.random.random() < 0.2:
        session.execute("ROLLBACK")
    else:
        committing(session, counts, "COMMIT")


def verified(session):
    name = session.random.choice(session.namespaces)
    found = session.rows("SELECT * FROM verify_namespace(%s)", name)
    session.check(not found, "verify_namespace of %s: %s" % (name, found[:3]))


def visit(session):
    """Every namespace of the pool, so that what is remembered of them is there
    before memory is judged."""
    for name in session.namespaces:
        use(session, name)
        for _ in range(2):
            write_there(session, name)
        read_there(session)
        list_there(session, name)
        session.rows("SELECT * FROM verify_namespace()")
    for function in "list_namespaces", "message_store_status":
        session.rows("SELECT * FROM %s()" % function)
    session.touched = True
    # a parallel query: from the first one on the server keeps 40 kB for them
    session.execute("SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0;"
                    " SET parallel_tuple_cost = 0; SELECT count(*) FROM message_store.messages")
    # as many names that are not there as are remembered before they are forgotten
    session.execute("""DO $$
        BEGIN
            FOR n IN 1..%s LOOP
                PERFORM set_config('message_db.namespace', 'nobody_' || n, false);
                BEGIN
                    PERFORM message_store.stream_version('a-1');
                EXCEPTION WHEN SQLSTATE 'MD001' THEN NULL;
                END;
                COMMIT;
            END LOOP;
        END $$""", 2 * len(session.namespaces) + 200)
    session.reset()


def by_role(session):
    """Rights that are given, used and taken away."""
    name, other = "pool_0", "pool_1"
    session.begin()
    session.touched = True
    session.execute("SELECT pg_advisory_xact_lock(1)")
    session.execute("SELECT grant_access('soak_guest', %s)", name)
    session.execute("SET LOCAL ROLE soak_guest")
    session.execute("SELECT set_config('message_db.namespace', %s, true)", name)
    session.rows("SELECT * FROM get_all_messages(1, 5)")
    session.execute("SELECT write_message(NULL, 'guest-1', 'guest', '{}')")
    session.execute("SELECT set_config('message_db.namespace', %s, true)", other)
    session.refused("42501", "SELECT write_message(NULL, 'guest-1', 'guest', '{}')")
    session.refused("42501", "SELECT * FROM get_stream_messages('guest-1')")
    session.execute("RESET ROLE")
    if session.random.random() < 0.5:
        session.execute("SELECT revoke_access('soak_guest', %s)", name)
    session.execute(session.random.choice(("COMMIT", "ROLLBACK")))


# ---------------------------------------------------------------------------
# Those that come and go
# ---------------------------------------------------------------------------

def sweep(session):
    """Deletes what an interrupted step may have left."""
    for name in sorted(session.created):
        if session.rows("SELECT 1 FROM get_namespace(%s)", name):
            session.execute("SELECT delete_namespace(%s)", name)
        session.created.discard(name)


def fresh_name(session):
    session.count_created += 1
    name = "fresh_%d_%d" % (session.number, session.count_created)
    session.created.add(name)
    return name


def come_and_go(session):
    sweep(session)
    name = fresh_name(session)
    session.touched = True
    session.execute("SELECT create_namespace(%s, 'soak', '{\"a\": 1}')", name)
    use(session, name)
    for n in range(session.random.randint(0, 5)):
        session.execute("SELECT write_message(NULL, 'q-1', 'T', '{}', NULL, %s)", n - 1)
    read_there(session)
    list_there(session, name)
    if session.random.random() < 0.3:
        session.rows("SELECT * FROM stream_summary")
        session.execute("SELECT clear_namespace(%s)", name)
        session.execute("SELECT write_message(NULL, 'q-1', NULLIF('T', %s), '{}')", "-")
    if session.random.random() < 0.5:
        other = fresh_name(session)
        session.execute("SELECT rename_namespace(%s, %s)", name, other)
        session.refused(MISSING, "SELECT * FROM get_stream_messages('q-1')")
        use(session, other)
        session.execute("SELECT write_message(NULL, 'q-2', 'T', '{}')")
    session.check(not session.rows("SELECT * FROM verify_namespace()"), "verify_namespace")
    sweep(session)
    session.refused(MISSING, "SELECT stream_version('q-1')")


def come_and_go_at_once(session):
    """In a transaction, which may undo it."""
    sweep(session)
    name = fresh_name(session)
    session.touched = True
    session.begin()
    session.execute("SELECT create_namespace(%s)", name)
    session.execute("SELECT set_config('message_db.namespace', %s, true)", name)
    session.execute("SELECT write_message(NULL, 'q-1', 'T', '{}')")
    session.execute("SAVEPOINT s")
    session.execute("SELECT clear_namespace(%s)", name)
    session.execute("SELECT rename_namespace(%s, %s)", name, fresh_name(session))
    session.execute("ROLLBACK TO s")
    session.execute("SELECT write_message(NULL, 'q-1', 'T', '{}')")
    if session.random.random() < 0.5:
        session.execute("ROLLBACK")
        session.created.clear()
        return
    session.execute("COMMIT")
    sweep(session)


def never_there(session):
    """Names that nobody has."""
    name = fresh_name(session)
    session.created.discard(name)
    session.touched = True
    session.execute("SELECT set_config('message_db.namespace', %s, false)", name)
    session.refused(MISSING, "SELECT write_message(NULL, 'q-1', 'T', '{}')")
    session.refused(MISSING, "SELECT * FROM get_category_messages('q')")
    session.refused(MISSING, "SELECT delete_namespace(%s)", name)
    session.refused("MD003", "SELECT create_namespace(%s)", name + "-")


def shared(session):
    """Everybody's: whatever is asked for may be gone, or back, by now."""
    session.expect(MISSING, EXISTS)
    name, other = session.random.sample(SHARED, 2)
    session.touched = True
    choice = session.random.randrange(10)
    if choice == 0:
        session.execute("SELECT delete_namespace(%s)", name)
    elif choice == 1:
        session.execute("SELECT rename_namespace(%s, %s)", name, other)
    elif choice == 2:
        session.execute("SELECT clear_namespace(%s)", name)
    elif choice == 3:
        session.execute("SELECT migrate_namespace(%s)", name)
    else:
        session.execute("SELECT ensure_namespace(%s)", name)
        use(session, name)
        for _ in range(3):
            session.execute("SELECT write_message(NULL, %s, 'T', '{}')", stream_there(session))
            read_there(session)
        if choice == 4:
            list_there(session, name)


KINDS = (
    (14, elsewhere), (2, listed_elsewhere), (4, over_namespaces), (1, verified), (1, by_role),
    (3, come_and_go), (2, come_and_go_at_once), (2, never_there), (4, shared),
)
