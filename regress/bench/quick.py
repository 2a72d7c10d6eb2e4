"""The short form of the benchmark: every area gives figures, in every form.

Nothing is said about how large they are.
"""

import csv
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.dom.minidom

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "regress", "drivers"))

from harness import check, equal, finish, skip, test     # noqa: E402

if not sys.platform.startswith("linux"):
    skip("the benchmark", "it needs Linux")
    finish()

RUN = os.path.join(ROOT, "bench", "run")
AREAS = {"writes", "batches", "writers", "slow-disk", "reads", "queries", "protocol", "functions", "growth",
         "storage", "namespaces", "sqlite"}


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def figures(folder, name):
    with open(os.path.join(folder, name), newline="") as file:
        return list(csv.DictReader(file))


def run(*arguments):
    return subprocess.run([sys.executable, RUN] + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)


# What is to be measured when it is there.
script = read(ROOT, "sql", "message_db.sql")
absent = [name for name in ("write_messages", "get_all_messages")
          if "CREATE FUNCTION @extschema@.%s(" % name not in script]
sqlite = os.path.exists(os.path.join(ROOT, "bench", "sqlite", "main.c"))
expected = AREAS if sqlite else AREAS - {"sqlite"}

folder = tempfile.mkdtemp(prefix="message_db_bench.")
page = os.path.join(folder, "page.md")
shutil.copy(os.path.join(ROOT, "docs", "performance.md"), page)
done = run("--quick", "--output", folder, "--write", page)
sys.stdout.write(done.stderr[-2000:] if done.returncode else "")

with test("the benchmark ends well"):
    equal(done.returncode, 0, "status")

with test("every area has figures of ours and of the bare database, or of each database"):
    rows = figures(folder, "medians.csv")
    equal({row["area"] for row in rows}, expected, "areas")
    by_row = {}
    for row in rows:
        by_row.setdefault((row["area"], row["what"], row["unit"]), {})[row["variant"]] = row
    check(len(by_row) > 60, "rows: %d" % len(by_row))
    for key, variants in by_row.items():
        for variant in variants if key[0] == "namespaces" else ("ours", "bare"):
            row = variants[variant]
            if row["missing"]:
                check(variant == "ours" and any(row["missing"] == name + " is not in this build" for name in absent),
                      "%s, %s: %s" % (key, variant, row["missing"]))
            else:
                value = float(row["median"])
                check(math.isfinite(value), "%s, %s: %s" % (key, variant, value))
                # so short a loop may seem to cost less than an empty one
                check(value > 0 or key[2].startswith("us CPU"), "%s, %s: %s" % (key, variant, value))
    both = {key: set(variants) for key, variants in by_row.items() if key[0] == "namespaces"}
    check(len(both) > 10, "rows of namespaces: %d" % len(both))
    equal({key[1] for key, variants in both.items() if variants != {"postgresql", "sqlite"}},
          {"memory of the session that used all"}, "of one database only")

OURS_ALONE = ("namespaces", "sqlite")
with_original = any(variants["original"]["median"] for key, variants in by_row.items() if key[0] not in OURS_ALONE)

with test("the original has figures, or there is a word why not"):
    for key, variants in by_row.items():
        if key[0] in OURS_ALONE:
            continue
        row = variants["original"]
        check(row["median"] or row["missing"], "%s: nothing" % (key,))
        if row["missing"]:
            check("npm" in row["missing"] or "Message DB has none" in row["missing"], row["missing"])

with test("every round is in the CSV"):
    rounds = figures(folder, "rounds.csv")
    counted = {}
    for row in rounds:
        key = (row["area"], row["what"], row["unit"], row["variant"])
        counted[key] = counted.get(key, 0) + 1
    wanted = {(row["area"], row["what"], row["unit"], row["variant"]): int(row["rounds"])
              for row in rows if not row["missing"]}
    equal(counted, wanted, "rounds")

with test("every area has a plot"):
    for area in expected:
        picture = xml.dom.minidom.parse(os.path.join(folder, area + ".svg"))
        shapes = picture.getElementsByTagName("circle" if area == "growth" else "rect")
        check(len(shapes) > 4, "%s.svg: %d shapes" % (area, len(shapes)))

with test("the tables and the targets are printed, and written into a page"):
    written = read(page)
    for text in (done.stdout, written):
        for row in {what for _, what, _ in by_row}:
            check(row in text, "no row %r" % row)
        check(re.search(r"consumer group 1 of 4, 1000 rows.*16.*(met|missed)" if with_original else r"met|missed",
                        text), "no target")
    equal(written.split("<!--")[0], read(ROOT, "docs", "performance.md").split("<!--")[0], "the page's beginning")

with test("areas are chosen, and the original can be left out"):
    part = os.path.join(folder, "part")
    chosen = run("--quick", "--areas", "functions", "--without-original", "--output", part, "--write", page)
    equal(chosen.returncode, 0, "status")
    before, after = (re.split(r"^(?=### )", text, flags=re.M) for text in (written, read(page)))
    equal([one.split("\n")[0] for one, other in zip(before, after) if one != other], ["### Pure functions"],
          "sections that were written")
    check("Of another run: date " in read(page), "the page does not say so")
    rows = figures(part, "medians.csv")
    equal({row["area"] for row in rows}, {"functions"}, "areas")
    equal({row["missing"] for row in rows if row["variant"] == "original"}, {"left out"}, "original")
    check("- is for original: left out" in chosen.stdout, "the table does not say so")
    check("ours" in chosen.stdout, "no table")

with test("an unknown area and a size that is none are refused"):
    for arguments in (["--areas", "nonsense"], ["--messages", "12345"]):
        equal(run(*arguments).returncode, 2, "status of %s" % arguments)

shutil.rmtree(folder)
finish()
