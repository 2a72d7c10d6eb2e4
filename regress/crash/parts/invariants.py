"""What must be true in a database whenever no transaction is in progress,
whatever happened before.

	problems_of(connection)		a line for each thing that is not
	problems_of_log(cluster)	the same for what the server had to say

Every namespace is whole: schema, table, indexes, sequence, views and a
registration of one row; or nothing of it is there.  verify_namespace() finds
nothing in it, and amcheck nothing in its indexes.  message_store_status() says
ready, or does after migrate_namespaces().  Nobody holds a lock, nothing is
prepared.  And the store works.
"""

import os
import re

import psycopg2
from harness import rows, value
from load.server import socket
from load.worker import is_lost

ALARMING = re.compile(r"PANIC:|TRAP:|leak:|was not closed|SPI stack|snapshots? .*(still|remain)"
                      r"|terminated by signal (?!9:)")

OWN = "NOT (nspname LIKE 'pg\\_%' OR nspname IN ('information_schema', 'public'))"
# The relations of each schema; those that one index or another lacks are marked.
RELATIONS = """
    SELECT nspname, array_agg(relkind::text || ' ' || relname || CASE WHEN NOT (indisvalid AND indisready
        AND indislive) THEN ' (not valid)' ELSE '' END ORDER BY relname)
    FROM pg_namespace AS n LEFT JOIN pg_class AS c ON relnamespace = n.oid AND relkind <> 'c'
        LEFT JOIN pg_index ON indexrelid = c.oid
    WHERE """ + OWN + " GROUP BY nspname ORDER BY nspname"
ORPHANS = """
    SELECT 'relation ' || relname FROM pg_class WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace)
    UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace NOT IN (SELECT oid FROM pg_namespace)
    UNION ALL SELECT 'function ' || proname FROM pg_proc
        WHERE pronamespace NOT IN (SELECT oid FROM pg_namespace)
    UNION ALL SELECT 'index ' || indexrelid FROM pg_index
        WHERE indrelid NOT IN (SELECT oid FROM pg_class) OR indexrelid NOT IN (SELECT oid FROM pg_class)"""
LOCKS = """
    SELECT locktype, mode, pid FROM pg_locks
    WHERE locktype IN ('advisory', 'object') AND pid IS DISTINCT FROM pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
DEFAULT, PROBE = "message_store", "probe_of_invariants"
# What the default namespace has at least; it may come from Message DB.
LEAST = {"r messages", "S messages_global_position_seq", "i messages_category", "i messages_id",
         "i messages_pkey", "i messages_stream", "r message_db_namespace"}


def problems_of(connection):
    problems = ["%s without a schema or table" % what for what, in rows(connection, ORPHANS)]
    problems += ["a lock is held: %s %s by %s" % lock for lock in rows(connection, LOCKS)]
    problems += ["prepared: " + name for name, in rows(
        connection, "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")]
    problems += of_status(connection)
    problems += of_use(connection)
    names = [name for name, in rows(connection, "SELECT name FROM list_namespaces()")]
    for name in names:
        problems += of_messages(connection, name)
    return problems + of_indexes(connection, names)


def problems_of_log(cluster, meant=()):
    """Processes that ended by a signal that nobody sent, failed assertions,
    what was left open, and PANICs that are not meant to be."""
    with open(os.path.join(socket(cluster), "log"), errors="replace") as log:
        return [line.strip() for line in log if ALARMING.search(line)
                and not any(words in line for words in meant)]


def of_status(connection):
    """After the next call, if not at once."""
    state = value(connection, "SELECT state FROM message_store_status()")
    if state not in ("ready", "uninitialized"):
        return ["the status is %s" % state]
    rows(connection, "SELECT ensure_namespace()")
    rows(connection, "CALL migrate_namespaces()")
    status = rows(connection, "SELECT state, last_error FROM message_store_status()")
    return [] if status == [("ready", None)] else ["migrated, the status is %s" % status]


def of_use(connection):
    """A namespace is created, written, read and deleted.  It also tells what
    the others must be made of."""
    rows(connection, "SELECT delete_namespace(name) FROM list_namespaces() WHERE name = %s", PROBE)
    problems, before = [], rows(connection, RELATIONS)
    rows(connection, "SELECT create_namespace(%s)", PROBE)
    wanted = {name: set(relations) for name, relations in rows(connection, RELATIONS)}[PROBE]
    for name, relations in before:
        lacks = (LEAST if name == DEFAULT else wanted) - set(relations)
        more = set() if name == DEFAULT else set(relations) - wanted
        if lacks or more or [r for r in relations if r and "not valid" in r]:
            problems.append("namespace %s is not whole: without %s, with %s" % (name, lacks, more))
    rows(connection, "BEGIN")
    rows(connection, "SET LOCAL message_db.namespace = " + PROBE)
    value(connection, "SELECT write_message(NULL, 'probe-1', 'T', '{}')")
    value(connection, "SELECT write_messages('probe-1', '[{\"type\": \"T\", \"data\": {}}]')")
    rows(connection, "COMMIT")
    rows(connection, "SET message_db.namespace = " + PROBE)
    if len(rows(connection, "SELECT * FROM get_category_messages('probe')")) != 2:
        problems.append("two messages were written, and are not read")
    rows(connection, "RESET message_db.namespace")
    if value(connection, "SELECT delete_namespace(%s)", PROBE) != 2:
        problems.append("two messages were written, and not deleted")
    return problems


def of_messages(connection, name):
    problems = ["%s: %s" % (name, violation) for violation in rows(
        connection, "SELECT * FROM verify_namespace(%s)", name)]
    if value(connection, "SELECT count(*) FROM %s.message_db_namespace" % name) != 1:
        problems.append("%s is not registered once" % name)
    return problems


def of_indexes(connection, names):
    if not rows(connection, "SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'"):
        return []
    problems = []
    rows(connection, "CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA public")
    for index, in rows(connection, "SELECT indexrelid FROM pg_index JOIN pg_class c ON c.oid = indexrelid"
                       " WHERE relnamespace::regnamespace::text = ANY (%s) AND indisvalid", names):
        try:
            rows(connection, "SELECT public.bt_index_parent_check(%s::regclass, true)", index)
        except psycopg2.Error as error:
            if is_lost(error):
                raise
            problems.append("amcheck of %s: %s" % (index, error))
    return problems
