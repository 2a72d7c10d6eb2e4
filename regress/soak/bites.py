"""The soak bites: what leaves memory or a lock behind fails it, in the build of
PostgreSQL that has settings to do so, and in SQLite by hand.

BITE_SECONDS, by default 4, is how long each of the runs lasts; from a minute on
they have the size, and the rules, of the long form, and the leaks are smaller.
"""

import os
import sqlite3
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "stress"), os.path.join(here, "..", "drivers")]

from harness import check, finish, skip, sqlite_extension, test
from load import server
from soaking import postgresql_soak, postgresql_watch, processes, sqlite_process, sqlite_soak

SECONDS = float(os.environ.get("BITE_SECONDS") or 4)
LONG = SECONDS >= 60
SEED = "1"

if not processes.is_possible():
    skip("the soak bites", "there is no /proc to read memory from")
    finish()
server.use_test_build(SERVER_CONF=postgresql_watch.SERVER_CONF)

kept = []               # connections of the processes, with their locks


def leak(store):
    sqlite_process.library.sqlite3_malloc(512 if LONG else 65536)


def keep_lock(store):
    """A connection to a namespace's file that is forgotten in a transaction."""
    if not kept:
        path = store.value("SELECT location FROM get_namespace(?)", store.namespaces[-1])
        db = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            db.execute("BEGIN IMMEDIATE")
            kept.append(db)
        except sqlite3.OperationalError:
            db.close()


def bites(verdict, *words):
    """Each of the words is in a problem."""
    for word in words:
        said = [problem for problem in verdict.problems if word in problem]
        check(said, "nothing is said of " + word)
        print("    " + said[0].split("\n")[0][:200])


with test("PostgreSQL: writes that leave memory and locks behind"):
    options = "-c message_db.test_leak=%d -c message_db.test_lost_lock=on" % (
        64 if LONG else 4096)
    bites(postgresql_soak.Soak(SECONDS, SEED, options=options).run(),
          "memory of sessions", "lock left")

with test("SQLite: steps that leave memory and locks behind"):
    with tempfile.TemporaryDirectory() as directory:
        verdict = sqlite_soak.Soak(directory, sqlite_extension(), SECONDS, SEED,
                                   sabotage=(leak, keep_lock)).run()
    bites(verdict, "memory of SQLite", "bytes of memory", "lock left")

finish()
