"""Interleaved rounds, and the figures that they give."""

import collections
import os
import statistics
import subprocess
import sys
import time

from statements import Missing

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
DRIVER = os.path.join(ROOT, "build", "bench", "postgresql")

# One row of a table: values is {variant: [a value a round] or Missing}; size is that of the
# store where it is what the area is about.
Row = collections.namedtuple("Row", "area what unit higher_is_better values size")


def better(row, variant, opponent):
    """How many times better a variant is than another: the median of the ratios within
    the rounds.  None when one of them has no figures."""
    ours, theirs = row.values.get(variant), row.values.get(opponent)
    if not isinstance(ours, list) or not isinstance(theirs, list):
        return None
    ratios = [b / a for a, b in zip(ours, theirs) if a > 0 and b > 0]
    if not ratios:
        return None
    ratio = statistics.median(ratios)
    return 1 / ratio if row.higher_is_better else ratio


class Progress:
    """One line on a terminal, which is written over; elsewhere one line for each row."""

    def __init__(self):
        self.start = time.time()
        self.live = sys.stderr.isatty()
        self.last = None

    def show(self, text, detail=""):
        clock = "%02d:%02d" % divmod(int(time.time() - self.start), 60)
        if self.live:
            sys.stderr.write("\r\033[K%s  %s%s" % (clock, text, detail))
        elif text != self.last:
            sys.stderr.write("%s  %s\n" % (clock, text))
        self.last = text
        sys.stderr.flush()

    def clear(self):
        if self.live:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


class Bench:
    """A run: its options, its databases, and its rows."""

    def __init__(self, options, stores):
        self.options, self.stores = options, stores
        self.rows, self.notes, self.progress, self.runs = [], [], Progress(), 0

    def measure(self, area, what, unit, contenders, higher_is_better=False, warm=True):
        """Runs contenders, {variant: function(round) -> value}, one after the other in each
        round, and in another order in the next.  Round 0 only warms up.  A contender that is
        Missing is noted.  Returns the row, which is kept as well."""
        values = {variant: run if isinstance(run, Missing) else [] for variant, run in contenders.items()}
        runners = [variant for variant in contenders if isinstance(values[variant], list)]
        for round in range(0 if warm else 1, self.options.rounds + 1):
            shift = round % len(runners)
            for variant in runners[shift:] + runners[:shift]:
                self.progress.show("%s: %s" % (area, what), ", round %d of %d, %s" % (
                    round, self.options.rounds, variant))
                value = contenders[variant](round)
                if round > 0:
                    values[variant].append(value)
        return self.add(area, what, unit, values, higher_is_better)

    def add(self, area, what, unit, values, higher_is_better=False, size=None):
        if "ours" in values and area != "sqlite":
            values = dict(self.stores.missing, **values)
        row = Row(area, what, unit, higher_is_better, values, size)
        self.rows.append(row)
        return row

    def note(self, area, text):
        """To stand below the area's table."""
        self.notes.append((area, text))

    def drive(self, store, statement, parameters, connections=1, cycle=1, command=None, query=None,
              seconds=None):
        """Runs bench/postgresql; returns executions a second and CPU microseconds an execution."""
        seconds = seconds or self.options.seconds
        line = [DRIVER, "-d", "dbname=%s" % store.database, "-c", str(connections), "-m", str(cycle),
                "-s", str(seconds)]
        if command:
            line += ["-e", command]
        if query:
            line += ["-q", query]
        done = subprocess.run(line + [statement] + list(parameters), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError("%s: %s" % (store.variant, done.stderr.strip()))
        executions, elapsed, _, cpu = done.stdout.split()
        if int(executions) == 0:
            return self.drive(store, statement, parameters, connections, cycle, command, query, seconds * 2)
        return int(executions) / float(elapsed), float(cpu) * 1e6 / max(1, int(executions))

    def run_number(self):
        """A number that no other run has, for names of streams."""
        self.runs += 1
        return self.runs
