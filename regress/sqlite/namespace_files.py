"""The files of namespaces in SQLite: their names, their upkeep, their versions."""

import glob
import os
import shutil

from harness import (attached, connect, create, equal, fails, is_true,
                     location, rows, run, test, use, value, write)


def files(directory):
    return sorted(os.path.basename(f) for f in glob.glob(directory.file("*")))


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


run()
