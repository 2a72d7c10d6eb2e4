"""Batches and idempotent writes, as only SQLite has them.

What they write and refuse is tested in regress/common for both databases.
"""

import json

from harness import (connect, equal, fails, is_true, process, rows, run, test,
                     value, write)

WRITE = "SELECT write_messages(?, ?, ?)"
ID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a%02x"


def batch(count, first_id=None):
    """The argument; with ids when a first one is given."""
    return json.dumps([
        dict({"type": "T", "data": {"i": i}},
             **({} if first_id is None else {"id": ID % (first_id + i)}))
        for i in range(count)])


def write_batch(db, stream_name, count, first_id=None, expected_version=None):
    return value(db, WRITE, stream_name, batch(count, first_id),
                 expected_version)


def idempotent(db):
    value(db, "SELECT set_config('message_db.idempotent_writes', 'on', false)")
    return db


@test
def large(_):
    db = connect()
    equal(write_batch(db, "a-1", 20000), 19999)
    equal(rows(db, "SELECT count(*), count(DISTINCT id), count(DISTINCT time), "
               "count(DISTINCT position), max(global_position), "
               "last_insert_rowid(), min(id LIKE '________-____-7%') "
               "FROM messages"), [(20000, 20000, 1, 20000, 20000, 20000, 1)])
    equal(rows(db, "SELECT data FROM get_stream_messages('a-1', 12345, 1)"),
          [('{"i": 12345}',)])
    equal(value(db, "SELECT count(*) FROM messages AS a JOIN messages AS b "
                "ON b.global_position = a.global_position + 1 "
                "WHERE b.id <= a.id"), 0)


@test
def first_write(directory):
    for path in ":memory:", directory.file():
        db = connect(path)
        equal(write_batch(db, "a-1", 3), 2)
        db.execute("BEGIN")
        equal(write_batch(db, "a-1", 3), 5)
        db.execute("COMMIT")
        equal(value(db, "SELECT count(*) FROM get_all_messages()"), 6)
    db = connect(directory.file("other.db"))
    db.execute("BEGIN")
    equal(write_batch(db, "a-1", 2), 1)
    db.execute("ROLLBACK")
    equal(value(db, "SELECT count(*) FROM sqlite_schema"), 0)


FAILURES = (
    ("a-1", batch(5, 3), None, 'duplicate key value violates unique '
     'constraint "messages_id"'),
    ("a-1", batch(5), 7, "Wrong expected version: 7 (Stream: a-1, "
     "Stream Version: %d)"),
    ("a-1", '[{"type": "T", "data": 1}, {"type": "T"}]', None,
     "Invalid message at index 1: data is missing"),
    ("a-" + "x" * 3000, batch(5), None, "stream name is too long"),
)


@test
def failure_leaves_nothing(directory):
    """In a transaction too, which goes on."""
    for path in ":memory:", directory.file():
        db = connect(path)
        write_batch(db, "a-1", 1, first_id=7)
        for name, messages, version, message in FAILURES:
            if "%d" in message:
                message = message % 0
            fails(db, WRITE, name, messages, version, message=message)
            equal(value(db, "SELECT count(*) FROM messages"), 1)
        db.execute("BEGIN")
        write(db, "a-1")
        for name, messages, version, message in FAILURES:
            if "%d" in message:
                message = message % 1
            fails(db, WRITE, name, messages, version, message=message)
            is_true(db.in_transaction)
            equal(value(db, "SELECT count(*) FROM messages"), 2)
        equal(write_batch(db, "a-1", 2), 3)
        db.execute("COMMIT")
        equal(rows(db, "SELECT position FROM get_stream_messages('a-1')"),
              [(0,), (1,), (2,), (3,)])


@test
def a_writing_statement_is_one_transaction(_):
    db = connect()
    db.execute("CREATE TABLE t (position)")
    fails(db, "INSERT INTO t SELECT write_messages('a-1', column1, column2) "
          "FROM (VALUES (?, -1), (?, 1), (?, 99))", batch(2), batch(2),
          batch(2), message="Wrong expected version: 99 (Stream: a-1, "
          "Stream Version: 3)")
    equal(value(db, "SELECT count(*) FROM sqlite_schema"), 1)
    db.execute("INSERT INTO t SELECT write_messages('a-1', column1) "
               "FROM (VALUES (?), (?))", (batch(2), batch(3)))
    equal(rows(db, "SELECT * FROM t"), [(1,), (4,)])
    equal(value(db, "SELECT count(DISTINCT time) FROM messages"), 1)


@test
def error_texts_and_codes(_):
    db = connect()
    write_batch(db, "a-1", 1, first_id=7)
    text = fails(db, WRITE, "a-1", batch(3, 5), None,
                 code="SQLITE_CONSTRAINT_UNIQUE")
    equal(text.split("\n")[1:],
          ["DETAIL:  Key (id)=(%s) already exists." % (ID % 7)])
    text = fails(db, WRITE, "a-1", "{}", None, code="SQLITE_ERROR",
                 message="Messages must be a JSON array")
    equal(text.split("\n")[1:], ['HINT:  An example: [{"type": "Deposited", '
                                 '"data": {"amount": 1}}]'])
    text = fails(db, WRITE, "a-1", '[{"x": 1}]', None, code="SQLITE_ERROR")
    equal(text.split("\n")[1:],
          ["HINT:  The keys of a message are type, data, metadata and id."])
    fails(db, WRITE, None, batch(1), None, code="SQLITE_CONSTRAINT_NOTNULL")
    fails(db, WRITE, "a-" + "x" * 3000, batch(1), None, code="SQLITE_TOOBIG")
    db.execute("PRAGMA query_only = on")
    fails(db, WRITE, "a-1", batch(1), None, code="SQLITE_READONLY")


@test
def arguments_of_other_types(_):
    db = connect()
    equal(value(db, WRITE, "a-1", batch(2).encode(), "-1"), 1)
    equal(value(db, "SELECT write_messages(?, ?)", b"a-1", batch(1)), 2)
    for messages in 5, 1.5:
        fails(db, WRITE, "a-1", messages, None,
              message="Messages must be a JSON array")
    fails(db, WRITE, "a-1", '[{"type": "\xff"}]'.encode("latin-1"), None,
          message='invalid byte sequence for encoding "UTF8": 0xff')
    fails(db, WRITE, "a-1", batch(1), 1.5,
          message='invalid input syntax for type bigint: "1.5"')


@test
def utf_16(_):
    db = connect()
    db.execute("PRAGMA encoding = 'UTF-16'")
    messages = '[{"type": "\u00fc", "data": {"\u00e4": "\U0001f600"}}]'
    equal(value(db, WRITE, "gr\u00fc\u00dfe-1", messages, None), 0)
    equal(rows(db, "SELECT stream_name, type, data FROM get_all_messages()"),
          [("gr\u00fc\u00dfe-1", "\u00fc", '{"\u00e4": "\U0001f600"}')])


@test
def triggers(_):
    """With a trigger SQLite reads the whole batch before it inserts."""
    db = connect()
    write_batch(db, "a-1", 1, first_id=7)
    db.execute("CREATE TABLE seen (position, data, version)")
    db.execute("CREATE TRIGGER also AFTER INSERT ON messages BEGIN "
               "INSERT INTO seen VALUES (new.position, new.data, "
               "stream_version(new.stream_name)); END")
    equal(write_batch(db, "a-1", 3), 3)
    equal(rows(db, "SELECT * FROM seen"),
          [(i + 1, '{"i": %d}' % i, i + 1) for i in range(3)])
    text = fails(db, WRITE, "a-1", batch(3, 6), None,
                 message='duplicate key value violates unique constraint '
                         '"messages_id"')
    equal(text.split("\n")[1:], [])
    db.execute("CREATE TRIGGER refuse BEFORE INSERT ON messages "
               "WHEN new.data = '{\"i\": 2}' "
               "BEGIN SELECT raise(ABORT, 'not this one'); END")
    fails(db, WRITE, "a-1", batch(3), None, message="not this one")
    equal(value(db, "SELECT count(*) FROM seen"), 3)
    equal(value(db, "SELECT stream_version('a-1')"), 3)


@test
def internal_table_is_out_of_reach(_):
    db = connect()
    write(db, "a-1")
    for arguments in "", "(1)", "(NULL, 'a')":
        fails(db, "SELECT * FROM message_db_batch" + arguments,
              message="message_db_batch is internal")
    db.execute("CREATE VIEW v AS SELECT * FROM message_db_batch")
    fails(db, "SELECT * FROM v",
          message='unsafe use of virtual table "message_db_batch"')


@test
def a_table_in_its_place(_):
    db = connect()
    write(db, "a-1")
    db.execute("CREATE TABLE message_db_batch (x)")
    fails(db, WRITE, "a-1", batch(1), None, code="SQLITE_ERROR")
    equal(write(db, "a-1"), 1)
    db.execute("DROP TABLE message_db_batch")
    equal(write_batch(db, "a-1", 1), 2)


@test
def waits_for_the_lock(directory):
    db = connect(directory.file())
    db.execute("PRAGMA journal_mode = wal")
    write(db, "a-1")
    db.execute("BEGIN IMMEDIATE")
    write(db, "a-1")
    other = process("""
db = connect(sys.argv[1], timeout=30)
print("ready", flush=True)
print(value(db, "SELECT write_messages('a-1', ?, NULL)", sys.argv[2]))
""", directory.file(), batch(2))
    equal(other.stdout.readline(), "ready\n")
    write(db, "a-1")
    db.execute("COMMIT")
    equal(other.communicate()[0], "4\n")


WRITER = """
import json
path, name = sys.argv[1:]
db = connect(path, timeout=60)
messages = json.dumps([{"type": name, "data": i} for i in range(20)])
print("ready", flush=True)
sys.stdin.readline()
for i in range(30):
    value(db, "SELECT write_messages('a-1', ?)", messages)
"""


@test
def others_see_all_or_nothing(directory):
    """And no batch has messages of another between its own."""
    for mode in "wal", "delete":
        path = directory.file(mode)
        db = connect(path, timeout=60)
        db.execute("PRAGMA journal_mode = " + mode)
        write(db, "b-1")
        writers = [process(WRITER, path, name) for name in "AB"]
        for p in writers:
            equal(p.stdout.readline(), "ready\n")
        for p in writers:
            p.stdin.write("go\n")
            p.stdin.flush()
        while any(p.poll() is None for p in writers):
            equal(value(db, "SELECT count(*) % 20 FROM "
                        "get_stream_messages('a-1', 0, -1)"), 0)
        equal([p.communicate()[0] for p in writers], ["", ""])
        equal([p.returncode for p in writers], [0, 0])
        equal(rows(db, "SELECT count(*), max(position) FROM messages "
                   "WHERE stream_name = 'a-1'"), [(1200, 1199)])
        equal(value(db, "SELECT count(*) FROM (SELECT position / 20 AS number "
                    "FROM messages WHERE stream_name = 'a-1' GROUP BY 1 "
                    "HAVING count(DISTINCT type) > 1 OR "
                    "count(DISTINCT time) > 1)"), 0)


@test
def in_a_namespace_of_another_file(directory):
    db = idempotent(connect(directory.file()))
    value(db, "SELECT create_namespace('t')")
    value(db, "SELECT use_namespace('t')")
    equal(write_batch(db, "a-1", 3, first_id=1), 2)
    equal(write_batch(db, "a-1", 3, first_id=1, expected_version=-1), 2)
    db.execute("BEGIN")
    equal(write_batch(db, "a-1", 2, expected_version=2), 4)
    db.execute("ROLLBACK")
    equal(value(db, "SELECT count(*) FROM get_all_messages()"), 3)
    equal(value(db, "SELECT count(*) FROM t.messages"), 3)


@test
def in_a_namespace_that_was_renamed(directory):
    """Its name goes to another file: the batch goes there too."""
    db = idempotent(connect(directory.file()))
    value(db, "SELECT create_namespace('t')")
    value(db, "SELECT use_namespace('t')")
    equal(write_batch(db, "a-1", 2, first_id=1), 1)
    other = connect(directory.file())
    value(other, "SELECT rename_namespace('t', 'u')")
    value(other, "SELECT create_namespace('t')")
    equal(write_batch(db, "a-1", 3, first_id=1), 2)
    equal([value(other, "SELECT message_count FROM namespace_info(?)", name)
           for name in "tu"], [3, 2])
    value(other, "SELECT delete_namespace('t')")
    fails(db, WRITE, "a-1", batch(1), None,
          message="Namespace does not exist: t")


@test
def repeated_write_changes_nothing(directory):
    db = idempotent(connect(directory.file()))
    equal(write_batch(db, "a-1", 3, first_id=1), 2)
    equal(write(db, "b-1", '{"i": 0}', id=ID % 9), 0)
    before = rows(db, "SELECT * FROM messages")
    for begin, end in (("", ""), ("BEGIN", "COMMIT"), ("BEGIN", "ROLLBACK")):
        db.execute(begin)
        equal(write_batch(db, "a-1", 3, first_id=1, expected_version=7), 2)
        equal(write(db, "b-1", '{"i":0}', id=ID % 9, expected_version=7), 0)
        equal(db.in_transaction, begin != "")
        db.execute(end)
        equal(rows(db, "SELECT * FROM messages"), before)


@test
def rows_by_hand(_):
    """Text that write_message did not store is compared as it stands."""
    db = idempotent(connect())
    write(db, "a-1")
    db.execute("INSERT INTO messages (position, stream_name, type, data, id) "
               "VALUES (1, 'a-1', 'T', '{\"i\":0}', ?)", (ID % 1,))
    fails(db, WRITE, "a-1", batch(1, 1), None,
          code="SQLITE_CONSTRAINT_UNIQUE")
    db.execute("UPDATE messages SET data = '{\"i\": 0}' WHERE position = 1")
    equal(write_batch(db, "a-1", 1, 1), 1)


RETRIER = """
path = sys.argv[1]
db = connect(path, timeout=60)
value(db, "SELECT set_config('message_db.idempotent_writes', 'on', 0)")
print("ready", flush=True)
sys.stdin.readline()
for i in range(60):
    id = "00000000-0000-4000-8000-%012d" % i
    if i % 2:
        print(write(db, "a-1", str(i), id=id))
    else:
        print(value(db, "SELECT write_messages('a-1', ?)",
              '[{"type": "Opened", "data": %d, "id": "%s"}]' % (i, id)))
"""


@test
def retries_at_once(directory):
    """Several processes write the same messages: each is there once."""
    path = directory.file()
    connect(path).execute("PRAGMA journal_mode = wal")
    retriers = [process(RETRIER, path) for _ in range(3)]
    for p in retriers:
        equal(p.stdout.readline(), "ready\n")
    for p in retriers:
        p.stdin.write("go\n")
        p.stdin.flush()
    output = [p.communicate()[0] for p in retriers]
    equal([p.returncode for p in retriers], [0, 0, 0])
    equal(output, ["".join("%d\n" % i for i in range(60))] * 3)
    equal(value(connect(path), "SELECT count(*) FROM messages"), 60)


run()
