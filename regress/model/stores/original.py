"""Message DB itself, in a database of its own on the same server."""

import contextlib
import os
import sys

import psycopg2

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib"))

import original  # noqa: E402

from differences import OriginalRules  # noqa: E402
from stores.postgresql import PostgreSQL  # noqa: E402

Unavailable = original.Unavailable


class Original(PostgreSQL):
    name = "original"
    rules = OriginalRules
    empty = "TRUNCATE message_store.messages RESTART IDENTITY"

    def __init__(self):
        """Raises Unavailable where npm cannot fetch it."""
        original.database()
        self.database = os.environ["PGDATABASE"] + "_original"
        self.administer("DROP DATABASE IF EXISTS %s", "CREATE DATABASE %s")
        original.run("install.sh", self.database)

    def close(self):
        self.administer("DROP DATABASE %s")

    def administer(self, *statements):
        with contextlib.closing(psycopg2.connect(dbname="postgres")) as connection:
            connection.autocommit = True
            for statement in statements:
                connection.cursor().execute(statement % self.database)

    def prepare(self, cursor):
        """Any text allows conditions, so that is said here once."""
        cursor.execute("SELECT set_config('message_store.sql_condition', 'on', false)")
