"""Pollers on a hot standby: subtransactions that overflow the server's memory
of them, transactions that are open while the standby starts, a restart, and a
promotion with a prepared transaction, through which they continue.
"""

import os
import sys
import threading
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(here, "..", "stress"), os.path.join(here, "..", "drivers")]

import psycopg2

from harness import PATH, check, connect, equal, fails, finish, fresh, rows, test, value
from load.server import Standby, kill_postmaster, shell, socket, start

OVERFLOW = 150              # subtransactions; the server keeps 64 of each session
ALL = "get_all_messages(%s, 10)"
CATEGORY = "get_category_messages('a', %s, 10)"


def on_standby(standby):
    connection = psycopg2.connect(options=PATH, host=socket(standby.name))
    connection.autocommit = True
    return connection


class Poller(threading.Thread):
    """Reads on a standby as a consumer does until told to stop, also through
    its restarts."""

    def __init__(self, standby, function):
        super().__init__(daemon=True)
        self.standby, self.function = standby, function
        self.seen, self.ending, self.error = [], False, None
        self.start()

    def run(self):
        connection = None
        while True:
            last_round = self.ending
            try:
                connection = connection or on_standby(self.standby)
                position = self.seen[-1] + 1 if self.seen else 1
                batch = rows(connection, "SELECT global_position FROM " + self.function, position)
            except psycopg2.OperationalError:
                connection = None
                time.sleep(0.05)
                continue
            except Exception as error:
                self.error = error
                return
            self.seen += [position for position, in batch]
            if not batch and last_round:
                return

    def finish(self):
        self.ending = True
        self.join(60)
        check(not self.is_alive() and self.error is None, "the poller ended: %s" % self.error)
        return self.seen


def write(connection, stream):
    return value(connection, "SELECT write_message(NULL, %s, 'T', '{}')", stream)


def open_with_subtransactions(stream, rollback=0):
    """A session with an open transaction of OVERFLOW messages, each in a
    subtransaction of its own, after as many that were rolled back."""
    connection = connect()
    rows(connection, "BEGIN")
    for number in range(rollback + OVERFLOW):
        rows(connection, "SAVEPOINT s")
        write(connection, stream)
        rows(connection, "ROLLBACK TO s" if number < rollback else "RELEASE s")
    return connection


def stored(connection, where="true"):
    return [position for position, in rows(
        connection, "SELECT global_position FROM messages WHERE %s ORDER BY 1" % where)]


def visible(standby, function="get_category_messages('a', 1, -1)"):
    connection = on_standby(standby)
    try:
        return [position for position, in rows(connection, "SELECT global_position FROM " + function)]
    finally:
        connection.close()


admin = connect()
fresh(admin)
value(admin, "SELECT ensure_namespace()")

with Standby("pollers") as standby:
    with test("an open transaction with overflowing subtransactions is waited for"):
        write(admin, "a-before")
        writer = open_with_subtransactions("a-1", rollback=20)
        write(admin, "a-behind")
        standby.catch_up()
        equal(visible(standby), [1], "seen while it is open")
        equal(visible(standby, "get_all_messages(1, -1)"), [1], "seen of all")
        rows(writer, "COMMIT")
        standby.catch_up()
        equal(visible(standby), stored(admin), "seen afterwards")
        equal(len(stored(admin)), OVERFLOW + 2)

    with test("the same when it is rolled back"):
        last = stored(admin)[-1]
        writer = open_with_subtransactions("a-1")
        write(admin, "a-behind")
        standby.catch_up()
        equal(visible(standby)[-1], last, "seen while it is open")
        rows(writer, "ROLLBACK")
        standby.catch_up()
        equal(visible(standby), stored(admin), "seen afterwards")

    with test("pollers see all once and in order while such transactions come and go"):
        pollers = [Poller(standby, CATEGORY), Poller(standby, ALL)]
        writers = [open_with_subtransactions("a-%d" % n, rollback=n % 3 * 10) for n in range(2, 5)]
        for number, writer in enumerate(writers):
            write(admin, "a-behind")
            time.sleep(0.1)
            rows(writer, "ROLLBACK" if number == 1 else "COMMIT")
        standby.catch_up()
        for poller in pollers:
            equal(poller.finish(), stored(admin), "seen")

    with test("a standby that restarts with such a transaction open goes on behind it"):
        pollers = [Poller(standby, CATEGORY), Poller(standby, ALL)]
        last = stored(admin)[-1]
        writer = open_with_subtransactions("a-1")
        write(admin, "a-behind")
        standby.catch_up()
        standby.kill_standby()
        write(admin, "a-behind")
        standby.catch_up()
        equal(visible(standby)[-1], last, "seen while it is open")
        rows(writer, "COMMIT")
        standby.catch_up()
        for poller in pollers:
            equal(poller.finish(), stored(admin), "seen")

    # The process that replays the WAL then forgets all transactions in progress.
    with test("a session that outlives the standby's first process passes nothing over"):
        rows(admin, "CREATE FUNCTION public.read_late(seconds float) RETURNS SETOF bigint LANGUAGE plpgsql AS $$"
             " BEGIN WHILE clock_timestamp() < statement_timestamp() + seconds * interval '1 second' LOOP END LOOP;"
             " RETURN QUERY SELECT global_position FROM message_store.get_category_messages('a', 1, -1); END $$")
        last = stored(admin)[-1]
        rows(admin, "BEGIN")
        write(admin, "a-1")
        other = connect()
        write(other, "a-behind")
        standby.catch_up()
        answers = []

        def read_late(connection):
            try:
                answers.append(rows(connection, "SELECT * FROM public.read_late(2)")[-1][0])
            except psycopg2.OperationalError:
                answers.append(None)        # the server has ended the session

        reader = threading.Thread(target=read_late, args=(on_standby(standby),))
        reader.start()
        time.sleep(0.5)
        kill_postmaster(standby.name)
        reader.join(60)
        start(standby.name)
        rows(admin, "COMMIT")
        other.close()
        check(answers[0] in (last, None), "read up to %s, not %s" % (answers[0], last))

    with test("message_store_writers() there tells who holds readers back"):
        rows(admin, "BEGIN")
        write(admin, "a-1")
        rows(admin, "PREPARE TRANSACTION 'pollers'")
        standby.catch_up()
        connection = on_standby(standby)
        equal(rows(connection, "SELECT category, position FROM message_store_writers()"),
              [("a", value(admin, "SELECT position FROM message_store_writers()"))], "rows")
        rows(admin, "ROLLBACK PREPARED 'pollers'")
        connection.close()

    with test("an unlogged table is refused there as the server refuses it"):
        rows(admin, "ALTER TABLE messages SET UNLOGGED")
        standby.catch_up()
        connection = on_standby(standby)
        for function in ("get_stream_messages('a-1')", "get_category_messages('a')",
                         "get_all_messages()", "get_last_stream_message('a-1')"):
            with fails("0A000", "cannot access temporary or unlogged relations during recovery"):
                rows(connection, "SELECT * FROM " + function)
        with fails("0A000"):
            rows(connection, "SELECT stream_version('a-1')")
        connection.close()
        rows(admin, "ALTER TABLE messages SET LOGGED")

    with test("a promotion: pollers go on, and a prepared transaction ends there"):
        standby.catch_up()
        pollers = [Poller(standby, CATEGORY), Poller(standby, ALL)]
        rows(admin, "BEGIN")
        write(admin, "a-prepared")
        rows(admin, "PREPARE TRANSACTION 'pollers'")
        prepared = value(admin, "SELECT position FROM message_store_writers()")
        lost = open_with_subtransactions("a-lost")
        write(admin, "a-behind")
        standby.catch_up()
        equal([p for p in visible(standby) if p >= prepared], [], "seen behind it")
        shell("server_ctl %s promote" % standby.name)
        new = on_standby(standby)
        equal(write(new, "a-new"), 0, "a new stream there")
        equal(visible(standby)[-1] < prepared, True, "still stops at it")
        rows(new, "COMMIT PREPARED 'pollers'")
        rows(lost, "ROLLBACK")
        seen = [poller.finish() for poller in pollers]
        equal(seen[0], stored(new), "seen")
        equal(seen[1], stored(new), "seen of all")
        check(prepared in seen[0], "the prepared message was seen")
        equal(rows(new, "SELECT stream_name FROM messages WHERE stream_name IN ('a-lost', 'a-new')"),
              [("a-new",)], "the transaction that was open is gone")
        rows(admin, "ROLLBACK PREPARED 'pollers'")
        new.close()

admin.close()
finish()
