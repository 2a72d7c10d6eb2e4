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

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import harness
import original
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
        self.databases = self.list_databases()

    def administer(self, *statements):
        complaints = harness.psql(
            self.workplace, "postgres", "SET client_min_messages = warning;\n" +
            "".join(statement + ";\n" for statement in statements))
        if complaints:
            raise RuntimeError(complaints)

    def list(self, query):
        return set(self.workplace.run(["psql", "-XAtqc", query, "postgres"])
                   .split("\n"))

    def list_roles(self):
        return self.list("SELECT rolname FROM pg_roles")

    def list_databases(self):
        return self.list("SELECT datname FROM pg_database")

    def create(self, kind):
        self.administer('CREATE DATABASE "%s" TEMPLATE "%s"' % (
            DATABASE, TEMPLATE if kind == "new store" else "template1"))
        if kind == "new store":
            self.administer('ALTER DATABASE "%s" SET search_path = '
                            'message_store, public' % DATABASE)
        if kind == "new Message DB":
            original.run("install.sh", DATABASE)

    def drop(self):
        """Drops the database, and what else examples created."""
        for database in self.list_databases() - self.databases:
            self.administer('DROP DATABASE "%s" WITH (FORCE)' % database)
        for role in self.list_roles() - self.roles:
            self.administer('DROP ROLE "%s"' % role)

    def remove(self):
        self.drop()
        self.administer('DROP DATABASE "%s"' % TEMPLATE)


def why_not(kind):
    """Why there can be no databases of this kind; None when there can."""
    if kind == "new Message DB":
        try:
            original.database()
        except original.Unavailable as reason:
            return str(reason)
    return None


def run_sql(databases, workplace, examples, kind):
    """Yields (example, database, results) of one group of examples; the
    results are text where they cannot be run."""
    reason = why_not(kind)
    for database in (POSTGRESQL, SQLITE):
        mine = [example for example in examples if example.runs_on(database)]
        if not mine:
            continue
        if reason:
            for example in mine:
                yield example, database, reason
            continue
        if database == SQLITE:
            workplace.clear()
            results = harness.run_in_sqlite(workplace, mine,
                                            kind == "new store")
        else:
            databases.create(kind)
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
            yield example, example.language, "there is no psycopg2"
            continue
        workplace.clear()
        databases.create("new store")
        try:
            output = workplace.run([INTERPRETERS[example.language], "-c", code],
                                   PGDATABASE=DATABASE)
        finally:
            databases.drop()
        yield example, example.language, [output.rstrip("\n").split("\n")]


def run_page(databases, workplace, page):
    for kind, examples in page.stores():
        yield from run_sql(databases, workplace, examples, kind)
    yield from run_programs(databases, workplace, page.examples)


def test_page(databases, workplace, page):
    """Reports a test for each section and database; returns the counts."""
    failures = {}
    skipped = {}
    for example, database, results in run_page(databases, workplace, page):
        test = "%s, %s, %s" % (page.name, example.section, database)
        failures.setdefault(test, [])
        if isinstance(results, str):
            skipped[test] = results
            continue
        difference = harness.difference(page, example, results, database)
        if difference:
            failures[test].append("line %d:\n%s" % (example.line, difference))
    for test, found in failures.items():
        if found:
            print("not ok - %s: %s" % (test, "\n".join(found)))
        elif test in skipped:
            print("skip - %s: %s" % (test, skipped[test]))
        else:
            print("ok - %s" % test)
    failed = sum(1 for found in failures.values() if found)
    return len(failures) - failed - len(skipped), failed, len(skipped)


def accept_page(databases, workplace, page):
    """Replaces each text that differs; psql's where there are two results."""
    changes = []
    for example, database, results in run_page(databases, workplace, page):
        if example.text is None or isinstance(results, str) or (
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
