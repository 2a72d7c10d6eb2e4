#!/usr/bin/env python3
"""Checks that the documents name what there is.

Links and anchors lead somewhere; tests and make targets that are named exist;
every function, setting and error stands in docs/reference.md; META.json has
what PGXN asks for, and the same version as everything else.
"""

import glob
import json
import os
import re
import sys

import harness
from harness import ROOT

REFERENCE = os.path.join(ROOT, "docs", "reference.md")


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


SUITES = re.search(r"^SUITES='(.*)'", read("regress", "run"), re.M) \
    .group(1).split()


def pages():
    paths = [os.path.join(ROOT, "README.md"), os.path.join(ROOT, "CHANGELOG.md")]
    return [harness.Page(path) for path in
            paths + sorted(glob.glob(os.path.join(ROOT, "docs", "*.md")))]


def missing(names, text):
    return ["%s is missing" % name for name in names if name not in text]


# ---------------------------------------------------------------------------
# Links and names
# ---------------------------------------------------------------------------

def anchors(page):
    """What the headings of a page can be linked by."""
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title).lower())
            for _, title in page.headings}


def links_lead_somewhere():
    for page in pages():
        for link in re.findall(r"\]\(([^)\s]+)\)", "\n".join(page.prose)):
            if re.match(r"https?:", link):
                continue
            path, _, anchor = link.partition("#")
            path = os.path.join(os.path.dirname(page.path), path) \
                if path else page.path
            if not os.path.exists(path):
                yield "%s: %s does not exist" % (page.name, link)
            elif anchor and anchor not in anchors(harness.Page(path)):
                yield "%s: %s has no such heading" % (page.name, link)


def tests_that_are_named_exist():
    name = re.compile(r"`(?:regress/run )?((?:%s)/[\w.-]+)`" % "|".join(SUITES))
    for page in pages():
        for test in name.findall("\n".join(page.prose)):
            path = os.path.join(ROOT, "regress", test)
            if not os.path.exists(path) and not glob.glob(path + ".*"):
                yield "%s: there is no test %s" % (page.name, test)


def suites_are_described():
    return missing(["| %s |" % suite for suite in SUITES],
                   read("docs", "testing.md"))


def differences_name_their_tests():
    """Each point is followed by a test, an example, or a link to one."""
    points = re.split(r"\n(?=\*\*|#)", read("docs", "differences.md"))
    for point in points:
        if point.startswith("**") and not re.search(
                r"Tests?:|```text|`common/|\]\((guide|reference)\.md#", point):
            yield "no test for: %s" % point.split("\n")[0]


def make_targets_exist():
    targets = set(re.findall(r"^([\w -]+?)\s*:(?!=)", read("Makefile"), re.M))
    targets = {name for names in targets for name in names.split()}
    for page in pages():
        for name in re.findall(r"^(?:sudo )?make ([a-z][\w-]*)|`make ([a-z][\w-]*)`",
                               "\n".join(page.lines), re.M):
            target = name[0] or name[1]
            if target not in targets:
                yield "%s: there is no target %s" % (page.name, target)


def folders_are_in_the_readme():
    folders = {os.path.relpath(path, ROOT).split(os.sep)[0]
               for path in glob.glob(os.path.join(ROOT, "*", "*"))}
    folders -= {"build"}
    return missing(["`%s/`" % name for name in sorted(folders)],
                   read("README.md"))


# ---------------------------------------------------------------------------
# The reference is complete
# ---------------------------------------------------------------------------

def sqlite_names():
    """The functions and table-valued functions that the extension adds."""
    query = ("SELECT DISTINCT name FROM (SELECT name FROM pragma_function_list"
             " UNION ALL SELECT name FROM pragma_module_list);\n")
    workplace = harness.Workplace()
    try:
        def names(load):
            return set(workplace.run([harness.SQLITE3, "-batch", "-init",
                                      "/dev/null"], load + query).split())
        return names(".load ./message_db\n") - names("")
    finally:
        workplace.remove()


def internal_names():
    return re.findall(r"`(\w+)`", read("docs", "reference.md")
                      .split("## Internal objects")[1])


def functions_have_a_section():
    script = read("sql", "message_db.sql")
    names = set(re.findall(r"^CREATE (?:FUNCTION|PROCEDURE) @extschema@\.(\w+)",
                           script, re.M))
    if len(names) < 30:
        yield "found only %d functions in sql/message_db.sql" % len(names)
    added = sqlite_names()
    if "write_message" not in added:
        yield "SQLite does not load the extension"
    page = harness.Page(REFERENCE)
    titles = {title for _, title in page.headings}
    table = read("docs", "reference.md").split("## write_message")[0]
    for name in sorted(names | added):
        if name in internal_names():
            continue
        if name not in titles:
            yield "%s has no section" % name
        if "[`%s`](#%s)" % (name, name) not in table:
            yield "%s is not in the table" % name


def functions_have_an_example_that_works():
    """Results were once accepted from a state in which every call failed."""
    page = harness.Page(REFERENCE)
    names = re.findall(r"^\| \[`(\w+)`\]\(#", "\n".join(page.lines), re.M)
    if len(names) < 35:
        yield "found only %d functions in the table" % len(names)
    for name in names:
        texts = [example.text for example in page.examples
                 if example.section == name and example.text]
        if all(re.match(r"(ERROR|Runtime error|Parse error):", text[0])
               for text in texts):
            yield "%s has no example that begins with a result" % name


def tables_types_and_settings_are_there():
    text = read("docs", "reference.md")
    script = read("sql", "message_db.sql")
    tables = read("sql", "namespace_postgresql.sql") + \
        read("sql", "registration_postgresql.sql") + \
        read("sql", "registry_sqlite.sql")
    names = re.findall(r"^CREATE (?:TABLE|VIEW) (?:IF NOT EXISTS )?"
                       r"(?:@namespace@|main)\.(\w+)", tables, re.M)
    names += re.findall(r"^CREATE (?:UNIQUE )?INDEX (\w+)", tables, re.M)
    for statement in re.split(r"^(?=CREATE )", tables + script, flags=re.M):
        found = re.match(
            r"CREATE (?:TABLE @namespace@\.\w+|TYPE @extschema@\.\w+ AS) \((.*?)^\);"
            r"|CREATE FUNCTION @extschema@\.(\w+)\(.*^RETURNS TABLE \((.*?)\)\n",
            statement, re.M | re.S)
        if found and found.group(2) not in internal_names():
            names += re.findall(r'^\t"?([a-z]\w*)"? ', found.group(1) or found.group(3), re.M)
    names += ["message_store." + name for name in
              re.findall(r"^CREATE TYPE @extschema@\.(\w+)", script, re.M)]
    settings = re.findall(r'"(message_\w+\.\w+)",', read("common", "settings.c"))
    settings += re.findall(r'#define MDB_SETTING_NAMESPACE "(.*)"',
                           read("common", "message_db.h"))
    if len(names) < 60 or len(settings) != 8:
        yield "found %d names and %d settings" % (len(names), len(settings))
    yield from missing(["`%s`" % name for name in names + settings], text)


def errors_have_a_row():
    source = read("common", "error.c")
    macros = dict(re.findall(r'#define (\w+) \\\n\t(".*")', source))
    string = r'"(?:[^"\\]|\\.)*"'
    row = re.compile(r"\[MDB_(\w+)\] = \{\s*(%s),\s*((?:(?:%s|[A-Z_]+)\s*)+)"
                     % (string, string))
    found = row.findall(source)
    if len(found) < 25:
        yield "found only %d errors in common/error.c" % len(found)
    lines = read("docs", "reference.md").split("## Errors")[1].split("\n")
    for code, state, message in found:
        if code == "OK":
            continue
        for name, value in macros.items():
            message = message.replace(name, value)
        message = "".join(literal[1:-1]
                          for literal in re.findall(string, message))
        message = message.replace('\\"', '"')
        state = state.strip('"')
        text = ".+".join(re.escape(part)
                         for part in re.split("%[s12]", message))
        if not any(re.match(r"\| %s \| .*`%s`" % (state, text), line)
                   for line in lines):
            yield "no row for %s: %s %s" % (code, state, message)


# ---------------------------------------------------------------------------
# Versions and META.json
# ---------------------------------------------------------------------------

def meta_json_is_what_pgxn_asks_for():
    meta = json.loads(read("META.json"))
    for key in ("name", "version", "abstract", "maintainer", "license",
                "provides", "meta-spec"):
        if not meta.get(key):
            yield "%s is missing" % key
    if meta["meta-spec"].get("version") != "1.0.0":
        yield "meta-spec is not of version 1.0.0"
    if not re.match(r"\d+\.\d+\.\d+$", meta["version"]):
        yield "the version is not of three numbers: %s" % meta["version"]
    for name, extension in meta["provides"].items():
        if extension.get("version") != meta["version"]:
            yield "%s has version %s" % (name, extension.get("version"))
        for key in ("file", "docfile"):
            path = extension.get(key, key)
            if not os.path.exists(os.path.join(ROOT, path)):
                yield "%s does not exist" % path


def versions_are_the_same():
    version = json.loads(read("META.json"))["version"]
    if not re.search(r"^## \[%s\]" % re.escape(version),
                     read("CHANGELOG.md"), re.M):
        yield "CHANGELOG.md has nothing on %s" % version
    for name in ("README.md", os.path.join("docs", "reference.md")):
        if version not in read(name):
            yield "%s does not name %s" % (name, version)
    workplace = harness.Workplace()
    loaded = workplace.run([harness.SQLITE3, "-batch", "-init", "/dev/null"],
                           ".load ./message_db\nSELECT message_db_version();\n")
    workplace.remove()
    if loaded.strip() != version:
        yield "the SQLite extension says %s" % loaded.strip()


TESTS = [
    links_lead_somewhere, tests_that_are_named_exist, suites_are_described,
    differences_name_their_tests, make_targets_exist,
    folders_are_in_the_readme, functions_have_a_section,
    functions_have_an_example_that_works,
    tables_types_and_settings_are_there, errors_have_a_row,
    meta_json_is_what_pgxn_asks_for, versions_are_the_same,
]


if __name__ == "__main__":
    sys.exit(harness.run_checks(TESTS))
