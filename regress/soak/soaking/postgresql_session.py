"""A session of PostgreSQL that lives long.

It is a writer of regress/stress/load/writers.py with more kinds of work, and
tells at each rest what it holds: memory by context, cursors, prepared
statements.  A step is one kind of work, or its failure in a way that the kind
expects; whatever comes else is a surprise, and fails the soak.

Some steps run under a statement_timeout of some milliseconds, and every step
may be canceled from outside.
"""

import random
import time
from array import array
from collections import Counter, namedtuple

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from load.pollers import poll
from load.worker import connect, is_lost
from load.writers import CANCELED, RETRIED, Record, Writer

OPTIONS = ("-c deadlock_timeout=20ms -c lock_timeout=2s -c message_store.sql_condition=on"
           " -c application_name=%s")
HURRIED = 0.04          # share of the steps under a short statement_timeout
PREPARED = {
    "soak_write": "(varchar, varchar) AS SELECT write_message(NULL, $1, $2, '{\"a\": 1}')",
    "soak_read": "(varchar, bigint) AS SELECT count(*) FROM get_stream_messages($1, $2, 20)",
    "soak_version": "(varchar) AS SELECT stream_version($1)",
}

# Memory of the statement that asks, which is gone afterwards.
PASSING = ("MessageContext", "ExecutorState", "ExprContext", "PortalContext", "printtup",
           "TopPortalContext", "HashTableContext", "HashBatchContext", "ErrorContext",
           "TopTransactionContext", "Tuplestore", "tuplestore tuples",
           "Table function arguments", "SRF multi-call context", "HashAgg hash table",
           "HashAgg meta context", "TupleSort main", "TupleSort sort", "Caller tuples",
           "RowDescriptionContext")
# What the server remembers of tables, indexes, files and names that it has met,
# its counters, and its list of a transaction's locks, which stays as long as it
# once was.
CATALOGS = ("CacheMemoryContext", "LOCALLOCK hash", "PgStat Pending", "PgStat Shared Ref",
            "PgStat Shared Ref Hash", "Sequence values", "index info", "relation rules",
            "Relcache by OID", "smgr relation table", "MdSmgr", "Relation descriptors",
            "RelfilenumberMap cache", "RelfilenodeMap cache", "Type information cache",
            "Event Trigger Cache",
            "Operator lookup cache", "Opclass cache", "TableSpace cache", "RI query cache")
# Plans that are kept, of functions in PL/pgSQL, too.
PLANS_KEPT = ("CachedPlan", "CachedPlanSource", "CachedPlanQuery", "SPI Plan", "PL/pgSQL function",
         "PL/pgSQL cast info", "SQL function", "inline_function", "plan cache")
CONTEXTS = ("SELECT name, count(*), sum(used_bytes)::bigint FROM pg_backend_memory_contexts"
            " GROUP BY name")


# record: as of every writer; done: steps by kind; written, in_doubt: messages
# by namespace; lives: how many connections it had.
Life = namedtuple("Life", "record done written in_doubt lives")


class Failed(Exception):
    """The work found something that must not be."""


class Resident:
    """What sessions have in common: a connection, and reports of it."""

    def report(self):
        """What this session holds while it does nothing."""
        while True:
            try:
                return self.holdings()
            except psycopg2.Error as error:
                if is_lost(error):
                    self.connection.close()
                    self.reconnect()
                elif error.pgcode != CANCELED:
                    raise

    def holdings(self):
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), (SELECT count(*) FROM pg_cursors),"
                           " (SELECT array_agg(name ORDER BY name) FROM pg_prepared_statements)")
            pid, cursors, prepared = cursor.fetchone()
            cursor.execute(CONTEXTS)
            contexts = {name: (count, size) for name, count, size in cursor
                        if name not in PASSING}
        groups = {"catalogs": 0, "plans": 0, "own": 0}
        for name, (_, size) in contexts.items():
            groups["catalogs" if name in CATALOGS else
                   "plans" if name in PLANS_KEPT else "own"] += size
        return {"pid": pid, "steps": self.steps, "cursors": cursors,
                "prepared": sorted(set(prepared or ()) - set(PREPARED)), "contexts": contexts,
                **groups}


class PollingSession(Resident):
    """Reads behind the writers, and remembers what it saw."""

    def __init__(self, number, poller, seed, ignored):
        self.number, self.poller, self.ignored = number, poller, ignored
        self.random = random.Random("%s/%d" % (seed, number))
        self.seen, self.errors, self.steps = (array("q"), array("q")), Counter(), 0
        self.reconnect()

    def reconnect(self):
        self.connection = connect(OPTIONS % "soak")

    def step(self):
        """A read; whether it found anything, None when it failed."""
        self.steps += 1
        try:
            return poll(self.connection, self.poller, self.random, self.seen)
        except psycopg2.Error as error:
            self.errors[error.pgcode] += 1
            if is_lost(error):
                self.connection.close()
                self.reconnect()
            elif error.pgcode not in self.ignored:
                raise
            else:
                self.undo()

    def undo(self):
        try:
            with self.connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
        except psycopg2.Error:
            self.connection.close()
            self.reconnect()


def polled(number, poller, phases, seed, ignored, pause):
    """The work of a process: reads until nothing is left after the end."""
    session, empty = PollingSession(number, poller, seed, ignored), 0
    while phases.go_on(number, session.report, level=2) or empty < 2:
        found = session.step()
        if found is not None:
            empty = 0 if found else empty + 1
        if not found:
            time.sleep(session.random.random() * pause)
    session.connection.close()
    return session.seen, session.steps, session.errors


class Session(Resident, Writer):
    """name: as what the server knows it.  kinds: (weight, function).
    namespaces: those that it may use, besides the default one."""

    def __init__(self, number, name, kinds, namespaces, features, seed):
        self.done, self.steps, self.lives = Counter(), 0, 0
        self.kinds, self.weights = [k for _, k in kinds], [w for w, _ in kinds]
        self.namespaces = namespaces
        self.written, self.in_doubt = Counter(), Counter()      # by namespace
        self.created, self.count_created = set(), 0
        self.touched, self.allowed, self.equipped = False, (), None
        super().__init__(number, OPTIONS % name, features)
        self.random = random.Random("%s/%d" % (seed, number))

    def reset(self):
        """Ready for the next step: connected, and everything set back."""
        if self.connection is not None and not self.connection.closed and self.touched:
            self.settle("RESET ALL; RESET ROLE; CLOSE ALL")
        self.touched, self.allowed = False, ()
        super().reset()
        while self.connection is not self.equipped or self.connection.closed:
            super().reset()
            self.equipped = self.connection
            self.lives += 1
            # with the library loaded, settings are checked
            for sql in ["SELECT message_db_version()"] + [
                    "PREPARE %s %s" % item for item in PREPARED.items()]:
                if not self.connection.closed:
                    self.settle(sql)

    reconnect = reset

    def settle(self, sql):
        """Has that done, however often it is canceled; a lost connection will
        do, too."""
        while True:
            try:
                return self.execute(sql)
            except psycopg2.Error as error:
                if is_lost(error):
                    self.connection.close()
                    return None
                if error.pgcode != CANCELED:
                    raise

    def step(self):
        kind = self.random.choices(self.kinds, self.weights)[0]
        if self.random.random() < HURRIED:
            self.settle("SET statement_timeout = %d" % self.random.randint(1, 30))
            self.touched = True
        self.do(kind)

    def do(self, kind):
        self.steps += 1
        self.done[kind.__name__] += 1
        try:
            self.attempt(kind)
        except Failed as failure:
            self.surprises.append("%s: %s" % (kind.__name__, failure))
            self.undo()
            self.reset()

    def is_expected(self, error):
        return error.pgcode in self.allowed or super().is_expected(error)

    def expect(self, *states):
        """SQLSTATEs that this step may end with."""
        self.allowed += states

    def refused(self, state, sql, *arguments):
        """The statement must fail so, or be canceled; undone if in a transaction."""
        inside = self.connection.info.transaction_status != TRANSACTION_STATUS_IDLE
        if inside:
            self.execute("SAVEPOINT refused")
        try:
            self.execute(sql, *arguments)
        except psycopg2.Error as error:
            if error.pgcode != state:
                raise
        else:
            raise Failed("%s is due: %s" % (state, sql))
        if inside:
            self.execute("ROLLBACK TO refused")

    def rows(self, sql, *arguments):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, arguments or None)
            return cursor.fetchall()

    def check(self, condition, what):
        if not condition:
            raise Failed(what)


def until_done(session, work):
    """Does that, however often it is disturbed."""
    while True:
        try:
            work(session)
            return
        except psycopg2.Error as error:
            if not is_lost(error) and error.pgcode not in RETRIED + (CANCELED,):
                raise
            session.undo()
            session.reset()


def lived(number, name, kinds, namespaces, features, seed, phases, pause, first, last):
    """The work of a process: first, steps until the end with pauses of up to
    twice that many seconds, last."""
    session = Session(number, name, kinds, namespaces, features, seed)
    until_done(session, first)
    for kind in session.kinds:
        session.do(kind)
    while phases.go_on(number, session.report):
        session.step()
        time.sleep(session.random.random() * 2 * pause)
    until_done(session, last)
    session.connection.close()
    record = Record(session.acknowledged, session.rolled_back, session.unknown, session.errors,
                    session.surprises)
    return Life(record, session.done, session.written, session.in_doubt, session.lives)
