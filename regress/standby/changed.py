"""A row that its own transaction changes by hand, under a reader on a hot
standby.

No snapshot can have seen the first version, so the server removes it without
asking the standby's readers.  One that has already read the page of the index
then meets an entry that leads nowhere.  The build with the settings
message_db.test_* lets a reader pause between two messages.
"""

import os
import sys
import threading
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(here, "..", "stress"), os.path.join(here, "..", "drivers")]

import psycopg2

from harness import PATH, check, connect, equal, finish, fresh, rows, test, value
from load import server

KEY = 7
UPDATE = "UPDATE messages SET metadata = '{\"changed\": true}' WHERE stream_name = 'a-2'"
UPDATE_AGAIN = UPDATE.replace("true", "2")
READS = ("get_category_messages('a')", "get_all_messages()",
         "get_category_messages('a', condition => 'true')")

server.use_test_build()


def on_standby(standby, options=""):
    connection = psycopg2.connect(options=PATH + options, host=server.socket(standby.name))
    connection.autocommit = True
    return connection


class Reader(threading.Thread):
    """Reads on the standby, and pauses behind each message until go()."""

    def __init__(self, standby, function):
        super().__init__(daemon=True)
        self.gate = on_standby(standby)
        rows(self.gate, "SELECT pg_advisory_lock(%s)", KEY)
        self.connection = on_standby(standby, " -c message_store.sql_condition=on"
                                     " -c message_db.test_pause=%d" % KEY)
        self.function, self.found = function, None
        self.start()
        while not value(self.gate, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                        " AND NOT granted"):
            check(self.is_alive(), "the reader ended early: %s" % self.found)
            time.sleep(0.01)

    def run(self):
        try:
            self.found = [position for position, in rows(
                self.connection, "SELECT global_position FROM " + self.function)]
        except psycopg2.Error as error:
            self.found = str(error)

    def go(self):
        rows(self.gate, "SELECT pg_advisory_unlock(%s)", KEY)
        self.join(60)
        self.gate.close()
        self.connection.close()
        return self.found


def write(connection, stream):
    return value(connection, "SELECT write_message(NULL, %s, 'T', '{}')", stream)


def seen_by_reader(standby, function, change, ending, clean):
    """What a reader sees of category a whose snapshot was taken while the
    second of three messages was in progress, and which goes on when that was
    changed.  The others fill a page of the table, which the reader holds."""
    fresh(admin)
    write(admin, "a-1")
    rows(admin, "SELECT write_message(NULL, 'b-1', 'T', '{}') FROM generate_series(1, 200)")
    writer = connect()
    rows(writer, "BEGIN")
    write(writer, "a-2")
    write(admin, "a-3")
    standby.catch_up()
    reader = Reader(standby, function)
    streams = dict(rows(admin, "SELECT global_position, stream_name FROM messages"))
    for statement in change:
        rows(writer, statement)
    rows(writer, ending)
    writer.close()
    for statement in clean:
        rows(admin, statement)
    standby.catch_up()
    found = reader.go()
    return [streams[position] for position in found if streams[position] != "b-1"]


admin = connect()
VACUUM = ("VACUUM (INDEX_CLEANUP off) messages",)

with server.Standby("changed") as standby:
    for function in READS:
        with test(function + ": changed, committed and cleaned"):
            equal(seen_by_reader(standby, function, [UPDATE], "COMMIT", VACUUM), ["a-1"])
        with test(function + ": changed twice"):
            equal(seen_by_reader(standby, function, [UPDATE, UPDATE_AGAIN], "COMMIT", VACUUM), ["a-1"])
        with test(function + ": changed, rolled back and cleaned"):
            equal(seen_by_reader(standby, function, [UPDATE], "ROLLBACK", VACUUM), ["a-1", "a-3"])
        with test(function + ": changed and deleted"):
            equal(seen_by_reader(standby, function, [UPDATE, "DELETE FROM messages WHERE stream_name = 'a-2'"],
                                 "COMMIT", VACUUM), ["a-1", "a-3"])
finish()
