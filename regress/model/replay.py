"""What the script replay runs: SEED or FILE, and stores."""

import sys

import script
from campaign import difference, make_store, report
from generate import generate
from stores.original import Unavailable

history = generate(int(sys.argv[1])) if sys.argv[1].isdigit() else script.load(sys.argv[1])
print(script.script(history, "postgresql"))
failed = False
for name in sys.argv[2:] or ["postgresql", "sqlite", "original"]:
    try:
        store = make_store(name)
    except Unavailable as reason:
        print("%s: not there, %s" % (name, reason))
        continue
    found = difference(history, store)
    failed = failed or found is not None
    if found:
        report(history, store, found)
    else:
        print("%s: %d steps, as the model has it" % (name, len(history["steps"])))
    getattr(store, "close", lambda: None)()
sys.exit(failed)
