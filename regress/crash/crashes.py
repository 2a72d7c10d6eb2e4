"""Crashes at random moments under a load of everything that changes something.

In rounds of a few seconds sessions write single messages, batches and all kinds
of transactions (regress/stress/load/writers.py), in the default namespace and
in another one, create, rename, clear and delete namespaces (parts/keeper.py),
and install message_db, adopt a Message DB and migrate a store of version 1 in
databases of their own (parts/setups.py).  Meanwhile backends, other processes
of the server, or all of them are killed, or it is shut down immediately, twice
in a row, too.  The sessions go on when it is back.

After each round: every acknowledged transaction is stored, none that was rolled
back, and none in part; and parts/invariants.py finds nothing.

The quick form has four rounds, the long one takes half of CRASH_SECONDS.
"""

import os
import random
import sys
import time
from collections import Counter

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "stress"), os.path.join(here, "..", "drivers"),
                os.path.join(here, "..", "lib")]

from harness import check, equal, finish, rows, skip, test
from load import campaign, disturbances, judgement, server, writers
from load.worker import Worker, connect
from parts import keeper, setups
from parts.form import LONG, SEED, print_seed, rounds, session_number
from parts.invariants import problems_of, problems_of_log

ROUND = 6 if LONG else 2.5  # seconds
EPOCH = 10                  # rounds after which the messages are cleared
PATIENCE = 240              # seconds to wait for a session beyond its time
CRASHES = (disturbances.kill_backend, disturbances.kill_process, disturbances.kill_server,
           disturbances.stop_server, disturbances.kill_postmaster, disturbances.crash_twice)
# The namespaces with acknowledged messages, and how many write to them.
WRITTEN = {"message_store": 3, "stable": 2}

server.use_own_server(SERVER_CONF="checkpoint_timeout = 30s\nmax_connections = 60")


def options_of(namespace):
    return "%s -c synchronous_commit=on -c message_db.namespace=%s -c search_path=%s,message_store,public" % (
        campaign.OPTIONS, namespace, namespace)


class Store:
    """A namespace that is written to, and what its writers say of it."""

    def __init__(self, namespace):
        self.options, self.records = options_of(namespace), []
        self.namespace = namespace

    def clear(self):
        connection = connect()
        rows(connection, "SELECT clear_namespace(%s)", self.namespace)
        connection.close()
        self.records = []

    def problems(self):
        connection = connect(self.options)
        try:
            judge = judgement.Judge(connection, self.records)
            return len(judge.stored), judge.of_writers(True) + judge.of_table()
        finally:
            connection.close()


class Campaign:
    """The load, round by round."""

    def __init__(self, kinds):
        self.choose = random.Random(SEED)
        self.kinds, self.number = kinds, 0
        self.features = campaign.make_store() | {"durable"}
        connection = connect()
        rows(connection, "SELECT create_namespace('stable')")
        connection.close()
        self.stores = [Store(namespace) for namespace in WRITTEN]
        self.done, self.stored, self.counts = Counter(), 0, Counter()

    def next_number(self):
        """Of a session: its tokens are made of it."""
        self.number += 1
        return session_number(self.number)

    def run(self, crashes):
        """A round with these crashes; its problems."""
        end = time.monotonic() + ROUND
        authors = [(store, Worker(writers.record_of, self.next_number(), ROUND, store.options, self.features))
                   for store in self.stores for _ in range(WRITTEN[store.namespace])]
        keepers = [Worker(keeper.record_of, owner, self.next_number(), ROUND, options_of("message_store"))
                   for owner in ("keeper_1", "keeper_2")]
        makers = [Worker(setups.record_of, kind, number, ROUND)
                  for number, kind in enumerate(self.kinds)]
        done = disturbances.disturb(end, crashes, ROUND / (len(crashes) + 2))
        self.done.update(done)
        for store, author in authors:
            store.records.append(author.result(ROUND + PATIENCE))
        return self.judge([k.result(ROUND + PATIENCE) for k in keepers],
                          [m.result(ROUND + PATIENCE) for m in makers])

    def judge(self, kept, made):
        problems = sum((record.problems for record in kept + made), [])
        for record in kept + made:
            self.counts.update(record.counts)
        self.counts["lost"] += sum(sum(record.errors.values()) for record in kept)
        for store in self.stores:
            stored, found = store.problems()
            self.stored += stored
            problems += found
        connection = connect()
        try:
            return problems + problems_of(connection)
        finally:
            connection.close()

    def figures(self):
        return ", ".join("%s: %d" % item for counts in (self.done, self.counts)
                         for item in sorted(counts.items()))


kinds, reason = setups.prepare()
if reason:
    skip("crashes during the adoption of Message DB", reason)
random.seed(SEED)           # disturbances.py uses it
load = Campaign(kinds)
print_seed()
for number in rounds(4, 0.5):
    if number % EPOCH == EPOCH - 1:
        for store in load.stores:
            store.clear()
    crashes = [load.choose.choice(CRASHES) for _ in range(load.choose.randint(1, 2))]
    if number < len(CRASHES):
        crashes[0] = CRASHES[number]
    with test("round %d: %s" % (number + 1, ", ".join(crash.__name__ for crash in crashes))):
        problems = load.run(crashes)
        for problem in problems[:20]:
            print("    " + problem.split("\n")[0][:500])
        check(not problems, "%d problems" % len(problems))

with test("no process ended but those that were killed"):
    equal(problems_of_log("primary"), [], "the server's log")

with test("the load had something to do, and the crashes something to break"):
    print("    " + load.figures())
    check(sum(load.done.values()) > 0 and load.counts["lost"] > 0, "nobody lost a connection")
    check(load.stored > 100 and load.counts["done"] >= len(kinds), "hardly anything was done")

finish()
