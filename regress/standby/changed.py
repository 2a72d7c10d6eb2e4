"""A row that its own transaction changes by hand, under a reader on a hot
standby.

No snapshot can have seen the first version, so the server removes it without
asking the standby's readers.  One that has already read the page of the index
then meets an entry that leads nowhere.  The build with the settings
message_db.test_* lets a reader pause between two messages.
"""

import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(here, "..", "stress"), os.path.join(here, "..", "drivers")]

from harness import connect, equal, finish, fresh, rows, test, value
from load import server
from load.paused import PausedReader

UPDATE = "UPDATE messages SET metadata = '{\"changed\": true}' WHERE stream_name = 'a-2'"
UPDATE_AGAIN = UPDATE.replace("true", "2")
READS = ("get_category_messages('a')", "get_all_messages()",
         "get_category_messages('a', condition => 'true')")

server.use_test_build()


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
    reader = PausedReader("SELECT global_position FROM " + function, server.socket(standby.name))
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
