"""Logical replication of a store: what is decoded is what was committed, each
message once and in order, however it was written and whatever the table's
replica identity is; and a subscriber has the messages at their positions.
"""

import os
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(here, "..", "stress"), os.path.join(here, "..", "drivers")]

import psycopg2

from harness import PATH, check, connect, equal, fails, finish, fresh, rows, test, value
from load.server import use_own_server

use_own_server(SERVER_CONF="wal_level = logical")

ROWS = "SELECT * FROM messages ORDER BY global_position"
ID = "00000000-0000-0000-0000-%012d"


def write(connection, stream, id=None, data="{}"):
    return value(connection, "SELECT write_message(%s, %s, 'T', %s, '{\"correlationStreamName\":"
                 " \"c-1\"}')", id, stream, data)


def write_all_ways(connection, prefix, number):
    """Writes that commit, beside some that do not."""
    write(connection, prefix + "-1")
    rows(connection, "BEGIN")
    for stream in ("-1", "-2"):
        write(connection, prefix + stream)
    rows(connection, "SAVEPOINT a")
    write(connection, prefix + "-3")
    rows(connection, "ROLLBACK TO a")
    write(connection, prefix + "-2")
    rows(connection, "COMMIT")
    rows(connection, "BEGIN")
    write(connection, prefix + "-4")
    rows(connection, "ROLLBACK")
    rows(connection, "SELECT write_messages(%s, (SELECT jsonb_agg(jsonb_build_object('type', 'B',"
         " 'data', i)) FROM generate_series(1, 150) i))", prefix + "-5")
    # an id that is there already, alone, in a batch and from another session
    id = ID % number
    write(connection, prefix + "-6", id)
    for stream in ("-6", "-7"):
        with fails("23505"):
            write(connection, prefix + stream, id)
    with fails("23505"):
        rows(connection, "SELECT write_messages(%s, jsonb_build_array(jsonb_build_object('type',"
             " 'B', 'data', 1), jsonb_build_object('type', 'B', 'data', 2, 'id', %s)))",
             prefix + "-7", id)
    rows(connection, "SET message_db.idempotent_writes = on")
    write(connection, prefix + "-6", id)
    rows(connection, "RESET message_db.idempotent_writes")
    # large values, stored out of line
    for n in range(3):
        rows(connection, "SELECT write_message(NULL, %s, 'Large', jsonb_build_object('text',"
             " (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 5000) i)))",
             prefix + "-8")
    rows(connection, "BEGIN")
    write(connection, prefix + "-9")
    rows(connection, "PREPARE TRANSACTION 'logical'")
    write(connection, prefix + "-1")
    rows(connection, "COMMIT PREPARED 'logical'")


def decoded(connection):
    """The global positions of decoded INSERTs, and what else was decoded."""
    changes = [data for data, in rows(
        connection, "SELECT data FROM pg_logical_slot_get_changes('decoded', NULL, NULL)")
        if data.startswith("table message_store.messages:")]
    inserts = [int(data.split("global_position[bigint]:")[1].split()[0])
               for data in changes if ": INSERT:" in data]
    return inserts, [data[:80] for data in changes if ": INSERT:" not in data]


admin = connect()
fresh(admin)
value(admin, "SELECT ensure_namespace()")
rows(admin, "CREATE PUBLICATION messages FOR TABLE messages WITH (publish = 'insert')")
rows(admin, "SELECT pg_create_logical_replication_slot('decoded', 'test_decoding')")
rows(admin, "SELECT pg_create_logical_replication_slot('subscriber', 'pgoutput')")

# the subscriber is another database of the same server
rows(admin, "CREATE DATABASE subscriber")
subscriber = psycopg2.connect(options=PATH, dbname="subscriber")
subscriber.autocommit = True
rows(subscriber, "CREATE SCHEMA IF NOT EXISTS message_store")
rows(subscriber, "CREATE EXTENSION message_db")
value(subscriber, "SELECT ensure_namespace()")
rows(subscriber, "CREATE SUBSCRIPTION subscriber CONNECTION 'dbname=%s host=%s port=%s'"
     " PUBLICATION messages WITH (create_slot = false, slot_name = 'subscriber', copy_data = false)"
     % (admin.info.dbname, admin.info.host, admin.info.port))


def caught_up():
    """Waits until the subscriber has what was committed."""
    end = time.monotonic() + 30
    wanted = value(admin, "SELECT count(*) FROM messages")
    while value(subscriber, "SELECT count(*) FROM messages") < wanted:
        check(time.monotonic() < end, "the subscriber does not catch up")
        time.sleep(0.05)


for number, identity in enumerate(("DEFAULT", "FULL", "NOTHING", "USING INDEX messages_id")):
    with test("decoded with replica identity " + identity):
        rows(admin, "ALTER TABLE messages REPLICA IDENTITY " + identity)
        first = value(admin, "SELECT coalesce(max(global_position), 0) + 1 FROM messages")
        write_all_ways(admin, "identity%d" % number, number)
        inserts, others = decoded(admin)
        stored = [p for p, in rows(admin, "SELECT global_position FROM messages"
                                   " WHERE global_position >= %s ORDER BY 1", first)]
        equal(sorted(inserts), stored, "decoded positions")
        equal(others, [], "other changes")

with test("decoded transactions of sessions at once are in the order of their commits"):
    one, other = connect(), connect()
    rows(one, "BEGIN")
    write(one, "o-1")
    write(other, "o-2")
    write(one, "o-1")
    rows(one, "COMMIT")
    inserts, others = decoded(admin)
    last = value(admin, "SELECT max(global_position) FROM messages")
    equal((inserts, others), ([last - 1, last - 2, last], []), "decoded")

with test("a subscriber has every message at its position"):
    caught_up()
    equal(rows(subscriber, ROWS), rows(admin, ROWS), "rows")
    equal(rows(subscriber, "SELECT * FROM get_all_messages(1, -1)"),
          rows(admin, "SELECT * FROM get_all_messages(1, -1)"), "all messages")

with test("a subscriber whose sequence is behind is told, and nothing is left"):
    with fails("23505"):
        write(subscriber, "new-1")
    equal(value(subscriber, "SELECT stream_version('new-1')"), None)
    rows(subscriber, "SELECT setval('messages_global_position_seq', (SELECT max(global_position)"
         " FROM messages))")
    equal(write(subscriber, "new-1"), 0)

with test("rows without an identity can be written, but not changed"):
    rows(admin, "ALTER PUBLICATION messages SET (publish = 'insert, update')")
    rows(admin, "ALTER TABLE messages REPLICA IDENTITY NOTHING")
    with fails("55000"):
        rows(admin, "UPDATE messages SET type = 'X' WHERE stream_name = 'o-1'")
    equal(write(admin, "o-3"), 0)

rows(subscriber, "DROP SUBSCRIPTION subscriber")
subscriber.close()
finish()
