"""Namespaces in SQLite at work: which files are attached, and what a transaction
in several of them has in common.
"""

from harness import (attached, connect, create, equal, fails, is_true,
                     location, rows, run, test, use, value, write)


@test
def defect_metadata_is_dropped(directory):
    """EventoDB type-checks the metadata and stores {}."""
    db = connect(directory.file())
    value(db, "SELECT create_namespace('a', 'It''s', '{\"b\":1,\"a\":[]}')")
    equal(rows(db, "SELECT description, metadata FROM get_namespace('a')"),
          [("It's", '{"a": [], "b": 1}')])
    fails(db, "SELECT create_namespace('b', NULL, '{')",
          message="invalid input syntax for type json")
    equal(rows(db, "SELECT name FROM get_namespace('b')"), [])


@test
def more_than_sqlite_attaches(directory):
    db = connect(directory.file())
    names = ["t%02d" % i for i in range(25)]
    create(db, *names)
    for _ in range(2):
        for name in names:
            use(db, name)
            write(db, "a-1")
    is_true(len(attached(db)) <= 11, "too many")
    for name in names:
        use(db, name)
        equal(value(db, "SELECT stream_version('a-1')"), 1)
    equal(len(rows(db, "SELECT * FROM list_namespaces()")), 25)


@test
def the_oldest_is_detached_but_what_the_transaction_uses(directory):
    db = connect(directory.file())
    names = ["t%02d" % i for i in range(12)]
    create(db, *names)
    db.execute("BEGIN")
    for name in names[:10]:
        use(db, name)
        write(db, "a-1")
    message = fails(db, "SELECT use_namespace('t10')", code="SQLITE_ERROR")
    is_true("too many attached databases" in message, message)
    db.execute("COMMIT")
    use(db, "t10")
    is_true("t00" not in attached(db), "not the oldest")
    use(db, "t01")
    use(db, "t11")
    is_true("t01" in attached(db) and "t02" not in attached(db), "order")


@test
def a_reader_that_is_open_keeps_its_namespace(directory):
    db = connect(directory.file())
    names = ["t%02d" % i for i in range(12)]
    create(db, *names)
    for name in names[1:]:
        use(db, name)
        write(db, "c-1")
    use(db, "t00")
    for _ in range(3):
        write(db, "a-1")
    reader = db.execute("SELECT position FROM get_stream_messages('a-1')")
    equal(reader.fetchone(), (0,))
    for name in names[1:10]:
        use(db, name)
        write(db, "b-1")
    message = fails(db, "SELECT use_namespace('t10')",
                    message="too many attached databases - max 10")
    is_true("a statement that is not at its end" in message, message)
    equal(reader.fetchall(), [(1,), (2,)])
    use(db, "t10")
    write(db, "b-1")
    equal(rows(db, "SELECT stream_name FROM list_streams()"),
          [("b-1",), ("c-1",)])


@test
def a_database_of_the_users_is_not_touched(directory):
    db = connect(directory.file())
    create(db, "b")
    db.execute("ATTACH ? AS a", (directory.file("mine.db"),))
    db.execute("ATTACH ? AS b", (directory.file("yours.db"),))
    for sql in "SELECT create_namespace('a')", "SELECT use_namespace('b')", \
            "SELECT rename_namespace('b', 'a')":
        message = fails(db, sql, code="SQLITE_ERROR")
        is_true("Not a message store: " in message and
                "another database" in message, message)
    equal(rows(db, "SELECT * FROM a.sqlite_schema"), [])
    db.execute("DETACH b")
    db.execute("ATTACH ? AS b", (location(db, "b"),))
    use(db, "b")
    equal(write(db, "a-1"), 0)
    equal(value(db, "SELECT count(*) FROM b.messages"), 1)


@test
def detached_by_hand(directory):
    db = connect(directory.file())
    create(db, "a", "b")
    use(db, "a")
    write(db, "a-1")
    db.execute("DETACH a")
    equal(write(db, "a-1"), 1)
    db.execute("DETACH a")
    equal(value(db, "SELECT stream_version('a-1')"), 1)
    db.execute("DETACH a")
    db.execute("ATTACH ? AS a", (location(db, "b"),))
    fails(db, "SELECT write_message(NULL, 'a-1', 'X', '{}')", code="SQLITE_ERROR")


@test
def what_is_there_already_needs_no_lock(directory):
    """A commit in main that held a namespace's lock could wait for a reader of
    both, and that for a commit in the namespace, which waited for the lock."""
    db, other = connect(directory.file(), timeout=0), connect(directory.file())
    value(db, "SELECT ensure_namespace() + ensure_namespace('tenant_a')")
    other.execute("BEGIN IMMEDIATE")
    for name in "message_store", "tenant_a":
        equal(value(db, "SELECT ensure_namespace(?)", name), 0)
    fails(db, "SELECT create_namespace('tenant_a')", message="Namespace already exists: tenant_a")
    fails(db, "SELECT ensure_namespace('tenant_b')", code="SQLITE_BUSY")


@test
def defect_writers_of_two_namespaces_wait_for_each_other(directory):
    """EventoDB's lock of a category did not know the namespace (on PostgreSQL)."""
    for mode in "wal", "delete":
        first = connect(directory.file(mode), timeout=0)
        first.execute("PRAGMA journal_mode = " + mode)
        write(first, "a-1")
        create(first, "a", "b")
        second = connect(directory.file(mode), timeout=0)
        third = connect(directory.file(mode), timeout=0)
        use(first, "a")
        use(second, "b")
        for db in first, second, third:
            db.execute("BEGIN")
            write(db, "a-1")
        fails(connect(directory.file(mode), timeout=0),
              "SELECT write_message(NULL, 'a-1', 'X', '{}')",
              code="SQLITE_BUSY")
        for db in first, second, third:
            db.execute("COMMIT")


@test
def a_transaction_has_one_time_in_all_namespaces(directory):
    db = connect(directory.file())
    create(db, "a", "b")
    db.execute("BEGIN")
    for name in "a", "message_store", "b":
        use(db, name)
        write(db, "s-1")
        write(db, "s-1")
    db.execute("COMMIT")
    write(db, "s-1")
    equal(len(set(rows(db, "SELECT time FROM a.messages UNION ALL "
                           "SELECT time FROM main.messages UNION ALL "
                           "SELECT time FROM b.messages"))), 2)


@test
def a_lock_is_that_of_the_namespace(directory):
    first = connect(directory.file(), timeout=0)
    create(first, "a")
    second = connect(directory.file(), timeout=0)
    use(first, "a")
    first.execute("BEGIN")
    value(first, "SELECT acquire_lock('x-1')")
    write(second, "x-1")
    use(second, "a")
    fails(second, "SELECT write_message(NULL, 'x-1', 'X', '{}')",
          code="SQLITE_BUSY")
    first.execute("COMMIT")
    write(second, "x-1")


@test
def in_memory_namespaces_last_as_long_as_the_connection(directory):
    db = connect()
    create(db, "a")
    use(db, "a")
    write(db, "a-1")
    equal(location(db, "a"), ":memory:")
    value(db, "SELECT rename_namespace('a', 'b')")
    use(db, "b")
    equal(write(db, "a-1"), 1)
    equal(rows(db, "SELECT name FROM list_namespaces()"), [("b",)])
    equal(value(db, "SELECT delete_namespace('b')"), 2)
    create(db, "b")
    equal(value(db, "SELECT stream_version('a-1')"), None)
    equal(rows(connect(), "SELECT name FROM list_namespaces()"), [])


@test
def in_memory_none_is_detached(_):
    db = connect()
    names = ["t%02d" % i for i in range(10)]
    create(db, *names)
    message = fails(db, "SELECT create_namespace('t10')", code="SQLITE_ERROR")
    is_true("too many attached databases" in message, message)
    for name in names:
        use(db, name)
        equal(write(db, "a-1"), 0)


@test
def statistics_do_not_make_a_listing_scan(directory):
    db = connect(directory.file())
    db.execute("BEGIN")
    for i in range(2000):
        write(db, "a-%d" % (i % 4))
    db.execute("COMMIT")
    db.execute("ANALYZE")
    db.close()
    db = connect(directory.file())
    steps = [0]

    def count():
        steps[0] += 1

    db.set_progress_handler(count, 100)
    equal(len(rows(db, "SELECT * FROM list_streams()")), 4)
    equal(rows(db, "SELECT * FROM list_categories()"), [("a", 4, 2000)])
    is_true(steps[0] < 40, "%d steps" % steps[0])


@test
def writers_are_not_for_views(directory):
    db = connect(directory.file())
    for call in ("use_namespace('a')", "ensure_namespace('a')",
                 "create_namespace('a')", "delete_namespace('a')",
                 "clear_namespace('a')", "rename_namespace('a', 'b')",
                 "migrate_namespace()"):
        db.execute("CREATE VIEW v AS SELECT " + call)
        message = fails(db, "SELECT * FROM v", code="SQLITE_ERROR")
        is_true("unsafe use" in message, message)
        db.execute("DROP VIEW v")
    fails(db, "CREATE VIRTUAL TABLE x USING message_db_follower")


run()
