"""The area of SQLite: runs bench/sqlite and takes over its figures.

It prints lines "area,what,round,variant,microseconds".
"""

import csv
import os
import subprocess

from rounds import ROOT

PROGRAM = os.path.join(ROOT, "build", "bench", "sqlite")
UNIT = "us"


def sqlite(bench):
    if not os.path.exists(PROGRAM):
        bench.note("sqlite", "there is no bench/sqlite.c in this build")
        return
    bench.progress.show("sqlite", "")
    done = subprocess.run([PROGRAM] + (["--quick"] if bench.options.quick else []), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError("bench/sqlite: %s" % done.stderr.strip())
    rows = {}
    for area, what, _, variant, microseconds in csv.reader(done.stdout.splitlines()):
        if microseconds == "microseconds":
            continue
        values = rows.setdefault((area, what), {})
        values.setdefault(variant, []).append(float(microseconds))
    for (area, what), values in rows.items():
        bench.add("sqlite", "%s: %s" % (area, what), UNIT, values)
