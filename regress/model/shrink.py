"""Makes a history that fails as small as it gets.

	shrink(history, fails) -> history

fails(history) tells whether a history still fails.  First steps are left out,
in pieces that get smaller (delta debugging); then sessions become one, and
arguments simpler.  All of it is repeated until nothing helps any more, or
SECONDS have passed.  Every part of a history is a history: what the
model does not find determined is not tried.
"""

import time

from interface import REQUIRED, SIGNATURES

SECONDS = 60

# What an argument of a type may become, the simplest first.
SIMPLER = {"bigint": [None, 0, 1], "boolean": [False], "json": [None, "{}", '[{"type": "A", "data": {}}]'],
           "text": [None, "a-1", "a", "A", "tenant_a", ""], "condition": [None]}


class Enough(Exception):
    pass


class Shrinking:
    def __init__(self, history, fails):
        self.history, self.fails = history, fails
        self.end = time.monotonic() + SECONDS

    def take(self, **changes):
        """Goes on with a changed history if that fails, too."""
        if time.monotonic() > self.end:
            raise Enough
        candidate = dict(self.history, **changes)
        if not self.fails(candidate):
            return False
        self.history = candidate
        return True

    def leave_out_steps(self):
        size = max(1, len(self.history["steps"]) // 2)
        while size >= 1:
            start = len(self.history["steps"]) - size
            while start >= 0:
                steps = self.history["steps"]
                self.take(steps=steps[:start] + steps[start + size:])
                start -= size
            size //= 2

    def replace(self, number, step):
        steps = self.history["steps"]
        return self.take(steps=steps[:number] + [step] + steps[number + 1:])

    def simplify_step(self, number):
        signature = SIGNATURES.get(self.history["steps"][number][1], ())
        for place in range(len(self.history["steps"][number]) - 1, 1, -1):
            step = self.history["steps"][number]
            if place - 2 >= len(signature):
                continue
            name, kind, default = signature[place - 2]
            if default is not REQUIRED and place == len(step) - 1 and self.replace(number, step[:-1]):
                continue
            self.simplify(number, place, SIMPLER[name if name in SIMPLER else kind])
            if kind in ("text", "json") and name not in SIMPLER:
                self.shorten(number, place)

    def change(self, number, place, value):
        step = self.history["steps"][number]
        return self.replace(number, step[:place] + [value] + step[place + 1:])

    def simplify(self, number, place, candidates):
        value = self.history["steps"][number][place]
        for candidate in candidates:
            if candidate == value and type(candidate) is type(value):
                return
            if self.change(number, place, candidate):
                return

    def shorten(self, number, place):
        """A text, by leaving out pieces that get smaller."""
        text = self.history["steps"][number][place]
        size = len(text or "") // 2
        while size >= 1:
            for start in range(0, len(text), size):
                shorter = text[:start] + text[start + size:]
                if self.change(number, place, shorter):
                    text = shorter
                    break
            else:
                size //= 2

    def use_fewer_sessions(self):
        for session in range(self.history["sessions"]):
            if self.take(sessions=1, steps=[[0] + step[1:] for step in self.history["steps"]]):
                return
            self.take(steps=[[0 if step[0] == session else step[0]] + step[1:] for step in self.history["steps"]])
        for kind in ("memory", "delete"):
            if self.history["sessions"] == 1 and self.history["sqlite"] != kind and self.take(sqlite=kind):
                return

    def run(self):
        try:
            before = None
            while before != self.history:
                before = self.history
                self.leave_out_steps()
                self.use_fewer_sessions()
                for number in range(len(self.history["steps"])):
                    self.simplify_step(number)
        except Enough:
            pass
        return self.history


def shrink(history, fails):
    return Shrinking(history, fails).run()
