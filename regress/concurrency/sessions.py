"""Many sessions at once on PostgreSQL.

Twenty first writes create the table once; writers of shared streams leave no
gap and lose nothing; a consumer that continues behind the last global
position it saw meets every message once and in order, whatever commits, rolls
back or conflicts in between.
"""

import os
import random
import sys
import threading
import time

import psycopg2

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "drivers"))

from harness import as_json, check, connect, equal, finish, fresh, rows, test, value

SESSIONS = 20
WRITERS, STREAMS, EACH = 8, 5, 120      # in category "load"
SEED = 20240607


def together(count, work):
    """Runs work(number, connection) in as many sessions, begun at one moment."""
    barrier, errors, results = threading.Barrier(count), [], [None] * count
    connections = [connect() for _ in range(count)]

    def run(number):
        try:
            barrier.wait()
            results[number] = work(number, connections[number])
        except Exception as error:
            errors.append("%s: %s" % (number, str(error).strip()))

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for connection in connections:
        connection.close()
    equal(errors, [], "errors")
    return results


def write(connection, stream, data="{}", expected=None):
    return value(connection, "SELECT write_message(NULL, %s, 'T', %s, NULL, %s)",
                 stream, data, expected)


admin = connect()
admin.set_session(autocommit=True)

with test("twenty sessions do the very first write at once: one stream"):
    for _ in range(5):
        fresh(admin)
        positions = together(SESSIONS, lambda n, c: write(c, "first-1"))
        equal(sorted(positions), list(range(SESSIONS)), "positions")
        equal(value(admin, "SELECT count(*) FROM messages"), SESSIONS, "rows")
        equal(value(admin, "SELECT count(*) FROM pg_indexes WHERE tablename = 'messages'"), 4)

with test("twenty sessions do the very first write at once: twenty categories"):
    for _ in range(5):
        fresh(admin)
        positions = together(SESSIONS, lambda n, c: write(c, "first%d-1" % n, expected=-1))
        equal(positions, [0] * SESSIONS, "positions")

with test("twenty first writes with the same expected version: one wins"):
    def race(number, connection):
        try:
            return write(connection, "race-1", expected=-1)
        except psycopg2.errors.RaiseException as error:
            equal(error.diag.message_primary,
                  "Wrong expected version: -1 (Stream: race-1, Stream Version: 0)")
            return None
    for _ in range(5):
        fresh(admin)
        results = together(SESSIONS, race)
        equal(sorted(results, key=str), [0] + [None] * (SESSIONS - 1), "winners")

with test("twenty ensure_namespace() at once: one made it"):
    for _ in range(5):
        fresh(admin)
        made = together(SESSIONS, lambda n, c: value(c, "SELECT ensure_namespace()"))
        equal(sorted(made), [False] * (SESSIONS - 1) + [True])

with test("first writes in SERIALIZABLE and REPEATABLE READ: only 40001 may come"):
    def serializable(number, connection):
        connection.set_session(isolation_level=("SERIALIZABLE", "REPEATABLE READ")[number % 2])
        while True:
            try:
                return write(connection, "first-%d" % (number % 3))
            except psycopg2.Error as error:
                equal(error.pgcode, "40001", str(error))
    fresh(admin)
    together(SESSIONS, serializable)
    equal(rows(admin, "SELECT stream_name, count(*), max(position) + 1 FROM messages"
               " GROUP BY 1 ORDER BY 1"), [("first-0", 7, 7), ("first-1", 7, 7), ("first-2", 6, 6)])


class Consumer(threading.Thread):
    """Reads a category, or its share of it, in small batches until told to
    stop and nothing is left."""

    def __init__(self, member=None, size=None):
        super().__init__()
        self.connection, self.stop, self.seen, self.error = connect(), False, [], None
        self.arguments = (member, size)
        self.start()

    def run(self):
        position = 1
        try:
            while True:
                last_round = self.stop
                batch = rows(self.connection,
                             "SELECT global_position, stream_name, position, data"
                             " FROM get_category_messages('load', %s, 7, NULL, %s, %s)",
                             position, *self.arguments)
                self.seen += batch
                if batch:
                    position = batch[-1][0] + 1
                elif last_round:
                    break
        except Exception as error:
            self.error = error
        self.connection.close()

    def finish(self):
        self.stop = True
        self.join(60)
        check(not self.is_alive() and self.error is None, "the consumer ended: %s" % self.error)
        return self.seen


with test("writers, rollbacks and conflicts under the eyes of consumers"):
    fresh(admin)
    value(admin, "SELECT ensure_namespace()")
    everything = Consumer()
    members = [Consumer(m, 3) for m in range(3)]

    def load(number, connection):
        """Returns what was committed, as (stream, position, text)."""
        choose = random.Random(SEED + number)
        committed = []
        connection.autocommit = False
        for n in range(EACH):
            pending = []
            try:
                for k in range(choose.choice((1, 1, 1, 3))):
                    # "aside" is another category, so that more than one lock is held
                    stream = choose.choice(["load-%d" % s for s in range(STREAMS)] + ["aside-1"])
                    text = "%d %d %d" % (number, n, k)
                    expected = None
                    if choose.random() < 0.3:
                        expected = value(connection, "SELECT stream_version(%s::varchar)", stream)
                        expected = -1 if expected is None else expected
                    position = write(connection, stream, '"%s"' % text, expected)
                    pending.append((stream, position, text))
                if choose.random() < 0.15:
                    connection.rollback()
                else:
                    if choose.random() < 0.1:
                        time.sleep(0.002)
                    connection.commit()
                    committed += pending
            except (psycopg2.errors.RaiseException, psycopg2.errors.DeadlockDetected):
                connection.rollback()
        return committed

    rows(admin, "ALTER DATABASE %s SET deadlock_timeout = '20ms'"
         % psycopg2.extensions.quote_ident(admin.info.dbname, admin))
    try:
        committed = sum(together(WRITERS, load), [])
    finally:
        seen = everything.finish()
        shares = [m.finish() for m in members]

    stored = rows(admin, "SELECT global_position, stream_name, position, data"
                  " FROM get_category_messages('load', 1, -1)")
    equal(sorted((s, p, as_json(d)) for _, s, p, d in stored),
          sorted(c for c in committed if c[0].startswith("load-")), "stored and committed")
    for number in range(STREAMS):
        stream = "load-%d" % number
        equal([p for _, s, p, _ in stored if s == stream],
              list(range(len([c for c in committed if c[0] == stream]))), "positions of " + stream)
    equal(seen, stored, "the consumer's messages")
    equal(sorted(sum(shares, [])), stored, "the members' messages together")
    for share in shares:
        equal(share, sorted(share), "the order of a member's messages")
    equal(len({tuple(sorted({s for _, s, _, _ in share})) for share in shares}), 3,
          "each member has its own streams")

admin.close()
finish()
