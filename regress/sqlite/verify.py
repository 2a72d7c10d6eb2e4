"""verify_namespace(): stores that are corrupted in all the ways that it names."""

import time

from harness import connect, equal, fails, is_true, rows, run, test, value, write

FINDINGS = "SELECT violation, stream_name, position, global_position, detail FROM verify_namespace()"


def found(db, sql=FINDINGS):
    return rows(db, sql)


def store(directory, messages=6):
    db = connect(directory.file())
    for i in range(messages):
        write(db, "account-%d" % (i % 2))
    equal(found(db), [])
    return db


def without_index(path, index, sql):
    """Runs statements while SQLite does not know of an index, nor of NOT NULL."""
    plain = connect(path, load=False)
    plain.execute("PRAGMA writable_schema = ON")
    plain.execute("BEGIN")
    saved = rows(plain, "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema WHERE name = ?", index)
    table = value(plain, "SELECT sql FROM sqlite_schema WHERE name = 'messages'")
    plain.execute("DELETE FROM sqlite_schema WHERE name = ?", (index,))
    plain.execute("UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'messages'")
    plain.execute("COMMIT")
    plain.close()
    plain = connect(path, load=False)
    plain.execute("PRAGMA writable_schema = ON")
    plain.executescript(sql)
    plain.executemany("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", saved)
    plain.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'messages'", (table,))
    plain.close()


@test
def sound_stores(directory):
    db = store(directory)
    value(db, "SELECT create_namespace('a')")
    equal(found(db, "SELECT * FROM verify_namespace('a')"), [])
    value(db, "SELECT use_namespace('a')")
    write(db, "s-1", "null", metadata='{"b": [1.50, "\\u00e4"], "a": {}}')
    write(db, "s-1", "{}", id="{ABCDEFAB-1234-5678-9ABC-DEFABCDEFABC}")
    equal(found(db), [])
    equal(found(db, "SELECT * FROM verify_namespace('message_store')"), [])
    value(db, "SELECT clear_namespace('a')")
    equal(found(db), [])


@test
def namespaces_that_do_not_exist(directory):
    db = connect(directory.file())
    fails(db, "SELECT * FROM verify_namespace()",
          message="Namespace does not exist: message_store")
    fails(db, "SELECT * FROM verify_namespace('a')", message="Namespace does not exist: a")
    fails(db, "SELECT * FROM verify_namespace('a b')", message="Invalid namespace name: a b")
    fails(db, "SELECT * FROM verify_namespace(x'ff')", message='invalid byte sequence for encoding "UTF8": 0xff')
    db.execute("CREATE TABLE messages (x)")
    fails(db, "SELECT * FROM verify_namespace()", message="Not a message store: message_store")


@test
def a_message_that_was_deleted_by_hand(directory):
    db = store(directory)
    db.execute("DELETE FROM messages WHERE global_position = 3")
    equal(found(db), [("gap in the stream", "account-0", 2, 5,
                       "position 1 is missing before it")])
    db.execute("DELETE FROM messages WHERE global_position = 1")
    equal(found(db), [("gap in the stream", "account-0", 2, 5,
                       "positions 0 to 1 are missing before it")])


@test
def positions_out_of_order(directory):
    db = store(directory)
    db.execute("UPDATE messages SET position = position + 10 WHERE stream_name = 'account-0'")
    db.execute("UPDATE messages SET position = 2 - (position - 10) WHERE stream_name = 'account-0'")
    equal(found(db), [
        ("positions out of order", "account-0", 1, 3, "position 0, before it, has global position 5"),
        ("positions out of order", "account-0", 2, 1, "position 1, before it, has global position 3")])


@test
def a_position_used_twice(directory):
    path = store(directory).execute("PRAGMA database_list").fetchone()[2]
    without_index(path, "messages_stream", "UPDATE messages SET position = 1 WHERE global_position = 5;")
    db = connect(path)
    kinds = [r for r in found(db) if r[0] != "index disagrees with the table"]
    equal(kinds, [("position used twice", "account-0", 1, 5,
                   "the message with global position 3 has it too")])


@test
def every_index_is_compared_with_the_table(directory):
    changes = {
        "messages_category": "UPDATE messages SET stream_name = 'order-1' WHERE global_position = 2",
        "messages_id": "UPDATE messages SET id = (SELECT id FROM messages WHERE global_position = 1)"
                       " WHERE global_position = 2",
        "messages_stream": "INSERT INTO messages (position, stream_name, type) VALUES (0, 'order-1', 'T')",
    }
    for index, change in changes.items():
        path = directory.file(index)
        db = connect(path)
        for i in range(3):
            write(db, "account-%d" % i)
        db.close()
        # the others must not change with it
        without_index(path, index, change)
        db = connect(path)
        findings = [f for f in found(db) if index in (f[4] or "")]
        is_true(findings, index)
        equal({f[0] for f in findings}, {"index disagrees with the table"})
        missing = [f for f in findings if "missing from index" in f[4]]
        for finding in missing:
            equal(finding[3], int(finding[4].split()[1]))


@test
def nulls(directory):
    path = store(directory).execute("PRAGMA database_list").fetchone()[2]
    without_index(path, "no index", """
        UPDATE messages SET type = NULL WHERE global_position = 1;
        UPDATE messages SET stream_name = NULL WHERE global_position = 2;
        UPDATE messages SET id = NULL, time = NULL, position = NULL WHERE global_position = 6;""")
    db = connect(path)
    equal([f for f in found(db) if f[0] != "gap in the stream"], [
        ("NULL in a column", "account-0", 0, 1, "type is NULL"),
        ("NULL in a column", None, 0, 2, "stream_name is NULL"),
        ("NULL in a column", "account-1", None, 6, "position is NULL"),
        ("NULL in a column", "account-1", None, 6, "id is NULL"),
        ("NULL in a column", "account-1", None, 6, "time is NULL")])


@test
def malformed_values(directory):
    def malformed(column, new, detail):
        db.execute("BEGIN")
        db.execute("UPDATE messages SET %s = ? WHERE global_position = 1" % column, (new,))
        findings = [f for f in found(db) if f[0] == "malformed value"]
        equal([f[3:] for f in findings], [(1, detail)] if detail else [])
        db.execute("ROLLBACK")

    db = store(directory)
    for new in (b"account-1", b"\xff", 7.5):
        text = not isinstance(new, bytes)
        malformed("type", new, None if text else "type is not text in UTF-8")
    malformed("stream_name", b"x", "stream_name is not text in UTF-8")
    for new in ("x", b"1", 1.5):
        malformed("position", new, "position is not an integer")
    for column in "data", "metadata":
        for new in ('{"b": 1,"a": 2}', '{"a": 1,"b": 2}', "{}x", "", b"{}", '{"a": 1, "a": 2}',
                    ' {}', '{} ', '"\\u0041"', "01", "1e2"):
            malformed(column, new, column + " is not canonical JSON")
        for new in (None, "null", "{}", '{"a": 1, "b": 2}', '"A"', "1.50"):
            malformed(column, new, None)
    for new in ("x", "", "ABCDEFAB-1234-5678-9ABC-DEFABCDEFABC", "abcdefab12345678 9abcdefabcdefabc",
                "{abcdefab-1234-5678-9abc-defabcdefabc}", b"abcdefab-1234-5678-9abc-defabcdefabc", 5):
        malformed("id", new, "id is not a UUID in its canonical form")
    malformed("id", "abcdefab-1234-5678-9abc-defabcdefabc", None)
    for new in ("now", "2026-01-01", "2026-01-01 00:00:00.", "2026-01-01T00:00:00",
                "2026-01-01 00:00:00.1234567", "", 1):
        malformed("time", new, "time is not YYYY-MM-DD HH:MM:SS with at most six more digits")
    for new in ("2026-01-01 00:00:00", "2026-01-01 00:00:00.120", "2026-01-01 00:00:00.123456"):
        malformed("time", new, None)
    db.execute("UPDATE messages SET stream_name = CAST(x'61ff' AS TEXT) WHERE global_position = 1")
    db.text_factory = bytes
    equal([f for f in found(db) if f[0] == b"malformed value"],
          [(b"malformed value", b"a\xff", 0, 1, b"stream_name is not text in UTF-8")])


@test
def the_sequence_is_behind(directory):
    db = store(directory)
    detail = "the next global position would be %d, the last message has 6"
    for sql, following in (("UPDATE sqlite_sequence SET seq = 4 WHERE name = 'messages'", 5),
                           ("DELETE FROM sqlite_sequence WHERE name = 'messages'", 1)):
        db.execute(sql)
        equal(found(db), [("sequence behind the messages", None, None, None, detail % following)])
    write(db, "account-1")
    equal(found(db), [])


@test
def positions_that_readers_never_see(directory):
    db = store(directory)
    db.execute("INSERT INTO messages (global_position, position, stream_name, type) VALUES (0, 0, 'a-1', 'T')")
    db.execute("INSERT INTO messages (position, stream_name, type) VALUES (-1, 'a-2', 'T')")
    equal([f[:4] for f in found(db)], [
        ("global position below 1", "a-1", 0, 0),
        ("negative position", "a-2", -1, 7)])


@test
def several_violations_of_a_message(directory):
    db = store(directory)
    db.execute("UPDATE messages SET type = x'00', data = 'x', metadata = 'x', id = 'x', time = 'x' "
               "WHERE global_position = 2")
    equal([f[3:] for f in found(db)], [
        (2, "type is not text in UTF-8"), (2, "data is not canonical JSON"),
        (2, "metadata is not canonical JSON"), (2, "id is not a UUID in its canonical form"),
        (2, "time is not YYYY-MM-DD HH:MM:SS with at most six more digits")])


@test
def a_damaged_page_is_a_row(directory):
    """Of the table's own tree; the positions are then those of the index."""
    db = store(directory, 400)
    root = value(db, "SELECT rootpage FROM sqlite_schema WHERE name = 'messages'")
    db.close()
    with open(directory.file(), "r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xde\xad\xbe\xef" * 10)
    db = connect(directory.file())
    findings = found(db)
    is_true(findings, "found")
    equal({f[0] for f in findings} <= {"damaged database", "index disagrees with the table",
                                        "gap in the stream"}, True)
    is_true("damaged database" in {f[0] for f in findings}, findings)


@test
def damage_beside_the_messages_is_a_row(directory):
    """In what the namespace says of itself."""
    db = store(directory)
    db.executescript("""
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'message_db_namespace';
        PRAGMA writable_schema = RESET;
        UPDATE message_db_namespace SET created_at = NULL;
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, 'created_at TEXT', 'created_at TEXT NOT NULL')
        WHERE name = 'message_db_namespace';
        PRAGMA writable_schema = RESET;""")
    equal([(f[0], f[4]) for f in found(db)],
          [("damaged database", "NULL value in message_db_namespace.created_at")])


@test
def more_than_a_hundred_errors(directory):
    store(directory).close()
    without_index(directory.file(), "messages_id", """
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 249)
        INSERT INTO messages (position, stream_name, type) SELECT i, 'many-1', 'T' FROM n;""")
    equal(rows(connect(directory.file()), "SELECT violation, count(DISTINCT global_position) "
               "FROM verify_namespace() WHERE global_position > 6 GROUP BY 1"),
          [("index disagrees with the table", 250)])


@test
def writers_meanwhile_are_no_violation(directory):
    db = connect(directory.file())
    db.execute("PRAGMA journal_mode = WAL")
    for _ in range(3):
        write(db, "a-1")
    db.execute("INSERT INTO messages (position, stream_name, type) VALUES (9, 'a-1', 'T'), (12, 'a-1', 'T')")
    other = connect(directory.file())
    cursor = db.execute(FINDINGS)
    equal(cursor.fetchone()[3], 4)
    for _ in range(5):
        write(other, "b-1")
    other.execute("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'messages'")
    equal([r[3] for r in cursor.fetchall()], [5])
    equal([r[0] for r in found(other)], ["gap in the stream"] * 2 + ["sequence behind the messages"])


@test
def what_the_transaction_has_changed_is_seen(directory):
    db = store(directory)
    db.execute("BEGIN")
    db.execute("DELETE FROM messages WHERE global_position = 1")
    equal(len(found(db)), 1)
    db.execute("ROLLBACK")
    equal(found(db), [])


@test
def read_only(directory):
    store(directory).close()
    db = connect("file:%s?mode=ro" % directory.file(), uri=True)
    equal(found(db), [])


@test
def not_for_views_of_others(directory):
    db = store(directory)
    db.execute("CREATE VIEW v AS SELECT * FROM verify_namespace()")
    fails(db, "SELECT * FROM v", message='unsafe use of virtual table "verify_namespace"')


@test
def it_can_be_interrupted(directory):
    db = store(directory, 1)
    db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) "
               "INSERT INTO messages (position, stream_name, type) SELECT 0, 'a-' || i, 'T' FROM n")
    calls = []

    def stop():
        calls.append(1)
        return len(calls) > 20
    db.set_progress_handler(stop, 1000)
    fails(db, FINDINGS, code="SQLITE_INTERRUPT")
    db.set_progress_handler(None, 0)
    equal(found(db), [])


@test
def a_large_store_takes_seconds(directory):
    """One pass: the time grows with the messages only."""
    def seconds(messages):
        db = connect()
        value(db, "SELECT ensure_namespace()")
        db.execute("""
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1)
            INSERT INTO messages (position, stream_name, type, data)
            SELECT i / 1000, 'account-' || (i % 1000), 'T', '{"amount": 10}' FROM n""", (messages,))
        begin = time.process_time()
        equal(found(db), [])
        return time.process_time() - begin
    small, large = seconds(20000), seconds(160000)
    is_true(large < 30 * small, "%.2f s, %.2f s" % (small, large))


run()
