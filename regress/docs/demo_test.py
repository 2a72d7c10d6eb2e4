#!/usr/bin/env python3
"""Runs the demo, with a git history and without, and looks at what it leaves."""

import os
import shutil
import sys

import harness
from harness import ROOT, SQLITE3

SUMMARY = "SELECT category, sum(message_count) FROM category_type_summary GROUP BY 1;"
GIT = ["git", "-c", "user.name=Ada O'Neil", "-c", "user.email=ada@example.com",
       "-c", "init.defaultBranch=main"]


def workplace():
    """A folder with the demo, as in a tree without a history."""
    place = harness.Workplace()
    shutil.copytree(os.path.join(ROOT, "docs", "demo"),
                    os.path.join(place.folder, "docs", "demo"))
    return place


def demo(place, *arguments):
    return place.run(["docs/demo/run", *arguments], GIT_CEILING_DIRECTORIES=
                     os.path.dirname(place.folder))


def plain(place, database, sql):
    """What the shell says without the extension."""
    return place.run([SQLITE3, "-batch", "-init", "/dev/null", database], sql)


def what_is_shown(output):
    for text in ("== A stream", "== A category", "== A summary",
                 "Wrong expected version:", "All of it is in"):
        if text not in output:
            yield "%s is not shown: %s" % (text, output)


def a_sample_without_a_history():
    place = workplace()
    try:
        for _ in range(2):
            output = demo(place)
            yield from what_is_shown(output)
            if "Writing to demo.db: a sample" not in output:
                yield "no sample: %s" % output
            found = plain(place, "demo.db", "PRAGMA integrity_check;" + SUMMARY)
            if found != "ok\nauthor|12\nfile|25\n":
                yield "it leaves %s" % found
    finally:
        place.remove()


def a_history_with_odd_names():
    place = workplace()
    try:
        for name in ("it's \u00fc.txt", "a b"):
            with open(os.path.join(place.folder, name), "w") as file:
                file.write(name)
            place.run(GIT + ["init", "-q"])
            place.run(GIT + ["add", name])
            place.run(GIT + ["commit", "-qm", 'Add "%s"\twith a tab' % name])
        output = demo(place)
        yield from what_is_shown(output)
        found = plain(place, "demo.db", "SELECT stream_name, json_extract(data,"
                      " '$.subject') FROM messages WHERE type = 'Added';")
        if found != ("file-it's \u00fc.txt|Add \"it's \u00fc.txt\" with a tab\n"
                     "file-a b|Add \"a b\" with a tab\n"):
            yield "it leaves %s, of %s" % (found, output)
    finally:
        place.remove()


def a_file_that_is_there_is_kept():
    place = workplace()
    try:
        plain(place, "mine.db", "CREATE TABLE mine (x);")
        output = demo(place, "mine.db")
        if output != "mine.db is there already\n":
            yield "it said %s" % output
        if plain(place, "mine.db", ".tables\n").strip() != "mine":
            yield "it is gone"
    finally:
        place.remove()


TESTS = [a_sample_without_a_history, a_history_with_odd_names,
         a_file_that_is_there_is_kept]


if __name__ == "__main__":
    if not shutil.which("git"):
        TESTS.remove(a_history_with_odd_names)
        print("skip - a history with odd names: there is no git")
    sys.exit(harness.run_checks(TESTS))
