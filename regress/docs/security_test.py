#!/usr/bin/env python3
"""Compares the tables of docs/security.md with what the databases report.

In PostgreSQL: name, volatility and parallel safety of the extension's
functions, and what the page says of all of them.  In SQLite: the flags of the
functions, and of the table-valued ones what a view may do with them.
"""

import os
import re
import sys

import harness
from harness import ROOT

DETERMINISTIC, DIRECTONLY, INNOCUOUS = 0x800, 0x80000, 0x200000

VOLATILITY = {"i": "immutable", "s": "stable", "v": "volatile"}
PARALLEL = {"s": "safe", "r": "restricted", "u": "unsafe"}

# Of all functions the page says: everybody may call them, with his own rights.
CATALOG = """
SELECT p.proname, p.provolatile, p.proparallel
FROM pg_depend AS d JOIN pg_proc AS p ON p.oid = d.objid
JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'message_db'
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
"""
EXCEPTIONS = CATALOG + """ AND (p.prosecdef OR p.proleakproof
	OR NOT has_function_privilege('pg_monitor', p.oid, 'EXECUTE'))"""


def table(title):
    """The rows of a section's table, as lists of cells, by the first one."""
    path = os.path.join(ROOT, "docs", "security.md")
    with open(path, encoding="utf-8") as file:
        section = file.read().split("\n## %s\n" % title)[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" |")]
            for line in section.split("\n") if line.startswith("| `")]
    names = [row[0].strip("`") for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise ValueError("%s stands there twice" % name)
    return dict(zip(names, (row[1:] for row in rows)))


def differences(documented, reported):
    for name in sorted(set(documented) | set(reported)):
        if documented.get(name) != reported.get(name):
            yield "%s: the page says %s, the database %s" % (
                name, documented.get(name), reported.get(name))


def query_postgresql(text):
    workplace = harness.Workplace()
    try:
        output = workplace.run(["psql", "-X", "-q", "-A", "-t"], text)
    finally:
        workplace.remove()
    return [line.split("|") for line in output.split("\n") if line]


def postgresql_functions():
    reported = {name: "%s, %s" % (VOLATILITY[volatility], PARALLEL[parallel])
                for name, volatility, parallel in query_postgresql(CATALOG)}
    documented = {name: "%s, %s" % (cells[2], cells[3])
                  for name, cells in table("PostgreSQL").items()}
    if len(reported) < 30:
        yield "the catalog has only %d functions" % len(reported)
    yield from differences(documented, reported)


def postgresql_lends_no_rights():
    for row in query_postgresql(EXCEPTIONS):
        yield "%s is not as the page says of all" % row[0]


class Shell:
    """The sqlite3 shell with the extension, in a folder of its own."""

    def __enter__(self):
        self.workplace = harness.Workplace()
        return self

    def __exit__(self, *exception):
        self.workplace.remove()

    def run(self, script, load=True):
        load = ".load ./message_db\n" if load else ""
        return self.workplace.run([harness.SQLITE3, "-batch", "-init",
                                   "/dev/null"], load + script)

    def added(self, query):
        def lines(load):
            return set(self.run(query, load).split("\n")) - {""}
        return lines(True) - lines(False)

    def table_flags(self, name):
        """What a view may do with a table, by trust in the schema."""
        view = "CREATE VIEW v AS SELECT 1 FROM %s;\n" \
            "PRAGMA trusted_schema = %s;\nSELECT * FROM v;\n"
        refusal = "unsafe use of virtual table"
        trusted = self.run(view % (name, "on"))
        if "no such table" in trusted:
            return "temporary table"
        if refusal in trusted:
            return "direct table"
        if refusal in self.run(view % (name, "off")):
            return "table"
        return "innocuous table"


def function_flags(flags):
    if flags & DIRECTONLY:
        return "direct"
    if flags & INNOCUOUS:
        return "pure" if flags & DETERMINISTIC else "innocuous"
    return "none"


def sqlite_functions():
    reported = {}
    with Shell() as shell:
        for line in shell.added("SELECT name, flags FROM "
                                "pragma_function_list;\n"):
            name, flags = line.split("|")
            reported.setdefault(name, set()).add(function_flags(int(flags)))
        reported = {name: " or ".join(sorted(flags))
                    for name, flags in reported.items()}
        for name in shell.added("SELECT name FROM pragma_module_list;\n"):
            reported[name] = shell.table_flags(name)
    documented = {name: cells[2] for name, cells in table("SQLite").items()}
    if len(reported) < 30:
        yield "SQLite has only %d functions" % len(reported)
    yield from differences(documented, reported)


def cells_are_filled():
    for title, count in (("PostgreSQL", 4), ("SQLite", 3)):
        for name, cells in table(title).items():
            if len(cells) != count or not all(cells):
                yield "%s: %s" % (name, cells)


def functions_have_the_same_names():
    """A function is in both tables, but for what one database has not."""
    only = {"PostgreSQL": {"grant_access", "revoke_access"},
            "SQLite": {"set_config", "current_setting"}}
    with open(os.path.join(ROOT, "docs", "reference.md"),
              encoding="utf-8") as file:
        internal = set(re.findall(r"`(\w+)`", file.read()
                                  .split("## Internal objects")[1]))
    names = {title: set(table(title)) - internal for title in only}
    if names["PostgreSQL"] - only["PostgreSQL"] != \
            names["SQLite"] - only["SQLite"]:
        yield "they differ: %s" % (names["PostgreSQL"] ^ names["SQLite"])


TESTS = [postgresql_functions, postgresql_lends_no_rights, sqlite_functions,
         cells_are_filled, functions_have_the_same_names]


if __name__ == "__main__":
    sys.exit(harness.run_checks(TESTS))
