"""Campaigns of histories: what the tests and replay have in common.

Their harness is that of regress/drivers.

A history that differs is shrunk and kept in build/regress/model/, as JSON to
replay and as SQL to paste.
"""

import os
import re
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.append(os.path.join(TOP, "regress", "drivers"))

import script  # noqa: E402
from compare import Count, Difference, run  # noqa: E402
from generate import generate  # noqa: E402
from shrink import shrink  # noqa: E402

KEPT = os.path.join(TOP, "build", "regress", "model")


def version_of_message_db():
    with open(os.path.join(TOP, "META.json"), encoding="utf-8") as file:
        return re.search(r'^   "version": "(.*)",$', file.read(), re.M).group(1)


VERSION = version_of_message_db()


def make_store(name):
    """Raises Unavailable (stores/original.py) where there is no Message DB."""
    if name == "sqlite":
        from stores.sqlite import SQLite
        return SQLite()
    if name == "postgresql":
        from stores.postgresql import PostgreSQL
        return PostgreSQL()
    from stores.original import Original
    return Original()


def difference(history, store, count=None):
    """The first one, or None."""
    try:
        run(history, store, VERSION, count)
    except Difference as found:
        return found
    return None


def smallest(history, store, found):
    """Their harness is that of regress/drivers.

A history that differs at a call of the same function."""
    def fails(candidate):
        again = difference(candidate, store)
        return again is not None and again.step[1] == found.step[1]

    return shrink(dict(history, steps=history["steps"][:found.number + 1]), fails)


def keep(history, store):
    """Writes it to files; returns the name of that to replay."""
    os.makedirs(KEPT, exist_ok=True)
    path = os.path.join(KEPT, "%s_%s" % (history["seed"], store.name))
    for suffix, text in ((".json", script.dump(history)), (".sql", script.script(history, store.name) + "\n")):
        with open(path + suffix, "w", encoding="utf-8") as file:
            file.write(text)
    return os.path.relpath(path + ".json", TOP)


def report(history, store, found):
    """What is printed of a difference."""
    print("seed %d differs on %s: %s" % (history["seed"], store.name, found))
    small = smallest(history, store, found)
    again = difference(small, store)
    if again is None:
        print("  it did not show again: the store answers differently from time to time")
        small, again = history, found
    print("\n%s\n-- %s\n" % (script.script(small, store.name), str(again).replace("\n", "\n-- ")))
    print("to try it again: regress/model/replay %d %s, or regress/model/replay %s" % (
        history["seed"], store.name, keep(small, store)), flush=True)


class Campaign:
    def __init__(self, names):
        self.stores = [make_store(name) for name in names]
        self.counts = {name: Count() for name in names}
        self.histories, self.differing = 0, []

    def try_seed(self, seed):
        """One history on every store; whether the model was right."""
        history = generate(seed)
        self.histories += 1
        found = {}
        for store in self.stores:
            problem = difference(history, store, self.counts[store.name])
            if problem:
                found[store] = problem
        if found:
            self.differing.append(seed)
            for store, problem in found.items():
                report(history, store, problem)
        return not found

    def figures(self, store):
        count = self.counts[store.name]
        return "%d steps answered, %d refused, %d not tried" % (
            sum(count.answered.values()), sum(count.refused.values()), count.left_out)

    def close(self):
        for store in self.stores:
            getattr(store, "close", lambda: None)()
