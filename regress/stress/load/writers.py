"""Sessions that write in every way there is, and say what came of it.

Every message has an id that is made from a token, a number that no other
message has, so that what was written can be told from what is stored.  A
transaction ends in one of three ways: it was acknowledged, it is known to have
been rolled back, or the connection was lost while it ended, which nobody can
tell.  record_of() is the work of one process and returns all three.

The kinds of transactions are the functions below KINDS.  "Contested" tokens
are the exception to the rule: several sessions try to write the same one.
"""

import json
import random
import time
import uuid
from collections import Counter, namedtuple

import psycopg2

from .worker import connect, is_lost

CATEGORIES = "abc"
STREAMS = 12                # shared ones in each category
CONTESTED = 1 << 60         # tokens from here on
SCATTER = 0x9E3779B97F4A7C15
METADATA = [None] * 6 + ['{"correlationStreamName": "x-1"}'] * 3 + \
    ['{"correlationStreamName": "y"}'] * 2 + [
        "{}", "null", "[1]", '{"correlationStreamName": null}', '{"correlationStreamName": 12}',
        '{"correlationStreamName": {"a": "x-1"}}', '{"correlationStreamName": ""}']

DEADLOCK, SERIALIZATION, LOCK_TIMEOUT = "40P01", "40001", "55P03"
CANCELED, WRONG_VERSION, DUPLICATE, BUSY = "57014", "P0001", "23505", "55000"
RETRIED = (DEADLOCK, SERIALIZATION, LOCK_TIMEOUT)

Record = namedtuple("Record", "acknowledged rolled_back unknown errors surprises")


def id_of(token):
    """Half of it is the token, the other half spreads ids over their index."""
    return str(uuid.UUID(int=((token * SCATTER) % 2 ** 64) << 64 | token))


def token_of(text):
    return int(text[19:].replace("-", ""), 16)


class RolledBack(Exception):
    """A transaction was rolled back as it should be."""


class Writer:
    def __init__(self, number, options, features, expected=()):
        self.random = random.Random(number)
        self.number, self.options, self.features = number, options, features
        self.expected = RETRIED + (CANCELED,) + tuple(expected)
        self.count = 0
        self.acknowledged, self.rolled_back, self.unknown = [], [], []
        self.errors, self.surprises = Counter(), []
        self.connection = None
        self.reset()

    # What kinds of transactions are made of

    def reset(self):
        self.tokens, self.ending, self.prepared = [], False, None
        if self.connection is None or self.connection.closed:
            self.connection = connect(self.options)

    def execute(self, sql, *arguments):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, arguments or None)
            return cursor.fetchone()[0] if cursor.description else None

    def token(self):
        self.count += 1
        return self.number << 40 | self.count

    def stream(self, category=None):
        """Any stream: a few are busy, many are not."""
        category = category or self.random.choice(CATEGORIES)
        number = self.random.randrange(STREAMS)
        tail = self.random.choice(("", "", "+part", "-%d" % self.random.randrange(1000)))
        return "%s-%d%s" % (category, number, tail)

    def metadata(self):
        return self.random.choice(METADATA)

    def send(self, token, stream, expected=None, data="{}"):
        """One message; its position."""
        return self.execute("SELECT write_message(%s, %s, 'T', %s, %s, %s)", id_of(token),
                            stream, data, self.metadata(), expected)

    def send_batch(self, tokens, stream):
        return self.execute("SELECT write_messages(%s, %s)", stream, json.dumps(
            [{"id": id_of(token), "type": "T", "data": {}, "metadata": None}
             for token in tokens]))

    def write(self, stream=None, token=None):
        """One message of the transaction."""
        token = token or self.token()
        position = self.send(token, stream or self.stream())
        self.tokens.append(token)
        return position

    def alone(self, tokens, send, *arguments):
        """Messages in a transaction of their own."""
        self.tokens, self.ending = tokens, True
        send(*arguments)
        self.acknowledge()

    def acknowledge(self):
        self.acknowledged.append(self.tokens)
        self.tokens, self.ending = [], False

    def begin(self, level="READ COMMITTED"):
        self.execute("BEGIN ISOLATION LEVEL " + level)

    def commit(self):
        self.ending = True
        self.execute("COMMIT")
        self.acknowledge()

    def rollback(self):
        self.execute("ROLLBACK")
        raise RolledBack

    def pause(self, most=0.01):
        """Time for others, within a transaction."""
        if self.random.random() < 0.3:
            time.sleep(self.random.random() * most)

    def again(self, work):
        """Repeats a transaction whose error asks for that."""
        tokens = [self.token() for _ in range(20)]
        while True:
            try:
                return work(iter(tokens))
            except psycopg2.Error as error:
                if error.pgcode not in RETRIED:
                    raise
                self.errors[error.pgcode] += 1
                self.tokens, self.ending = [], False
                self.execute("ROLLBACK")

    # One transaction

    def attempt(self, kind):
        try:
            kind(self)
        except RolledBack:
            self.rolled_back.append(self.tokens)
        except psycopg2.Error as error:
            self.failed(kind, error)
        self.reset()

    def failed(self, kind, error):
        self.errors[error.pgcode] += 1
        lost = is_lost(error)
        if not lost and not self.is_expected(error):
            self.surprises.append("%s: %s %s" % (kind.__name__, error.pgcode, error))
        self.undo()
        if self.prepared:
            self.finish_prepared()
        elif lost and self.ending:
            self.unknown.append(self.tokens)
        else:
            self.rolled_back.append(self.tokens)

    def undo(self):
        try:
            self.execute("ROLLBACK")
        except psycopg2.Error:
            self.connection.close()

    def is_expected(self, error):
        if error.pgcode == DUPLICATE:
            # while it is rebuilt the index has a name with a suffix
            return error.diag.constraint_name.startswith("messages_id")
        if error.pgcode == WRONG_VERSION:
            return error.diag.message_primary.startswith("Wrong expected version")
        return error.pgcode in self.expected

    def finish_prepared(self):
        """Ends the prepared transaction that an error left behind.  If it is
        gone, the statement that was to end it did; if it never was prepared,
        it was rolled back."""
        name, verb, is_prepared = self.prepared
        while True:
            try:
                if self.connection.closed:
                    self.connection = connect(self.options)
                left = self.execute("SELECT count(*) FROM pg_prepared_xacts WHERE gid = %s", name)
                if left:
                    self.execute("%s PREPARED '%s'" % (verb, name))
                    is_prepared = True
                break
            except psycopg2.Error as error:
                if is_lost(error):
                    self.connection.close()
                elif error.pgcode not in (CANCELED, BUSY):
                    raise
                time.sleep(0.01)
        committed = is_prepared and verb == "COMMIT"
        (self.acknowledged if committed else self.rolled_back).append(self.tokens)


# ---------------------------------------------------------------------------
# The kinds of transactions
# ---------------------------------------------------------------------------

def single(writer):
    token = writer.token()
    writer.alone([token], writer.send, token, writer.stream())


def several(writer):
    writer.begin()
    for _ in range(writer.random.randint(2, 6)):
        writer.write(writer.stream("a"))
        writer.pause()
    writer.commit()


def over_categories(writer):
    """Streams in order, so that no two of these wait for each other."""
    writer.begin()
    for stream in sorted(writer.stream() for _ in range(writer.random.randint(2, 6))):
        writer.write(stream)
        writer.pause()
    writer.commit()


def crossing(writer):
    """Streams in any order: deadlocks, which are retried."""
    streams = [writer.stream() for _ in range(writer.random.randint(2, 5))]

    def work(tokens):
        writer.begin()
        for stream in streams:
            writer.write(stream, next(tokens))
            writer.pause(0.002)
        writer.commit()
    writer.again(work)


def rolled_back(writer):
    writer.begin()
    for _ in range(writer.random.randint(1, 3)):
        writer.write()
        writer.pause()
    writer.rollback()


def savepoint(writer):
    """Rows of subtransactions that are rolled back: first, between, last."""
    writer.begin()
    for keep in writer.random.choices((True, False), k=writer.random.randint(1, 5)) + [True]:
        before = list(writer.tokens)
        writer.execute("SAVEPOINT s")
        writer.write(writer.stream("a"))
        writer.pause(0.003)
        if not keep:
            writer.execute("ROLLBACK TO s")
            writer.tokens = before
    writer.commit()


def many_subtransactions(writer):
    """More of them than the server keeps in shared memory, in one statement."""
    stream = writer.stream()
    tokens = [writer.token() for _ in range(80)]
    writer.begin()
    writer.execute("""DO $$
        DECLARE one text;
        BEGIN
            FOREACH one IN ARRAY %s::text[] LOOP
                BEGIN
                    PERFORM message_store.write_message(one, %s, 'T', '{}');
                EXCEPTION WHEN unique_violation THEN
                    RAISE;
                END;
            END LOOP;
        END $$""", [id_of(token) for token in tokens], stream)
    writer.tokens += tokens
    writer.pause()
    writer.commit()


def prepared(writer):
    """Prepared, and ended a while later."""
    name = "stress_%d_%d" % (writer.number, writer.token())
    verb = writer.random.choice(("COMMIT", "COMMIT", "ROLLBACK"))
    writer.begin()
    for _ in range(writer.random.randint(1, 3)):
        writer.write("%s-prepared%d" % (writer.random.choice(CATEGORIES), writer.number))
    writer.prepared = (name, verb, False)
    writer.execute("PREPARE TRANSACTION '%s'" % name)
    writer.prepared = (name, verb, True)
    time.sleep(writer.random.random() * 0.05)
    writer.execute("%s PREPARED '%s'" % (verb, name))
    if verb == "ROLLBACK":
        raise RolledBack
    writer.acknowledge()


def same_id(writer):
    """An id that other sessions write at the same time: one of them may."""
    token = CONTESTED | int(time.time() * 20)
    if writer.random.random() < 0.5:
        writer.alone([token], writer.send, token, writer.stream())
        return
    writer.begin()
    writer.write(token=token)
    writer.pause()
    if writer.random.random() < 0.3:
        writer.rollback()
    writer.commit()


def known_id(writer):
    """An id of one's own once more."""
    old = [tokens for tokens in writer.acknowledged[-20:] if tokens]
    if not old:
        return single(writer)
    token = old[0][0]
    writer.begin()
    writer.write()
    try:
        writer.write(token=token)
    except psycopg2.Error as error:
        if error.pgcode == DUPLICATE:
            writer.execute("ROLLBACK")
            raise RolledBack
        raise
    if "durable" in writer.features:
        writer.surprises.append("an id was written a second time")
    writer.tokens.remove(token)
    writer.rollback()


def expected_version(writer):
    """A race: the version was read before, and others write, too."""
    stream = "a-%d" % writer.random.randrange(2)
    version = writer.execute("SELECT stream_version(%s)", stream)
    writer.pause(0.002)
    token = writer.token()
    writer.alone([token], writer.send, token, stream, -1 if version is None else version)


def repeatable_read(writer):
    stream = writer.stream()
    level = writer.random.choice(("REPEATABLE READ", "SERIALIZABLE"))

    def work(tokens):
        writer.begin(level)
        writer.execute("SELECT stream_version(%s)", stream)
        writer.pause(0.003)
        writer.write(stream, next(tokens))
        writer.write(token=next(tokens))
        writer.commit()
    writer.again(work)


def large(writer):
    """Stored out of line."""
    data = json.dumps({"noise": "%x" % writer.random.getrandbits(
        4 * writer.random.choice((10000, 50000, 200000)))})
    token = writer.token()
    writer.alone([token], writer.send, token, writer.stream(), None, data)


def locked(writer):
    """acquire_lock keeps the category's writers out."""
    def work(tokens):
        stream = writer.stream()
        writer.begin()
        writer.execute("SELECT acquire_lock(%s)", stream)
        writer.write(stream, next(tokens))
        writer.pause(0.003)
        writer.write(stream, next(tokens))
        writer.commit()
    writer.again(work)


def locked_to_commit(writer):
    """As Message DB locks."""
    def work(tokens):
        writer.begin()
        writer.execute("SET LOCAL message_db.category_lock = commit")
        writer.write(token=next(tokens))
        writer.pause(0.003)
        writer.commit()
    writer.again(work)


def batch(writer):
    """write_messages, alone or in a transaction."""
    tokens = [writer.token() for _ in range(writer.random.choice((1, 3, 10, 100)))]
    if writer.random.random() < 0.7:
        writer.alone(tokens, writer.send_batch, tokens, writer.stream())
        return
    writer.begin()
    writer.write(writer.stream("a"))
    writer.send_batch(tokens, writer.stream("b"))
    writer.tokens += tokens
    writer.pause()
    if writer.random.random() < 0.2:
        writer.rollback()
    writer.commit()


def retried(writer):
    """A write that is repeated as after a lost answer, with idempotent_writes."""
    stream, token = writer.stream(), writer.token()
    writer.begin()
    writer.execute("SET LOCAL message_db.idempotent_writes = on")
    first = writer.write(stream, token)
    if writer.write(stream, token) != first:
        writer.surprises.append("a retry was given another position")
    writer.tokens.pop()
    writer.commit()
    # now that it has committed
    writer.execute("SET message_db.idempotent_writes = on")
    try:
        if writer.execute("SELECT write_message(%s, %s, 'T', '{}')", id_of(token), stream) != first:
            writer.surprises.append("a later retry was given another position")
    finally:
        if not writer.connection.closed:
            writer.execute("RESET message_db.idempotent_writes")


def reading(writer):
    """A category read inside a writing transaction."""
    writer.begin()
    writer.write(writer.stream("c"))
    writer.execute("SELECT count(*) FROM get_category_messages('c', 1, 10)")
    writer.write(writer.stream("c"))
    if "message_store_writers" in writer.features:
        writer.execute("SELECT count(*) FROM message_store_writers()")
    writer.commit()


def amended(writer):
    """A row that its own transaction updates by hand, in its page or with new
    index entries, and one that it deletes."""
    writer.begin()
    writer.write(writer.stream("a"))
    writer.pause(0.003)
    change = writer.random.choice((
        "data = '1'", "metadata = coalesce(metadata, '{}') || '{\"amended\": true}'"))
    writer.execute("UPDATE messages SET " + change + " WHERE id = %s", id_of(writer.tokens[-1]))
    if writer.random.random() < 0.3:
        writer.execute("DELETE FROM messages WHERE id = %s", id_of(writer.tokens.pop()))
    writer.pause(0.003)
    writer.write(writer.stream("b"))
    writer.commit()


# How often a kind comes, and what it needs of the extension.
KINDS = (
    (30, single, None),
    (12, several, None),
    (8, over_categories, None),
    (6, crossing, None),
    (8, rolled_back, None),
    (10, savepoint, None),
    (1, many_subtransactions, None),
    (4, prepared, "prepared transactions"),
    (5, same_id, None),
    (4, known_id, None),
    (6, expected_version, None),
    (4, repeatable_read, None),
    (2, large, None),
    (2, locked, None),
    (2, locked_to_commit, "message_db.category_lock"),
    (8, batch, "write_messages"),
    (4, retried, "message_db.idempotent_writes"),
    (3, reading, None),
    (4, amended, None),
)


def record_of(number, seconds, options, features, expected=(), ending=None):
    """Writes for so many seconds, or until the event ending is set, with the
    kinds that the extension has; errors with an SQLSTATE of expected are no
    surprise."""
    writer = Writer(number, options, features, expected)
    kinds = [(weight, kind) for weight, kind, need in KINDS if need is None or need in features]
    weights = [weight for weight, _ in kinds]
    end = time.monotonic() + seconds
    while time.monotonic() < end and not (ending and ending.is_set()):
        _, kind = writer.random.choices(kinds, weights)[0]
        writer.attempt(kind)
    writer.connection.close()
    return Record(writer.acknowledged, writer.rolled_back, writer.unknown,
                  writer.errors, writer.surprises)
