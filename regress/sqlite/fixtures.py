#!/usr/bin/env python3
"""Files that earlier schema versions left, in regress/fixtures.

sqlite_version_1.db was written by the release before namespaces had a
registration, sqlite_version_2.db by the first that had it.  Both hold the same
five messages, of which the fourth was deleted by hand.
"""

import hashlib
import os
import shutil

from harness import TOP, connect, fails, rows, run, test, value, write

MESSAGES = [
    ("account-1", "Opened", 0, 1, '{"owner": "Ada"}', "2026-01-01 12:00:00.5"),
    ("account-2", "Opened", 0, 2, '{"owner": "Bob"}', "2026-01-02 12:00:00.5"),
    ("account-1", "Deposited", 1, 3, '{"amount": 10.50}', "2026-01-03 12:00:00.5"),
    ("order-1+2", "Placed", 0, 5, "null", "2026-01-05 12:00:00.5"),
]


def fixture(directory, version):
    path = directory.file("version_%d.db" % version)
    shutil.copyfile(os.path.join(str(TOP), "regress", "fixtures",
                                 "sqlite_version_%d.db" % version), path)
    return path


def contents(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def check_reading(connection):
    found = rows(connection,
                 "SELECT stream_name, type, position, global_position, data, time"
                 " FROM get_category_messages('account')")
    assert found == MESSAGES[:3], found
    assert value(connection, "SELECT stream_version('order-1+2')") == 0
    assert rows(connection, "SELECT category, streams, messages FROM list_categories()"
                ) == [("account", 2, 3), ("order", 1, 1)]


def version(connection):
    return value(connection, "SELECT current_version FROM message_store_status()")


@test
def version_1_reads_at_once_and_stays_as_it_is(directory):
    path = fixture(directory, 1)
    before = contents(path)
    connection = connect(path)
    check_reading(connection)
    assert version(connection) == 1
    connection.close()
    assert contents(path) == before


@test
def version_1_reads_from_a_file_that_cannot_be_written(directory):
    path = fixture(directory, 1)
    connection = connect("file:%s?mode=ro" % path, uri=True)
    check_reading(connection)


@test
def version_1_migrates_at_the_first_write(directory):
    connection = connect(fixture(directory, 1))
    assert write(connection, "account-1", expected_version=1) == 2
    assert value(connection, "SELECT max(global_position) FROM messages") == 6
    assert version(connection) == 2
    check_all = rows(connection, "SELECT stream_name, type, position, global_position,"
                     " data, time FROM messages WHERE global_position < 6")
    assert check_all == MESSAGES


@test
def version_1_migrates_on_request(directory):
    connection = connect(fixture(directory, 1))
    assert value(connection, "SELECT migrate_namespace()") == 2
    assert value(connection, "SELECT migrate_namespace()") == 2
    assert version(connection) == 2
    check_reading(connection)


@test
def version_2_goes_on(directory):
    connection = connect(fixture(directory, 2))
    check_reading(connection)
    assert version(connection) == 2
    assert rows(connection, "SELECT name, description, created_at FROM"
                " get_namespace('message_store')") == [
        ("message_store", "A store of schema version 2", "2026-01-01 12:00:00")]
    assert write(connection, "order-1+2", expected_version=0) == 1
    assert value(connection, "SELECT max(global_position) FROM messages") == 6


@test
def a_newer_version_is_refused_and_left_alone(directory):
    path = fixture(directory, 2)
    plain = connect(path, load=False)
    plain.execute("UPDATE message_db_namespace SET schema_version = 3")
    plain.close()
    before = contents(path)
    connection = connect(path)
    message = "Namespace has a newer schema version: message_store"
    for call in ("SELECT write_message(NULL, 'account-1', 'T', '{}')",
                 "SELECT * FROM get_stream_messages('account-1')",
                 "SELECT * FROM get_category_messages('account')",
                 "SELECT stream_version('account-1')",
                 "SELECT migrate_namespace()"):
        fails(connection, call, message=message)
    assert value(connection, "SELECT state FROM message_store_status()") == "error"
    connection.close()
    assert contents(path) == before


run()
