"""The soak of PostgreSQL: 64 sessions with mixed work, canceled and terminated
now and then, on a server of their own.

SOAK_SECONDS, by default 5, SOAK_SEED, by default the time.  What is looked at is
told in docs/testing.md, "The soak".
"""

import os
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "stress"), os.path.join(here, "..", "drivers")]

from harness import check, finish, skip, test
from load import server
from soaking import postgresql_watch, processes
from soaking.postgresql_soak import Soak

SECONDS = float(os.environ.get("SOAK_SECONDS") or 5)
SEED = os.environ.get("SOAK_SEED") or str(int(time.time()))

if not processes.is_possible():
    skip("the soak of PostgreSQL", "there is no /proc to read memory from")
    finish()
server.use_own_server(SOAK_SEED=SEED, SERVER_CONF=postgresql_watch.SERVER_CONF)

print("    seed %s" % SEED)
with test("a soak of %d seconds" % SECONDS):
    verdict = Soak(SECONDS, SEED).run()
    print("\n".join(verdict.summary))
    for problem in verdict.problems[:40]:
        print("    problem: " + problem.split("\n")[0][:400])
    check(not verdict.problems, "%d problems" % len(verdict.problems))
finish()
