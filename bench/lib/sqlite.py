"""The area of SQLite: runs bench/sqlite and takes over its figures.

It prints lines "area,what,round,variant,microseconds", those names first.  Its
rounds are interleaved like ours.
"""

import csv
import os
import subprocess

from rounds import ROOT

PROGRAM = os.path.join(ROOT, "build", "bench", "sqlite")
UNITS = {"writes": "us a message", "batches": "us a message", "reads": "us a read"}


def sqlite(bench):
    if not os.path.exists(PROGRAM):
        bench.note("sqlite", "build/bench/sqlite is not built")
        return
    bench.progress.show("sqlite: all of it")
    done = subprocess.run([PROGRAM, "--directory", bench.options.output, "--extension",
                           os.environ.get("MDB_SQLITE") or os.path.join(ROOT, "message_db")] +
                          (["--quick"] if bench.options.quick else ["--rounds", str(bench.options.rounds)]),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError("bench/sqlite: %s" % done.stderr.strip())
    rows = {}
    for line in csv.DictReader(done.stdout.splitlines()):
        values = rows.setdefault((line["area"], line["what"]), {})
        values.setdefault(line["variant"], []).append(float(line["microseconds"]))
    for (area, what), values in rows.items():
        bench.add("sqlite", "%s: %s" % (area, what), UNITS[area], values)
