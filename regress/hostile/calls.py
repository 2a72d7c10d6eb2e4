"""Every function of the extension in PostgreSQL, with hostile arguments.

A call answers or fails with an SQLSTATE that a caller may expect; never with
an internal error, a crash or a hang.  A failed call changes nothing.  In the
end every namespace is sound, and the session works.
"""

import os
import random
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "drivers")]

import psycopg2
from psycopg2.extensions import AsIs, quote_ident

from attack import SECONDS, SEED, functions, numbers, values
from harness import check, connect, equal, finish, fresh, rows, test, value

QUICK_CALLS = 5000
LARGEST = 100_000_000 if SECONDS else 1_000_000

# The classes of SQLSTATEs that are answers: wrong data, constraints, rights,
# names and types, limits, states of objects and transactions.  Not among them:
# XX (internal), 57 (canceled: it took too long), 58 (system), 08 (connection).
ANSWERS = ("0A", "22", "23", "25", "2B", "2D", "3F", "42", "53200", "54", "55", "MD", "P0")

# Functions that no SQL can call as they want it
INTERNAL = {"category_support", "note_migration"}

STATE = """
SELECT array_agg(n.nspname || '/' || (SELECT count(*) FROM pg_class WHERE relnamespace = n.oid)
                 ORDER BY n.nspname)
FROM pg_namespace AS n WHERE n.nspname !~ '^pg_'"""

CONTENTS = "SELECT count(*), max(global_position), sum(hashtext(m::text)) FROM %s.messages AS m"


def literal(argument):
    if isinstance(argument, values.Sql):
        return AsIs(argument)
    return argument


class Caller:
    """A session, and all that is known of what it calls."""

    def __init__(self):
        self.connection = connect()
        fresh(self.connection)
        rows(self.connection, "SET statement_timeout = %s", "60s" if SECONDS else "20s")
        self.cursor = self.connection.cursor()
        self.functions = functions.listed(self.cursor)
        self.answered = {}
        self.prepare()

    def prepare(self):
        for name in ("message_store", "tenant_a", "tenant_b"):
            rows(self.connection, "SELECT ensure_namespace(%s)", name)
        rows(self.connection, "SELECT use_namespace('message_store')")
        rows(self.connection, "SELECT write_message(NULL, 'account-1', 'Opened', '{}')")

    def arguments(self, function, generator):
        """Mostly one hostile argument among right ones, so that calls get far; or all."""
        count = len(function.types)
        hostile = set(range(count)) if generator.random() < 0.3 else {generator.randrange(count + 1)}
        if generator.random() < 0.2:
            count = generator.randrange(count + 2)
        for i in range(count):
            type_name = function.types[i] if i < len(function.types) else "text"
            yield (values.any_value(generator, type_name, LARGEST) if i in hostile or i >= len(function.types)
                   else values.right(generator, function.names[i], type_name))

    def statement(self, function, generator):
        """The text of a call."""
        text = b", ".join(self.cursor.mogrify("%s", [literal(a)])
                          for a in self.arguments(function, generator))
        begin = ("CALL " if function.is_procedure else "SELECT * FROM "
                 if function.returns_set and generator.random() < 0.8 else "SELECT ")
        return b"%s%s(%s)" % (begin.encode(), function.name.encode(), text)

    def state(self):
        """Schemas, and the contents of those that are namespaces."""
        schemas = value(self.connection, STATE)
        names = rows(self.connection, "SELECT name FROM list_namespaces()")
        return schemas, [rows(self.connection, CONTENTS % quote_ident(name, self.cursor))
                         for name, in names]

    def call(self, function, generator):
        """Makes a call; returns its SQLSTATE, None when it answered."""
        text = self.statement(function, generator)
        try:
            self.cursor.execute(text)
            if self.cursor.description:
                self.cursor.fetchmany(1000)
            self.answered[function.name] = self.answered.get(function.name, 0) + 1
            return None
        except psycopg2.Error as error:
            state = error.pgcode
            check(state is not None and state.startswith(ANSWERS),
                  "%s %s: %s" % (state, str(error)[:300], text[:2000]))
            check(error.diag.message_primary, "no message: %s" % text[:2000])
            return state


def make_call(caller, generator):
    """A call, in a transaction or not; now and then what is there is compared,
    which must be the same after a call that failed."""
    function = generator.choice(caller.functions)
    before = caller.state() if generator.random() < 0.1 else None
    within = generator.random() < 0.3 and not function.is_procedure
    if within:
        rows(caller.connection, "BEGIN")
    failed = caller.call(function, generator)
    if within:
        rows(caller.connection, generator.choice(["COMMIT", "ROLLBACK"]))
    if failed and before:
        after = caller.state()
        check(before == after, "%s failed with %s and changed %r into %r"
              % (function.name, failed, before, after))
    if generator.random() < 0.05:
        caller.prepare()


caller = Caller()
made = 0

with test("hostile calls, HOSTILE_SEED=%d" % SEED):
    for number in numbers(QUICK_CALLS):
        try:
            make_call(caller, random.Random(SEED * 1000003 + number))
        except Exception:
            print("call %d" % number)
            raise
        made += 1

with test("every function has been called, %d calls" % made):
    check(len(caller.functions) > 30, "functions are found")
    never = [f.name for f in caller.functions
             if f.name not in caller.answered and f.name not in INTERNAL]
    equal(never, [], "functions that never answered")

with test("every namespace is sound, and the session works"):
    rows(caller.connection, "ROLLBACK")
    for name, in rows(caller.connection, "SELECT name FROM list_namespaces()"):
        equal(rows(caller.connection, "SELECT * FROM verify_namespace(%s)", name), [], name)
    rows(caller.connection, "SELECT use_namespace('message_store')")
    rows(caller.connection, "SELECT write_message(NULL, 'last-1', 'T', '{}')")
    equal(value(caller.connection, "SELECT stream_version('last-1')"), 0)

finish()
