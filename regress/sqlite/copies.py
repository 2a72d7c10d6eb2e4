"""Copies of a store with several namespaces: .backup, VACUUM INTO, .dump read back.

A copy has the same rows, positions, index and column of the user's; the next
write gets the next positions, also behind what was deleted, and an expected
version still conflicts.
"""

import os
import shutil

from harness import (connect, create, equal, fails, location, rows, shell,
                     test, run, use, value, write)

NAMES = ("message_store", "tenant_a", "tenant_b")
FILES = {"message_store": "", "tenant_a": "-namespace-1.db", "tenant_b": "-namespace-2.db"}
FILLED = ("message_store", "tenant_a")


def schema_of(name):
    return "main" if name == "message_store" else name


def fill(directory, mode):
    """A connection to a new store, with what a user adds to two of its databases."""
    db = connect(directory.file())
    db.execute("PRAGMA journal_mode = " + mode)
    value(db, "SELECT create_namespace('tenant_a', 'The first', '{\"n\": 1.50}')")
    create(db, "tenant_b")
    for name in FILLED:
        use(db, name)
        for n in range(20):
            write(db, "account-%d" % (n % 3), data='{"n": %d.50}' % n)
        schema = schema_of(name)
        # numbers that are given out and not there
        write(db, "gone-1")
        db.execute("DELETE FROM %s.messages WHERE stream_name = 'gone-1'" % schema)
        db.execute("ALTER TABLE %s.messages ADD COLUMN region TEXT DEFAULT 'north'" % schema)
        db.execute("CREATE INDEX %s.by_type ON messages (type, region)" % schema)
    return db


def contents(path):
    """What a copy has to have, read without the extension."""
    db = connect(path, load=False)
    found = (rows(db, "SELECT * FROM messages ORDER BY global_position"),
             rows(db, "SELECT * FROM message_db_namespace"),
             rows(db, "SELECT type, name, sql FROM sqlite_schema"
                      " WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"),
             rows(db, "SELECT * FROM sqlite_sequence ORDER BY name"))
    db.close()
    return found


def check(directory, copy):
    for name in NAMES:
        for one, other in zip(contents(copy + FILES[name]), contents(directory.file() + FILES[name])):
            equal(one, other)
    db = connect(copy)
    equal(rows(db, "SELECT name, description, metadata FROM list_namespaces()"),
          [("message_store", None, None), ("tenant_a", "The first", '{"n": 1.50}'), ("tenant_b", None, None)])
    equal(rows(db, "SELECT state, namespaces_done, namespaces FROM message_store_status()"), [("ready", 3, 3)])
    equal(location(db, "tenant_a"), copy + FILES["tenant_a"])
    for name in FILLED:
        use(db, name)
        fails(db, "SELECT write_message(NULL, 'account-1', 'T', '{}', NULL, 5)",
              message="Wrong expected version: 5 (Stream: account-1, Stream Version: 6)")
        equal(write(db, "account-1", expected_version=6), 7)
        equal(rows(db, "SELECT global_position FROM get_last_stream_message('account-1')"), [(22,)])
        equal(rows(db, "SELECT * FROM verify_namespace()"), [])
    use(db, "tenant_b")
    equal(write(db, "account-1", expected_version=-1), 0)
    equal(value(db, "SELECT delete_namespace('tenant_b')"), 1)
    create(db, "tenant_b", "tenant_c")
    db.close()


def copies(directory, copy_file):
    """copy_file(connection, schema, from, to) copies one database of a store."""
    for mode in "delete", "wal":
        for name in os.listdir(directory.path):
            os.unlink(directory.file(name))
        db = fill(directory, mode)
        copy = directory.file("copy.db")
        for name in NAMES:
            use(db, name)           # attaches it
            copy_file(db, schema_of(name), directory.file() + FILES[name], copy + FILES[name])
        check(directory, copy)
        db.close()


@test
def backup(directory):
    """By the backup interface, through the connection that has the namespace attached."""
    def copy_file(db, schema, _, path):
        target = connect(path, load=False)
        db.backup(target, name=schema)
        target.close()
    copies(directory, copy_file)


@test
def backup_of_the_shell(directory):
    copies(directory, lambda db, schema, source, path: equal(shell(source, ".backup '%s'\n" % path), ("", "")))


@test
def vacuum_into(directory):
    copies(directory, lambda db, schema, _, path: db.execute("VACUUM %s INTO ?" % schema, (path,)))


@test
def dump_read_back(directory):
    """Without the extension, on both sides."""
    def copy_file(_, schema, source, path):
        text, errors = shell(source, ".dump\n")
        equal(errors, "")
        equal(shell(path, text), ("", ""))
    copies(directory, copy_file)


@test
def files_of_a_store_that_nobody_has_open(directory):
    def copy_file(db, schema, source, path):
        db.execute("PRAGMA %s.wal_checkpoint(TRUNCATE)" % schema).fetchall()
        shutil.copy(source, path)
    copies(directory, copy_file)


@test
def one_namespace_elsewhere(directory):
    fill(directory, "delete").close()
    os.mkdir(directory.file("elsewhere"))
    path = directory.file("elsewhere/other.db")
    shutil.copy(directory.file() + FILES["tenant_a"], path + "-acme.db")
    db = connect(path)
    equal(rows(db, "SELECT name FROM list_namespaces()"), [])
    equal(value(db, "SELECT ensure_namespace('acme')"), 0)
    equal(rows(db, "SELECT name, description FROM list_namespaces()"), [("acme", "The first")])
    use(db, "acme")
    equal(write(db, "account-1", expected_version=6), 7)
    equal(rows(db, "SELECT global_position FROM get_last_stream_message('account-1')"), [(22,)])


run()
