"""What the hostile tests share.

functions   what there is to call, from PostgreSQL's catalog
values      arguments, from a seed

The seed is HOSTILE_SEED, or 1.  The quick form makes so many calls; the long
one, "make hostile", goes on for HOSTILE_SECONDS, and its values are larger.
"""

import os
import time

SEED = int(os.environ.get("HOSTILE_SEED") or 1)
SECONDS = float(os.environ.get("HOSTILE_SECONDS") or 0)


def numbers(quick):
    """The numbers of the rounds: so many, or as many as there is time for."""
    begin = time.time()
    number = 0
    while number < quick if SECONDS == 0 else time.time() - begin < SECONDS:
        yield number
        number += 1
