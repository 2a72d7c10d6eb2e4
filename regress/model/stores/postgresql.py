"""PostgreSQL with the extension, in the database of the PG* variables."""

import contextlib

import psycopg2
import psycopg2.extensions

from differences import Rules
from script import sql
from stores import Refused

# timestamps as the server prints them
TIMESTAMP = psycopg2.extensions.new_type((1114,), "TIMESTAMP_TEXT", lambda value, cursor: value)

# Everything but the extension.
EMPTY = """
    SET client_min_messages = error;
    DO $$
    DECLARE namespace text;
    BEGIN
        FOR namespace IN SELECT nspname FROM pg_namespace
            WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public', 'message_store')
        LOOP
            EXECUTE format('DROP SCHEMA %I CASCADE', namespace);
        END LOOP;
        DROP TABLE IF EXISTS message_store.messages CASCADE;
        DROP TABLE IF EXISTS message_store.message_db_namespace;
    END $$
"""


class PostgreSQL:
    name = "postgresql"
    rules = Rules
    empty = EMPTY
    database = None                 # of the environment

    def connect(self):
        connection = psycopg2.connect(options="-c search_path=message_store,public", dbname=self.database)
        connection.autocommit = True
        psycopg2.extensions.register_type(TIMESTAMP, connection)
        return connection

    def prepare(self, cursor):
        """The settings are known when the library is loaded."""
        cursor.execute("SELECT message_db_version()")

    @contextlib.contextmanager
    def start(self, history):
        with contextlib.ExitStack() as stack:
            connections = [stack.enter_context(contextlib.closing(self.connect()))
                           for _ in range(history["sessions"])]
            cursors = [connection.cursor() for connection in connections]
            cursors[0].execute(self.empty)
            cursors[0].execute("RESET client_min_messages")
            for cursor in cursors:
                self.prepare(cursor)
            yield lambda step: execute(cursors[step[0]], sql(step, "postgresql"))

    def functions(self):
        """The names of those that the extension offers."""
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT p.proname FROM pg_depend AS d JOIN pg_proc AS p ON p.oid = d.objid"
                           " JOIN pg_extension AS e ON e.oid = d.refobjid WHERE d.classid = 'pg_proc'::regclass"
                           " AND d.refclassid = 'pg_extension'::regclass AND e.extname = 'message_db'")
            return {name for name, in cursor.fetchall()}


def execute(cursor, statement):
    try:
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    except psycopg2.Error as error:
        diagnosis = error.diag
        raise Refused(error.pgcode, diagnosis.message_primary, diagnosis.message_detail,
                      diagnosis.message_hint) from None
    return [list(row) for row in rows]
