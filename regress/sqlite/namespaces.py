"""Namespaces in SQLite: a file each, attached at its first use."""

import glob
import os
import shutil
import sqlite3

from harness import *


def create(db, *names):
    for name in names:
        equal(value(db, "SELECT create_namespace(?)", name), name)


def use(db, name):
    equal(value(db, "SELECT use_namespace(?)", name), name)


def files(directory):
    return sorted(os.path.basename(f) for f in glob.glob(directory.file("*")))


def attached(db):
    return [r[1] for r in db.execute("PRAGMA database_list")]


def location(db, name):
    return value(db, "SELECT location FROM get_namespace(?)", name)


@test
def a_file_beside_the_main_file(directory):
    db = connect(directory.file())
    create(db, "tenant_a")
    equal(files(directory), ["store.db", "store.db-namespace-1.db"])
    equal(location(db, "tenant_a"), directory.file("store.db-namespace-1.db"))
    equal(attached(db), ["main"])
    use(db, "tenant_a")
    equal(write(db, "a-1"), 0)
    equal(value(db, "SELECT count(*) FROM tenant_a.messages"), 1)
    plain = connect(location(db, "tenant_a"), load=False)
    equal(rows(plain, "SELECT stream_name FROM messages"), [("a-1",)])
    equal(value(plain, "SELECT name FROM message_db_namespace"), "tenant_a")


@test
def two_stores_in_a_directory_share_nothing(directory):
    one = connect(directory.file("one.db"))
    two = connect(directory.file("two.db"))
    for db in one, two:
        create(db, "tenant_a")
        use(db, "tenant_a")
    write(one, "a-1")
    equal(value(two, "SELECT stream_version('a-1')"), None)


@test
def defect_a_name_called_like_the_main_file(directory):
    """EventoDB: the namespace "metadata" shares the registry's file."""
    db = connect(directory.file("metadata.db"))
    write(db, "a-1")
    for name in "metadata", "wal", "journal", "shm", "db":
        create(db, name)
        use(db, name)
        equal(value(db, "SELECT stream_version('a-1')"), None)
        write(db, "b-1")
        equal(value(db, "SELECT delete_namespace(?)", name), 1)
    use(db, "message_store")
    equal(value(db, "SELECT stream_version('a-1')"), 0)
    equal(value(db, "PRAGMA integrity_check"), "ok")
    equal(files(directory), ["metadata.db"])


@test
def defect_a_name_that_leaves_the_directory(directory):
    """EventoDB: "../x" lands outside, "a/b" is created and unusable."""
    db = connect(directory.file())
    for name in "../x", "a/b", "/tmp/x", "..", ".", "a\\b", "a.b", "x?mode=ro":
        fails(db, "SELECT create_namespace(?)", name,
              message="Invalid namespace name: " + name)
    equal(files(directory), ["store.db"])


@test
def defect_names_that_differ_in_case_only(directory):
    db = connect(directory.file())
    create(db, "tenant")
    fails(db, "SELECT create_namespace('Tenant')",
          message="Invalid namespace name: Tenant")
    fails(db, "SELECT use_namespace('TENANT')",
          message="Invalid namespace name: TENANT")


@test
def defect_deleting_leaves_the_journals(directory):
    """EventoDB removes the .db only."""
    for mode in "wal", "delete", "persist":
        db = connect(directory.file(mode + ".db"))
        db.execute("PRAGMA journal_mode = " + mode)
        create(db, "tenant_a")
        use(db, "tenant_a")
        db.execute("PRAGMA tenant_a.journal_mode = " + mode)
        write(db, "a-1")
        is_true(len(files(directory)) > 2, "journal is there")
        equal(value(db, "SELECT delete_namespace('tenant_a')"), 1)
        db.close()
        equal([f for f in files(directory) if "namespace" in f], [])


@test
def defect_deleting_then_creating_starts_empty(directory):
    db = connect(directory.file())
    other = connect(directory.file())
    for i in range(3):
        create(db, "tenant_a")
        for each in db, other:
            use(each, "tenant_a")
            equal(value(each, "SELECT stream_version('a-1')"), None)
        write(db, "a-1")
        equal(value(other, "SELECT stream_version('a-1')"), 0)
        equal(value(db, "SELECT delete_namespace('tenant_a')"), 1)


@test
def defect_clearing_is_not_atomic(directory):
    """EventoDB deletes and restarts the numbering in two statements."""
    db = connect(directory.file())
    create(db, "tenant_a")
    use(db, "tenant_a")
    write(db, "a-1")
    write(db, "a-1")
    db.execute("BEGIN")
    equal(value(db, "SELECT clear_namespace('tenant_a')"), 2)
    write(db, "a-1")
    db.execute("ROLLBACK")
    write(db, "a-1")
    equal(rows(db, "SELECT global_position FROM get_category_messages('a')"),
          [(1,), (2,), (3,)])
    equal(value(db, "SELECT clear_namespace('tenant_a')"), 3)
    write(db, "a-1")
    equal(rows(db, "SELECT global_position FROM get_category_messages('a')"),
          [(1,)])


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


def deleted_elsewhere(directory, mode):
    db = connect(directory.file())
    db.execute("PRAGMA journal_mode = " + mode)
    other = connect(directory.file())
    create(db, "tenant_a")
    use(db, "tenant_a")
    write(db, "a-1")
    equal(value(other, "SELECT delete_namespace('tenant_a')"), 1)
    return db, other


@test
def defect_a_deleted_file_is_written_to(directory):
    """On Unix a file that is deleted can be written by who has it open."""
    for mode in "wal", "delete":
        path = Directory(directory.file(mode))
        os.mkdir(path.path)
        db, other = deleted_elsewhere(path, mode)
        for sql in ("SELECT write_message(NULL, 'a-1', 'X', '{}')",
                    "SELECT stream_version('a-1')",
                    "SELECT * FROM get_stream_messages('a-1')",
                    "SELECT * FROM list_streams()",
                    "SELECT * FROM namespace_info('tenant_a')",
                    "SELECT clear_namespace('tenant_a')",
                    "SELECT acquire_lock('a-1')"):
            fails(db, sql, message="Namespace does not exist: tenant_a")
        create(other, "tenant_a")
        equal(write(db, "a-1", expected_version=-1), 0)
        use(other, "tenant_a")
        equal(value(other, "SELECT stream_version('a-1')"), 0)


@test
def a_deleted_file_refuses_inserts_by_hand(directory):
    db, _ = deleted_elsewhere(directory, "wal")
    fails(db, "INSERT INTO tenant_a.messages (position, stream_name, type) "
          "VALUES (1, 'a-1', 'X')", message="this namespace was deleted")
    equal(value(db, "SELECT count(*) FROM tenant_a.messages"), 0)


@test
def deleted_by_another_in_the_middle_of_a_transaction(directory):
    db = connect(directory.file(), timeout=0.1)
    db.execute("PRAGMA journal_mode = wal")
    create(db, "tenant_a")
    use(db, "tenant_a")
    write(db, "a-1")
    other = connect(directory.file(), timeout=0.1)
    db.execute("BEGIN")
    equal(value(db, "SELECT stream_version('a-1')"), 0)
    equal(value(other, "SELECT delete_namespace('tenant_a')"), 1)
    equal(value(db, "SELECT stream_version('a-1')"), 0)
    fails(db, "SELECT write_message(NULL, 'a-1', 'X', '{}')",
          code="SQLITE_BUSY_SNAPSHOT")
    db.execute("ROLLBACK")
    fails(db, "SELECT stream_version('a-1')",
          message="Namespace does not exist: tenant_a")
    create(other, "tenant_a")
    db.execute("BEGIN IMMEDIATE")
    write(db, "a-1")
    fails(other, "SELECT delete_namespace('tenant_a')",
          message="database is locked")
    db.execute("COMMIT")


@test
def renamed_by_another(directory):
    db = connect(directory.file())
    other = connect(directory.file())
    create(db, "tenant_a")
    use(db, "tenant_a")
    write(db, "a-1")
    value(other, "SELECT rename_namespace('tenant_a', 'acme')")
    fails(db, "SELECT write_message(NULL, 'a-1', 'X', '{}')",
          message="Namespace does not exist: tenant_a")
    create(other, "tenant_a")
    equal(write(db, "a-1"), 0)
    equal(value(db, "SELECT stream_version('a-1')"), 0)
    use(db, "acme")
    equal(value(db, "SELECT stream_version('a-1')"), 0)
    write(db, "a-1")
    use(other, "acme")
    equal(value(other, "SELECT stream_version('a-1')"), 1)
    use(other, "tenant_a")
    equal(value(other, "SELECT stream_version('a-1')"), 0)
    equal(value(other, "SELECT count(*) FROM acme.messages"), 2)


@test
def names_swapped_in_one_transaction(directory):
    db = connect(directory.file())
    for name in "a", "b":
        create(db, name)
        use(db, name)
        write(db, "is-" + name)
    db.execute("BEGIN")
    for old, new in ("a", "c"), ("b", "a"), ("c", "b"):
        value(db, "SELECT rename_namespace(?, ?)", old, new)
    for name, stream in ("a", "is-b"), ("b", "is-a"):
        use(db, name)
        equal(rows(db, "SELECT stream_name FROM list_streams()"), [(stream,)])
    db.execute("COMMIT")
    for each in db, connect(directory.file()):
        for name, stream in ("a", "is-b"), ("b", "is-a"):
            use(each, name)
            equal(rows(each, "SELECT stream_name FROM list_streams()"),
                  [(stream,)])
            equal(rows(each, "SELECT stream_name FROM %s.messages" % name),
                  [(stream,)])


@test
def deleted_by_another_connection(directory):
    """One that knows the namespace, and has its file attached, notices."""
    db, other = connect(directory.file()), connect(directory.file())
    for old in range(3):
        create(db, "a")
        use(other, "a")
        for _ in range(old):
            write(other, "a-1")
        use(other, "message_store")
        value(db, "SELECT delete_namespace('a')")
        for sql in ("SELECT use_namespace('a')", "SELECT migrate_namespace('a')", "SELECT clear_namespace('a')",
                    "SELECT delete_namespace('a')", "SELECT * FROM namespace_info('a')",
                    "SELECT * FROM verify_namespace('a')"):
            fails(other, sql, message="Namespace does not exist: a")
        equal(rows(other, "SELECT * FROM get_namespace('a')"), [])
        value(other, "SELECT set_config('message_db.namespace', 'a', false)")
        fails(other, "SELECT * FROM message_store_writers()", message="Namespace does not exist: a")
        use(other, "message_store")
    value(db, "SELECT create_namespace('a', 'the new one')")
    equal(rows(other, "SELECT description FROM list_namespaces()"), [("the new one",)])
    use(db, "a")
    write(db, "a-1")
    equal(value(other, "SELECT message_count FROM namespace_info('a')"), 1)
    equal(value(other, "SELECT delete_namespace('a')"), 1)
    fails(db, "SELECT stream_version('a-1')", message="Namespace does not exist: a")


@test
def renamed_after_another_connection_made_it_anew(directory):
    db, other = connect(directory.file()), connect(directory.file())
    create(db, "a")
    use(other, "a")
    value(db, "SELECT delete_namespace('a')")
    create(db, "a")
    use(db, "a")
    write(db, "a-1")
    value(other, "SELECT rename_namespace('a', 'b')")
    for each in db, other, connect(directory.file()):
        use(each, "b")
        equal(value(each, "SELECT stream_version('a-1')"), 0)


@test
def deleted_and_created_in_one_transaction(directory):
    db = connect(directory.file())
    create(db, "a")
    use(db, "a")
    write(db, "old-1")
    old = location(db, "a")
    db.execute("BEGIN")
    value(db, "SELECT delete_namespace('a')")
    is_true(os.path.exists(old), "deleted before the commit")
    create(db, "a")
    equal(value(db, "SELECT stream_version('old-1')"), None)
    write(db, "new-1")
    db.execute("COMMIT")
    is_true(not os.path.exists(old), "deleted with the commit")
    for each in db, connect(directory.file()):
        use(each, "a")
        equal(rows(each, "SELECT stream_name FROM a.messages"), [("new-1",)])


@test
def deleting_undone_by_a_savepoint(directory):
    db = connect(directory.file())
    create(db, "a")
    use(db, "a")
    write(db, "a-1")
    db.execute("BEGIN")
    db.execute("SAVEPOINT s")
    value(db, "SELECT delete_namespace('a')")
    db.execute("ROLLBACK TO s")
    equal(value(db, "SELECT stream_version('a-1')"), 0)
    db.execute("COMMIT")
    is_true(os.path.exists(location(db, "a")), "file")
    equal(write(db, "a-1"), 1)


@test
def deleting_and_savepoints(directory):
    """The file goes with the commit unless just that was rolled back."""
    db = connect(directory.file())
    for statements, goes in (
            (("SAVEPOINT s", "delete", "RELEASE s"), True),
            (("delete", "SAVEPOINT s", "write", "ROLLBACK TO s"), True),
            (("SAVEPOINT s", "delete", "SAVEPOINT t", "write", "ROLLBACK TO t",
              "RELEASE s"), True),
            (("SAVEPOINT s", "SAVEPOINT t", "delete", "RELEASE t",
              "ROLLBACK TO s"), False),
            (("write", "SAVEPOINT s", "write", "SAVEPOINT t", "delete",
              "ROLLBACK TO t", "RELEASE t", "write"), False)):
        create(db, "a")
        file = location(db, "a")
        db.execute("BEGIN")
        for statement in statements:
            if statement == "delete":
                value(db, "SELECT delete_namespace('a')")
            elif statement == "write":
                write(db, "b-1")
                fails(db, "INSERT INTO messages (position) VALUES (1), (2)")
            else:
                db.execute(statement)
        db.execute("COMMIT")
        equal((statements, os.path.exists(file)), (statements, not goes))
        if not goes:
            value(db, "SELECT delete_namespace('a')")


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
def a_file_that_is_missing_is_not_made_anew(directory):
    db = connect(directory.file())
    create(db, "a")
    path = location(db, "a")
    os.rename(path, path + ".away")
    message = fails(db, "SELECT use_namespace('a')", code="SQLITE_CANTOPEN")
    is_true("its file is missing: " + path in message, message)
    fails(db, "SELECT ensure_namespace('a')")
    is_true(not os.path.exists(path), "made anew")
    equal(rows(db, "SELECT name, schema_version FROM list_namespaces()"),
          [("a", None)])
    equal(rows(db, "SELECT * FROM migrate_namespaces()"),
          [("a", None, None, "unable to open its file")])
    equal(rows(db, "SELECT state, last_error FROM message_store_status()"),
          [("error", "unable to open its file")])
    os.rename(path + ".away", path)
    use(db, "a")
    equal(rows(db, "SELECT * FROM migrate_namespaces()"), [("a", 2, 2, None)])
    equal(value(db, "SELECT state FROM message_store_status()"), "ready")
    os.unlink(path)
    db = connect(directory.file())
    equal(value(db, "SELECT delete_namespace('a')"), 0)
    create(db, "a")


@test
def a_file_copied_here_is_adopted(directory):
    source = connect(directory.file("source.db"))
    create(source, "tenant_a")
    use(source, "tenant_a")
    write(source, "a-1")
    path = location(source, "tenant_a")
    source.close()
    db = connect(directory.file())
    shutil.copy(path, directory.file("store.db-tenant_x.db"))
    fails(db, "SELECT create_namespace('tenant_x')",
          message="Namespace already exists: tenant_x")
    equal(value(db, "SELECT ensure_namespace('tenant_x')"), 0)
    use(db, "tenant_x")
    equal(write(db, "a-1"), 1)
    equal(value(db, "SELECT delete_namespace('tenant_x')"), 2)
    equal([f for f in files(directory) if "tenant_x" in f], [])


@test
def a_crash_before_the_registration_heals(directory):
    """The file is there, the row is not."""
    db = connect(directory.file())
    create(db, "first")
    db.execute("BEGIN")
    create(db, "a")
    db.execute("ROLLBACK")
    is_true("store.db-namespace-2.db" in files(directory), "file")
    equal(rows(db, "SELECT name FROM get_namespace('a')"), [])
    create(db, "a")
    use(db, "a")
    equal(write(db, "a-1"), 0)
    for content in b"", b"not a database, but as long as a header is" * 9:
        with open(directory.file("store.db-namespace-3.db"), "wb") as file:
            file.write(content)
        if content:
            fails(db, "SELECT create_namespace('b')", code="SQLITE_NOTADB")
        else:
            create(db, "b")
            equal(value(db, "SELECT delete_namespace('b')"), 0)
            db.execute("UPDATE sqlite_sequence SET seq = 2 "
                       "WHERE name = 'message_db_namespaces'")


@test
def a_crash_between_commit_and_deleting_heals(directory):
    db = connect(directory.file())
    create(db, "a", "b")
    path = location(db, "a")
    shutil.copy(path, directory.file("kept"))
    value(db, "SELECT delete_namespace('a')")
    # as the crash would have left it: emptied, nameless, not deleted
    shutil.copy(directory.file("kept"), path)
    plain = connect(path, load=False)
    plain.execute("UPDATE message_db_namespace SET name = NULL")
    plain.close()
    db.execute("INSERT INTO message_db_namespaces (id, file, schema_version) "
               "VALUES (1, '-namespace-1.db', 2)")
    value(db, "SELECT ensure_namespace('b')")
    is_true(not os.path.exists(path), "left over")
    equal(value(db, "SELECT count(*) FROM message_db_namespaces"), 1)


@test
def a_deletion_that_one_file_has_not_committed_is_finished(directory):
    """What WAL mode can leave: the main file has committed, the other not."""
    db = connect(directory.file())
    create(db, "a", "b")
    use(db, "a")
    write(db, "a-1")
    path = location(db, "a")
    other = connect(directory.file())
    other.execute("UPDATE message_db_namespaces SET name = NULL WHERE name = 'a'")
    value(other, "SELECT ensure_namespace('b')")
    is_true(not os.path.exists(path), "left over")
    equal(value(other, "SELECT count(*) FROM message_db_namespaces"), 1)
    fails(db, "SELECT write_message(NULL, 'a-1', 'T', '{}')",
          message="Namespace does not exist: a")


@test
def a_renaming_that_one_file_has_not_committed_is_finished(directory):
    db = connect(directory.file())
    other = connect(directory.file())
    create(db, "a")
    use(db, "a")
    write(db, "a-1")
    other.execute("UPDATE message_db_namespaces SET name = 'c', "
                  "former_name = 'a' WHERE name = 'a'")
    create(other, "a")
    equal(value(db, "SELECT stream_version('a-1')"), None)
    use(db, "c")
    equal(value(db, "SELECT stream_version('a-1')"), 0)


@test
def a_file_of_the_users_is_not_adopted(directory):
    for table in "CREATE TABLE messages (x)", "CREATE VIEW messages AS SELECT 1":
        name = directory.file("store.db-a.db")
        if os.path.exists(name):
            os.unlink(name)
        plain = connect(name, load=False)
        plain.execute(table)
        plain.close()
        db = connect(directory.file())
        fails(db, "SELECT ensure_namespace('a')",
              message="Not a message store: a")
        equal(rows(db, "SELECT name FROM list_namespaces()"), [])


@test
def journal_mode_encoding_and_page_size_follow_the_main_file(directory):
    for number, (mode, encoding, size) in enumerate(
            [("wal", "UTF-8", 4096), ("delete", "UTF-16le", 1024),
             ("wal", "UTF-16le", 8192)]):
        path = directory.file("%d.db" % number)
        db = connect(path)
        db.execute("PRAGMA page_size = %d" % size)
        db.execute("PRAGMA encoding = '%s'" % encoding)
        db.execute("PRAGMA journal_mode = " + mode)
        write(db, "a-1")
        create(db, "a")
        use(db, "a")
        equal(value(db, "PRAGMA a.journal_mode"), mode)
        equal(value(db, "PRAGMA a.page_size"), size)
        equal(write(db, "é-1"), 0)
        equal(rows(db, "SELECT stream_name FROM list_streams('é')"), [("é-1",)])


@test
def writers_of_two_namespaces_do_not_wait_for_each_other(directory):
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
def a_version_1_file_is_read_and_then_migrated(directory):
    db = connect(directory.file())
    write(db, "a-1")
    db.execute("DROP TABLE message_db_namespace")
    db.close()
    db = connect("file:%s?mode=ro" % directory.file(), uri=True)
    equal(value(db, "SELECT stream_version('a-1')"), 0)
    equal(rows(db, "SELECT name, schema_version FROM list_namespaces()"),
          [("message_store", 1)])
    equal(rows(db, "SELECT state, current_version, namespaces_done, namespaces "
               "FROM message_store_status()"), [("uninitialized", 1, 0, 1)])
    fails(db, "SELECT migrate_namespace()", code="SQLITE_READONLY")
    equal(rows(db, "SELECT name, from_version, to_version FROM "
               "migrate_namespaces()"), [("message_store", 1, 1)])

    copies = [directory.file("%d.db" % i) for i in range(3)]
    for copy in copies:
        shutil.copy(directory.file(), copy)
    db = connect(copies[0])
    equal(write(db, "a-1"), 1)
    equal(value(db, "SELECT schema_version FROM message_db_namespace"), 2)
    db = connect(copies[1])
    equal(value(db, "SELECT migrate_namespace()"), 2)
    equal(value(db, "SELECT migrate_namespace('message_store')"), 2)
    equal(rows(db, "SELECT state, current_version FROM message_store_status()"),
          [("ready", 2)])
    db = connect(copies[2])
    equal(rows(db, "SELECT * FROM migrate_namespaces()"),
          [("message_store", 1, 2, None)])
    equal(rows(db, "SELECT * FROM migrate_namespaces()"),
          [("message_store", 2, 2, None)])


@test
def a_newer_file_is_refused_and_left_untouched(directory):
    db = connect(directory.file())
    write(db, "a-1")
    create(db, "a")
    use(db, "a")
    write(db, "a-1")
    other = connect(directory.file())
    use(other, "a")
    equal(value(other, "SELECT stream_version('a-1')"), 0)
    db.execute("UPDATE a.message_db_namespace SET schema_version = 3")
    db.execute("UPDATE main.message_db_namespace SET schema_version = 3")
    db.close()
    before = [open(f, "rb").read() for f in
              (directory.file(), directory.file("store.db-namespace-1.db"))]
    for db, name in ((connect(directory.file()), "message_store"),
                     (other, "a")):
        for sql in ("SELECT stream_version('a-1')",
                    "SELECT * FROM get_stream_messages('a-1')",
                    "SELECT write_message(NULL, 'a-1', 'X', '{}')",
                    "SELECT migrate_namespace(%r)" % name,
                    "SELECT clear_namespace(%r)" % name,
                    "SELECT delete_namespace(%r)" % name):
            message = fails(db, sql, message="Namespace has a newer schema "
                            "version: " + name)
            is_true("Its version is 3, this release knows 2." in message,
                    message)
    db = connect(directory.file())
    equal(rows(db, "SELECT name, schema_version FROM list_namespaces()"),
          [("a", 3), ("message_store", 3)])
    equal(value(db, "SELECT state FROM message_store_status()"), "error")
    equal([open(f, "rb").read() for f in
           (directory.file(), directory.file("store.db-namespace-1.db"))], before)


@test
def backup_and_vacuum_into_and_dump(directory):
    db = connect(directory.file())
    create(db, "a")
    use(db, "a")
    write(db, "a-1")
    copy = directory.file("copy.db")
    db.execute("VACUUM main INTO ?", (copy,))
    db.execute("VACUUM a INTO ?", (copy + "-namespace-1.db",))
    restored = connect(copy)
    use(restored, "a")
    equal(write(restored, "a-1"), 1)
    equal(rows(restored, "SELECT global_position FROM get_stream_messages('a-1')"),
          [(1,), (2,)])
    plain = connect(location(db, "a"), load=False)
    read_back = connect(directory.file("read.db"), load=False)
    read_back.executescript("\n".join(plain.iterdump()))
    read_back.close()
    os.rename(directory.file("read.db"), directory.file("store.db-b.db"))
    equal(value(db, "SELECT ensure_namespace('b')"), 0)
    use(db, "b")
    equal(write(db, "a-1", expected_version=0), 1)


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


@test
def changes_of_what_others_have_changed(directory):
    """A connection that knows a namespace deletes, renames or clears what has
    the name by now, and nothing else."""
    for mode in "wal", "delete":
        for change in ("delete_namespace('a')", "rename_namespace('a', 'c')",
                       "clear_namespace('a')"):
            path = directory.file("%s_%s.db" % (mode, change[:5]))
            connections = [connect(path) for _ in range(3)]
            one, two, three = connections
            value(one, "PRAGMA journal_mode = " + mode)
            create(one, "a")
            for db in connections:
                use(db, "a")
                write(db, "x-1")
            value(two, "SELECT rename_namespace('a', 'b')")
            fails(one, "SELECT " + change, message="Namespace does not exist: a")
            value(two, "SELECT delete_namespace('b')")
            fails(one, "SELECT " + change, message="Namespace does not exist: a")
            create(two, "a")
            use(three, "a")
            equal(write(three, "y-1"), 0)
            equal(value(one, "SELECT " + change), "c" if "rename" in change else 1)
            if "clear" in change:
                equal(write(three, "y-1"), 0)
            else:
                fails(three, "SELECT write_message(NULL, 'y-1', 'T', '{}')",
                      message="Namespace does not exist: a")
            equal(rows(two, "SELECT name FROM list_namespaces()"),
                  {"d": [], "r": [("c",)], "c": [("a",)]}[change[0]])
            for db in connections:
                db.close()


run()
