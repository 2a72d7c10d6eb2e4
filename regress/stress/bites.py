"""The stress run bites: with the reader's stop or the writers' brief lock
switched off, or with delays alone, in the build that has such switches.

Without one of the two parts of the rule every kind of poller must miss
messages, in a few rounds of two seconds; with both none may, however long a
writer dawdles between taking a position and entering an index.
"""

import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "drivers")]

from harness import check, finish, test
from load import server
from load.campaign import Campaign, report

ROUNDS, SECONDS = 12, 2
DELAY = "-c message_db.test_delay=1000"
WRONG = (
    ("rows in progress are passed over", "-c message_db.test_reader=pass_over", ""),
    ("readers see what their snapshot shows", "-c message_db.test_reader=blind", ""),
    ("no brief lock", "", "-c message_db.test_brief_lock=off"),
)
# Of these at least one must miss something, in each line.  Those with a
# correlation see too few messages to be sure of that.
WATCHED = (
    ("category a", "category b", "category c"),
    ("member 0 of 2", "member 1 of 2"),
    ("all messages",),
    ("category a, standby", "member 1 of 2, standby"),
    ("all messages, standby",),
)

server.use_test_build()

with server.Standby("stress") as standby:
    for name, reader_options, writer_options in WRONG:
        with test("the stress run bites: " + name):
            missed = dict.fromkeys(sum(WATCHED, ()), 0)
            for round in range(ROUNDS):
                verdict = Campaign(SECONDS, standby=standby, reader_options=reader_options,
                                   writer_options=writer_options + " " + DELAY).run()
                for poller in missed:
                    missed[poller] += verdict.missed.get(poller, 0)
                blind = [line for line in WATCHED if not any(missed[p] for p in line)]
                if not blind:
                    break
            print("    %d rounds, missed: %s" % (
                round + 1, ", ".join("%s %d" % item for item in missed.items())))
            check(not blind, "nothing missed: %s" % blind)

    with test("delays alone let no reader miss"):
        report(Campaign(2 * SECONDS, standby=standby, writer_options=DELAY).run())

finish()
