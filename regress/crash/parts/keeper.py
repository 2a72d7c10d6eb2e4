"""A session that creates, fills, renames, clears and deletes namespaces of its
own, and knows what must be in them.

What it does is alone in its transaction, or several things are together in one
that is committed or rolled back.  When the connection is lost, what was under
way is done or it is not, as a whole; all else is as it was acknowledged.  The
session looks, and notes what is neither (Record.problems).

A few namespaces belong to all keepers.  Of these nobody knows what is in them,
but they must be whole.

record_of() is the work of one process.
"""

import json
import random
import time
from collections import Counter, namedtuple

import psycopg2

from load.worker import connect, is_lost
from load.writers import DEADLOCK, id_of, token_of

UNKNOWN, EXISTS = "MD001", "MD002"
NAMES = 4
FULL = 200                  # messages after which a namespace is cleared

Record = namedtuple("Record", "counts errors problems")
# What a namespace is: its description, and the tokens of its messages in order.
Content = namedtuple("Content", "description tokens")


class Keeper:
    """owner: what the names of its namespaces begin with.

    number: no other session has it; tokens are made of it, and it chooses what
    is done.

    expected: SQLSTATEs of errors that may come at any time.
    """

    def __init__(self, owner, number, options, expected):
        self.number, self.options, self.expected = number, options, expected
        self.random = random.Random(number)
        self.names = ["%s_%d" % (owner, n) for n in range(NAMES)]
        self.count = 0
        self.counts, self.errors, self.problems = Counter(), Counter(), []
        self.connection = connect(options)
        self.state = self.look()
        if None in self.state.values():
            raise RuntimeError("a namespace is not whole: %s" % self.state)

    def execute(self, sql, *arguments):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, arguments or None)
            return cursor.fetchall() if cursor.description else []

    def look(self):
        """What is there: a Content for each name that exists; None for one that
        is not whole."""
        state = {}
        for name, in self.execute("SELECT nspname FROM pg_namespace WHERE nspname = ANY (%s)", self.names):
            description = self.execute("SELECT description FROM get_namespace(%s)", name)
            state[name] = Content(description[0][0], tuple(token_of(id) for id, in self.execute(
                "SELECT id FROM %s.messages ORDER BY global_position" % name))) if description else None
        return state

    # What can be done: the statements, and what is there afterwards

    def create(self, state):
        name = self.missing(state)
        description = "%s %d" % (name, self.random.randrange(1000))
        return ([("SELECT create_namespace(%s, %s)", name, description)],
                dict(state, **{name: Content(description, ())}))

    def delete(self, state):
        name = self.existing(state)
        return ([("SELECT delete_namespace(%s)", name)],
                {n: content for n, content in state.items() if n != name})

    def clear(self, state):
        name = self.existing(state)
        return ([("SELECT clear_namespace(%s)", name)],
                dict(state, **{name: state[name]._replace(tokens=())}))

    def rename(self, state):
        old, new = self.existing(state), self.missing(state)
        return ([("SELECT rename_namespace(%s, %s)", old, new)],
                dict({n: content for n, content in state.items() if n != old}, **{new: state[old]}))

    def write(self, state):
        token = self.token()
        return self.with_tokens(state, [token], "SELECT write_message(%s, %s, 'T', '{}')",
                                id_of(token), self.stream())

    def batch(self, state):
        tokens = [self.token() for _ in range(self.random.choice((2, 10, 100)))]
        return self.with_tokens(state, tokens, "SELECT write_messages(%s, %s)", self.stream(), json.dumps(
            [{"id": id_of(token), "type": "T", "data": {}} for token in tokens]))

    def with_tokens(self, state, tokens, *statement):
        name = self.existing(state)
        if len(state[name].tokens) > FULL:
            return self.clear(state)
        return ([("SELECT use_namespace(%s)", name), statement],
                dict(state, **{name: state[name]._replace(tokens=state[name].tokens + tuple(tokens))}))

    def existing(self, state):
        return self.random.choice(sorted(state))

    def missing(self, state):
        return self.random.choice([name for name in self.names if name not in state])

    def token(self):
        self.count += 1
        return self.number << 40 | self.count

    def stream(self):
        return "%s-%d" % (self.random.choice("ab"), self.random.randrange(3))

    def choose(self, state):
        """Something that can be done there."""
        choices = []
        if len(state) < NAMES:
            choices += [self.create] * 2
        if state:
            choices += [self.delete, self.clear] + [self.write] * 6 + [self.batch] * 3
        if 0 < len(state) < NAMES:
            choices += [self.rename] * 2
        work = self.random.choice(choices)
        self.counts[work.__name__] += 1
        return work(state)

    # Transactions.  wanted is what may be there when the connection is lost

    def alone(self):
        statements, after = self.choose(self.state)
        self.wanted = [self.state, after]
        for statement in statements:
            self.execute(*statement)
        self.state = after

    def together(self):
        """Several in a transaction, some of them rolled back to a savepoint."""
        self.wanted = [self.state]
        state = self.state
        self.execute("BEGIN")
        for _ in range(self.random.randint(1, 4)):
            self.execute("SAVEPOINT s")
            statements, after = self.choose(state)
            for statement in statements:
                self.execute(*statement)
            if self.random.random() < 0.7:
                state = after
            else:
                self.execute("ROLLBACK TO s")
        if self.random.random() < 0.3:
            self.execute("ROLLBACK")
            return
        self.wanted.append(state)
        self.execute("COMMIT")
        self.state = state
        self.counts["transaction"] += 1

    def contested(self):
        """Names that all keepers use."""
        self.wanted = [self.state]
        try:
            self.execute(self.random.choice((
                "SELECT ensure_namespace('shared_1')", "SELECT create_namespace('shared_2')",
                "SELECT delete_namespace('shared_1')", "SELECT delete_namespace('shared_2')",
                "SELECT rename_namespace('shared_1', 'shared_2')", "SELECT clear_namespace('shared_2')")))
        except psycopg2.Error as error:
            if error.pgcode not in (UNKNOWN, EXISTS, DEADLOCK):
                raise
        self.counts["contested"] += 1

    def attempt(self):
        work = self.random.choices((self.alone, self.together, self.contested), (8, 3, 2))[0]
        try:
            work()
        except psycopg2.Error as error:
            self.errors[error.pgcode] += 1
            if not is_lost(error):
                self.wanted = [self.state]
                if error.pgcode not in self.expected:
                    self.problems.append("%s: %s %s" % (work.__name__, error.pgcode, error))
            self.recover()

    def recover(self):
        """What is there is what was, or what was under way when the connection
        was lost."""
        while True:
            try:
                self.connection.close()
                self.connection = connect(self.options)
                found = self.look()
                break
            except psycopg2.Error as error:
                if not is_lost(error):
                    raise
        if found not in self.wanted:
            self.problems.append("namespaces are neither as before nor as after: %s, wanted %s"
                                 % (found, self.wanted))
        self.state = {name: content for name, content in found.items() if content}


def record_of(owner, number, seconds, options, expected=(), ending=None):
    """Works for so many seconds, or until the event ending is set."""
    keeper = Keeper(owner, number, options, expected)
    end = time.monotonic() + seconds
    while time.monotonic() < end and not (ending and ending.is_set()):
        keeper.attempt()
    keeper.connection.close()
    return Record(keeper.counts, keeper.errors, keeper.problems)
