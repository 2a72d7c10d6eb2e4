"""The ratios that are aimed at, and what was measured of them.

FASTER: how many times less than the original's the cost is, at least.  COST:
the cost as a multiple of the bare database's, at most.
"""

import re

from rounds import better

FASTER, COST = "faster than original, at least", "cost against bare, at most"

# A target's area, what, kind and bound.
POSTGRESQL = [
    ("writes", "single write", FASTER, 2.4),
    ("writes", "single write", COST, 0.95),
    ("writes", "single write, called in an expression", FASTER, 2.4),
    ("writes", "single write, called in an expression", COST, 0.95),
    ("batches", "batch of 100", FASTER, 5.5),
    ("batches", "batch of 100", COST, 0.9),
    ("batches", "batch of 100; bare is one INSERT of all", COST, 0.9),
    ("batches", "batch of 10", COST, 1.1),
    ("batches", "batch of 10; bare is one INSERT of all", COST, 1.1),
    ("writers", "8 writers, one category, synchronous_commit on", FASTER, 3),
    ("writers", "8 writers, many categories, synchronous_commit on", FASTER, 1.5),
    ("slow-disk", "32 writers, one category", FASTER, 8),
]
for area in ("reads", "queries"):
    POSTGRESQL += [
        (area, "stream, 1 row", FASTER, 9),
        (area, "stream, 1 row", COST, 1.3),
        (area, "stream, 10 rows", FASTER, 3),
        (area, "stream, 10 rows", COST, 1.15),
        (area, "stream, 1000 rows", FASTER, 1.15),
        (area, "stream, 1000 rows", COST, 1.05),
        (area, "category, 10 rows", FASTER, 3),
        (area, "category, 10 rows", COST, 1.15),
        (area, "category, 1000 rows", FASTER, 1.2),
        (area, "category, 1000 rows", COST, 1.15),
        (area, "consumer group 1 of 4, 1000 rows", FASTER, 16),
        (area, "consumer group 1 of 4, 1000 rows", COST, 1.05),
        (area, "last message", FASTER, 8),
        (area, "version", FASTER, 2.4),
    ]

# In SQLite the bound depends on what it is: the first pattern that fits.
SQLITE = [(r"batches: .* 100$", 1.05), (r"writes: ", 1.15), (r"reads: .* 10$", 2.0), (r"reads: .* 1000\b", 2.5)]


def measured(row, kind):
    return better(row, "ours", "original") if kind == FASTER else better(row, "bare", "ours")


def verdict(value, kind, bound):
    if value is None:
        return "not measured"
    return "met" if (value >= bound if kind == FASTER else value <= bound) else "missed"


def table(rows):
    """Lists of cells, the first of which are the titles; of the areas that were run."""
    areas = {row.area for row in rows}
    found = {}
    for row in rows:
        found.setdefault((row.area, row.what), row)
    wanted = [target for target in POSTGRESQL if target[0] in areas]
    for row in rows:
        if row.area == "sqlite":
            bound = next((bound for pattern, bound in SQLITE if re.match(pattern, row.what)), None)
            if bound:
                wanted.append((row.area, row.what, COST, bound))
    lines = [["area", "what", "target", "wanted", "measured", ""]]
    for area, what, kind, bound in wanted:
        row = found.get((area, what))
        value = measured(row, kind) if row else None
        lines.append([area, what, kind, "%g" % bound, "-" if value is None else "%.2f" % value,
                      verdict(value, kind, bound)])
    return lines
