"""The quick form and the long one, and the seed.

CRASH_SECONDS in the environment asks for the long form, of that length; each
program takes its share.  CRASH_SEED chooses what is done; what meets what, and
when, is up to the machine.
"""

import os
import time

SECONDS = float(os.environ.get("CRASH_SECONDS") or 0)
LONG = SECONDS > 0
SEED = int(os.environ.get("CRASH_SEED") or 1)


def print_seed():
    print("    CRASH_SEED=%d" % SEED)


def session_number(number):
    """The number of a session of load/writers.py or keeper.py: the seed's.
    There is room for 65536 of them."""
    return SEED % 16 << 16 | number


def rounds(least, share=0.0):
    """The numbers of rounds: so many, and further ones until that share of
    CRASH_SECONDS is over."""
    end = time.monotonic() + SECONDS * share
    number = 0
    while number < least or time.monotonic() < end:
        yield number
        number += 1
