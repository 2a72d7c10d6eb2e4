"""The list of what the extension offers, and that each has a test.

expected/sqlite/functions.out says it: name, number of arguments, and whether
it may be used by a view or trigger of an untrusted schema ("innocuous"), only
in statements of the application ("direct"), or neither.
"""

import re

from harness import TOP, connect, equal, rows, run, test

DETERMINISTIC, DIRECTONLY, INNOCUOUS = 0x800, 0x80000, 0x200000

INTERNAL = {"message_db_next_position", "message_db_statements",
            "message_db_transaction", "message_db_follower",
            "message_db_batch"}


def flag_names(flags):
    names = []
    if flags & DETERMINISTIC:
        names.append("deterministic")
    if flags & DIRECTONLY:
        names.append("direct")
    if flags & INNOCUOUS:
        names.append("innocuous")
    return " ".join(names)


def added(sql):
    plain = set(rows(connect(load=False), sql))
    return sorted(set(rows(connect(), sql)) - plain)


def objects():
    functions = added("SELECT name, narg, flags FROM pragma_function_list")
    modules = added("SELECT name FROM pragma_module_list")
    return (["%s(%d) %s" % (name, arguments, flag_names(flags))
             for name, arguments, flags in functions] +
            ["table %s" % name for name, in modules])


@test
def list_is_as_written(_):
    expected = TOP / "expected" / "sqlite" / "functions.out"
    equal("\n".join(objects()) + "\n", expected.read_text())


@test
def every_object_is_named_by_a_test(_):
    files = ([f for f in (TOP / "regress" / "sqlite").iterdir()
              if f.suffix in (".py", ".c") and f.name != "functions.py"] +
             list((TOP / "regress" / "common").glob("*.sql")))
    text = "\n".join(f.read_text() for f in files)
    names = {re.split(r"\W+", line.replace("table ", ""))[0]
             for line in objects()} - INTERNAL
    untested = [n for n in names if not re.search(r"\b%s\(" % n, text)]
    equal(untested, [])


@test
def versions(_):
    meta = (TOP / "META.json").read_text()
    version = re.search(r'^   "version": "(.*)",$', meta, re.M).group(1)
    equal(rows(connect(),
               "SELECT message_db_version(), message_store_version()"),
          [(version, "1.3.0")])


run()
