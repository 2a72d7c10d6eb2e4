"""Arguments of every type that SQLite has."""

from harness import connect, equal, fails, rows, run, test, value, write

WRITE = "SELECT write_message(?, ?, ?, ?, ?, ?)"


@test
def numbers_and_blobs_as_text(_):
    db = connect()
    equal(value(db, "SELECT category(12)"), "12")
    equal(value(db, "SELECT id(1.5e-7)"), "07")
    equal(value(db, "SELECT category(x'612d31')"), "a")
    equal(value(db, "SELECT category(x'')"), "")
    equal(value(db, "SELECT hash_64(x'61') = hash_64('a')"), 1)
    equal(value(db, WRITE, None, b"a-1", 7, b"[1,2]", 12, None), 0)
    equal(rows(db, "SELECT stream_name, type, data, metadata "
               "FROM get_stream_messages(x'612d31')"),
          [("a-1", "7", "[1, 2]", "12")])


@test
def null_gives_null(_):
    db = connect()
    for function in ("category(NULL)", "id(NULL)", "cardinal_id(NULL)",
                     "hash_64(NULL)", "consumer_group_member(NULL, 0)",
                     "consumer_group_member('a-1', NULL)",
                     "stream_version(NULL)", "acquire_lock(NULL)"):
        equal(value(db, "SELECT " + function), None)
    equal(value(db, "SELECT is_category(NULL)"), 1)


@test
def integers(_):
    db = connect()
    for number in (0, "0", " 0 ", "-0", 0.0, b"0"):
        fails(db, WRITE, None, "a-1", "T", "{}", None, number,
              message="Wrong expected version: 0 "
                      "(Stream: a-1, Stream Version: -1)")
    syntax = 'invalid input syntax for type bigint: "%s"'
    for number, message in (
            (0.5, syntax % "0.5"), ("x", syntax % "x"), ("", syntax % ""),
            ("1x", syntax % "1x"), ("0.0", syntax % "0.0"),
            (1e30, syntax % "1.0e+30"),
            (2.0**63, None),
            ("9223372036854775808", 'value "9223372036854775808" is out of '
             'range for type bigint')):
        fails(db, WRITE, None, "a-1", "T", "{}", None, number,
              message=message)
        for reader in ("get_stream_messages('a-1', ?)",
                       "get_stream_messages('a-1', 0, ?)",
                       "get_category_messages('a', ?)",
                       "get_category_messages('a', 1, ?)",
                       "get_category_messages('a', 1, 1, NULL, ?, 1)",
                       "get_category_messages('a', 1, 1, NULL, 0, ?)"):
            fails(db, "SELECT * FROM " + reader, number, message=message)
        fails(db, "SELECT consumer_group_member('a-1', ?)", number,
              message=message)
    write(db, "a-1")
    for number in (-2**63, "-9223372036854775808", -9223372036854775808.0):
        equal(len(rows(db, "SELECT * FROM get_stream_messages('a-1', ?)",
                       number)), 1)
    equal(len(rows(db, "SELECT * FROM get_stream_messages('a-1', ?)",
                   2**63 - 1)), 0)
    equal(len(rows(db, "SELECT * FROM get_category_messages('a', 1, 10, NULL, "
                   "?, ?)", 0, 2**63 - 1)), 0)


@test
def text_that_is_not_utf_8(_):
    db = connect()
    for text in (b"a\xff-1", b"a\0-1", b"\xc0\x80", b"\xed\xa0\x80"):
        for statement in ("SELECT category(?)", "SELECT id(?)",
                          "SELECT cardinal_id(?)", "SELECT is_category(?)",
                          "SELECT hash_64(?)", "SELECT stream_version(?)",
                          "SELECT consumer_group_member(?, 1)",
                          "SELECT acquire_lock(?)",
                          "SELECT current_setting(?)",
                          "SELECT * FROM get_stream_messages(?)",
                          "SELECT * FROM get_category_messages(?)",
                          "SELECT * FROM get_category_messages('a', 1, 1, ?)",
                          "SELECT * FROM get_last_stream_message(?)",
                          "SELECT * FROM get_last_stream_message('a-1', ?)",
                          "SELECT write_message(?, 'a-1', 'T', '{}')",
                          "SELECT write_message(NULL, ?, 'T', '{}')",
                          "SELECT write_message(NULL, 'a-1', ?, '{}')"):
            error = fails(db, statement, text)
            equal(error.split(":")[0],
                  'invalid byte sequence for encoding "UTF8"')
    equal(value(db, "SELECT count(*) FROM sqlite_schema"), 0)


@test
def nul_in_text(_):
    db = connect()
    error = fails(db, "SELECT category(?)", "a\0b-1")
    equal(error.split(":")[0], 'invalid byte sequence for encoding "UTF8"')


@test
def very_long_values(_):
    db = connect()
    data = '"%s"' % ("x" * 5000000)
    equal(value(db, WRITE, None, "a-" + "x" * 2046, "T" * 1000000, data,
                data, None), 0)
    equal(rows(db, "SELECT length(stream_name), length(type), "
               "length(data), length(metadata) FROM "
               "get_category_messages('a')"),
          [(2048, 1000000, 5000002, 5000002)])


@test
def a_stream_that_is_full(_):
    db = connect()
    db.execute("SELECT ensure_namespace()")
    db.execute("INSERT INTO messages (position, stream_name, type) "
               "VALUES (9223372036854775807, 'a-1', 'T')")
    fails(db, WRITE, None, "a-1", "T", "{}", None, None,
          message="bigint out of range")


run()
