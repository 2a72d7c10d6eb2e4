"""What a database file that somebody else made can and cannot do."""

import sqlite3

from harness import connect, equal, fails, is_true, rows, run, test, value, write

WRITERS = ("write_message(NULL, 'a-1', 'T', '{}')",
           "write_message(NULL, 'a-1', 'T', '{}', NULL)",
           "write_message(NULL, 'a-1', 'T', '{}', NULL, NULL)",
           "write_messages('a-1', '[{\"type\": \"T\", \"data\": 1}]')",
           "write_messages('a-1', '[{\"type\": \"T\", \"data\": 1}]', 0)",
           "acquire_lock('a-1')",
           "create_namespace()",
           "set_config('message_store.sql_condition', 'on', false)",
           "message_db_next_position(NULL, 1)")

PURE = ("category('a-1')", "id('a-1')", "cardinal_id('a-1')",
        "is_category('a')", "hash_64('a')", "consumer_group_member('a-1', 2)",
        "message_db_version()", "message_store_version()")

READERS = ("stream_version('a-1')",
           "current_setting('message_store.debug')",
           "current_setting('message_store.debug', 1)")


@test
def views_and_triggers_cannot_write(_):
    for trusted in ("on", "off"):
        db = connect()
        write(db, "a-1")
        db.execute("PRAGMA trusted_schema = " + trusted)
        db.execute("CREATE TABLE t (x)")
        for number, writer in enumerate(WRITERS):
            name = writer.split("(")[0]
            db.execute("CREATE VIEW v%d AS SELECT %s AS x" % (number, writer))
            fails(db, "SELECT x FROM v%d" % number,
                  message="unsafe use of %s()" % name)
            db.execute("CREATE TRIGGER r%d AFTER INSERT ON t WHEN new.x = %d "
                       "BEGIN SELECT %s; END" % (number, number, writer))
            fails(db, "INSERT INTO t VALUES (%d)" % number,
                  message="unsafe use of %s()" % name)
        equal(value(db, "SELECT stream_version('a-1')"), 0)


@test
def internal_table_is_out_of_reach_of_triggers(_):
    if sqlite3.sqlite_version_info < (3, 40):
        return                  # older ones let a trigger touch it: no harm
    db = connect()
    db.execute("CREATE TABLE t (x)")
    db.execute("CREATE TRIGGER r AFTER INSERT ON t "
               "BEGIN DELETE FROM message_db_transaction; END")
    fails(db, "INSERT INTO t VALUES (1)", code="SQLITE_ERROR")
    equal(value(db, "SELECT count(*) FROM t"), 0)


@test
def readers_work_in_views_of_an_untrusted_schema(_):
    db = connect()
    write(db, "a-1")
    db.execute("PRAGMA trusted_schema = off")
    for number, reader in enumerate(READERS + PURE):
        db.execute("CREATE VIEW v%d AS SELECT %s AS x" % (number, reader))
        is_true(value(db, "SELECT x IS NOT NULL FROM v%d" % number) == 1)
    for reader in ("get_stream_messages('a-1')", "get_category_messages('a')",
                   "get_last_stream_message('a-1')"):
        db.execute("DROP VIEW IF EXISTS r")
        db.execute("CREATE VIEW r AS SELECT * FROM " + reader)
        equal(len(rows(db, "SELECT * FROM r")), 1)


@test
def pure_functions_in_indexes_and_generated_columns(_):
    db = connect()
    db.execute("PRAGMA trusted_schema = off")
    db.execute("CREATE TABLE t (name, category AS (category(name)) STORED)")
    for number, function in enumerate(PURE):
        db.execute("CREATE INDEX i%d ON t (%s)" %
                   (number, function.replace("'a-1'", "name")
                    .replace("'a'", "name").replace("()", "() || name")))
    db.execute("INSERT INTO t (name) VALUES ('a-1')")
    equal(value(db, "SELECT category FROM t"), "a")


@test
def names_are_bound_not_pasted(_):
    db = connect()
    name = "a'; DROP TABLE messages; --\"-1"
    write(db, name)
    equal(rows(db, "SELECT stream_name FROM get_stream_messages(?)", name),
          [(name,)])
    equal(rows(db, "SELECT stream_name FROM get_category_messages(?)",
               "a'; DROP TABLE messages; "), [(name,)])


@test
def the_authorizer_is_asked(_):
    """What an application forbids stays forbidden inside the functions."""
    db = connect()
    write(db, "a-1")
    db.set_authorizer(lambda action, *names: sqlite3.SQLITE_DENY
                      if action == sqlite3.SQLITE_INSERT else
                      sqlite3.SQLITE_OK)
    fails(db, "SELECT write_message(NULL, 'a-1', 'T', '{}')",
          code="SQLITE_AUTH")
    db.set_authorizer(None)
    equal(write(db, "a-1"), 1)


run()
