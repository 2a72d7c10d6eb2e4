#!/usr/bin/env python3
"""Runs the examples of README.md and docs/*.md and compares their results.

    regress/server regress/docs/examples_test.py [PAGE ...]
    regress/server regress/docs/examples_test.py --accept [PAGE ...]

The second form writes the results into the pages where they differ, and adds
no fences; look at what it did.  How examples are written stands in harness.py.
"""

import glob
import importlib.util
import os
import sys

import harness
from harness import POSTGRESQL, SQLITE, ROOT

DATABASE = "shop"
TEMPLATE = DATABASE + "_template"
INTERPRETERS = {"python": harness.PYTHON, "sh": "bash"}


class Databases:
    """Databases of PostgreSQL that an example can do anything to."""

    def __init__(self, workplace):
        self.workplace = workplace
        self.administer('DROP DATABASE IF EXISTS "%s"' % TEMPLATE,
                        'CREATE DATABASE "%s"' % TEMPLATE)
        complaints = harness.psql(
            workplace, TEMPLATE, "CREATE EXTENSION message_db;\n")
        if complaints:
            raise RuntimeError(complaints)
        self.roles = self.list_roles()

    def administer(self, *statements):
        complaints = harness.psql(
            self.workplace, "postgres", "SET client_min_messages = warning;\n" +
            "".join(statement + ";\n" for statement in statements))
        if complaints:
            raise RuntimeError(complaints)

    def list_roles(self):
        return set(self.workplace.run(
            ["psql", "-XAtqc", "SELECT rolname FROM pg_roles", "postgres"])
            .split("\n"))

    def create(self, with_extension):
        self.administer('CREATE DATABASE "%s" TEMPLATE "%s"' % (
            DATABASE, TEMPLATE if with_extension else "template1"))
        if with_extension:
            self.administer('ALTER DATABASE "%s" SET search_path = '
                            'message_store, public' % DATABASE)

    def drop(self):
        """Drops the database, and the roles that examples created."""
        self.administer('DROP DATABASE IF EXISTS "%s"' % DATABASE)
        for role in self.list_roles() - self.roles:
            self.administer('DROP ROLE "%s"' % role)

    def remove(self):
        self.drop()
        self.administer('DROP DATABASE "%s"' % TEMPLATE)


def run_sql(databases, workplace, examples, with_extension):
    """Yields (example, database, results) of one group of examples."""
    for database in (POSTGRESQL, SQLITE):
        mine = [example for example in examples if example.runs_on(database)]
        if not mine:
            continue
        if database == SQLITE:
            workplace.clear()
            results = harness.run_in_sqlite(workplace, mine, with_extension)
        else:
            databases.create(with_extension)
            try:
                results = harness.run_in_postgresql(workplace, mine, DATABASE)
            finally:
                databases.drop()
        for example in mine:
            yield example, database, results.get(str(example.line), [])


def run_programs(databases, workplace, examples):
    """The same for programs, each with databases of its own."""
    for example in examples:
        if not example.is_program():
            continue
        code = "\n".join(example.code)
        if "psycopg2" in code and not importlib.util.find_spec("psycopg2"):
            yield example, example.language, None
            continue
        workplace.clear()
        databases.create(True)
        try:
            output = workplace.run([INTERPRETERS[example.language], "-c", code],
                                   PGDATABASE=DATABASE)
        finally:
            databases.drop()
        yield example, example.language, [output.rstrip("\n").split("\n")]


def run_page(databases, workplace, page):
    for with_extension, examples in page.stores():
        yield from run_sql(databases, workplace, examples, with_extension)
    yield from run_programs(databases, workplace, page.examples)


def test_page(databases, workplace, page):
    """Reports a test for each section and database; returns the counts."""
    failures = {}
    skipped = set()
    for example, database, results in run_page(databases, workplace, page):
        test = "%s, %s, %s" % (page.name, example.section, database)
        failures.setdefault(test, [])
        if results is None:
            skipped.add(test)
            continue
        difference = harness.difference(page, example, results, database)
        if difference:
            failures[test].append("line %d:\n%s" % (example.line, difference))
    for test, found in failures.items():
        if found:
            print("not ok - %s: %s" % (test, "\n".join(found)))
        elif test in skipped:
            print("skip - %s: there is no psycopg2" % test)
        else:
            print("ok - %s" % test)
    failed = sum(1 for found in failures.values() if found)
    return len(failures) - failed - len(skipped), failed, len(skipped)


def accept_page(databases, workplace, page):
    """Replaces each text that differs; psql's where there are two results."""
    changes = []
    for example, database, results in run_page(databases, workplace, page):
        if example.text is None or results is None or (
                database == SQLITE and example.is_for_both()):
            continue
        if harness.difference(page, example, results, database):
            changes.append((example.text_line, len(example.text),
                            harness.as_printed(results)))
    for line, length, text in sorted(changes, reverse=True):
        page.lines[line:line + length] = text
        print("%s: line %d" % (page.name, line))
    if changes:
        with open(page.path, "w", encoding="utf-8") as file:
            file.write("\n".join(page.lines))


def main():
    arguments = sys.argv[1:]
    accepting = "--accept" in arguments
    paths = [path for path in arguments if path != "--accept"] or \
        [os.path.join(ROOT, "README.md")] + \
        sorted(glob.glob(os.path.join(ROOT, "docs", "*.md")))
    counts = [0, 0, 0]
    workplace = harness.Workplace()
    try:
        databases = Databases(workplace)
        try:
            for path in paths:
                page = harness.Page(os.path.abspath(path))
                if accepting:
                    accept_page(databases, workplace, page)
                else:
                    counts = [a + b for a, b in zip(
                        counts, test_page(databases, workplace, page))]
        finally:
            databases.remove()
    finally:
        workplace.remove()
    if accepting:
        return 0
    print("%d passed, %d failed%s" % (
        counts[0], counts[1],
        ", %d skipped" % counts[2] if counts[2] else ""))
    return 1 if counts[1] else 0


if __name__ == "__main__":
    sys.exit(main())
