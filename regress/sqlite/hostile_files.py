"""A database file from a stranger: what its registry and schema may say.

The registry in the main file says which file is which namespace's.  Whatever
it says, no other file is attached, read, written or deleted.  The schema may
have tables, views and triggers with the names of ours, and virtual tables and
internal tables shadowed: the answers are errors or the file's own business.
"""

import hashlib
import os
import re
import sqlite3
from urllib.parse import quote

from harness import EXTENSION, connect, equal, fails, is_true, rows, run, \
    shell, test, value, write

# What follows the main file's name in the registry.
WRONG_FILES = (
    "", "x", ".db", "-", "-.db", "-journal", "-wal", "-shm", "/../victim.db",
    "-dir/../victim.db", "-dir/namespace-1.db", "-namespace-.db",
    "-namespace-1.db/../victim.db", "-namespace-1.dbx", "-namespace-1x.db",
    "-namespace--1.db", "-namespace-1.db-journal", "-namespace-1 .db",
    "-Tenant.db", "-tenant b.db", "-tenant.db.db", "-../victim.db", "-main.db",
    "-%2e%2e.db", "-a?mode=memory.db", "-a#.db", "-'||'.db", "-\"; x.db",
    "-%s.db" % ("a" * 64), "-" + "a" * 5000 + ".db", "-namespace-\u0661.db")

REFUSALS = ("the registry names a file that is no namespace's|"
            "Namespace (does not exist|already exists): ")

CALLS = (
    "SELECT use_namespace('tenant_a')",
    "SELECT * FROM get_namespace('tenant_a')",
    "SELECT * FROM namespace_info('tenant_a')",
    "SELECT * FROM verify_namespace('tenant_a')",
    "SELECT * FROM list_namespaces()",
    "SELECT * FROM message_store_status()",
    "SELECT * FROM migrate_namespaces()",
    "SELECT migrate_namespace('tenant_a')",
    "SELECT ensure_namespace('tenant_a')",
    "SELECT create_namespace('tenant_a')",
    "SELECT clear_namespace('tenant_a')",
    "SELECT rename_namespace('tenant_a', 'tenant_c')",
    "SELECT delete_namespace('tenant_a')",
    "SELECT create_namespace('tenant_b')")


def digests(path):
    """All files below a folder, but the store's own, with their contents."""
    result = {}
    for folder, _, names in os.walk(path):
        for name in names:
            if name.startswith("store.db-namespace-") or \
                    name in ("store.db", "store.db-journal"):
                continue
            with open(os.path.join(folder, name), "rb") as file:
                result[name] = hashlib.md5(file.read()).hexdigest()
    return result


def make_victims(directory):
    """Stores of somebody else's that the registry might lead to."""
    os.mkdir(directory.file("store.db-dir"))
    for name in ("victim.db", "store.dbx", "store.db-dir/namespace-1.db",
                 "store.db-namespace-.db", "store.db-main.db",
                 "store.db-tenant b.db", "store.db-Tenant.db"):
        db = connect(directory.file(name))
        write(db, "secret-1")
        # as deleted namespaces are, whose files may go
        if name != "victim.db":
            db.execute("UPDATE message_db_namespace SET name = NULL")
        db.close()


def make_store(directory, name, former_name, file):
    path = directory.file()
    for suffix in ("", "-journal"):
        if os.path.exists(path + suffix):
            os.unlink(path + suffix)
    db = connect(path)
    db.execute("PRAGMA synchronous = off")
    write(db, "own-1")
    value(db, "SELECT create_namespace('tenant_a')")
    db.execute("UPDATE message_db_namespaces SET name = ?, former_name = ?, "
               "file = ?", (name, former_name, file))
    db.close()
    return path


@test
def registry_leads_to_no_other_file(directory):
    make_victims(directory)
    before = digests(directory.path)
    names = set(os.listdir(directory.path))
    for file in WRONG_FILES:
        for name, former_name in (("tenant_a", None), ("tenant_a", "tenant_x"),
                                  (None, None)):
            path = make_store(directory, name, former_name, file)
            for call in CALLS:
                db = connect(path, timeout=0)
                db.execute("PRAGMA synchronous = off")
                try:
                    db.execute(call).fetchall()
                except sqlite3.Error as error:
                    is_true(re.match(REFUSALS, str(error)),
                            "%s with %r: %s" % (call, file, error))
                attached = [f for _, n, f in
                            rows(db, "PRAGMA database_list")
                            if f and f != path]
                equal([f for f in attached if "-namespace-" not in f], [])
                db.close()
            equal(digests(directory.path), before)
            # the store itself still works
            db = connect(path)
            equal(value(db, "SELECT stream_version('own-1')"), 0)
            db.close()
    left = {n for n in os.listdir(directory.path)
            if not n.startswith("store.db-namespace-")}
    equal(left - {"store.db"}, names - {"store.db-namespace-.db"})


@test
def registry_of_another_kind(directory):
    """A view, other columns, other types: an error, or what it says."""
    make_victims(directory)
    before = digests(directory.path)
    for schema in (
            "CREATE VIEW message_db_namespaces AS SELECT 1 AS id, 'tenant_a' "
            "AS name, NULL AS former_name, '/../victim.db' AS file, 2 AS "
            "schema_version",
            "CREATE TABLE message_db_namespaces (name, file)",
            "CREATE TABLE message_db_namespaces (id, name, former_name, file, "
            "schema_version, last_error, last_error_at); INSERT INTO "
            "message_db_namespaces VALUES ('x', x'ff00', 7, 'x', 'y', 1, 2), "
            "(1, NULL, NULL, NULL, NULL, NULL, NULL), (2, NULL, NULL, "
            "'-dir/../victim.db', 2, NULL, NULL), (3, 'tenant_a', 'q', "
            "x'002f', 2, NULL, NULL)",
            "CREATE TABLE message_db_namespaces (id INTEGER PRIMARY KEY "
            "AUTOINCREMENT, name, former_name, file, schema_version, "
            "last_error, last_error_at); CREATE TRIGGER t AFTER INSERT ON "
            "message_db_namespaces BEGIN UPDATE message_db_namespaces SET "
            "file = '-dir/../victim.db'; END"):
        if os.path.exists(directory.file()):
            os.unlink(directory.file())
        db = connect(directory.file(), load=False)
        db.executescript(schema)
        db.close()
        for call in CALLS:
            db = connect(directory.file(), timeout=0)
            try:
                db.execute(call).fetchall()
            except sqlite3.Error:
                pass
            db.close()
        equal(digests(directory.path), before)


@test
def files_with_odd_names(directory):
    """The main file's name is no URI, no pattern and no SQL."""
    for number, name in enumerate((
            "a b.db", "it's.db", 'say "so".db', "x;y--.db", "a?mode=ro.db",
            "%00.db", "%2e%2e", "a#b", "file:a.db", "line\nbreak.db", "\u00e4",
            "back\\slash.db", "*", "-", "x" * 200)):
        folder = directory.file("d%d" % number)
        os.mkdir(folder)
        for uri in (False, True):
            path = os.path.join(folder, name)
            if uri:
                db = connect("file:" + quote(path) + "?cache=private",
                             uri=True)
            else:
                db = connect(path)
            equal(value(db, "SELECT ensure_namespace('tenant_a')"),
                  0 if uri else 1)
            value(db, "SELECT use_namespace('tenant_a')")
            equal(write(db, "a-1"), int(uri))
            db.close()
            names = {name, name + "-namespace-1.db"}
            equal(set(os.listdir(folder)), names)
        db = connect(path)
        value(db, "SELECT delete_namespace('tenant_a')")
        db.close()
        equal(set(os.listdir(folder)), {name})


@test
def file_names_that_are_too_long(directory):
    """SQLite takes 512 bytes; a namespace's file has some more than main."""
    folder = directory.path
    while len(folder) < 420:
        folder = os.path.join(folder, "d" * 40)
    os.makedirs(folder)
    base = os.path.join(folder, "s")
    refused = 0
    for length in range(480, 503):
        path = base + "x" * (length - len(base))
        db = connect(path)
        write(db, "a-1")
        try:
            value(db, "SELECT create_namespace('tenant_a')")
            value(db, "SELECT use_namespace('tenant_a')")
            equal(write(db, "b-1"), 0)
        except sqlite3.Error as error:
            is_true(isinstance(error, sqlite3.OperationalError), error)
            refused += 1
        db.close()
        db = connect(path)
        equal(value(db, "SELECT stream_version('a-1')"), 0)
        equal(rows(db, "SELECT * FROM verify_namespace()"), [])
        db.close()
    is_true(0 < refused < 23, refused)


@test
def names_that_lead_elsewhere(directory):
    names = ("../x", "/etc/x", "..", ".", "a/b", "a\\b", "A", "tenant\0",
             "tenant\0/../x", "\0", "a?mode=memory", "file:x", "%2e%2e%2fx",
             "a.db", "a-b", "main", "temp", "sqlite_x", "pg_x", "a" * 64, "",
             "x'; ATTACH 'y' AS z; --", 'x"; --', "con ", "\u00e4", "a\nb")
    db = connect(directory.file())
    write(db, "own-1")
    before = set(os.listdir(directory.path))
    for name in names:
        for call in ("create_namespace(?)", "ensure_namespace(?)",
                     "use_namespace(?)", "delete_namespace(?)",
                     "clear_namespace(?)", "rename_namespace(?, 'tenant')",
                     "migrate_namespace(?)",
                     "set_config('message_db.namespace', ?, 0)"):
            error = fails(db, "SELECT " + call, name)
            is_true(re.match("Invalid namespace name: |invalid byte sequence",
                             error), error)
        for table in ("namespace_info", "verify_namespace"):
            fails(db, "SELECT * FROM %s(?)" % table, name)
        equal(rows(db, "SELECT * FROM get_namespace(?)", name), [])
    equal(set(os.listdir(directory.path)), before)
    # those that some systems take for devices are only parts of names here
    for name in ("con", "nul", "aux", "lpt1"):
        equal(value(db, "SELECT create_namespace(?)", name), name)
    db.close()


@test
def another_store_under_the_same_name(directory):
    """Tables of ours in temp and in attached databases are not taken."""
    other = connect(directory.file("other.db"))
    write(other, "other-1")
    value(other, "SELECT create_namespace('tenant_a')")
    other.close()
    db = connect(directory.file())
    write(db, "own-1")
    for schema in ("temp", "other"):
        if schema == "other":
            db.execute("ATTACH ? AS other", (directory.file("other.db"),))
        else:
            for table in ("messages", "message_db_namespace",
                          "message_db_namespaces", "message_db_batch",
                          "message_db_transaction", "message_db_statements",
                          "message_db_follower"):
                db.execute("CREATE TEMP TABLE %s (x)" % table)
        equal(value(db, "SELECT stream_version('other-1')"), None)
        equal(len(rows(db, "SELECT * FROM get_all_messages()")), 1)
        equal(len(rows(db, "SELECT * FROM list_namespaces()")), 1)
        fails(db, "SELECT use_namespace('tenant_a')",
              message="Namespace does not exist: tenant_a")
    equal(write(db, "own-1", expected_version=0), 1)
    equal(value(db, "SELECT write_messages('own-1', '[{\"type\": \"T\", "
                "\"data\": 1}]')"), 2)
    db.execute("BEGIN")
    value(db, "SELECT acquire_lock('own-1')")
    value(db, "SELECT set_config('message_store.debug', 'on', 1)")
    equal(write(db, "own-1"), 3)
    db.execute("COMMIT")
    equal(value(db, "SELECT current_setting('message_store.debug')"), "off")
    for table in ("messages", "message_db_namespace"):
        equal(value(db, "SELECT count(*) FROM temp.%s" % table), 0)
    equal(value(db, "SELECT count(*) FROM other.messages"), 1)
    # one that the user has attached under a namespace's name
    value(db, "SELECT create_namespace('tenant_b')")
    db.close()
    db = connect(directory.file())
    db.execute("ATTACH ? AS tenant_b", (directory.file("other.db"),))
    fails(db, "SELECT use_namespace('tenant_b')",
          message="Not a message store: tenant_b")
    equal(value(db, "SELECT count(*) FROM tenant_b.messages"), 1)
    db.close()


@test
def internal_tables_that_are_taken(directory):
    """Real tables and views with their names: errors, nothing half done."""
    for name in ("message_db_batch", "message_db_transaction",
                 "message_db_statements", "message_db_follower"):
        for schema in ("CREATE TABLE %s (x, y)" % name,
                       "CREATE VIEW %s AS SELECT 1 AS x; CREATE TRIGGER t "
                       "INSTEAD OF DELETE ON %s BEGIN DELETE FROM messages; "
                       "END" % (name, name)):
            db = connect()
            write(db, "a-1")
            db.executescript(schema)
            db.execute("BEGIN")
            for call in ("write_message(NULL, 'a-1', 'T', '1')",
                         "write_messages('a-1', '[{\"type\": \"T\", "
                         "\"data\": 1}, {\"type\": \"T\", \"data\": 2}]')",
                         "acquire_lock('a-1')",
                         "set_config('message_store.debug', 'on', 1)"):
                count = value(db, "SELECT count(*) FROM messages")
                try:
                    value(db, "SELECT " + call)
                except sqlite3.Error as error:
                    is_true(name in str(error), error)
                    equal(value(db, "SELECT count(*) FROM messages"), count)
            db.execute("COMMIT")
            equal(value(db, "SELECT current_setting('message_store.debug')"),
                  "off")
            is_true(value(db, "SELECT count(*) FROM messages") >= 1)
            equal(rows(db, "SELECT * FROM verify_namespace()"), [])


@test
def tables_of_our_modules(directory):
    """A schema may name our modules; what comes of it harms no message."""
    query = "SELECT name FROM pragma_module_list"
    modules = set(rows(connect(), query)) - set(rows(connect(load=False),
                                                     query))
    is_true(len(modules) > 10)
    for module, in sorted(modules):
        if os.path.exists(directory.file()):
            os.unlink(directory.file())
        db = connect(directory.file())
        db.execute("PRAGMA synchronous = off")
        write(db, "a-1")
        db.execute("PRAGMA writable_schema = on")
        db.execute("INSERT INTO sqlite_schema VALUES ('table', 'trap', 'trap', "
                   "0, 'CREATE VIRTUAL TABLE trap USING %s(a, b)')" % module)
        db.close()
        db = connect(directory.file())
        for statement in ("SELECT * FROM trap", "SELECT * FROM trap('a-1')",
                          "DELETE FROM trap", "INSERT INTO trap VALUES (1)",
                          "BEGIN", "DELETE FROM trap",
                          "SELECT set_config('message_store.debug', 'on', 1)",
                          "SELECT write_message(NULL, 'a-1', 'T', '1')",
                          "SAVEPOINT one", "DELETE FROM trap",
                          "SELECT write_message(NULL, 'a-1', 'T', '1')",
                          "ROLLBACK TO one", "COMMIT",
                          "ALTER TABLE trap RENAME TO other",
                          "DROP TABLE other"):
            try:
                rows(db, statement)
            except sqlite3.Error:
                pass
        equal(value(db, "SELECT current_setting('message_store.debug')"), "off")
        equal(value(db, "SELECT count(*) FROM messages"), 2)
        equal(rows(db, "SELECT * FROM verify_namespace()"), [])
        db.close()


@test
def triggers_on_messages(directory):
    """With an untrusted schema they call what is harmless, or the write fails."""
    for trusted in ("off", "on"):
        calls = []
        db = connect()
        db.create_function("boom", 0, lambda: calls.append(1))
        write(db, "a-1")
        db.executescript(
            "CREATE TRIGGER t AFTER INSERT ON messages BEGIN SELECT boom(); "
            "END; CREATE TRIGGER u BEFORE DELETE ON messages BEGIN SELECT "
            "boom(); END")
        db.execute("PRAGMA trusted_schema = " + trusted)
        for call in ("SELECT write_message(NULL, 'a-1', 'T', '1')",
                     "SELECT write_messages('a-1', "
                     "'[{\"type\": \"T\", \"data\": 1}]')",
                     "SELECT clear_namespace('message_store')"):
            count = value(db, "SELECT count(*) FROM messages")
            if trusted == "on":
                rows(db, call)
            else:
                fails(db, call, message="unsafe use of boom()")
                equal(value(db, "SELECT count(*) FROM messages"), count)
        equal(len(calls) > 0, trusted == "on")
        is_true(not db.in_transaction)


@test
def views_are_no_stores(directory):
    for name in ("messages", "message_db_namespace"):
        calls = []
        db = connect()
        db.create_function("boom", 0, lambda: calls.append(1))
        db.execute("CREATE VIEW %s AS SELECT 1 AS global_position, 0 AS "
                   "position, 'x' AS time, 'a-1' AS stream_name, boom() AS "
                   "type, '1' AS data, NULL AS metadata, 'i' AS id, 2 AS "
                   "schema_version, boom() AS description, 'x' AS name" % name)
        for call in ("SELECT write_message(NULL, 'a-1', 'T', '1')",
                     "SELECT type FROM get_stream_messages('a-1')",
                     "SELECT * FROM get_namespace('message_store')",
                     "SELECT * FROM list_namespaces()",
                     "SELECT delete_namespace('message_store')"):
            try:
                rows(db, call)
            except sqlite3.Error:
                pass
        equal(calls, [])


@test
def defensive_mode(directory):
    """All that the functions do goes without writing to the schema by hand."""
    output = shell(directory.file(), """
.bail on
.dbconfig defensive on
.dbconfig trusted_schema off
.load %s
SELECT write_message(NULL, 'a-1', 'T', '1');
SELECT write_messages('a-1', '[{"type": "T", "data": 1}]');
SELECT create_namespace('tenant_a'), use_namespace('tenant_a');
SELECT write_message(NULL, 'b-1', 'T', '1');
SELECT clear_namespace('tenant_a'), rename_namespace('tenant_a', 'tenant_b');
SELECT count(*) FROM list_namespaces();
SELECT delete_namespace('tenant_b'), use_namespace('message_store');
SELECT count(*) FROM get_all_messages();
SELECT count(*) FROM verify_namespace();
SELECT delete_namespace('message_store');
.print end
""" % EXTENSION)
    equal(output[1], "")
    is_true(output[0].rstrip().endswith("\n2\n0\n2\nend"), output[0])


run()
