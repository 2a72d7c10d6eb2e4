"""Namespaces in SQLite that are deleted, renamed or cleared while others use them,
in transactions, and under savepoints.
"""

import os

from harness import (Directory, connect, create, equal, fails, is_true,
                     location, rows, run, test, use, value, write)


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
