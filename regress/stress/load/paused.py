"""A reader that pauses behind each message until it is told to go on, by the
setting message_db.test_pause: for programs that began with
server.use_test_build().
"""

import threading
import time

import psycopg2

from harness import PATH, check, rows, value

KEY = 7


class PausedReader(threading.Thread):
    """Executes a query that reads messages, and has paused behind the first
    message when the constructor returns.  host: of another server."""

    def __init__(self, sql, host=None):
        super().__init__(daemon=True)
        self.gate, self.connection = connect(host), connect(
            host, " -c message_store.sql_condition=on -c message_db.test_pause=%d" % KEY)
        rows(self.gate, "SELECT pg_advisory_lock(%s)", KEY)
        self.sql, self.found = sql, None
        self.start()
        while not value(self.gate, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                        " AND objid = %s AND NOT granted", KEY):
            check(self.is_alive(), "the reader ended early: %s" % self.found)
            time.sleep(0.01)

    def run(self):
        try:
            self.found = [first for first, in rows(self.connection, self.sql)]
        except psycopg2.Error as error:
            self.found = str(error)

    def go(self):
        """Lets it go on; the first column of its rows."""
        rows(self.gate, "SELECT pg_advisory_unlock(%s)", KEY)
        self.join(60)
        self.gate.close()
        self.connection.close()
        return self.found


def connect(host, options=""):
    connection = psycopg2.connect(options=PATH + options, **({"host": host} if host else {}))
    connection.autocommit = True
    return connection
