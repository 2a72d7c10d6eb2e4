"""Random histories give on every store what the model says.

The quick form tries the same seeds each time.  With MODEL_SECONDS it goes on
for so long, from MODEL_SEED on, which is the time unless it is given.
MODEL_STORES chooses among postgresql, sqlite and original; it ends after
MODEL_ENOUGH histories that differ.
"""

import os
import time

from campaign import Campaign
from differences import OF_MESSAGE_DB
from generate import WEIGHTS
from harness import check, finish, skip, test
from interface import SIGNATURES, VIEWS
from sessions import CONTROL
from stores.original import Unavailable

QUICK = 120                         # histories
ENOUGH = int(os.environ.get("MODEL_ENOUGH") or 3)    # that differ: each is shrunk, which may take a minute

seconds = int(os.environ.get("MODEL_SECONDS") or 0)
seed = int(os.environ.get("MODEL_SEED") or (time.time() if seconds else 1))
names = os.environ.get("MODEL_STORES", "postgresql sqlite original").split()

if "original" in names:
    try:
        Campaign(["original"]).close()
    except Unavailable as reason:
        names.remove("original")
        skip("original", reason)

campaign = Campaign(names)
start = time.monotonic()


def goes_on():
    if len(campaign.differing) >= ENOUGH:
        return False
    return time.monotonic() - start < seconds if seconds else campaign.histories < QUICK


while goes_on():
    campaign.try_seed(seed + campaign.histories)

print("seeds %d to %d, %d seconds" % (seed, seed + campaign.histories - 1, time.monotonic() - start))
with test("%d histories" % campaign.histories):
    check(not campaign.differing, "differing: %s" % campaign.differing)
for store in campaign.stores:
    print("%s: %s" % (store.name, campaign.figures(store)))
    if campaign.histories < QUICK:
        skip("every function was called: " + store.name, "too few histories")
        continue
    with test("every function was called: " + store.name):
        wanted = set(SIGNATURES) | set(VIEWS) | set(CONTROL)
        if store.rules.is_message_db:
            wanted = OF_MESSAGE_DB | set(CONTROL)
        missing = sorted(wanted - set(campaign.counts[store.name].answered))
        check(not missing, "never answered: %s" % missing)
with test("the generator has all functions of the model"):
    missing = sorted((set(SIGNATURES) | set(VIEWS)) - set(WEIGHTS))
    check(not missing, "never generated: %s" % missing)
campaign.close()
finish()
