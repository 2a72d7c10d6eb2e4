"""The soak of SQLite: processes, rests, and the judgement.

	verdict = Soak(directory, extension, seconds=300, seed=1).run()

As postgresql_soak.py.
"""

import glob
import os
import sqlite3
import time
from collections import Counter, namedtuple

from load.judgement import Judge
from load.worker import Worker
from load.writers import Record, token_of

from . import sqlite_kinds, sqlite_namespaces, summary
from .memory import RESTS, WARM_UP, Rule, Series, Share
from .phases import Phases
from .postgresql_namespaces import own_type
from .postgresql_soak import Verdict
from .sqlite_process import lived

MODES = ("wal", "delete")
PROCESSES = 8
QUICK = 100             # times as much may be left behind by a step of the quick form
RULES = (("sqlite", Rule("memory of SQLite", 8, 40)),
         ("allocations", Rule("allocations of SQLite", 0.05, 0.3)),
         ("heap", Rule("heap of processes", 40, 200)),
         ("process", Share("memory of processes", 0.2)))
# Open in a process: two stores, ten namespaces each, with their WALs; SQLite
# keeps files that it could not close yet without losing a lock.
FILES = 80

Poller = namedtuple("Poller", "name function stored")
POLLERS = (
    Poller("all messages", "get_all_messages(?, ?)", "true"),
    Poller("category a", "get_category_messages('a', ?, ?)", "category(stream_name) = 'a'"),
    Poller("member 1 of 2", "get_category_messages('a', ?, ?, NULL, 1, 2)",
           "category(stream_name) = 'a' AND consumer_group_member(stream_name, 2) = 1"),
    Poller("correlation", "get_category_messages('b', ?, ?, 'x')",
           "category(stream_name) = 'b' AND substr(json_extract(metadata, '$.correlationStreamName'), 1, 2)"
           " IN ('x', 'x-')"),
)


class SqliteJudge(Judge):
    """That of the stress test, for a store of SQLite."""

    def __init__(self, connection, records):
        self.connection, self.records = connection, records
        self.stored = Counter(token_of(id) for id, in self.rows("SELECT id FROM messages"))

    def rows(self, sql):
        return self.connection.execute(sql).fetchall()

    def of_indexes(self):
        return ["integrity_check: %s" % row for row in self.rows("PRAGMA integrity_check")
                if row != ("ok",)]


class Soak:
    """sabotage: kinds of steps that do wrong, for the test of the test."""

    def __init__(self, directory, extension, seconds, seed, sabotage=()):
        self.seconds, self.seed, self.sabotage = seconds, seed, sabotage
        self.directory, self.extension = directory, extension
        quick = seconds < 60
        self.tolerance = QUICK if quick else 1
        self.names = ["pool_%d" % n for n in range(14 if quick else 60)]
        self.pause = 0.002 if quick else 0.02
        self.interruption = 0.05 if quick else 0.25
        self.rest_each = seconds / 12 if quick else min(60, seconds / 20)
        self.paths = {mode: os.path.join(directory, mode + ".db") for mode in MODES}
        self.problems, self.counts, self.lives, self.rests = [], {}, {}, 0
        self.phases = Phases()

    # The run

    def prepare(self):
        for mode, path in self.paths.items():
            db = self.connect(path)
            db.execute("PRAGMA journal_mode = " + mode)
            db.execute("PRAGMA synchronous = OFF")
            for name in [None] + self.names:
                db.execute("SELECT ensure_namespace(?)", (name or "message_store",)).fetchall()
            db.close()

    def connect(self, path, timeout=60):
        db = sqlite3.connect(path, timeout=timeout, isolation_level=None)
        db.enable_load_extension(True)
        db.load_extension(self.extension)
        return db

    def start(self):
        kinds = list(sqlite_kinds.KINDS + sqlite_namespaces.KINDS)
        kinds += [(10, wrong) for wrong in self.sabotage]
        self.workers = {}
        for number in range(1, PROCESSES + 1):
            places = [(path, mode, self.extension, POLLERS[number % len(POLLERS)], self.names)
                      for mode, path in self.paths.items()]
            self.workers[number] = Worker(
                lived, number, places, kinds, self.seed, self.phases, self.pause,
                self.interruption, sqlite_namespaces.visit,
                sqlite_namespaces.sweep_all)

    def run(self):
        self.prepare()
        self.start()
        self.rest()
        end = time.monotonic() + self.seconds
        while time.monotonic() < end or self.rests < RESTS:
            time.sleep(self.rest_each)
            self.rest()
        self.phases.end(1)
        lives = {n: worker.result(self.seconds + 300) for n, worker in self.workers.items()}
        for number, (_, left, _) in lives.items():
            if left:
                self.problems.append("process %d has %d bytes of SQLite's left" % (number, left))
        for place, mode in enumerate(MODES):
            self.judge(mode, {n: stores[place] for n, (stores, _, _) in lives.items()})
        self.judge_memory()
        return Verdict(self.problems, list(self.summary(lives)))

    def rest(self):
        reports = self.phases.rest(self.workers)
        for number, report in reports.items():
            self.problems += ["at rest: process %d, %s" % (number, p) for p in report["problems"]]
            for what, _ in RULES:
                self.lives.setdefault((what, number), Series("process %d" % number)).add(
                    self.rests, report["steps"], report[what])
        self.rests += 1
        self.note("open files of one process", max(r["files"] for r in reports.values()))
        self.note("open files of all", sum(r["files"] for r in reports.values()))
        self.note("memory of all, MB", sum(r["process"] for r in reports.values()) // 1000000)
        self.note("files", len(os.listdir(self.directory)))
        for mode, path in self.paths.items():
            self.at_rest(mode, path)
        self.phases.resume()

    def at_rest(self, mode, path):
        """Nobody reads or writes: each file can be locked at once."""
        for name in sorted(set([path] + glob.glob(path + "-*.db"))):
            db = sqlite3.connect(name, timeout=0, isolation_level=None)
            try:
                if mode == "wal":
                    busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                    if busy:
                        raise sqlite3.OperationalError("the checkpoint was busy")
                db.execute("BEGIN EXCLUSIVE")
                db.execute("ROLLBACK")
            except sqlite3.Error as error:
                if len(self.problems) < 100:
                    self.problems.append("at rest: lock left on %s: %s"
                                         % (os.path.basename(name), error))
            finally:
                db.close()

    def note(self, what, value):
        self.counts.setdefault(what, []).append(value)

    # The judgement

    def judge(self, mode, stores):
        db = self.connect(self.paths[mode])
        records = [Record([[t] for t in store.acknowledged], [[t] for t in store.rolled_back],
                          store.unknown, store.errors, store.surprises)
                   for store in stores.values()]
        judge = SqliteJudge(db, records)
        found = judge.of_writers(True) + judge.of_table()
        for store in stores.values():
            self.catch_up(db, store.seen)
            found += judge.of_poller(store.seen.poller, store.seen[1:])[0]
        found += self.judge_namespaces(db, stores)
        db.close()
        self.problems += ["%s: %s" % (mode, problem) for problem in found]
        self.problems += ["left over: " + os.path.basename(name)
                          for name in glob.glob(self.paths[mode] + "*-journal")
                          + glob.glob(self.paths[mode] + "*-wal")]
        self.note("messages in the store in mode " + mode, len(judge.stored))

    @staticmethod
    def catch_up(db, seen):
        """Reads what the poller had not come to by its end."""
        last = seen.positions[-1] if seen.positions else 0
        for position, id in db.execute("SELECT global_position, id FROM " + seen.poller.function,
                                       (last + 1, -1)):
            seen.positions.append(position)
            seen.tokens.append(token_of(id))

    def judge_namespaces(self, db, stores):
        rows = lambda sql, *parameters: db.execute(sql, parameters).fetchall()
        # what an interrupted creation or deletion has left is taken away by the next
        rows("SELECT create_namespace('last')")
        rows("SELECT delete_namespace('last')")
        problems, places = [], {name: place for name, place in rows(
            "SELECT name, location FROM list_namespaces()")}
        names = set(places)
        expected = set(self.names) | {"message_store"}
        problems += ["namespace left: " + name
                     for name in sorted(names - expected - set(sqlite_namespaces.SHARED))]
        problems += ["namespace lost: " + name for name in sorted(expected - names)]
        own = set(glob.glob(db.execute("PRAGMA database_list").fetchone()[2] + "*.db"))
        problems += ["file of nobody: " + os.path.basename(path)
                     for path in sorted(own - set(places.values()))]
        for name in sorted(names):
            problems += ["verify_namespace(%s): %s" % (name, row)
                         for row in rows("SELECT * FROM verify_namespace(?)", name)[:5]]
        for name in self.names:
            rows("SELECT use_namespace(?)", name)
            rows("SELECT stream_version('a-1')")
            stored = dict(rows("SELECT type, count(*) FROM %s.messages GROUP BY type" % name))
            for number, store in stores.items():
                least = store.written[name]
                most, count = least + store.in_doubt[name], stored.get(own_type(number), 0)
                if not least <= count <= most:
                    problems.append("%s: process %d wrote %d to %d messages, %d are stored"
                                    % (name, number, least, most, count))
        return problems

    def series(self, what):
        """Of the processes whose connections stay open."""
        return [series for (kind, number), series in self.lives.items()
                if kind == what and number % 2 == 0]

    def judge_memory(self):
        self.slopes, warm = {}, self.rests * WARM_UP
        for what, rule in RULES:
            problems, self.slopes[what] = rule.judge(self.series(what), warm, self.tolerance)
            self.problems += problems
        if max(self.counts["open files of one process"]) > FILES:
            self.problems.append("a process had more than %d files open" % FILES)

    # The table

    def summary(self, lives):
        stores = [store for found, _, _ in lives.values() for store in found]
        yield "    seed %s, %d s, %d processes, each with a store in WAL mode and one with a" \
            " rollback journal" % (self.seed, self.seconds, PROCESSES)
        yield from summary.counts("steps", sum((s.done for s in stores), Counter()))
        yield from summary.counts("errors", sum((s.errors for s in stores), Counter()))
        yield "    %d interrupts, %d writes in doubt" % (
            sum(interrupts for _, _, interrupts in lives.values()),
            sum(len(s.unknown) + sum(s.in_doubt.values()) for s in stores))
        yield from summary.sizes([(rule.what, self.series(what), self.slopes[what])
                                  for what, rule in RULES])
        yield from summary.extremes(list(self.counts.items()))
