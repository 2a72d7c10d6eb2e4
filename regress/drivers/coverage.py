"""Every function, type, view and setting of the extension is named in some
test: what is added without one is found here."""

import os
import re

from harness import connect, equal, finish, rows, test, value

HERE = os.path.dirname(os.path.abspath(__file__))
INPUTS = os.path.join(HERE, "..")
SUFFIXES = (".sql", ".spec", ".py", ".pl", ".rb", ".sh", ".c")

# The public functions as they are meant to be.  Whoever adds one writes it
# down here, and writes a test of it.
FUNCTIONS = """
    acquire_lock cardinal_id category category_support clear_namespace
    consumer_group_member create_namespace current_namespace delete_namespace
    described_namespace ensure_namespace existing_namespace get_all_messages
    get_category_messages get_last_stream_message get_namespace
    get_stream_messages grant_access hash_64 id is_category list_categories
    list_namespaces list_streams message_db_version message_store_status
    message_store_version message_store_writers migrate_namespace
    migrate_namespaces namespace_info note_migration
    registration_of rename_namespace revoke_access rows_in_progress
    stream_version streams_of_namespace use_namespace verify_namespace
    write_message write_messages
""".split()
# Called by the planner only: regress/postgresql/planner.sql looks at its work.
NOT_CALLED = ["category_support"]
VIEWS = """
    stream_summary type_summary stream_type_summary type_stream_summary
    category_type_summary type_category_summary
""".split()


def test_text():
    """All that the tests' inputs say, comments aside."""
    text = []
    for folder, _, files in os.walk(INPUTS):
        for name in files:
            path = os.path.join(folder, name)
            if name.endswith(SUFFIXES) and not os.path.samefile(path, __file__):
                with open(path, encoding="utf-8", errors="replace") as file:
                    text += [re.sub(r"^\s*(--|#|//|\*).*", "", line) for line in file]
    return "\n".join(text)


def members(kind, name, extra=""):
    return [r[0] for r in rows(connection, """
        SELECT o.%s FROM pg_depend d JOIN %s o ON o.oid = d.objid
        WHERE d.classid = '%s'::regclass AND d.deptype = 'e'
            AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = (
                SELECT oid FROM pg_extension WHERE extname = 'message_db') %s
        ORDER BY o.%s COLLATE "C" """ % (name, kind, kind, extra, name))]


connection = connect()
text = test_text()

with test("the functions are those that are written down"):
    equal(members("pg_proc", "proname"), FUNCTIONS)

with test("every function is called in a test"):
    equal([f for f in FUNCTIONS if f not in NOT_CALLED
           and not re.search(r"\b%s\s*\(" % f, text)], [], "without a test")

with test("every function has a comment"):
    equal(members("pg_proc", "proname",
                  "AND coalesce(obj_description(o.oid, 'pg_proc'), '') = ''"), [])

with test("every view is read in a test"):
    value(connection, "SELECT ensure_namespace()")
    equal(sorted(r[0] for r in rows(connection, """
        SELECT viewname FROM pg_views WHERE schemaname = 'message_store'""")), sorted(VIEWS))
    equal([v for v in VIEWS if not re.search(r"(?i)\b(from|table)\s+(\w+\.)?%s\b" % v, text)],
          [], "without a test")

with test("every setting is set in a test"):
    value(connection, "SELECT message_db_version()")
    settings = [r[0] for r in rows(connection, """
        SELECT name FROM pg_settings WHERE name ~ '^message_(store|db)\\.' ORDER BY name""")]
    equal(len(settings) >= 4, True, "settings are found")
    equal([s for s in settings if not re.search(r"SET (LOCAL )?%s\b" % re.escape(s), text)],
          [], "without a test")

connection.close()
finish()
