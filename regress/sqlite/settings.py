"""Settings, the readers' condition, and the debug notices."""

from harness import (EXTENSION, connect, equal, fails, is_true, rows, run,
                     shell, test, value, write)

SETTINGS = ("message_store.sql_condition", "message_store.debug",
            "message_store.debug_write", "message_store.debug_get",
            "message_db.auto_create_namespaces",
            "message_db.idempotent_writes")


def setting(db, name="sql_condition"):
    return value(db, "SELECT current_setting('message_store.%s')" % name)


def store_with_condition():
    db = connect()
    for i in range(4):
        write(db, "a-1", '{"i": %d}' % i, type="Odd" if i % 2 else "Even")
    value(db, "SELECT set_config('message_store.sql_condition', 'on', false)")
    return db


@test
def all_are_off_and_can_be_set(_):
    db = connect()
    for name in SETTINGS:
        for word, meaning in (("off", "off"), ("true", "on"), (None, "off")):
            equal(value(db, "SELECT set_config(?, ?, false)", name, word),
                  meaning)
            equal(value(db, "SELECT current_setting(?)", name), meaning)


@test
def category_lock(_):
    """A word, not a boolean: both mean the same here."""
    db = connect()
    name = "message_db.category_lock"
    equal(value(db, "SELECT current_setting(?)", name), "insert")
    db.execute("BEGIN")
    equal(value(db, "SELECT set_config(?, 'Commit', true)", name), "commit")
    equal(value(db, "SELECT current_setting(?)", name.upper()), "commit")
    db.execute("ROLLBACK")
    equal(value(db, "SELECT current_setting(?)", name), "insert")
    for word in ("", "on", "1", "comm", "commit "):
        text = fails(db, "SELECT set_config(?, ?, false)", name, word,
                     message='invalid value for parameter "%s": "%s"' %
                     (name, word), code="SQLITE_ERROR")
        equal(text.split("\n")[1:], ["HINT:  Available values: insert, commit."])
    equal(value(db, "SELECT set_config(?, NULL, false)", name), "insert")


@test
def spellings(_):
    db = connect()
    for word, meaning in (("ON", "on"), ("yes", "on"), ("t", "on"), (1, "on"),
                          ("off", "off"), ("of", "off"), ("n", "off"),
                          (0, "off"), ("FALSE", "off")):
        equal(value(db, "SELECT set_config('Message_Store.Debug', ?, 0)",
                    word), meaning)
    for word in ("", "o", "maybe", 2, "onn"):
        fails(db, "SELECT set_config('message_store.debug', ?, 0)", word,
              message='parameter "message_store.debug" requires a Boolean '
                      'value')
    for word in (1, 1.0, "1", "true", "ON"):
        db.execute("BEGIN")
        value(db, "SELECT set_config('message_store.debug', 'on', ?)", word)
        db.execute("COMMIT")
        equal(setting(db, "debug"), "off")
    fails(db, "SELECT set_config('message_store.debug', 'on', 'perhaps')",
          message="invalid input syntax for type boolean")


@test
def unknown_settings(_):
    db = connect()
    for name in ("message_store.nope", "work_mem", ""):
        text = 'unrecognized configuration parameter "%s"' % name
        fails(db, "SELECT set_config(?, 'on', false)", name, message=text)
        fails(db, "SELECT current_setting(?)", name, message=text)
        fails(db, "SELECT current_setting(?, false)", name, message=text)
        equal(value(db, "SELECT current_setting(?, true)", name), None)
    equal(value(db, "SELECT current_setting(NULL)"), None)
    fails(db, "SELECT set_config(NULL, 'on', false)",
          message="SET requires parameter name")


@test
def a_setting_belongs_to_its_connection(directory):
    first, second = connect(directory.file()), connect(directory.file())
    value(first, "SELECT set_config('message_store.debug', 'on', false)")
    equal((setting(first, "debug"), setting(second, "debug")), ("on", "off"))


@test
def local_settings_end_with_the_transaction(_):
    db = connect()
    local = "SELECT set_config('message_store.sql_condition', ?, true)"
    for end in ("COMMIT", "ROLLBACK"):
        for outer, inner in (("off", "on"), ("on", "off")):
            value(db, "SELECT set_config('message_store.sql_condition', ?, 0)",
                  outer)
            db.execute("BEGIN")
            equal(value(db, local, inner), inner)
            equal(setting(db), inner)
            value(db, local, outer)
            value(db, local, inner)
            equal(setting(db), inner)
            db.execute(end)
            equal(setting(db), outer)
    value(db, "SELECT set_config('message_store.sql_condition', 'off', false)")
    equal(value(db, local, "on"), "on")
    equal(setting(db), "off")


@test
def local_settings_take_no_lock(directory):
    db = connect(directory.file())
    other = connect(directory.file(), timeout=0.1)
    write(db, "a-1")
    db.execute("BEGIN")
    value(db, "SELECT set_config('message_store.sql_condition', 'on', true)")
    equal(write(other, "a-1"), 1)
    equal(write(db, "a-1"), 2)
    db.execute("COMMIT")
    equal(setting(db), "off")


@test
def local_settings_of_a_file_to_read(directory):
    """Under query_only nobody hears of the end: refused, not left on."""
    path = directory.file()
    write(connect(path), "a-1")
    local = "SELECT set_config('message_store.sql_condition', 'on', true)"
    db = connect("file:%s?mode=ro" % path, uri=True)
    db.execute("BEGIN")
    value(db, local)
    equal(value(db, "SELECT position FROM get_stream_messages('a-1', 0, 9, ?)",
                "type = 'Opened'"), 0)
    db.execute("COMMIT")
    equal(setting(db), "off")
    db = connect(path)
    db.execute("PRAGMA query_only = on")
    db.execute("BEGIN")
    fails(db, local, code="SQLITE_READONLY")
    equal(setting(db), "off")


@test
def condition_needs_the_setting(_):
    db = store_with_condition()
    value(db, "SELECT set_config('message_store.sql_condition', 'off', false)")
    for reader in ("get_stream_messages('a-1', 0, 9, '1')",
                   "get_category_messages('a', 1, 9, NULL, NULL, NULL, '1')",
                   "get_all_messages(1, 9, '1')"):
        fails(db, "SELECT * FROM " + reader,
              message="Retrieval with SQL condition is not activated")


@test
def conditions(_):
    db = store_with_condition()
    for condition, expected in (
            ("type = 'Odd'", [1, 3]),
            ("messages.type = 'Odd'", [1, 3]),
            ("position = 0 OR position = 3", [0, 3]),
            ("global_position = (SELECT max(global_position) FROM messages)",
             [3]),
            ("EXISTS (SELECT 1 FROM main.messages AS m WHERE m.position = "
             "messages.position + 2)", [0, 1]),
            ("1 -- a comment", [0, 1, 2, 3]),
            ("data = '{\"i\": 1}'", [1]),
            ("type = ')' OR position = 1", [1]),
            ("NULL", [])):
        for reader in ("get_stream_messages('a-1', 0, 9, ?)",
                       "get_category_messages('a', 1, 9, NULL, NULL, NULL, ?)",
                       "get_all_messages(1, 9, ?)"):
            equal([r[0] for r in rows(db, "SELECT position FROM " + reader,
                                      condition)], expected)
    equal(rows(db, "SELECT position FROM "
               "get_stream_messages('a-1', 1, 1, 'type = ''Even''')"), [(2,)])


@test
def condition_that_is_none(_):
    db = store_with_condition()
    read = "SELECT * FROM get_stream_messages('a-1', 0, 9, ?)"
    for condition, message in (
            ("nope = 1", "no such column: nope"),
            ("1 = ", 'near ")": syntax error'),
            ("", 'near ")": syntax error'),
            ("1)", 'near ")": syntax error'),
            ("1; DELETE FROM messages", 'near ";": syntax error'),
            ("1 /* ", None),
            ("'", None),
            ("1, 2", None)):
        fails(db, read, condition, message=message, code="SQLITE_ERROR")
    for condition in ("1) OR (1", "1); DELETE FROM messages WHERE (1",
                      "0) UNION SELECT 1, 2, 3, 4, 5, 6, 7, 8 WHERE (1",
                      "stream_name = ?1", ":name", "SELECT 1"):
        text = fails(db, read, condition, code="SQLITE_ERROR")
        is_true(condition.startswith("1);") or condition.startswith("0)") or
                text == "Condition must be one SQL expression: " + condition)
    fails(db, read, "1\0", code="SQLITE_ERROR")
    equal(value(db, "SELECT count(*) FROM messages"), 4)


DEBUG = """\
.log stderr
.load %s
SELECT set_config('message_store.%%s', 'on', false);
.headers off
SELECT acquire_lock('a-1');
SELECT write_message('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a-1', 'T', '{"b":1,"a":2}');
SELECT write_message('A0EEBC999C0B4EF8BB6D6BB9BD380A11', 'a-1', 'T', '{}', 'null', 7);
SELECT write_messages('a-1', '[{"type":"T","data":1},{"data":2,"type":"T"}]', 0);
SELECT 1 FROM get_stream_messages('a-1');
SELECT 1 FROM get_category_messages('a', 2, NULL, 'c', 0, 3);
SELECT 1 FROM get_last_stream_message('a-1');
SELECT 1 FROM get_all_messages(7);
""" % EXTENSION

LOCK = """\
\u00bb acquire_lock
stream_name: a-1
_category: a
_category_name_hash: 919145239626757800
"""

WRITES = LOCK + LOCK + """\
\u00bb write_message
id ($1): a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
stream_name ($2): a-1
type ($3): T
data ($4): {"a": 2, "b": 1}
metadata ($5): <NULL>
expected_version ($6): <NULL>
_stream_version: -1
_next_position: 0
""" + LOCK + """\
\u00bb write_message
id ($1): A0EEBC999C0B4EF8BB6D6BB9BD380A11
stream_name ($2): a-1
type ($3): T
data ($4): {}
metadata ($5): null
expected_version ($6): 7
""" + LOCK + """\
\u00bb write_messages
stream_name ($1): a-1
messages ($2): [{"data": 1, "type": "T"}, {"data": 2, "type": "T"}]
expected_version ($3): 0
_stream_version: 0
_next_position: 1
"""

READS = """\
\u00bb get_stream_messages
stream_name ($1): a-1
position ($2): 0
batch_size ($3): 1000
condition ($4): <NULL>
\u00bb get_category_messages
category ($1): a
position ($2): 2
batch_size ($3): 1000
correlation ($4): c
consumer_group_member ($5): 0
consumer_group_size ($6): 3
condition: <NULL>
\u00bb get_last_message
stream_name ($1): a-1
type ($2): <NULL>
\u00bb get_all_messages
position ($1): 7
batch_size ($2): 1000
condition ($3): <NULL>
"""


def notices(directory, name):
    answer = shell(directory.file(name), DEBUG % name)
    return "".join(line[len("(27) "):] + "\n"
                   for line in answer[1].split("\n")
                   if line.startswith("(27) "))


@test
def debug_notices(directory):
    """They need the sqlite3 shell, which shows SQLite's log."""
    for name, expected in (("debug", WRITES + READS), ("debug_write", WRITES),
                           ("debug_get", READS), ("sql_condition", "")):
        equal(notices(directory, name), expected)


run()
