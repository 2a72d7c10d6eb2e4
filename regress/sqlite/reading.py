"""The readers as SQLite sees them: arguments, plans, joins, other databases.

What they return is tested in regress/common for both databases.
"""

from harness import connect, equal, fails, is_true, rows, run, test, value, write

COLUMNS = ["id", "stream_name", "type", "position", "global_position", "data",
           "metadata", "time"]


def store(messages=6):
    db = connect()
    for i in range(messages):
        write(db, "a-%d" % (i % 2), '{"i": %d}' % i)
    return db


def plan(db, sql):
    return "; ".join(row[3] for row in rows(db, "EXPLAIN QUERY PLAN " + sql))


@test
def columns(_):
    db = store()
    for reader in ("get_stream_messages('a-1')",
                   "get_category_messages('a')",
                   "get_all_messages()",
                   "get_last_stream_message('a-1')"):
        cursor = db.execute("SELECT * FROM " + reader)
        equal([c[0] for c in cursor.description], COLUMNS)


@test
def arguments_are_optional_from_the_right(_):
    db = store()
    for reader in ("get_stream_messages('a-1')",
                   "get_stream_messages('a-1', 0)",
                   "get_stream_messages('a-1', 0, 1000)",
                   "get_stream_messages('a-1', 0, 1000, NULL)",
                   "get_stream_messages('a-1', NULL, NULL, NULL)"):
        equal(value(db, "SELECT count(*) FROM " + reader), 3)
    for reader in ("get_category_messages('a')",
                   "get_category_messages('a', 1)",
                   "get_category_messages('a', 1, 1000)",
                   "get_category_messages('a', 1, 1000, NULL)",
                   "get_category_messages('a', 1, 1000, NULL, NULL)",
                   "get_category_messages('a', 1, 1000, NULL, 0, 1)",
                   "get_category_messages('a', NULL, NULL, NULL, NULL, NULL, "
                   "NULL)"):
        equal(value(db, "SELECT count(*) FROM " + reader), 6)
    for reader in ("get_all_messages", "get_all_messages()",
                   "get_all_messages(1)", "get_all_messages(1, 1000)",
                   "get_all_messages(1, 1000, NULL)",
                   "get_all_messages(NULL, NULL, NULL)"):
        equal(value(db, "SELECT count(*) FROM " + reader), 6)
    for reader in ("get_last_stream_message('a-1')",
                   "get_last_stream_message('a-1', NULL)"):
        equal(value(db, "SELECT position FROM " + reader), 2)


@test
def first_argument(_):
    """In a subselect, stream_name is the reader's own column: no argument."""
    db = store()
    for read in ("SELECT * FROM get_stream_messages",
                 "SELECT * FROM get_category_messages",
                 "SELECT * FROM get_last_stream_message",
                 "SELECT (SELECT data FROM get_last_stream_message("
                 "stream_name)) FROM stream_summary"):
        fails(db, read, message="the first argument is missing, or a column "
              "of the function's own result")
    for listing in ("get_namespace", "get_namespace(name)",
                    "namespace_info", "namespace_info(name)"):
        fails(db, "SELECT (SELECT count(*) FROM %s) FROM list_namespaces()" %
              listing, message="the first argument is missing, or a column "
              "of the function's own result")
    equal(rows(db, "SELECT (SELECT message_count FROM namespace_info(n.name)) "
               "FROM list_namespaces() AS n"), [(6,)])
    fails(db, "SELECT * FROM get_stream_messages(NULL)",
          message="Must be a stream name: <NULL>")
    equal(rows(db, "SELECT * FROM get_category_messages(NULL)"), [])
    equal(rows(db, "SELECT * FROM get_last_stream_message(NULL)"), [])


@test
def arguments_that_are_own_columns(_):
    """In a subselect "position" is the reader's own column, not another's."""
    db = store()
    for reader in ("get_all_messages(position)",
                   "get_stream_messages('a-1', position)",
                   "get_category_messages('a', 1, global_position)"):
        fails(db, "SELECT (SELECT count(*) FROM %s) FROM messages" % reader,
              message="an argument is a column of the function's own result")
        equal(value(db, "SELECT (SELECT count(*) > 0 FROM %s) FROM messages"
                    % reader.replace("position)", "messages.position)")
                    .replace("global_messages.", "messages.global_")), 1)
    db.execute("UPDATE messages SET data = '{ }'")
    for listing in ("list_streams(stream_name)",
                    "list_streams() WHERE arg_batch_size > 1",
                    "verify_namespace() WHERE arg_name > 'a'"):
        fails(db, "SELECT (SELECT count(*) FROM %s) FROM stream_summary" %
              listing,
              message="an argument is a column of the function's own result")


@test
def chosen_columns(_):
    """Every choice of columns, and what the cursor needs besides."""
    db = store()
    write(db, "a-1", metadata='{"correlationStreamName": "s-1"}')
    readers = ("get_stream_messages('a-1', 1)", "get_category_messages('a', 3)",
               "get_category_messages('a', 1, 2, NULL, 0, 2)",
               "get_category_messages('a', 1, 2, 's')", "get_all_messages(2)",
               "get_last_stream_message('a-1')",
               "get_last_stream_message('a-1', 'Opened')")
    for reader in readers:
        whole = rows(db, "SELECT * FROM " + reader)
        is_true(len(whole) > 0)
        for choice in range(1, 256):
            chosen = [i for i in range(8) if choice & 1 << i]
            equal(rows(db, "SELECT %s FROM %s" %
                       (", ".join(COLUMNS[i] for i in chosen), reader)),
                  [tuple(row[i] for i in chosen) for row in whole])
        equal(rows(db, "SELECT count(*) FROM " + reader), [(len(whole),)])
        equal(rows(db, "SELECT rowid, 1 FROM " + reader),
              [(row[4], 1) for row in whole])
        equal(rows(db, "SELECT 1 FROM %s WHERE data = '{}'" % reader),
              [(1,) for row in whole if row[5] == "{}"])


@test
def two_choices_at_once(_):
    db = store()
    equal(rows(db, "SELECT a.position, b.data, (SELECT max(c.type) FROM "
               "get_stream_messages('a-0') AS c) FROM "
               "get_stream_messages('a-1', 1) AS a JOIN "
               "get_stream_messages('a-1', 1) AS b USING (position)"),
          [(1, '{"i": 3}', "Opened"), (2, '{"i": 5}', "Opened")])


@test
def rowid_is_the_global_position(_):
    db = store()
    equal(rows(db, "SELECT rowid, global_position FROM "
               "get_stream_messages('a-1')"), [(2, 2), (4, 4), (6, 6)])


@test
def other_tables_count_their_rows(_):
    db = store(2)
    db.execute("INSERT INTO messages (position, stream_name, type, data) VALUES (9, 'z-1', 'T', '{ }')")
    for table in "list_streams()", "list_categories()", "list_namespaces()", "verify_namespace()":
        numbers = rows(db, "SELECT rowid FROM " + table)
        equal(numbers, sorted(set(numbers)))
        equal(len(numbers), value(db, "SELECT count(*) FROM " + table))


@test
def conditions_of_the_statement_come_after_the_batch(_):
    db = store()
    equal(rows(db, "SELECT position FROM get_stream_messages('a-1', 0, 2) "
               "WHERE position > 0"), [(1,)])


@test
def order(_):
    db = store()
    stream = "SELECT position FROM get_stream_messages('a-1') "
    equal(rows(db, stream + "ORDER BY position"), [(0,), (1,), (2,)])
    equal(rows(db, stream + "ORDER BY position DESC"), [(2,), (1,), (0,)])
    equal(rows(db, stream + "ORDER BY -position, id"), [(2,), (1,), (0,)])
    is_true("B-TREE" not in plan(db, stream + "ORDER BY position"))
    is_true("B-TREE" in plan(db, stream + "ORDER BY position DESC"))
    category = "SELECT global_position FROM get_category_messages('a') "
    is_true("B-TREE" not in plan(db, category + "ORDER BY global_position"))
    is_true("B-TREE" in plan(db, category + "ORDER BY position"))
    is_true("B-TREE" not in plan(db, "SELECT global_position FROM "
                                 "get_all_messages() ORDER BY global_position"))
    equal(rows(db, category + "ORDER BY position, global_position DESC"),
          [(2,), (1,), (4,), (3,), (6,), (5,)])


@test
def order_in_a_join(_):
    db = store()
    equal(rows(db, "SELECT m.position, s.stream_name FROM "
               "stream_summary AS s, get_stream_messages(s.stream_name) AS m "
               "ORDER BY m.position, s.stream_name"),
          [(p, "a-%d" % s) for p in range(3) for s in range(2)])
    equal(rows(db, "SELECT DISTINCT m.position FROM stream_summary AS s, "
               "get_stream_messages(s.stream_name) AS m ORDER BY m.position"),
          [(0,), (1,), (2,)])


@test
def arguments_from_other_tables(_):
    db = store()
    equal(rows(db, "SELECT s.stream_name, m.position FROM stream_summary AS s "
               "JOIN get_last_stream_message(s.stream_name) AS m "
               "ORDER BY s.stream_name"), [("a-0", 2), ("a-1", 2)])
    equal(rows(db, "SELECT (SELECT data FROM get_last_stream_message("
               "s.stream_name)) FROM stream_summary AS s ORDER BY 1"),
          [('{"i": 4}',), ('{"i": 5}',)])
    equal(rows(db, "SELECT s.stream_name, m.position FROM (SELECT 'a-1' AS "
               "stream_name UNION ALL SELECT 'b-1') AS s LEFT JOIN "
               "get_last_stream_message(s.stream_name) AS m "
               "ORDER BY s.stream_name"), [("a-1", 2), ("b-1", None)])
    equal(rows(db, "SELECT position FROM get_last_stream_message "
               "WHERE arg_stream_name IN ('a-0', 'a-1', 'b-1')"), [(2,), (2,)])


@test
def the_category_is_read_by_its_index(_):
    """Also when ANALYZE saw one category only."""
    db = connect()
    db.execute("SELECT ensure_namespace()")
    db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
               "WHERE i < 20000) INSERT INTO messages (position, stream_name, "
               "type) SELECT i, 'big-1', 'T' FROM n")
    db.execute("ANALYZE")
    write(db, "small-1")
    steps = [0]

    def count():
        steps[0] += 1

    db.set_progress_handler(count, 100)
    equal(value(db, "SELECT count(*) FROM get_category_messages('small')"), 1)
    equal(value(db, "SELECT position FROM "
                "get_stream_messages('big-1', 19999)"), 19999)
    equal(value(db, "SELECT position FROM get_last_stream_message('big-1')"),
          20000)
    equal(value(db, "SELECT stream_version('big-1')"), 20000)
    is_true(steps[0] < 100, "index used")


@test
def other_tables_called_messages(_):
    db = store(2)
    db.execute("CREATE TEMP TABLE messages (x)")
    db.execute("ATTACH ':memory:' AS other")
    db.execute("CREATE TABLE other.messages (x)")
    equal(write(db, "a-1"), 1)
    equal(value(db, "SELECT count(*) FROM get_category_messages('a')"), 3)
    equal(value(db, "SELECT count(*) FROM main.messages"), 3)
    equal(value(db, "SELECT stream_version('a-1')"), 1)


@test
def utf_16(_):
    db = connect()
    db.execute("PRAGMA encoding = 'UTF-16'")
    name = "gr\u00fc\u00dfe-\U0001f600"
    equal(write(db, name, '{"\u00e4": "\U0001f600"}',
                metadata='{"correlationStreamName": "\u00fc-1"}'), 0)
    equal(write(db, name), 1)
    equal(rows(db, "SELECT stream_name, data FROM get_category_messages("
               "'gr\u00fc\u00dfe', 1, 10, '\u00fc', 0, 1)"),
          [(name, '{"\u00e4": "\U0001f600"}')])
    equal(value(db, "SELECT category(?)", name), "gr\u00fc\u00dfe")
    fails(db, "SELECT write_message(NULL, ?, 'T', '{}', NULL, 7)", name,
          message="Wrong expected version: 7 (Stream: %s, Stream Version: 1)"
          % name)


@test
def triggers_that_read_and_index(_):
    """A user's full-text index, and a trigger that asks the readers."""
    db = connect()
    db.execute("SELECT ensure_namespace()")
    db.execute("CREATE VIRTUAL TABLE words USING fts5(data)")
    db.execute("CREATE TABLE seen (stream_name, version, messages, last)")
    db.execute("""
        CREATE TRIGGER also AFTER INSERT ON messages BEGIN
            INSERT INTO words (rowid, data)
                VALUES (new.global_position, new.data);
            INSERT INTO seen VALUES (
                new.stream_name,
                stream_version(new.stream_name),
                (SELECT count(*) FROM get_stream_messages(new.stream_name)),
                (SELECT data FROM get_last_stream_message(new.stream_name)));
        END""")
    for i in range(3):
        write(db, "a-1", '"word%d"' % i)
    equal(rows(db, "SELECT * FROM seen"),
          [("a-1", i, i + 1, '"word%d"' % i) for i in range(3)])
    equal(value(db, "SELECT rowid FROM words WHERE words MATCH 'word1'"), 2)
    db.close()


@test
def schema_changes_between_reads(_):
    db = store(2)
    read = "SELECT count(*) FROM get_category_messages('a')"
    equal(value(db, read), 2)
    db.execute("CREATE INDEX mine ON messages (type)")
    db.execute("ALTER TABLE messages ADD COLUMN note")
    equal(value(db, read), 2)
    equal(write(db, "a-1"), 1)
    db.execute("VACUUM")
    equal(value(db, read), 3)


run()
