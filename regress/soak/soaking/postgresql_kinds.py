"""What sessions do besides writing to the default namespace: reading in every
way, listing, settings, prepared statements, cursors, errors.

Each function is one kind of a step, and takes the session.
"""

import time

from load.writers import CATEGORIES, id_of

CORRELATIONS = (None, None, "x", "y")
WORDS = ("a", "a-1", "a-1+b", "a-1+b-2", "-", "", "é-1", "a:command-7")


def read_stream(session):
    start = session.random.choice((0, 0, 3, 1000))
    size = session.random.choice((1, 10, 100, None, -1 if start == 1000 else 5))
    found = session.rows("SELECT position, data FROM get_stream_messages(%s, %s, %s)",
                         session.stream(), start, size)
    session.check([p for p, _ in found] == list(range(start, start + len(found))),
                  "positions of a stream: %s" % found[:20])


def read_category(session):
    member = session.random.choice(((None, None), (0, 1), (1, 3), (7, 8)))
    session.expect("0A000")
    found = session.rows("SELECT global_position"
                         " FROM get_category_messages(%s, %s, %s, %s, %s, %s)",
                         session.random.choice(CATEGORIES), session.random.randrange(1, 100000),
                         session.random.choice((1, 10, 300)), session.random.choice(CORRELATIONS),
                         *member)
    session.check(found == sorted(set(found)), "order of a category")


def read_all(session):
    session.expect("0A000")
    found = session.rows("SELECT global_position FROM get_all_messages(%s, %s)",
                         session.random.randrange(1, 100000), session.random.choice((1, 10, 200)))
    session.check(found == sorted(set(found)), "order of all messages")


def read_last(session):
    stream = session.stream()
    session.begin("REPEATABLE READ")
    last = session.execute("SELECT max(position) FROM get_last_stream_message(%s, %s)", stream,
                           session.random.choice((None, "T")))
    version = session.execute("SELECT stream_version(%s)", stream)
    session.execute("COMMIT")
    session.check(last == version, "last message %s, version %s" % (last, version))


def read_with_condition(session):
    session.expect("0A000")
    condition = session.random.choice(("position % 2 = 0", "type = 'T' AND data IS NOT NULL",
                                       "messages.id IN (SELECT id FROM messages LIMIT 3)"))
    session.rows("SELECT * FROM get_stream_messages(%s, 0, 20, %s)", session.stream(), condition)
    session.rows("SELECT * FROM get_category_messages('a', %s, 20, condition => %s)",
                 session.random.randrange(1, 100000), condition)
    session.refused("42703", "SELECT * FROM get_stream_messages('a-1', 0, 1, 'nothing = 1')")
    session.refused("42601", "SELECT * FROM get_stream_messages('a-1', 0, 1, 'true) OR (true')")


def pure(session):
    for word in session.random.sample(WORDS, 3):
        session.rows("SELECT category(%s), id(%s), cardinal_id(%s), is_category(%s), hash_64(%s),"
                     " consumer_group_member(%s, 5), message_store_version(), message_db_version()",
                     *[word] * 6)


def listing(session):
    after, names = "", []
    for _ in range(5):
        page = session.rows("SELECT stream_name, version, messages FROM list_streams(%s, 20, %s)",
                            session.random.choice(CATEGORIES) + "-", after)
        session.check(all(version + 1 == messages for _, version, messages in page),
                      "versions and numbers of messages")
        if not page:
            break
        names += [name for name, _, _ in page]
        after = names[-1]
    session.rows("SELECT * FROM list_categories()")


def status(session):
    session.rows("SELECT * FROM message_store_writers()")
    if session.random.random() < 0.1:
        session.rows("SELECT * FROM message_store_status()")
        session.rows("SELECT * FROM list_namespaces()")


def half_read(session):
    """Cursors that are left, or closed, before their end."""
    session.expect("0A000")
    hold = session.random.random() < 0.3
    session.touched = True
    session.begin(session.random.choice(("READ COMMITTED", "REPEATABLE READ")))
    session.execute("DECLARE half %s CURSOR %s FOR SELECT * FROM get_category_messages(%%s, 1, 200)"
                    % (session.random.choice(("", "NO SCROLL")), "WITH HOLD" if hold else ""),
                    session.random.choice(CATEGORIES))
    session.rows("FETCH 3 FROM half")
    session.execute("SAVEPOINT s")
    session.execute("DECLARE other CURSOR FOR SELECT * FROM get_stream_messages(%s)",
                    session.stream())
    session.rows("FETCH 2 FROM other")
    session.pause()
    if session.random.random() < 0.5:
        session.execute("ROLLBACK TO s")
        session.rows("FETCH 3 FROM half")
    session.execute(session.random.choice(("COMMIT", "ROLLBACK")))


def prepared_statements(session):
    """Some that stay with the session, and one that goes."""
    stream = "p-%d" % session.number
    session.rows("EXECUTE soak_version(%s)", stream)
    session.rows("EXECUTE soak_read(%s, 0)", session.stream())
    name = "passing_%d" % session.steps
    session.execute("PREPARE %s (bigint) AS SELECT count(*) FROM get_category_messages('a', $1, 5)"
                    % name)
    try:
        for _ in range(session.random.randint(1, 7)):
            session.rows("EXECUTE %s(%%s)" % name, session.random.randrange(1, 1000))
    finally:
        if not session.connection.closed:
            session.settle("DEALLOCATE %s" % name)


def settings(session):
    session.touched = True
    session.begin()
    for name, value in session.random.sample((
            ("message_store.debug", "on"), ("message_store.debug_get", "on"),
            ("message_store.debug_write", "on"), ("message_db.category_lock", "commit"),
            ("message_db.idempotent_writes", "on"), ("message_store.sql_condition", "off"),
            ("message_db.auto_create_namespaces", "on")), 3):
        session.rows("SELECT set_config(%s, %s, %s)", name, value, session.random.random() < 0.7)
    session.refused("22023", "SELECT set_config('message_db.category_lock', 'sometimes', true)")
    session.refused("MD003", "SELECT set_config('message_db.namespace', 'No Name', true)")
    session.write(session.stream("b"))
    session.rows("SELECT * FROM get_last_stream_message(%s)", session.stream())
    session.commit()


def refusals(session):
    """Errors inside a transaction that is then committed."""
    session.begin()
    session.write(session.stream("a"))
    session.refused("22P02", "SELECT write_message('no-uuid', 'a-1', 'T', '{}')")
    session.refused("23502", "SELECT write_message(NULL, 'a-1', NULL, '{}')")
    session.refused("54000", "SELECT write_message(NULL, 'a-' || repeat('x', 3000), 'T', '{}')")
    session.refused("P0001", "SELECT write_message(NULL, 'b-1', 'T', '{}', NULL, 1000000000)")
    session.refused("23505", "SELECT write_message(%s, 'c-1', 'T', '{}')",
                    id_of(session.tokens[0]))
    session.refused("22023", "SELECT write_messages('a-1', '[]')")
    session.refused("22023", "SELECT write_messages('a-1', '[{\"type\": \"T\", \"data\": 1}, {}]')")
    session.refused("2201W", "SELECT * FROM get_stream_messages('a-1', 0, -2)")
    session.refused("P0001", "SELECT * FROM get_stream_messages('a')")
    session.refused("P0001", "SELECT * FROM get_category_messages('a', 1, 1, NULL, 3, 2)")
    session.write(session.stream("b"))
    session.commit()


def within_function(session):
    """Reads and writes inside PL/pgSQL, with an exception that is caught."""
    token = session.token()
    session.tokens = [token]
    session.ending = True
    session.execute("""DO $$
        DECLARE found message_store.message;
        BEGIN
            FOR found IN SELECT * FROM message_store.get_category_messages('a', 1, 100) LOOP
                EXIT WHEN found.position > 2;
            END LOOP;
            BEGIN
                PERFORM message_store.write_message(%s, 'a-1', 'T', '{}');
                PERFORM message_store.write_message(NULL, 'a-1', 'T', '{}', NULL, 1000000000);
            EXCEPTION WHEN raise_exception THEN NULL;
            END;
            PERFORM message_store.write_message(%s, %s, 'T', '{}');
        END $$""", id_of(token), id_of(token), session.stream())
    session.acknowledge()


def temporary_table(session):
    """A table of the session's own that is called messages, too."""
    session.begin()
    session.execute("CREATE TEMP TABLE messages (x int) ON COMMIT DROP")
    session.write(session.stream("c"))
    session.execute("SELECT count(*) FROM get_stream_messages(%s)", session.stream())
    if session.random.random() < 0.5:
        session.rollback()
    session.commit()


def rest_open(session):
    """A transaction that stays open for a while after it has written."""
    session.begin()
    session.write(session.stream("b"))
    time.sleep(session.random.random() * 0.5)
    session.commit()


KINDS = (
    (8, read_stream), (8, read_category), (4, read_all), (5, read_last), (2, read_with_condition),
    (4, pure), (3, listing), (3, status), (4, half_read), (4, prepared_statements), (3, settings),
    (3, refusals), (2, within_function), (1, temporary_table), (1, rest_open),
)
