"""Readers never miss: all kinds of transactions at once, under the eyes of
pollers of every kind, on the primary and on a hot standby.

STRESS_SECONDS, by default 20, is shared by the parts below.  "make stress" runs
this for ten minutes.
"""

import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "drivers")]

from harness import finish, test
from load.campaign import Campaign, report
from load.disturbances import (cancel, change, kill_backend, kill_server, maintain, restore,
                               stop_server, terminate)
from load.server import Standby

SECONDS = float(os.environ.get("STRESS_SECONDS") or 20)
LONG = SECONDS > 60

def parts(standby):
    """Name, share of the time, and settings of the campaigns."""
    pause = 4 if LONG else 1
    yield "synchronous commits", 0.2, dict(
        writer_options="-c synchronous_commit=on")
    yield "asynchronous commits, cancels and maintenance", 0.2, dict(
        writer_options="-c synchronous_commit=off",
        disturbances=(cancel, maintain, terminate), pause=0.2)
    yield "changes of the table", 0.2, dict(
        writer_options="-c synchronous_commit=on", disturbances=(change,), pause=0.1,
        afterwards=restore)
    yield "kills and crashes", 0.3, dict(
        writer_options="-c synchronous_commit=on",
        disturbances=(kill_backend, kill_server, standby.kill_standby, maintain, stop_server),
        pause=pause)
    yield "kills and crashes with asynchronous commits", 0.1, dict(
        writer_options="-c synchronous_commit=off",
        disturbances=(kill_server, kill_backend), pause=pause, durable=False)


with Standby("stress") as standby:
    for name, share, settings in parts(standby):
        with test("readers never miss: " + name):
            report(Campaign(SECONDS * share, standby=standby, **settings).run())
finish()
