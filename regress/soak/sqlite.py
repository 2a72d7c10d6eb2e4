"""The soak of SQLite: 8 processes with mixed work on a store in WAL mode and one
with a rollback journal, interrupted now and then.

SOAK_SECONDS, by default 5, SOAK_SEED, by default the time.  What is looked at is
told in docs/testing.md, "The soak".
"""

import os
import sys
import tempfile
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "stress"), os.path.join(here, "..", "drivers")]

from harness import check, finish, skip, sqlite_extension, test
from soaking import processes
from soaking.sqlite_soak import Soak

SECONDS = float(os.environ.get("SOAK_SECONDS") or 5)
SEED = os.environ.get("SOAK_SEED") or str(int(time.time()))

if not processes.is_possible():
    skip("the soak of SQLite", "there is no /proc to read memory from")
    finish()
if sys.version_info < (3, 11):
    skip("the soak of SQLite", "before 3.11 Python does not say which error it was")
    finish()
print("    seed %s" % SEED)
with test("a soak of %d seconds" % SECONDS):
    with tempfile.TemporaryDirectory() as directory:
        verdict = Soak(directory, sqlite_extension(), SECONDS, SEED).run()
    print("\n".join(verdict.summary))
    for problem in verdict.problems[:40]:
        print("    problem: " + problem.split("\n")[0][:400])
    check(not verdict.problems, "%d problems" % len(verdict.problems))
finish()
