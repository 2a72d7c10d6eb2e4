"""A standby is promoted under load, after an immediate shutdown of the primary.

Writers and pollers have both servers in their connection string, and go on
where there is one that takes writes; further pollers read on the standby from
the beginning on.

With synchronous replication every acknowledged transaction is there afterwards,
the pollers have seen every message once and in order, those who moved from one
server to the other too, and what they saw at a position stays there.  With
asynchronous replication, and a standby that has fallen behind, transactions are
lost: of each session the last ones before the change and no others, none in
part, and nothing that the standby had shown.  (There nobody prepares
transactions: the end of one may be lost while it is not, and somebody has to
decide what becomes of it.)

Each round promotes the standby of the one before.  The quick form has two, the
long one takes a fifth of CRASH_SECONDS.
"""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "stress"), os.path.join(here, "..", "drivers")]

from harness import check, equal, finish, rows, test, value
from load import campaign, judgement, pollers, server, writers
from load.worker import Worker, connect
from parts.form import LONG, SEED, print_seed, rounds, session_number
from parts.invariants import problems_of, problems_of_log

ROUND = 8 if LONG else 2.5  # seconds
WRITERS = 5
PATIENCE = 240              # seconds, for all of a round
BEHIND = 0.5                # seconds by which a standby falls behind
OPTIONS = campaign.OPTIONS + " -c synchronous_commit=on"
READER_OPTIONS = "-c message_store.sql_condition=on"
WATCHING = ("category a", "member 1 of 2", "condition", "all messages", "all messages, repeatable read")

server.use_own_server(SERVER_CONF="wal_keep_size = 1GB\nmax_standby_streaming_delay = -1")


def use(*clusters):
    """Connections go to the first of these that takes writes."""
    os.environ["PGHOST"] = ",".join(server.socket(cluster) for cluster in clusters)
    os.environ["PGTARGETSESSIONATTRS"] = "read-write"


def on(cluster, command):
    return server.shell("server_use %s && %s" % (cluster, command))


class Pair:
    """A primary and its standby, which streams."""

    def __init__(self, primary, number, synchronous):
        self.primary, self.standby = primary, "standby_%d" % number
        self.synchronous = synchronous
        use(primary)
        on(primary, "server_standby " + self.standby)
        use(primary, self.standby)
        self.set_synchronous("*" if synchronous else "")
        self.wait_for("state = 'streaming' AND (sync_state <> 'async') = %s" % synchronous)

    def set_synchronous(self, names):
        connection = connect()
        rows(connection, "ALTER SYSTEM SET synchronous_standby_names = '%s'" % names)
        rows(connection, "SELECT pg_reload_conf()")
        connection.close()

    def wait_for(self, condition):
        connection, end = connect(), time.monotonic() + 30
        while not value(connection, "SELECT count(*) FROM pg_stat_replication WHERE " + condition):
            check(time.monotonic() < end, "the standby does not stream")
            time.sleep(0.05)
        connection.close()

    def fail_over(self):
        """The primary ends at once, and the standby takes its place.  Returns
        what the standby had shown until then."""
        if not self.synchronous:
            receiver = self.receiver()
            os.kill(receiver, signal.SIGSTOP)
            time.sleep(BEHIND)
        on(self.primary, "server_crash " + self.primary)
        if not self.synchronous:
            os.kill(receiver, signal.SIGCONT)
        on(self.standby, "server_ctl %s promote" % self.standby)

    def receiver(self):
        """The standby's process that receives the WAL."""
        for process in server.children(self.standby):
            if "walreceiver" in subprocess.run(["ps", "-o", "args=", "-p", str(process)],
                                               stdout=subprocess.PIPE, text=True).stdout:
                return process
        raise AssertionError("the standby has no walreceiver")


def watch(ending, pair):
    """Pollers that move with the primary, and some that stay on the standby."""
    chosen = [poller for poller in pollers.POLLERS if poller.name in WATCHING]
    chosen += [poller._replace(name=poller.name + ", standby", standby=True) for poller in chosen]
    return [(poller, Worker(pollers.seen_by, SEED + number, poller, ending,
                            server.socket(pair.standby) if poller.standby else None,
                            READER_OPTIONS, campaign.IGNORED))
            for number, poller in enumerate(chosen)]


def lost_blocks(record, stored):
    """How many transactions of a session are lost, and in how many runs of
    consecutive ones."""
    lost = [not all(token in stored for token in tokens) for tokens in record.acknowledged if tokens]
    runs = sum(now and not before for before, now in zip([False] + lost, lost))
    return sum(lost), runs


class Round:
    def __init__(self, primary, number, synchronous):
        self.features = campaign.make_store()
        if synchronous:
            self.features.add("durable")
        else:
            self.features.remove("prepared transactions")
        self.pair = Pair(primary, number, synchronous)
        self.synchronous, self.number = synchronous, number
        self.problems = []

    def run(self):
        """Load, promotion, load, and the judgement."""
        written, seen = multiprocessing.Event(), multiprocessing.Event()
        readers = watch(seen, self.pair)
        authors = [Worker(writers.record_of, session_number(self.number * WRITERS + n), PATIENCE, OPTIONS,
                          self.features, (), written) for n in range(WRITERS)]
        time.sleep(ROUND * (0.3 + 0.4 * random.Random(SEED + self.number).random()))
        self.pair.fail_over()
        time.sleep(ROUND * 0.3)
        written.set()
        self.records = [author.result(PATIENCE) for author in authors]
        seen.set()
        self.seen = [(poller, reader.result(PATIENCE)) for poller, reader in readers]
        use(self.pair.standby)
        self.judge(connect())

    def judge(self, connection):
        judge = judgement.Judge(connection, self.records)
        self.stored = judge.stored
        self.problems += judge.of_writers(self.synchronous) + judge.of_table()
        for poller, seen in self.seen:
            # what the primary had shown may be lost with it
            if self.synchronous or poller.standby:
                self.problems += judge.of_poller(poller, seen)[0]
        self.problems += problems_of(connection) + problems_of_log(self.pair.standby)
        connection.close()
        self.lost = [lost_blocks(record, self.stored) for record in self.records]
        self.problems += ["a session lost transactions in %d places" % runs
                          for _, runs in self.lost if runs > 1]

    def report(self):
        print("    %d messages, %d seen by %d pollers, %d transactions lost, connections lost: %d" % (
            len(self.stored), sum(len(seen[0]) for _, seen in self.seen), len(self.seen),
            sum(lost for lost, _ in self.lost),
            sum(count for record in self.records for state, count in record.errors.items()
                if state is None or state.startswith("57P"))))
        for problem in self.problems[:20]:
            print("    " + problem.split("\n")[0][:300])
        equal(len(self.problems), 0, "problems")


print_seed()
primary = "primary"
for number in rounds(2, 0.2):
    synchronous = number % 2 == 0
    with test("round %d: promotion with %s replication" % (
            number + 1, "synchronous" if synchronous else "asynchronous")):
        round = Round(primary, number, synchronous)
        round.run()
        round.report()
        check(synchronous or any(lost for lost, _ in round.lost), "nothing was lost: the standby was not behind")
    server.shell("rm -rf \"$SERVER_DIR/%s/data\"" % primary)
    primary = round.pair.standby
    use(primary)

finish()
