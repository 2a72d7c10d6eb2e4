"""Readers of a category between the steps of other sessions: a reader that has
read the page of the index and pauses behind the first message.  The build with
the settings message_db.test_* lets it.
"""

import os
import sys
import threading
import time

import psycopg2

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(here, "..", "stress"), os.path.join(here, "..", "drivers")]

from harness import connect, equal, finish, fresh, rows, test, value
from load import server
from load.paused import PausedReader

TYPES = "SELECT type FROM get_category_messages('a') WHERE type <> 'First'"
PATIENCE = 1                # seconds for steps that may wait for the reader

server.use_test_build()
admin = connect()


def write(connection, stream, type):
    return value(connection, "SELECT write_message(NULL, %s, %s, '{}')", stream, type)


def types(connection):
    return [type for type, in rows(connection, TYPES)]


def meanwhile(*steps):
    """What a reader returns that was on its way during these steps."""
    def take():
        for connection, sql in steps:
            rows(connection, sql)

    reader = PausedReader(TYPES)
    other = threading.Thread(target=take)
    other.start()
    other.join(PATIENCE)
    found = reader.go()
    other.join()
    return found


def open_and_committed():
    """A session with an open row, behind which one is committed."""
    rows(admin, "DELETE FROM messages WHERE type <> 'First'")
    writer = connect(autocommit=True)
    rows(writer, "BEGIN")
    write(writer, "a-1", "Open")
    write(admin, "a-2", "Committed")
    return writer


fresh(admin)
write(admin, "a-0", "First")

with test("an open row is updated while a reader is on its way to it"):
    writer = open_and_committed()
    equal(meanwhile((writer, "UPDATE messages SET metadata = '{\"correlationStreamName\": \"c-1\"}'"
                     " WHERE type = 'Open'")), [], "seen")
    rows(writer, "COMMIT")
    equal(types(admin), ["Open", "Committed"], "seen afterwards")

with test("an open row is updated in its page while a reader is on its way to it"):
    writer = open_and_committed()
    equal(meanwhile((writer, "UPDATE messages SET data = '1' WHERE type = 'Open'")), [], "seen")
    rows(writer, "COMMIT")
    equal(types(admin), ["Open", "Committed"], "seen afterwards")

with test("an open row is deleted while a reader is on its way to it"):
    writer = open_and_committed()
    check = meanwhile((writer, "DELETE FROM messages WHERE type = 'Open'"))
    equal(check in ([], ["Committed"]), True, "seen: %s" % check)
    rows(writer, "COMMIT")
    equal(types(admin), ["Committed"], "seen afterwards")

with test("an open row is deleted in a savepoint that is rolled back"):
    writer = open_and_committed()
    rows(writer, "SAVEPOINT a")
    equal(meanwhile((writer, "DELETE FROM messages WHERE type = 'Open'")), [], "seen")
    equal(types(admin), [], "seen")
    rows(writer, "ROLLBACK TO a")
    rows(writer, "COMMIT")
    equal(types(admin), ["Open", "Committed"], "seen afterwards")

with test("an open row is locked by its own transaction"):
    writer = open_and_committed()
    equal(meanwhile((writer, "SELECT type FROM messages WHERE type = 'Open' FOR UPDATE")), [], "seen")
    rows(writer, "COMMIT")
    equal(types(admin), ["Open", "Committed"], "seen afterwards")

with test("an open row is updated and committed while a reader is on its way to it"):
    writer = open_and_committed()
    equal(meanwhile((writer, "UPDATE messages SET metadata = '{\"correlationStreamName\": \"c-1\"}'"
                     " WHERE type = 'Open'"), (writer, "COMMIT")), [], "seen")
    equal(types(admin), ["Open", "Committed"], "seen afterwards")

with test("an open row commits while a reader is on its way to it"):
    writer = open_and_committed()
    found = meanwhile((writer, "COMMIT"))
    equal(found, [], "seen")
    equal(types(admin), ["Open", "Committed"], "seen afterwards")

with test("a row is rolled back, cleaned up and its place taken while a reader is on its way"):
    writer = open_and_committed()
    found = meanwhile((writer, "ROLLBACK"), (admin, "VACUUM messages"),
                      (admin, "SELECT write_message(NULL, 'a-1', 'New', '{}')"))
    equal(found, ["Committed"], "seen")
    equal(types(admin), ["Committed", "New"], "seen afterwards")

with test("a committed row is given new index entries while a reader is on its way to it"):
    writer = open_and_committed()
    rows(writer, "COMMIT")
    found = meanwhile((admin, "UPDATE messages SET metadata = '{\"correlationStreamName\": \"c-1\"}'"
                       " WHERE type = 'Open'"))
    equal(found, ["Open", "Committed"], "seen")
    equal(types(admin), ["Open", "Committed"], "seen afterwards")

with test("a committed row is deleted while a reader is on its way to it"):
    writer = open_and_committed()
    rows(writer, "COMMIT")
    found = meanwhile((admin, "DELETE FROM messages WHERE type = 'Open'"),
                      (admin, "VACUUM messages"))
    equal(found, ["Open", "Committed"], "seen, as by the snapshot")
    equal(types(admin), ["Committed"], "seen afterwards")

with test("the index is rebuilt while a reader is on its way"):
    writer = open_and_committed()
    rows(writer, "COMMIT")
    found = meanwhile((admin, "REINDEX INDEX CONCURRENTLY messages_category"))
    equal(found, ["Open", "Committed"], "seen")
    equal(types(admin), ["Open", "Committed"], "seen afterwards")

ID = "00000000-0000-0000-0000-00000000000a"

with test("six sessions wait for one id: after a rollback one writes it, without deadlocks"):
    for _ in range(3):
        fresh(admin)
        value(admin, "SELECT ensure_namespace()")
        first = connect()
        rows(first, "BEGIN")
        rows(first, "SELECT write_message(%s, 'first-1', 'T', '{}')", ID)
        outcomes = []

        def attempt(number):
            connection = connect("-c search_path=message_store,public -c deadlock_timeout=50ms")
            try:
                outcomes.append(str(value(connection, "SELECT write_message(%s, %s, 'T', '{}')",
                                          ID, "other%d-1" % number)))
            except psycopg2.Error as error:
                outcomes.append(error.pgcode)

        threads = [threading.Thread(target=attempt, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        rows(first, "ROLLBACK")
        for thread in threads:
            thread.join()
        equal(sorted(outcomes), ["0"] + ["23505"] * 5, "outcomes")
        equal(value(admin, "SELECT count(*) FROM get_all_messages()"), 1, "messages")

admin.close()
finish()
