"""A process that works on two stores of SQLite for long: one in WAL mode, one
with a rollback journal.

What its connections hold is looked at with the same namespaces attached each
time.  One process in two closes its connections now and then: no memory of
SQLite's may be left then, to the byte, and no file open.  What was acknowledged,
and what was seen, goes into files, so that the process itself does not grow.

While it works, a thread interrupts whatever is running at random moments, and
some steps have a progress handler that does so.  An interrupted write outside
of a transaction may have been stored, or not.
"""

import ctypes
import ctypes.util
import json
import os
import random
import sqlite3
import threading
import time
from array import array
from collections import Counter, namedtuple

from load.writers import CATEGORIES, METADATA, RolledBack, id_of

from .processes import anonymous_memory, heap_in_use, open_files

# When sqlite3_declare_vtab() is interrupted, SQLite calls it an error.
INTERRUPTED_CONSTRUCTOR = "vtable constructor failed"
MALLOC_COUNT, CONFIG_PAGECACHE = 9, 7       # SQLITE_STATUS_..., SQLITE_...
PASSING = ("SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_BUSY_RECOVERY",
                   "SQLITE_INTERRUPT")
PATIENCE = 1            # seconds: transactions over several namespaces can wait for each other
ATTACHED = 10           # as many as SQLite attaches
HURRIED = 0.05          # share of the steps with a progress handler
CLOSING = 3             # every so many rests close the connections, of one process in two

library = ctypes.CDLL(ctypes.util.find_library("sqlite3"))
library.sqlite3_memory_used.restype = ctypes.c_int64
# No page cache in advance: memory is what is in use.
library.sqlite3_shutdown()
library.sqlite3_config(CONFIG_PAGECACHE, None, 0, 0)
library.sqlite3_initialize()

Seen = namedtuple("Seen", "poller positions tokens")
Life = namedtuple("Life", "acknowledged rolled_back unknown seen written in_doubt done errors"
                  " surprises steps")


def memory_used():
    return library.sqlite3_memory_used()


def allocations():
    current, most = ctypes.c_int64(), ctypes.c_int64()
    library.sqlite3_status64(MALLOC_COUNT, ctypes.byref(current), ctypes.byref(most), 0)
    return current.value


class Failed(Exception):
    """The work found something that must not be."""


class Numbers:
    """Integers in a file."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "ab")

    def add(self, numbers):
        array("q", numbers).tofile(self.file)

    def read(self):
        self.file.flush()
        found = array("q")
        with open(self.path, "rb") as file:
            found.frombytes(file.read())
        return found


class Groups(Numbers):
    """Lists of integers in a file, each behind its length."""

    def append(self, numbers):
        self.add([len(numbers)] + list(numbers))

    def groups(self):
        found, place, numbers = [], 0, self.read().tolist()
        while place < len(numbers):
            found.append(numbers[place + 1:place + 1 + numbers[place]])
            place += 1 + numbers[place]
        return found


class Store:
    """A connection to a store, and what this process did there.  A step is
    one of sqlite_kinds.KINDS."""

    def __init__(self, number, path, mode, extension, poller, pool, seed):
        self.number, self.path, self.mode, self.extension = number, path, mode, extension
        self.poller, self.namespaces = poller, pool
        self.random = random.Random("%s/%d/%s" % (seed, number, mode))
        own = "%s-of-%d-" % (path, number)
        self.acknowledged, self.rolled_back = Numbers(own + "written"), Numbers(own + "undone")
        self.positions, self.seen = Numbers(own + "positions"), Numbers(own + "seen")
        self.last_seen, self.count, self.recent = 0, 0, []
        self.unknown, self.written, self.in_doubt = Groups(own + "unknown"), Counter(), Counter()
        self.created, self.count_created = set(), 0
        self.done, self.errors, self.surprises = Counter(), Counter(), []
        self.db, self.closing, self.statement = None, threading.Lock(), None
        self.reset()

    # The connection

    def open(self):
        db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None,
                             check_same_thread=False, cached_statements=0)
        db.enable_load_extension(True)
        db.load_extension(self.extension)
        db.enable_load_extension(False)
        # it is about memory and locks, not about the disk
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -500")
        if self.mode == "wal":
            db.execute("PRAGMA cache_spill = OFF")
        self.db = db

    def close(self):
        with self.closing:
            if self.db:
                self.db.close()
            self.db = None

    def interrupt(self):
        """From another thread."""
        with self.closing:
            if self.db:
                self.db.interrupt()

    # Statements

    def rows(self, sql, *parameters):
        self.statement = sql
        return self.db.execute(sql, parameters).fetchall()

    def value(self, sql, *parameters):
        found = self.rows(sql, *parameters)
        return found[0][0] if found else None

    def settle(self, sql, *parameters):
        """Has that done, however often it is interrupted."""
        while True:
            try:
                return self.rows(sql, *parameters)
            except sqlite3.Error as error:
                if name_of(error) not in PASSING:
                    raise

    def check(self, condition, what):
        if not condition:
            raise Failed(what)

    def refused(self, text, sql, *parameters):
        """The statement must fail with a message that begins so."""
        try:
            self.rows(sql, *parameters)
        except sqlite3.Error as error:
            if not str(error).startswith(text):
                raise
        else:
            raise Failed("an error is due: " + sql)

    # Transactions

    def token(self):
        self.count += 1
        return self.number << 40 | self.count

    def stream(self, category=None):
        number = self.random.randrange(12)
        tail = self.random.choice(("", "+part", "-%d" % self.random.randrange(300)))
        return "%s-%d%s" % (category or self.random.choice(CATEGORIES), number, tail)

    def send(self, token, stream, expected=None, data="{}"):
        return self.value("SELECT write_message(?, ?, 'T', ?, ?, ?)", id_of(token), stream, data,
                          self.random.choice(METADATA), expected)

    def send_batch(self, tokens, stream):
        return self.value("SELECT write_messages(?, ?)", stream, json.dumps(
            [{"id": id_of(token), "type": "T", "data": {}} for token in tokens]))

    def write(self, stream=None):
        token = self.token()
        self.send(token, stream or self.stream())
        self.tokens.append(token)
        return token

    def alone(self, tokens, send, *arguments):
        """A write in a transaction of its own; interrupted, it may be stored."""
        self.tokens, self.ending = tokens, True
        send(*arguments)
        self.acknowledge()

    def acknowledge(self):
        self.acknowledged.add(self.tokens)
        self.recent = (self.recent + self.tokens)[-20:]
        self.tokens, self.ending = [], False

    def begin(self):
        immediate = self.random.random() < 0.1
        if immediate:
            self.expect("too many attached databases")      # it uses all that are attached
        self.db.execute("BEGIN IMMEDIATE" if immediate else "BEGIN")

    def commit(self):
        self.ending = True
        self.db.execute("COMMIT")
        self.acknowledge()

    def rollback(self):
        self.db.execute("ROLLBACK")
        raise RolledBack

    # Steps

    def expect(self, *names):
        """Errors that this step may end with: names, or how a message begins."""
        self.expected += names

    def reset(self):
        self.tokens, self.ending, self.expected, self.touched = [], False, (), False

    def do(self, kind):
        self.done[kind.__name__] += 1
        hurried = self.random.random() < HURRIED
        if hurried:
            calls = [self.random.randint(1, 200)]

            def handler():
                calls[0] -= 1
                return calls[0] == 0
            self.db.set_progress_handler(handler, self.random.choice((10, 100, 1000)))
        try:
            kind(self)
        except RolledBack:
            self.rolled_back.add(self.tokens)
        except Failed as failure:
            self.surprises.append("%s, %s: %s" % (self.mode, kind.__name__, failure))
            self.undo()
        except sqlite3.Error as error:
            self.failed(kind, error)
        if hurried:
            self.db.set_progress_handler(None, 0)
        if self.touched:
            self.set_back()
        if self.db.in_transaction:
            self.surprises.append("%s: a transaction is open" % kind.__name__)
            self.undo()
        self.reset()

    def failed(self, kind, error):
        name = name_of(error)
        self.errors[name if name != "SQLITE_ERROR" else str(error)[:24]] += 1
        if name not in PASSING + self.expected and \
                not str(error).startswith(self.expected or "\0"):
            self.surprises.append("%s, %s: %s %s in %s" % (self.mode, kind.__name__, name, error,
                                                           self.statement))
        # one that was busy still has its transaction, to be undone
        in_doubt = self.ending and not self.db.in_transaction
        self.undo()
        if in_doubt:
            self.unknown.append(self.tokens)
        else:
            self.rolled_back.add(self.tokens)

    def undo(self):
        while self.db.in_transaction:
            self.settle("ROLLBACK")

    def set_back(self):
        for name, value in (("message_db.namespace", None), ("message_store.sql_condition", None),
                            ("message_db.idempotent_writes", None),
                            ("message_db.category_lock", None)):
            self.settle("SELECT set_config(?, ?, 0)", name, value)
        self.settle("PRAGMA busy_timeout = %d" % (PATIENCE * 1000))

    def look_around(self):
        """So that what is remembered is the same whenever this was done."""
        for name in self.namespaces[:ATTACHED]:
            self.settle("SELECT use_namespace(?)", name)
            self.settle("SELECT * FROM get_stream_messages('q-1')")
            self.settle("SELECT * FROM get_category_messages('none')")
        self.set_back()
        self.settle("PRAGMA shrink_memory")

    def life(self):
        return Life(self.acknowledged.read(), self.rolled_back.read(), self.unknown.groups(),
                    Seen(self.poller, self.positions.read(), self.seen.read()),
                    self.written, self.in_doubt, self.done, self.errors, self.surprises,
                    sum(self.done.values()))


def name_of(error):
    """As SQLite calls it; older Pythons do not tell, and the SQLite of their time
    says of an ATTACH that finds the file locked that it cannot open it."""
    name = getattr(error, "sqlite_errorname", None)
    if str(error).startswith(INTERRUPTED_CONSTRUCTOR):
        name = "SQLITE_INTERRUPT"
    return name or {"interrupted": "SQLITE_INTERRUPT", "database is locked": "SQLITE_BUSY",
                    "unable to open database": "SQLITE_BUSY"}.get(str(error).split(":")[0], "SQLITE_ERROR")


class Process:
    def __init__(self, number, stores, kinds, seed, interruption):
        self.number, self.stores, self.interruption = number, stores, interruption
        self.kinds, self.weights = [k for _, k in kinds], [w for w, _ in kinds]
        self.random, self.rests, self.ending = random.Random("%s/%d" % (seed, number)), 0, False
        # what is there without any connection, once SQLite has been used
        self.open()
        self.close()
        self.base = memory_used(), open_files(os.getpid())
        self.open()
        self.interrupts = 0
        self.thread = threading.Thread(target=self.interrupter, daemon=True)

    def open(self):
        for store in self.stores:
            store.open()

    def close(self):
        for store in self.stores:
            store.close()

    def interrupter(self):
        choose = random.Random(self.random.random())
        while not self.ending:
            time.sleep(choose.random() * 2 * self.interruption)
            choose.choice(self.stores).interrupt()
            self.interrupts += 1

    def report(self):
        """What the process holds while it does nothing."""
        self.rests += 1
        problems = []
        for store in self.stores:
            store.look_around()
            if store.db.in_transaction:
                problems.append("%s: a transaction is open" % store.mode)
        found = {"steps": self.steps(), "sqlite": memory_used(), "allocations": allocations(),
                 "heap": heap_in_use(),
                 "process": anonymous_memory(os.getpid()),
                 "files": open_files(os.getpid()) - self.base[1]}
        if self.number % 2 and self.rests % CLOSING == 0:
            self.close()
            left = memory_used() - self.base[0], open_files(os.getpid()) - self.base[1]
            if left != (0, 0):
                problems.append("after closing %d bytes of memory and %d files are left" % left)
            self.open()
        return dict(found, problems=problems)

    def steps(self):
        return sum(sum(store.done.values()) for store in self.stores)

    def step(self):
        store = self.random.choice(self.stores)
        store.do(self.random.choices(self.kinds, self.weights)[0])


def lived(number, places, kinds, seed, phases, pause, interruption, first, last):
    """The work of a process: first and last in each store, and steps between."""
    process = Process(number, [Store(number, *place, seed) for place in places], kinds, seed,
                      interruption)
    for store in process.stores:
        store.do(first)
        for kind in process.kinds:
            store.do(kind)
    process.thread.start()
    while phases.go_on(number, process.report):
        process.step()
        time.sleep(process.random.random() * 2 * pause)
    process.ending = True
    process.thread.join()
    for store in process.stores:
        last(store)
    process.close()
    left = memory_used() - process.base[0]
    return [store.life() for store in process.stores], left, process.interrupts
