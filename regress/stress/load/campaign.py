"""Writers, pollers and disturbances for some seconds, and the judgement.

	verdict = Campaign(seconds=10, standby=standby).run()

verdict.problems are the lines of judgement.py, verdict.missed tells how many
messages each poller did not see, verdict.figures is a line about the load.
"""

import multiprocessing
import time
from collections import Counter, namedtuple

from harness import check

from . import judgement, writers
from .disturbances import disturb
from .pollers import POLLERS, STANDBY_POLLERS, seen_by
from .server import socket
from .worker import Worker, connect

Verdict = namedtuple("Verdict", "problems missed figures")

OPTIONS = "-c deadlock_timeout=20ms -c lock_timeout=2s"
RECOVERY_CONFLICT, NOT_ORDINARY = "40001", "0A000"
# What a poller tries again after.  get_all_messages() is refused while a table
# is not ordinary; a reader of several statements can meet a REINDEX that locks
# one index after the other.
IGNORED = (RECOVERY_CONFLICT, NOT_ORDINARY, writers.DEADLOCK, writers.CANCELED)


class Campaign:
    """seconds: how long the writers write.

    standby: a server.Standby that is read as well.
    disturbances, pause: functions of disturbances.py, and the seconds between
    two of them.
    afterwards: what is done when the writers have ended.
    durable: whether an acknowledged message survives the disturbances.  When
    it does not, what the primary's pollers saw may be gone; the standby never
    shows what a crash of the primary takes away.
    writer_options, reader_options: settings of the sessions.
    """

    def __init__(self, seconds, writers=8, standby=None, disturbances=(), pause=0.3,
                 afterwards=None, durable=True, writer_options="", reader_options=""):
        self.seconds, self.writers, self.standby = seconds, writers, standby
        self.disturbances, self.pause = disturbances, pause
        self.afterwards, self.durable = afterwards, durable
        self.writer_options = OPTIONS + " " + writer_options
        self.reader_options = "-c message_store.sql_condition=on " + reader_options

    def run(self):
        features = make_store()
        if self.durable:
            features.add("durable")
        if self.standby:
            self.standby.catch_up()
        ending = multiprocessing.Event()
        readers = self.start_pollers(features, ending)
        began = time.monotonic()
        authors = [Worker(writers.record_of, number, self.seconds, self.writer_options, features)
                   for number in range(1, self.writers + 1)]
        done = disturb(began + self.seconds, self.disturbances, self.pause)
        records = [author.result(self.seconds + 120) for author in authors]
        took = time.monotonic() - began
        if self.afterwards:
            self.afterwards()
        if self.standby:
            self.standby.catch_up()
        ending.set()
        sightings = [(poller, reader.result(self.seconds + 120)) for poller, reader in readers]
        return self.judge(records, sightings, done, took)

    def start_pollers(self, features, ending):
        chosen = [poller for poller in POLLERS + STANDBY_POLLERS
                  if (poller.need is None or poller.need in features)
                  and (self.standby or not poller.standby)]
        return [(poller, Worker(seen_by, number, poller, ending,
                                socket(self.standby.name) if poller.standby else None,
                                self.reader_options, IGNORED))
                for number, poller in enumerate(chosen)]

    def judge(self, records, sightings, done, took):
        connection = connect()
        try:
            judge = judgement.Judge(connection, records)
            problems = judge.of_writers(self.durable) + judge.of_table()
            missed = {}
            for poller, seen in sightings:
                if self.durable or poller.standby:
                    found, missed[poller.name] = judge.of_poller(poller, seen)
                    problems += found
        finally:
            connection.close()
        return Verdict(problems, missed, figures(judge, records, sightings, done, took))


def make_store():
    """An empty store, and what can be done with it: the names of what the
    extension has beyond Message DB's functions, and "prepared transactions"."""
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS message_store.messages CASCADE")
        cursor.execute("SELECT ensure_namespace()")
        cursor.execute("CREATE OR REPLACE FUNCTION public.nothing() RETURNS trigger"
                       " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
        cursor.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'message_store'::regnamespace"
                       " UNION SELECT name FROM pg_settings WHERE name LIKE 'message_db.%'")
        features = {name for name, in cursor}
    connection.close()
    return features | {"prepared transactions"}


def report(verdict):
    """Prints the figures and the first of the problems; fails when there are any."""
    print("    " + verdict.figures)
    for problem in verdict.problems[:20]:
        print("    " + problem.split("\n")[0][:300])
    check(not verdict.problems, "%d problems" % len(verdict.problems))


def figures(judge, records, sightings, done, took):
    errors = sum((record.errors for record in records), Counter())
    parts = ["%d messages stored in %.0f s" % (len(judge.stored), took),
             "%d transactions rolled back" % sum(len(r.rolled_back) for r in records),
             "%d of unknown end" % sum(len(r.unknown) for r in records),
             "%d seen by %d pollers" % (sum(len(s[0]) for _, s in sightings), len(sightings))]
    parts += ["%s: %d" % (state or "connection lost", count)
              for state, count in sorted(errors.items(), key=str)]
    parts += ["%s: %d" % item for item in done.items()]
    return ", ".join(parts)
