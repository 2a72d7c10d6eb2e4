"""The database without the extension: built-ins read and write it."""

import re

from harness import connect, equal, fails, is_true, rows, run, shell, test, value, write

VIEWS = ("stream_summary", "type_summary", "stream_type_summary",
         "type_stream_summary", "category_type_summary",
         "type_category_summary")

UUID_4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def store(directory):
    db = connect(directory.file())
    for stream_name, type in (("a-1", "T"), ("a-2", "T"), ("b-1", "U")):
        write(db, stream_name, type=type)
    return db


@test
def table(directory):
    store(directory)
    plain = connect(directory.file(), load=False)
    equal([(row[1], row[2], row[3]) for row in
           rows(plain, "PRAGMA table_info(messages)")],
          [("global_position", "INTEGER", 0), ("position", "INTEGER", 1),
           ("time", "TEXT", 1), ("stream_name", "TEXT", 1),
           ("type", "TEXT", 1), ("data", "TEXT", 0), ("metadata", "TEXT", 0),
           ("id", "TEXT", 1)])
    equal(rows(plain, "SELECT name, \"unique\" FROM "
               "pragma_index_list('messages') ORDER BY name"),
          [("messages_category", 0), ("messages_id", 1),
           ("messages_stream", 1)])
    equal(value(plain, "PRAGMA integrity_check"), "ok")


@test
def views(directory):
    store(directory)
    plain = connect(directory.file(), load=False)
    for view in VIEWS:
        columns = [c[0] for c in plain.execute("SELECT * FROM " + view)
                   .description]
        equal(columns, view[:-len("_summary")].replace("stream", "stream_name")
              .split("_") + ["message_count", "percent"]
              if "stream" not in view else
              [{"stream": "stream_name"}.get(w, w)
               for w in view.split("_")[:-1]] + ["message_count", "percent"])
    equal(rows(plain, "SELECT * FROM category_type_summary"),
          [("a", "T", 2, 66.67), ("b", "U", 1, 33.33)])
    equal(rows(plain, "SELECT * FROM type_stream_summary"),
          [("T", "a-1", 1, 33.33), ("T", "a-2", 1, 33.33),
           ("U", "b-1", 1, 33.33)])


@test
def percentages_are_rounded_half_up(_):
    db = connect()
    for view in ("type_summary", "category_type_summary"):
        equal(rows(db, "SELECT ensure_namespace()")[0][0] in (0, 1), True)
        db.execute("DELETE FROM messages")
        db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                   "FROM n WHERE i < 800) INSERT INTO messages "
                   "(position, stream_name, type) SELECT i, 'a-1', "
                   "CASE WHEN i <= 1 THEN 'one' WHEN i <= 4 THEN 'three' "
                   "ELSE 'rest' END FROM n")
        equal(rows(db, "SELECT type, percent FROM " + view),
              [("one", 0.13), ("rest", 99.5), ("three", 0.38)])


@test
def row_inserted_by_hand(directory):
    db = store(directory)
    plain = connect(directory.file(), load=False)
    plain.execute("INSERT INTO messages (position, stream_name, type) "
                  "VALUES (1, 'a-1', 'T')")
    fails(plain, "INSERT INTO messages (position, stream_name, type) "
          "VALUES (1, 'a-1', 'T')", code="SQLITE_CONSTRAINT_UNIQUE")
    id, time = rows(plain, "SELECT id, time FROM messages "
                    "WHERE global_position = 4")[0]
    is_true(re.fullmatch(UUID_4, id), id)
    is_true(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?", time)
            and not time.endswith(".0"), time)
    equal(rows(db, "SELECT position, data FROM get_stream_messages('a-1')"),
          [(0, "{}"), (1, None)])
    equal(rows(db, "SELECT global_position FROM get_category_messages('a')"),
          [(1,), (2,), (4,)])
    equal(write(db, "a-1"), 2)


@test
def ids_made_by_the_table_are_random_uuids(_):
    db = connect()
    db.execute("SELECT ensure_namespace()")
    db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
               "WHERE i < 500) INSERT INTO messages (position, stream_name, "
               "type) SELECT i, 'a-1', 'T' FROM n")
    ids = [row[0] for row in rows(db, "SELECT id FROM messages")]
    equal(len(set(ids)), 500)
    is_true(all(re.fullmatch(UUID_4, id) for id in ids))
    equal({id[19] for id in ids}, set("89ab"))


@test
def index_of_the_category(directory):
    store(directory)
    plain = connect(directory.file(), load=False)
    plan = rows(plain, "EXPLAIN QUERY PLAN SELECT * FROM messages WHERE "
                "substr(stream_name, 1, instr(stream_name || '-', '-') - 1) "
                "= 'a' AND global_position > 1 ORDER BY global_position")
    equal(len(plan), 1)
    is_true("messages_category (<expr>=? AND global_position>?)" in plan[0][3])


@test
def dump_and_read_back(directory):
    db = store(directory)
    db.execute("DELETE FROM messages WHERE global_position = 3")
    script = "\n".join(db.iterdump())
    copy = connect(directory.file("copy.db"))
    copy.executescript(script)
    equal(rows(copy, "SELECT * FROM messages"),
          rows(db, "SELECT * FROM messages"))
    equal(write(copy, "a-1"), 1)
    equal(value(copy, "SELECT last_insert_rowid()"), 4)


@test
def plain_shell(directory):
    store(directory)
    equal(shell(directory.file(), "SELECT * FROM stream_summary;\n"),
          ("a-1|1|33.33\na-2|1|33.33\nb-1|1|33.33\n", ""))


run()
