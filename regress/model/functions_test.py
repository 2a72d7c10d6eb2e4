"""A function that the extension offers is called by histories, or there is a
reason why not."""

from campaign import make_store
from generate import LEFT_OUT, WEIGHTS
from harness import check, finish, test

found = set()

for name in ("postgresql", "sqlite"):
    with test(name):
        functions = make_store(name).functions()
        found |= functions
        unknown = sorted(functions - set(WEIGHTS) - set(LEFT_OUT))
        check(not unknown, "the generator (regress/model/generate.py) does not know: %s" % unknown)
with test("what is left out is there"):
    gone = sorted(set(LEFT_OUT) - found)
    check(not gone, "no such function: %s" % gone)
finish()
