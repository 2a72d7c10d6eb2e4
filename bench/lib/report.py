"""Tables on the terminal and in a Markdown page, and figures as CSV."""

import csv
import os
import re
import statistics

import plot
import targets
from rounds import better
from statements import Missing

VARIANTS = ("original", "ours", "bare", "locked", "postgresql", "sqlite")

TITLES = {
    "writes": "Single writes in the server",
    "batches": "Batches",
    "writers": "Writers that commit at the same time",
    "slow-disk": "Writers with a slow disk",
    "reads": "Reads in the server, each a statement",
    "queries": "Reads in the server, all in one query",
    "protocol": "Reads by a client",
    "functions": "Pure functions",
    "growth": "Growth of the store",
    "storage": "Indexes and bytes",
    "namespaces": "Namespaces",
    "sqlite": "SQLite",
}

TOLD_OF_EACH = ("date", "load before the run", "fdatasync of 8 kB", "message_db", "PostgreSQL", "the run")

BEGIN, END = "<!-- figures: written by bench/run --write -->", "<!-- end of the figures -->"


def number(value):
    """With three digits that mean something."""
    if value >= 100:
        return "{:,.0f}".format(value)
    return "%.1f" % value if value >= 10 else "%.2f" % value if value >= 1 else "%.3f" % value


def cell(values):
    if not isinstance(values, list) or not values:
        return "-"
    text = number(statistics.median(values))
    if len(values) == 1 or min(values) == max(values):
        return text
    return "%s (%s-%s)" % (text, number(min(values)), number(max(values)))


def ratio(value):
    return "-" if value is None else "%.2f" % value


def rows_of(bench, area):
    return [row for row in bench.rows if row.area == area]


def table(rows):
    """Lists of cells, the first of which are the titles.  Columns without any figure are left out."""
    shown = [variant for variant in VARIANTS if any(variant in row.values for row in rows)]
    titles = ["", "unit"] + shown
    if "original" in shown:
        titles.append("faster than original")
    if "bare" in shown:
        titles.append("cost against bare")
    lines = [titles]
    for row in rows:
        line = [row.what, row.unit] + [cell(row.values.get(variant)) for variant in shown]
        if "original" in shown:
            line.append(ratio(better(row, "ours", "original")))
        if "bare" in shown:
            line.append(ratio(better(row, "bare", "ours")))
        lines.append(line)
    return lines


def reasons(bench, rows):
    """Why there are no figures, each once."""
    found = []
    for row in rows:
        for variant in VARIANTS:
            why = row.values.get(variant)
            if isinstance(why, Missing) and "%s: %s" % (variant, why) not in found:
                found.append("%s: %s" % (variant, why))
    return ["- is for " + why for why in found] + [text for area, text in bench.notes
                                                   if rows and area == rows[0].area]


def aligned(lines, left):
    """Columns for a terminal; the first so many to the left."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return ["  ".join(text.ljust(width) if column < left else text.rjust(width)
                      for column, (text, width) in enumerate(zip(line, widths))).rstrip() for line in lines]


def markdown(lines, left):
    rule = ["---" if column < left else "---:" for column in range(len(lines[0]))]
    return ["| %s |" % " | ".join(line) for line in [lines[0], rule] + lines[1:]]


def print_machine(machine):
    for what, value in machine:
        print("%-20s %s" % (what, value))


def print_area(bench, area):
    rows = rows_of(bench, area)
    print("\n%s (%s)\n" % (TITLES[area], area))
    for line in aligned(table(rows), 2) if rows else []:
        print(line)
    for line in reasons(bench, rows) if rows else [text for where, text in bench.notes if where == area]:
        print(line)


def finish(bench, machine):
    """The targets, and the files."""
    os.makedirs(bench.options.output, exist_ok=True)
    lines = targets.table(bench.rows)
    if len(lines) > 1:
        print("\nTargets\n")
        print("\n".join(aligned(lines, 2)))
    write_csv(bench)
    for area in bench.options.areas:
        rows = rows_of(bench, area)
        if rows:
            plot.write(os.path.join(bench.options.output, area + ".svg"), TITLES[area], rows)
    print("\nFigures and plots are in %s" % os.path.relpath(bench.options.output))
    if bench.options.write:
        write_page(bench, machine)


def write_csv(bench):
    with open(os.path.join(bench.options.output, "rounds.csv"), "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["area", "what", "unit", "variant", "round", "value"])
        for row in bench.rows:
            for variant, values in row.values.items():
                for round, value in enumerate(values if isinstance(values, list) else []):
                    out.writerow([row.area, row.what, row.unit, variant, round + 1, "%.6g" % value])
    with open(os.path.join(bench.options.output, "medians.csv"), "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["area", "what", "unit", "variant", "median", "min", "max", "rounds", "missing"])
        for row in bench.rows:
            for variant, values in row.values.items():
                if isinstance(values, list):
                    out.writerow([row.area, row.what, row.unit, variant, "%.6g" % statistics.median(values),
                                  "%.6g" % min(values), "%.6g" % max(values), len(values), ""])
                else:
                    out.writerow([row.area, row.what, row.unit, variant, "", "", "", 0, values])


def sections(bench, machine):
    """{title: lines} of this run.  One of some areas says with each what it was measured on."""
    found = {}
    if bench.options.complete:
        found["The machine"] = markdown([["", ""]] + machine, 2)
        wanted = targets.table(bench.rows)
        if len(wanted) > 1:
            found["Targets"] = markdown(wanted, 2)
    for area in bench.options.areas:
        rows = rows_of(bench, area)
        lines = markdown(table(rows), 2) if rows else []
        notes = reasons(bench, rows) if rows else [text for where, text in bench.notes if where == area]
        if not bench.options.complete:
            notes += [""] * bool(notes) + ["Of another run: " + "; ".join(
                "%s %s" % (what, value) for what, value in machine if what in TOLD_OF_EACH)]
        found[TITLES[area]] = lines + [""] * bool(lines and notes) + notes
    return found


def former_sections(text):
    """The same of what stands in the page."""
    parts = re.split(r"^### (.*)\n", text, flags=re.M)
    return {title: lines.strip("\n").split("\n") for title, lines in zip(parts[1::2], parts[2::2])}


def write_page(bench, machine):
    """Puts all tables between the two marks of the page.  A run of some areas leaves the others' tables."""
    with open(bench.options.write, encoding="utf-8") as file:
        page = file.read()
    pattern = re.compile(re.escape(BEGIN) + "(.*)" + re.escape(END), re.S)
    block = pattern.search(page)
    if not block:
        raise RuntimeError("%s has no place for figures" % bench.options.write)
    found = {} if bench.options.complete else former_sections(block.group(1))
    found.update(sections(bench, machine))
    lines = []
    for title in ["The machine", "Targets"] + list(TITLES.values()):
        if title in found:
            lines += ["", "### " + title, ""] + found[title]
    page = pattern.sub(lambda _: "\n".join([BEGIN] + lines + ["", END]), page)
    with open(bench.options.write, "w", encoding="utf-8") as file:
        file.write(page)
    print("The tables are in %s" % bench.options.write)
