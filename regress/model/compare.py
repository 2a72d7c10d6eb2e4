"""Runs a history on a store and on the model by the store's rules, and tells
the first step at which they differ.

The ids and times that a store makes are not known beforehand.  The model has
an object for each; the first value that the store shows for it is noted, must
have the right form, and is then the only one that is right.
"""

import re

from errors import ANY, Failure
from messages import NewId, NewTime
from model import Model
from sessions import NotDetermined, TransactionTime
from stores import Refused

FORMS = {
    NewId: re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    NewTime: re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?"),
}
FORMS[TransactionTime] = FORMS[NewTime]


class Difference(Exception):
    """What a step should have answered, and what it did."""

    def __init__(self, number, step, wanted, found):
        super().__init__("step %d %r\n  model: %s\n  store: %s" % (number, step, wanted, found))
        self.number, self.step = number, step


class Known:
    """Values that a store has made, and the model's objects for them."""

    def __init__(self):
        self.values = {}
        self.ids = set()

    def equal(self, wanted, found):
        form = FORMS.get(type(wanted))
        if form is None:
            return wanted == found
        if wanted not in self.values:
            if not isinstance(found, str) or not form.fullmatch(found) or found in self.ids:
                return False
            self.values[wanted] = found
            if isinstance(wanted, NewId):
                self.ids.add(found)
        return self.values[wanted] == found

    def same_rows(self, wanted, found):
        return len(wanted) == len(found) and all(
            len(w) == len(f) and all(self.equal(a, b) for a, b in zip(w, f)) for w, f in zip(wanted, found))


def same_error(failure, refused, store):
    code = failure.result_code if store.name == "sqlite" else failure.sqlstate
    pairs = [(code, refused.code or code), (failure.message, refused.message)]
    if store.rules.texts_have_hints:
        pairs += [(failure.detail, refused.detail), (failure.hint, refused.hint)]
    return all(wanted is ANY or wanted == found for wanted, found in pairs)


def normal(rows):
    """Rows as the model has them: a boolean is 1 or 0, a share a float."""
    def value(v):
        return int(v) if isinstance(v, bool) else float(v) if type(v).__name__ == "Decimal" else v
    return [[value(v) for v in row] for row in rows]


def shown(answer):
    if isinstance(answer, Failure):
        return "error %s %s %r detail %r hint %r" % (answer.code, answer.sqlstate, answer.message, answer.detail,
                                                     answer.hint)
    if isinstance(answer, Refused):
        return "error %s %r detail %r hint %r" % (answer.code, answer.message, answer.detail, answer.hint)
    if isinstance(answer, list):
        return "%d rows %s" % (len(answer), [
            [type(v).__name__ if type(v) in FORMS else v for v in row] for row in answer])
    return repr(answer)


class Count:
    """How often each function was tried on a store, answered and refused."""

    def __init__(self):
        self.answered, self.refused, self.codes = {}, {}, {}
        self.left_out = 0

    def add(self, step, refused):
        where = self.refused if refused else self.answered
        where[step[1]] = where.get(step[1], 0) + 1
        if refused:
            self.codes[refused.code] = self.codes.get(refused.code, 0) + 1


def answer_of(function, step, error):
    try:
        return function(step)
    except error as problem:
        return problem


def run(history, store, version, count=None):
    """Returns the number of steps tried; raises Difference."""
    model = Model(store.rules, history["sessions"], version)
    known = Known()
    tried = 0
    with store.start(history) as execute:
        for number, step in enumerate(history["steps"]):
            try:
                wanted = answer_of(model.execute, step, Failure)
            except NotDetermined:
                if count:
                    count.left_out += 1
                continue
            found = answer_of(execute, step, Refused)
            tried += 1
            if isinstance(wanted, Failure) and isinstance(found, Refused):
                same = same_error(wanted, found, store)
            elif isinstance(wanted, list) and isinstance(found, list):
                same = known.same_rows(wanted, normal(found))
            else:
                same = False
            if not same:
                raise Difference(number, step, shown(wanted), shown(found))
            if count:
                count.add(step, wanted if isinstance(wanted, Failure) else None)
    return tried
