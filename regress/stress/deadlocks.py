"""Random transactions over several streams: who crosses streams may be told of
a deadlock, and nobody else.

A transaction waits for the writers of its streams, for those of its ids, and
for those who hold its categories with acquire_lock.  When all transactions
take these in one order there is no deadlock.
"""

import os
import random
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "drivers")]

from collections import Counter

import psycopg2

from harness import check, connect, equal, finish, fresh, rows, test, value
from load.worker import Worker
from load.worker import connect as connect_worker

SESSIONS, SECONDS, STREAMS = 8, 2, 6
OPTIONS = "-c deadlock_timeout=10ms -c lock_timeout=20s"

admin = connect()


def transactions(number, seconds, plan, *settings):
    """Transactions of the streams that plan(random, number) gives, each a list
    of (stream, id); what came of them."""
    choose = random.Random(number)
    connection = connect_worker(OPTIONS + "".join(" -c %s" % setting for setting in settings))
    connection.autocommit = True
    outcomes = Counter()
    end = time.monotonic() + seconds
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            writes = plan(choose, number)
            try:
                if len(writes) > 1:
                    cursor.execute("BEGIN")
                for stream, id in writes:
                    cursor.execute("SELECT write_message(%s, %s, 'T', '{}')", (id, stream))
                    if len(writes) > 1 and choose.random() < 0.2:
                        time.sleep(0.001)
                if len(writes) > 1:
                    cursor.execute("COMMIT")
                outcomes["committed"] += 1
            except psycopg2.Error as error:
                outcomes[(error.pgcode, len(writes) > 1)] += 1
                if len(writes) > 1:
                    cursor.execute("ROLLBACK")
    connection.close()
    return outcomes


def run(*plans, settings=()):
    """The outcomes of sessions that share the plans out."""
    fresh(admin)
    value(admin, "SELECT ensure_namespace()")
    workers = [Worker(transactions, n, SECONDS, plans[n % len(plans)], *settings)
               for n in range(SESSIONS)]
    outcomes = sum((worker.result() for worker in workers), Counter())
    print("    %s" % dict(outcomes))
    check(outcomes["committed"] > 50, "too few transactions: %s" % outcomes)
    equal(rows(admin, "SELECT stream_name FROM messages GROUP BY stream_name"
               " HAVING count(*) <> max(position) + 1"), [], "streams with gaps")
    del outcomes["committed"]
    return outcomes


def any_streams(choose):
    return ["%s-%d" % (choose.choice("ab"), choose.randrange(STREAMS))
            for _ in range(choose.randint(2, 5))]


def in_any_order(choose, number):
    return [(stream, None) for stream in any_streams(choose)]


def in_order(choose, number):
    return [(stream, None) for stream in sorted(any_streams(choose))]


def one_stream(choose, number):
    return [(any_streams(choose)[0], None)]


def own_streams(choose, number):
    """Of the same categories, but no other session's."""
    return [(stream + "+%d" % number, None) for stream in
            ["%s-%d0%d" % (stream[0], number, choose.randrange(STREAMS))
             for stream in any_streams(choose)]]


def one_id(choose, number):
    """Ids that others write as well, in one statement each."""
    id = "00000000-0000-0000-0000-%012d" % int(time.time() * 100)
    return [("%s-%d" % (choose.choice("ab"), number), id)]


def ids_in_order(choose, number):
    """Streams of one's own, with ids that others write, in order."""
    first = int(time.time() * 100)
    return [("a-%d" % number, "00000000-0000-0000-0000-%012d" % (first + n)) for n in range(3)]


with test("streams in any order: deadlocks, and no other error"):
    outcomes = run(in_any_order)
    check(outcomes[("40P01", True)] > 0, "no deadlock, which proves nothing")
    equal(set(outcomes), {("40P01", True)}, "errors")

with test("streams in order: no deadlock"):
    equal(run(in_order, one_stream, in_order), Counter(), "errors")

with test("streams in order under category_lock = commit of one category: no deadlock"):
    equal(run(lambda choose, number: [(s.replace("b", "a"), None)
                                      for s in sorted(any_streams(choose))],
              settings=("message_db.category_lock=commit",)), Counter(), "errors")

with test("streams of one's own in any order: no deadlock"):
    equal(run(own_streams), Counter(), "errors")

with test("one id from several sessions: no deadlock"):
    equal(set(run(one_id)), {("23505", False)}, "errors")

with test("ids in order: no deadlock"):
    equal(set(run(ids_in_order, one_id)) - {("23505", True), ("23505", False)}, set(), "errors")

admin.close()
finish()
