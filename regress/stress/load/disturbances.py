"""What disturbs a load.  Each may fail when the server is just not there, or
locks are not to be had.
"""

import itertools
import random
import threading
import time

import psycopg2

from . import server
from .worker import connect

# Statements that rebuild, clean or lock what the load uses.
MAINTENANCE = (
    "VACUUM messages",
    "VACUUM (FREEZE, DISABLE_PAGE_SKIPPING) messages",
    "ANALYZE messages",
    "CHECKPOINT",
    "REINDEX INDEX CONCURRENTLY messages_category",
    "REINDEX INDEX CONCURRENTLY messages_stream",
    "REINDEX TABLE CONCURRENTLY messages",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_extra ON messages (type, time)",
    "DROP INDEX CONCURRENTLY IF EXISTS messages_extra",
)

# Statements that turn an ordinary table into one that is written by statements,
# and back, or rewrite it.
CHANGES = (
    "ALTER TABLE messages ADD COLUMN IF NOT EXISTS extra int",
    "ALTER TABLE messages ADD CONSTRAINT extra CHECK (type <> '') NOT VALID",
    "VACUUM FULL messages",
    "ALTER TABLE messages DROP CONSTRAINT IF EXISTS extra",
    "CREATE INDEX IF NOT EXISTS messages_extra ON messages (type, time)",
    "ALTER TABLE messages ENABLE ROW LEVEL SECURITY",
    "REINDEX TABLE messages",
    "ALTER TABLE messages DISABLE ROW LEVEL SECURITY",
    "CLUSTER messages USING messages_category",
    "ALTER TABLE messages DROP COLUMN IF EXISTS extra",
    "CREATE TRIGGER extra BEFORE INSERT ON messages FOR EACH ROW"
    " EXECUTE FUNCTION public.nothing()",
    "DROP TRIGGER IF EXISTS extra ON messages",
    "DROP INDEX IF EXISTS messages_extra",
    "ALTER SEQUENCE messages_global_position_seq CACHE 1",
)


def a_backend():
    """The process of any session but this one; 0 when there is none."""
    connection = connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce((SELECT pid FROM pg_stat_activity"
                           " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                           " ORDER BY random() LIMIT 1), 0)")
            return cursor.fetchone()[0]
    finally:
        connection.close()


def statement(sql):
    connection = connect("-c lock_timeout=1s")
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    finally:
        connection.close()


def cancel():
    statement("SELECT pg_cancel_backend(%d)" % a_backend())


def terminate():
    statement("SELECT pg_terminate_backend(%d)" % a_backend())


def maintain():
    statement(random.choice(MAINTENANCE))


def change(counter=itertools.count()):
    statement(CHANGES[next(counter) % len(CHANGES)])


def restore():
    """Makes the table ordinary again."""
    for sql in CHANGES:
        if " DROP " in sql or sql.startswith("DROP ") or " DISABLE " in sql:
            insist(statement, sql)
    insist(tidy)


def insist(work, *arguments):
    while True:
        try:
            return work(*arguments)
        except psycopg2.errors.LockNotAvailable:
            pass


def tidy():
    """Drops what REINDEX CONCURRENTLY leaves when it fails: a table with many
    indexes is not ordinary."""
    connection = connect("-c lock_timeout=1s")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'i'"
                           " AND relname ~ '^(messages|pg_toast_).*_cc(new|old)[0-9]*$'")
            for index, in cursor.fetchall():
                cursor.execute("DROP INDEX IF EXISTS " + index)
    finally:
        connection.close()


def kill_backend():
    """The server then ends all sessions and recovers."""
    process = a_backend()
    if process:
        server.kill_process(process)


def kill_process():
    """Any of the server's, such as the one that writes checkpoints."""
    processes = server.children("primary")
    if processes:
        server.kill_process(random.choice(processes))
    server.wait("primary")


def kill_postmaster():
    """The other processes notice, and end."""
    server.kill_postmaster("primary")
    server.start("primary")


def kill_server():
    server.kill("primary")
    server.start("primary")


def stop_server():
    """An immediate shutdown."""
    server.shell("server_crash primary")
    server.start("primary")


def crash_twice():
    """The second time while it recovers."""
    server.kill("primary")
    starting = threading.Thread(target=server.start, args=("primary",))
    starting.start()
    time.sleep(random.random() * 0.3)
    try:
        server.kill("primary")
    except (OSError, ValueError):
        pass            # it has not begun, or has given up
    starting.join()
    server.wait("primary")


def disturb(until, choices, pause):
    """Does one after the other until that time, and returns how often each was
    done."""
    done = {choice.__name__: 0 for choice in choices}
    for choice in itertools.cycle(choices or (None,)):
        time.sleep(max(0, min(pause * random.random() * 2, until - time.monotonic())))
        if time.monotonic() >= until:
            return done
        try:
            if choice:
                choice()
                done[choice.__name__] += 1
        except psycopg2.Error:
            pass
