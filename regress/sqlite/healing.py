"""What a rollback or the loss of power has left, and how it is mended."""

import os
import shutil

from harness import connect, create, equal, fails, rows, run, test, use, value, write


@test
def creating_again_what_was_rolled_back(directory):
    """The file of the first try is still attached, and so is locked."""
    db = connect(directory.file(), timeout=0.1)
    value(db, "SELECT ensure_namespace()")
    for name in "a", "b":
        db.execute("BEGIN")
        create(db, "a")
        use(db, "a")
        write(db, "s-1")
        db.execute("ROLLBACK")
        use(db, "message_store")
        db.execute("BEGIN IMMEDIATE")
        create(db, name)
        use(db, name)
        equal(write(db, "s-1"), 0)
        db.execute("COMMIT")
        equal(write(connect_to(directory, name), "s-1"), 1)
        value(db, "SELECT delete_namespace(?)", name)


def connect_to(directory, name):
    db = connect(directory.file())
    use(db, name)
    return db


def make_useless(path):
    """As deleting does it, before the file goes."""
    plain = connect(path, load=False)
    plain.executescript("""
        DELETE FROM messages;
        UPDATE message_db_namespace SET name = NULL;
        CREATE TRIGGER message_db_deleted BEFORE INSERT ON messages
            BEGIN SELECT raise(ABORT, 'this namespace was deleted'); END""")
    plain.close()


@test
def a_deletion_that_only_the_file_has_kept(directory):
    """The main file has lost it: the namespace is there, and empty."""
    db = connect(directory.file())
    create(db, "a")
    use(db, "a")
    write(db, "s-1")
    db.close()
    make_useless(directory.file("store.db-namespace-1.db"))
    db = connect(directory.file())
    equal([n for n, in rows(db, "SELECT name FROM list_namespaces()")], ["a"])
    use(db, "a")
    equal(write(db, "s-1"), 0)


@test
def a_file_that_the_main_file_has_forgotten(directory):
    """The next namespace gets it."""
    db = connect(directory.file())
    create(db, "a")
    use(db, "a")
    write(db, "s-1")
    use(db, "message_store")
    db.execute("DETACH a")
    make_useless(directory.file("store.db-namespace-1.db"))
    db.executescript("DELETE FROM message_db_namespaces; DELETE FROM sqlite_sequence")
    create(db, "b")
    use(db, "b")
    equal(write(db, "s-1"), 0)
    equal(value(db, "SELECT location LIKE '%-namespace-1.db' FROM get_namespace('b')"), 1)


@test
def namespaces_are_written_as_safely_as_main(directory):
    db = connect(directory.file())
    create(db, "a")
    db.close()
    db = connect(directory.file())
    db.execute("PRAGMA synchronous = EXTRA")
    db.execute("PRAGMA journal_mode = TRUNCATE")
    db.execute("BEGIN")
    use(db, "a")
    write(db, "s-1")
    db.execute("COMMIT")
    equal(write(db, "s-1"), 1)
    equal(value(db, "PRAGMA a.synchronous"), 3)
    equal(value(db, "PRAGMA a.journal_mode"), "truncate")


@test
def a_file_in_wal_mode_stays_so(directory):
    db = connect(directory.file())
    db.execute("PRAGMA journal_mode = WAL")
    create(db, "a")
    db.close()
    db = connect(directory.file())
    equal(value(db, "PRAGMA journal_mode = PERSIST"), "persist")
    db.execute("PRAGMA synchronous = NORMAL")
    use(db, "a")
    write(db, "s-1")
    equal(value(db, "PRAGMA a.journal_mode"), "wal")
    equal(value(db, "PRAGMA a.synchronous"), 1)


@test
def a_file_that_is_a_symbolic_link(directory):
    """It is the file that it stands for, before and after."""
    db = connect(directory.file())
    create(db, "a")
    use(db, "a")
    write(db, "s-1")
    db.close()
    shutil.move(directory.file("store.db-namespace-1.db"), directory.file("elsewhere.db"))
    os.symlink("elsewhere.db", directory.file("store.db-namespace-1.db"))
    for name in "a", "b":
        db = connect(directory.file())
        use(db, name)
        write(db, "s-1")
        if name == "a":
            value(db, "SELECT rename_namespace('a', 'b')")
    equal(value(db, "SELECT stream_version('s-1')"), 2)
    db.close()
    plain = connect(directory.file("elsewhere.db"), load=False)
    equal(value(plain, "SELECT count(*) FROM messages"), 3)


@test
def a_file_that_has_lost_its_tables(directory):
    """By hand; ensure_namespace() makes them again."""
    db = connect(directory.file())
    create(db, "a")
    db.close()
    plain = connect(directory.file("store.db-namespace-1.db"), load=False)
    for view, in rows(plain, "SELECT name FROM sqlite_schema WHERE type = 'view'"):
        plain.execute("DROP VIEW " + view)
    plain.execute("DROP TABLE messages")
    plain.close()
    db = connect(directory.file())
    fails(db, "SELECT use_namespace('a')", message="Namespace does not exist: a")
    equal(value(db, "SELECT ensure_namespace('a')"), 1)
    use(db, "a")
    equal(write(db, "s-1"), 0)


@test
def a_registration_that_goes_while_it_is_in_use(directory):
    """By hand; the messages stay what they are."""
    db = connect(directory.file())
    create(db, "a")
    use(db, "a")
    write(db, "s-1")
    equal(value(db, "SELECT stream_version('s-1')"), 0)
    plain = connect(directory.file("store.db-namespace-1.db"), load=False)
    plain.execute("DROP TABLE message_db_namespace")
    equal(value(db, "SELECT stream_version('s-1')"), 0)
    equal(write(db, "s-1"), 1)


@test
def a_main_file_that_is_older_than_its_namespaces(directory):
    """A backup of it alone: what it does not know keeps its messages."""
    db = connect(directory.file())
    create(db, "a")
    value(db, "SELECT delete_namespace('a')")
    db.close()
    shutil.copy(directory.file(), directory.file("backup.db"))
    db = connect(directory.file())
    create(db, "b")
    use(db, "b")
    write(db, "s-1")
    db.close()
    shutil.move(directory.file("backup.db"), directory.file())
    db = connect(directory.file())
    create(db, "c")
    use(db, "c")
    equal(write(db, "s-1"), 0)
    plain = connect(directory.file("store.db-namespace-2.db"), load=False)
    equal(rows(plain, "SELECT name FROM message_db_namespace"), [("b",)])
    equal(value(plain, "SELECT count(*) FROM messages"), 1)


@test
def no_number_is_left_for_a_file(directory):
    db = connect(directory.file())
    create(db, "a")
    db.execute("UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'message_db_namespaces'")
    fails(db, "SELECT ensure_namespace('b')", message="database or disk is full", code="SQLITE_FULL")
    equal(rows(db, "SELECT name FROM list_namespaces()"), [("a",)])
    equal(sorted(os.listdir(directory.path)), ["store.db", "store.db-namespace-1.db"])


@test
def renaming_to_what_the_user_has_attached(directory):
    db = connect(directory.file())
    create(db, "a")
    db.execute("ATTACH ':memory:' AS b")
    fails(db, "SELECT rename_namespace('a', 'b')")
    equal(rows(db, "SELECT name FROM list_namespaces()"), [("a",)])


run()
