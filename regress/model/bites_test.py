"""A store that does something wrong is found out, and the history shrunk.

Each test puts a fault between the histories and a sound SQLite: what is asked
of it, or what it answers, is changed.
"""

import contextlib

from campaign import difference, make_store, smallest
from generate import generate
from harness import check, finish, test
from stores import Refused

SEEDS = range(1, 400)


class Faulty:
    """A store that answers through fault(execute, step)."""

    def __init__(self, store, fault):
        self.store, self.fault = store, fault
        self.name, self.rules = store.name, store.rules

    @contextlib.contextmanager
    def start(self, history):
        with self.store.start(history) as execute:
            yield lambda step: self.fault(execute, step)


def expected_version(execute, step):
    """-2 counts as -1."""
    if step[1] == "write_message" and len(step) > 7 and step[7] == -2:
        step = step[:7] + [-1]
    return execute(step)


def consumer_group(execute, step):
    """Members count from 1."""
    if step[1] == "consumer_group_member":
        return [[None if row[0] is None else row[0] + 1] for row in execute(step)]
    return execute(step)


def savepoint(execute, step):
    """What was written after it, stays."""
    return [] if step[1] == "rollback to" else execute(step)


def category(execute, step):
    """The last of several messages is missing."""
    rows = execute(step)
    return rows[:-1] if step[1] == "get_category_messages" and len(rows) > 2 else rows


def hint(execute, step):
    """A hint is lost."""
    try:
        return execute(step)
    except Refused as refused:
        refused.hint = None
        raise


def second_id(execute, step):
    """All new ids are one."""
    rows = execute(step)
    if step[1] == "get_all_messages":
        return [["01900000-0000-7000-8000-000000000000" if row[0][14] == "7" else row[0]] + row[1:] for row in rows]
    return rows


sound = make_store("sqlite")
for fault, steps in ((expected_version, 1), (consumer_group, 1), (savepoint, 6), (category, 5), (hint, 2),
                     (second_id, 3)):
    with test(fault.__name__):
        store = Faulty(sound, fault)
        history = found = None
        for seed in SEEDS:
            history = generate(seed)
            found = difference(history, store)
            if found:
                break
        check(found, "%d histories did not find it" % len(SEEDS))
        small = smallest(history, store, found)
        check(difference(small, store) and not difference(small, sound), "the small history is another one")
        check(len(small["steps"]) <= steps, "%d steps are left: %r" % (len(small["steps"]), small["steps"]))
finish()
