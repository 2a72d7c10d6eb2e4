"""The soak of PostgreSQL: sessions, disturbances, rests, and the judgement.

	verdict = Soak(seconds=300, seed=1).run()

verdict.problems are lines, empty when all is well; verdict.summary is the
table.  sabotage(session), if given, is called before each step: the tests of
the test do wrong there.
"""

import json
import os
import random
import time
from collections import Counter, namedtuple

import psycopg2

from load import judgement, writers
from load.campaign import IGNORED, make_store
from load.disturbances import change, insist, maintain, restore, statement, tidy
from load.pollers import POLLERS
from load.worker import Worker, connect

from . import postgresql_kinds, postgresql_namespaces, summary
from .memory import RESTS, WARM_UP, Rule, Series, Share, Unjudged
from .phases import Phases
from .postgresql_session import CATALOGS, PLANS_KEPT, lived, polled
from .postgresql_watch import EXTRA_FILES, Watch, bad_lines
from .processes import anonymous_memory

Verdict = namedtuple("Verdict", "problems summary")

QUICK = 20              # times as much may be left behind by a step of the quick form
# What the server remembers of its catalogs it throws away when it likes to.
RULES = (("own", Rule("memory of sessions", 10, 200)),
         ("plans", Rule("plans that sessions keep", 300, 4000)),
         ("catalogs", Unjudged("what sessions know of the catalogs")),
         ("process", Share("memory of processes", 0.2)))
PLANS = 1.5             # times as many kept plans as after the warm-up
SAMPLE = 5              # seconds between two samples

CANCEL = ("SELECT pg_cancel_backend(pid) FROM (SELECT pid FROM pg_stat_activity"
          " WHERE application_name LIKE 'soak%' ORDER BY random() LIMIT 1) a")
TERMINATE = CANCEL.replace("cancel", "terminate").replace("soak%", "soak_mortal")
BY_HAND = (
    "VACUUM {0}.messages", "ANALYZE {0}.messages", "REINDEX TABLE CONCURRENTLY {0}.messages",
    "ALTER TABLE {0}.messages ADD COLUMN IF NOT EXISTS extra int", "VACUUM FULL {0}.messages",
    "ALTER TABLE {0}.messages ALTER extra SET DEFAULT 1", "REINDEX TABLE {0}.messages",
    "ALTER TABLE {0}.messages DROP COLUMN extra", "CALL message_store.migrate_namespaces()",
)


class Size:
    """How large a soak of so many seconds is."""

    def __init__(self, seconds):
        quick = seconds < 60
        self.tolerance = QUICK if quick else 1
        self.sessions = 16 if quick else 64
        self.pollers = 4 if quick else len(POLLERS)
        self.wanderers = 2 if quick else 8      # who use all namespaces
        self.mortals = 2 if quick else 8        # who are terminated now and then
        self.namespaces = 12 if quick else 300
        self.of_each = 4 if quick else 24       # that the others use
        self.pause = 0.02 if quick else 0.1     # of a session between two steps
        self.rest = seconds / 12 if quick else min(60, seconds / 20)
        self.disturbance = 0.1 if quick else 0.3
        self.change = 0.5 if quick else 20      # seconds between changes of the default table


class Soak:
    """options: settings of the sessions."""

    def __init__(self, seconds, seed, options=""):
        self.seconds, self.seed, self.options = seconds, seed, options
        self.size, self.random = Size(seconds), random.Random(seed)
        self.phases, self.problems = Phases(), []
        self.lives, self.done = {}, Counter()       # Series by (what, number, pid)
        self.rests, self.all_reports = 0, []

    # Setting up

    def prepare(self):
        self.features = make_store() | {"durable"}
        self.admin = connect("-c application_name=admin")
        self.watch = Watch(self.admin)
        self.names = ["pool_%d" % n for n in range(self.size.namespaces)]
        with self.admin.cursor() as cursor:
            cursor.execute("CREATE ROLE soak_guest")
            for name in self.names:
                cursor.execute("SELECT create_namespace(%s)", (name,))
            # statements are prepared where tables are not ordinary: all of them now
            for name in ["message_store"] + self.names[-2:]:
                cursor.execute("ALTER TABLE %s.messages ENABLE ROW LEVEL SECURITY" % name)

    def make_ordinary(self):
        for name in ["message_store"] + self.names[-2:]:
            insist(statement, "ALTER TABLE %s.messages DISABLE ROW LEVEL SECURITY" % name)

    def start(self):
        kinds = [(weight, kind) for weight, kind, need in writers.KINDS
                 if need is None or need in self.features]
        kinds += [(weight, kind) for weight, kind in postgresql_kinds.KINDS]
        kinds += [(weight, kind) for weight, kind in postgresql_namespaces.KINDS]
        size, self.workers = self.size, {}
        for number in range(1, size.sessions - size.pollers + 1):
            pool = self.names if number <= size.wanderers else \
                self.random.sample(self.names, size.of_each)
            mortal = size.wanderers < number <= size.wanderers + size.mortals
            name = ("soak_mortal " if mortal else "soak ") + self.options
            self.workers[number] = Worker(
                lived, number, name, kinds, pool, self.features, self.seed, self.phases,
                size.pause, postgresql_namespaces.visit, postgresql_namespaces.sweep)
        self.pollers = {}
        for number in range(size.pollers):
            self.pollers[100 + number] = Worker(
                polled, 100 + number, POLLERS[number], self.phases, self.seed,
                IGNORED + (writers.LOCK_TIMEOUT,), size.pause)

    # The run

    def run(self):
        self.prepare()
        self.start()
        self.everybody = {**self.workers, **self.pollers}
        self.rest()                             # everybody has seen their namespaces
        self.make_ordinary()
        self.work()
        restore()
        self.rest()
        self.phases.end(1)
        lives = [worker.result(self.seconds + 300) for worker in self.workers.values()]
        self.phases.end(2)
        sightings = [worker.result(self.seconds + 300) for worker in self.pollers.values()]
        self.judge(lives, sightings)
        return Verdict(self.problems, list(self.summary(lives, sightings)))

    def work(self):
        """Disturbances, samples and rests, each in its time."""
        began = time.monotonic()
        due = {"disturb": 0, "sample": 0, "change": began + self.size.change,
               "rest": began + self.size.rest}
        while time.monotonic() < began + self.seconds or self.rests < RESTS:
            now = time.monotonic()
            for what, when in due.items():
                if now >= when:
                    due[what] = getattr(self, what)() + time.monotonic()
                    break
            time.sleep(0.02)

    def sample(self):
        self.watch.sample()
        return SAMPLE

    def disturb(self):
        """Returns in how many seconds to come again, as all of these do."""
        choice = self.random.choices(("cancel", "by hand", "maintain", "terminate"),
                                     (60, 10, 10, 1))[0]
        if choice == "cancel":
            self.quietly(choice, statement, CANCEL)
        elif choice == "terminate":
            self.quietly(choice, statement, TERMINATE)
        elif choice == "maintain":
            self.quietly(choice, maintain)
        else:
            self.quietly(choice, statement, self.random.choice(BY_HAND).format(
                self.random.choice(self.names[-2:])))
        return self.random.random() * 2 * self.size.disturbance

    def change(self):
        self.quietly("change", change)
        return self.size.change

    def quietly(self, name, work, *arguments):
        try:
            work(*arguments)
            self.done[name] += 1
        except psycopg2.Error as error:
            self.done["%s: %s" % (name, error.pgcode)] += 1
            if work is not tidy:
                self.quietly("tidy up", tidy)

    def rest(self):
        reports = self.phases.rest(self.everybody)
        for problem in self.watch.at_rest(reports):
            if len(self.problems) < 100:
                self.problems.append("at rest: " + problem)
        for number, report in reports.items():
            process = anonymous_memory(report["pid"])
            for what, size in (("own", report["own"]), ("plans", report["plans"]),
                               ("catalogs", report["catalogs"]), ("process", process)):
                if size is not None:
                    key = what, number, report["pid"]
                    self.lives.setdefault(key, Series("session %d" % number)).add(
                        self.rests, report["steps"], size)
        self.all_reports.append(reports)
        self.rests += 1
        self.phases.resume()
        return self.size.rest

    # The judgement

    def warm(self):
        """The number of the rest at which the warm-up ends."""
        return int(self.rests * WARM_UP)

    def judge(self, lives, sightings):
        self.records = [life.record for life in lives]
        judge = judgement.Judge(self.admin, self.records)
        self.stored = len(judge.stored)
        self.problems += judge.of_writers(True) + judge.of_table()
        for number, (seen, _, _) in enumerate(sightings):
            self.problems += judge.of_poller(POLLERS[number], seen)[0]
        self.judge_namespaces(lives)
        self.judge_memory()
        self.problems += ["server log: " + line for line in bad_lines()[:20]]
        self.problems += ["left: %s" % (row,) for row in self.watch.lasting(
            "SELECT pid, state, query FROM pg_stat_activity WHERE application_name LIKE 'soak%'")]
        self.problems += ["lock left: %s" % (row,) for row in self.watch.lasting(
            "SELECT l.* FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)"
            " WHERE l.pid IS DISTINCT FROM pg_backend_pid()"
            " AND coalesce(a.backend_type, 'client backend') = 'client backend'")]
        limit = int(self.watch.value("SHOW max_files_per_process")) + EXTRA_FILES
        if max(self.watch.counts["open files of one"]) > limit:
            self.problems.append("a process had more than %d files open" % limit)
        if max(self.watch.counts["temporary files at rest"]):
            self.problems.append("temporary files are left over")
        plans = self.watch.counts["kept plans of all sessions"]
        if plans[-1] > PLANS * plans[self.warm()]:
            self.problems.append("kept plans went from %d to %d" % (plans[self.warm()], plans[-1]))

    def judge_namespaces(self, lives):
        names = [name for name, in self.watch.rows("SELECT name FROM list_namespaces()")]
        expected = set(self.names) | {"message_store"} | set(postgresql_namespaces.SHARED)
        for name in sorted(set(names) - expected):
            self.problems.append("namespace left: " + name)
        for name in sorted(set(self.names) - set(names)):
            self.problems.append("namespace lost: " + name)
        for name in names:
            self.problems += ["verify_namespace(%s): %s" % (name, row) for row in
                              self.watch.rows("SELECT * FROM verify_namespace('%s')" % name)[:5]]
        for name in self.names:
            stored = dict(self.watch.rows("SELECT type, count(*) FROM %s.messages GROUP BY type"
                                          % name))
            for number, life in zip(self.workers, lives):
                least = life.written[name]
                most = least + life.in_doubt[name]
                count = stored.get(postgresql_namespaces.own_type(number), 0)
                if not least <= count <= most:
                    self.problems.append("%s: session %d wrote %d to %d messages, %d are stored"
                                         % (name, number, least, most, count))

    def series(self, what):
        """Of the lives that last to the end."""
        alive = {(number, report["pid"]) for number, report in self.all_reports[-1].items()}
        return [s for (kind, number, pid), s in self.lives.items()
                if kind == what and (number, pid) in alive]

    def keep_samples(self):
        """All samples of memory, for those who want to look closer."""
        path = os.environ.get("SOAK_SAMPLES")
        if path:
            with open(path, "w") as file:
                json.dump([[*key, series.points] for key, series in self.lives.items()], file)

    def judge_memory(self):
        self.keep_samples()
        self.slopes, warm = {}, self.warm()
        for what, rule in RULES:
            problems, self.slopes[what] = rule.judge(self.series(what), warm, self.size.tolerance)
            self.problems += problems

    # The table

    def summary(self, lives, sightings):
        done = sum((life.done for life in lives), Counter())
        done["poll"] = sum(steps for _, steps, _ in sightings)
        errors = sum([record.errors for record in self.records] + [e for _, _, e in sightings],
                     Counter())
        errors["connection lost"] = errors.pop(None, 0)
        yield "    seed %s, %d s, %d sessions with %d connections" % (
            self.seed, self.seconds, len(self.everybody),
            sum(life.lives for life in lives) + len(sightings))
        yield "    %d messages stored in the default namespace, %d in the pool" % (
            self.stored, sum(sum(life.written.values()) for life in lives))
        yield from summary.counts("steps", done)
        yield from summary.counts("errors by SQLSTATE, all of them expected" if not any(
            record.surprises for record in self.records) else "errors by SQLSTATE", errors)
        yield from summary.counts("done to them", self.done)
        yield from summary.sizes([(rule.what, self.series(what), self.slopes[what])
                                  for what, rule in RULES])
        yield from summary.extremes(list(self.watch.counts.items()))
        yield from self.growth()

    def growth(self):
        """The contexts that grew most since the warm-up, as a hint."""
        grown, own = Counter(), Counter()
        for number, report in self.all_reports[-1].items():
            before = self.all_reports[self.warm()].get(number)
            if before and before["pid"] == report["pid"]:
                for name, (_, size) in report["contexts"].items():
                    grown[name] += size - before["contexts"].get(name, (0, 0))[1]
                    if name not in CATALOGS + PLANS_KEPT:
                        own[name] = grown[name]
        yield "    contexts that grew most since the warm-up, bytes in all sessions: " + ", ".join(
            "%s %d" % item for item in grown.most_common(5) + own.most_common(5))
