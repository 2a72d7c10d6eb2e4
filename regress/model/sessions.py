"""The part of the model that is about sessions: transactions, savepoints,
locks, settings, and what a session sees of what others write.

Nothing waits here.  A step that would wait for another session, or whose
outcome depends on more than the history, raises NotDetermined.
"""

import values
from errors import Failure

DEFAULT = "message_store"

BOOLEANS = ("message_store.sql_condition", "message_store.debug", "message_store.debug_write",
            "message_store.debug_get", "message_db.auto_create_namespaces", "message_db.idempotent_writes")
CATEGORY_LOCK = "message_db.category_lock"
CURRENT = "message_db.namespace"
DEFAULTS = dict({name: False for name in BOOLEANS}, **{CATEGORY_LOCK: "insert", CURRENT: DEFAULT})

CONTROL = ("begin", "commit", "rollback", "savepoint", "rollback to", "release")


class NotDetermined(Exception):
    """The step is not to be tried on this store."""


class TransactionTime:
    """The time that all messages of a transaction have."""


class Transaction:
    def __init__(self, session):
        self.session = session
        self.time = TransactionTime()
        self.undo = []              # (function, arguments), in the order of what was done
        self.savepoints = []        # (name, length of undo)
        self.aborted = False
        self.committed_at = None    # the model's clock, when it has committed
        self.locks = {}             # what: whether exclusively
        self.snapshots = {}         # one_writer: the clock when a namespace was first looked at
        self.maybe = {}             # the same, for those that may have been looked at


class Session:
    def __init__(self):
        self.transaction = None     # begun with BEGIN
        self.settings = dict(DEFAULTS)
        self.local = {}             # those that end with the transaction


class Sessions:
    def __init__(self, rules, sessions):
        self.rules = rules
        self.sessions = [Session() for _ in range(sessions)]
        self.namespaces = {}
        self.clock = 0
        self.changed_at = {}        # namespace: the clock when a commit changed it last
        self.maybe_changed_at = {}
        self.session = self.transaction = None

    def execute(self, step):
        """The rows of a step; raises Failure or NotDetermined."""
        self.session = self.sessions[step[0]]
        what, arguments = step[1], step[2:]
        if what in CONTROL:
            getattr(self, what.replace(" ", "_"))(*arguments)
            return []
        if not self.is_explicit():
            self.transaction = Transaction(self.session)
            return self.statement(what, arguments, self.end)
        self.transaction = self.session.transaction
        if self.transaction.aborted:
            raise Failure("ABORTED")
        return self.statement(what, arguments, lambda commit: None)

    def statement(self, what, arguments, end):
        """Calls a function; an error leaves nothing of it."""
        tx = self.transaction
        self.start = len(tx.undo)
        found = dict(tx.locks), dict(tx.snapshots), dict(tx.maybe)
        try:
            rows = self.call(what, arguments)
        except Failure:
            self.undo_to(self.start)
            if self.is_explicit() and self.rules.errors_abort:
                self.abort()
            end(False)
            raise
        except NotDetermined:
            self.undo_to(self.start)
            tx.locks, tx.snapshots, tx.maybe = found
            end(False)
            raise
        end(True)
        return rows

    def is_explicit(self):
        return self.session.transaction is not None

    # Transactions -----------------------------------------------------------------

    def undo(self, function, *arguments):
        self.transaction.undo.append((function, arguments))

    def undo_to(self, length):
        undo = self.transaction.undo
        while len(undo) > length:
            function, arguments = undo.pop()
            function(*arguments)

    def keep(self):
        """What the statement has done by now stays, whatever becomes of it."""
        if not self.is_explicit():
            self.transaction.undo.clear()
        self.start = len(self.transaction.undo)

    def abort(self):
        self.transaction.aborted = True
        self.undo_to(self.transaction.savepoints[-1][1] if self.transaction.savepoints else 0)

    def end(self, commit):
        if not commit or self.transaction.aborted:
            self.undo_to(0)
        self.clock += 1
        self.transaction.committed_at = self.clock
        if commit:
            self.note_changes(self.transaction)
        self.transaction.locks = {}
        self.session.local = {}
        self.session.transaction = None

    def note_changes(self, transaction):
        """Which namespaces have changed, or may have: who locks a file and
        writes nothing that stays may leave it as it was, or not."""
        for name, namespace in self.namespaces.items():
            if any(m.writer is transaction for m in namespace.messages):
                self.changed_at[name] = self.clock
            elif ("file", name) in transaction.locks:
                self.maybe_changed_at[name] = self.clock

    def begin(self):
        if self.is_explicit():
            raise NotDetermined("a transaction is open")
        self.session.transaction = Transaction(self.session)

    def must_be_explicit(self):
        if not self.is_explicit():
            raise NotDetermined("no transaction is open")
        self.transaction = self.session.transaction

    def commit(self):
        self.must_be_explicit()
        self.end(True)

    def rollback(self):
        self.must_be_explicit()
        self.end(False)

    def savepoint(self, name):
        self.must_be_explicit()
        if self.transaction.aborted:
            raise Failure("ABORTED")
        self.transaction.savepoints.append((name, len(self.transaction.undo)))

    def find_savepoint(self, name):
        self.must_be_explicit()
        names = [n for n, _ in self.transaction.savepoints]
        if name not in names:
            raise NotDetermined("no such savepoint")
        return len(names) - 1 - names[::-1].index(name)

    def rollback_to(self, name):
        number = self.find_savepoint(name)
        self.undo_to(self.transaction.savepoints[number][1])
        del self.transaction.savepoints[number + 1:]
        self.transaction.aborted = False

    def release(self, name):
        number = self.find_savepoint(name)
        if self.transaction.aborted:
            raise Failure("ABORTED")
        del self.transaction.savepoints[number:]

    # Locks --------------------------------------------------------------------------

    def others(self):
        return [s.transaction for s in self.sessions if s is not self.session and s.transaction]

    def lock(self, what, exclusive=True, released_by_savepoints=True):
        """Until the end of the transaction, or the rollback to a savepoint."""
        for other in self.others():
            if what in other.locks and (exclusive or other.locks[what]):
                raise NotDetermined("waits for another session")
        locks = self.transaction.locks
        if exclusive and not locks.get(what) or what not in locks:
            if self.rules.savepoints_release_locks and released_by_savepoints:
                before = dict(locks)
                self.undo(self.restore_locks, self.transaction, before)
            locks[what] = exclusive

    @staticmethod
    def restore_locks(transaction, before):
        """What stays until the end of the transaction, stays."""
        kept = {what: exclusive for what, exclusive in transaction.locks.items() if what[0] == "world"}
        transaction.locks = {**before, **kept}

    def lock_world(self):
        """Who creates, deletes, clears or renames a namespace is alone."""
        self.lock(("world",), True, False)
        tx = self.transaction
        for name in [*self.namespaces, DEFAULT]:
            snapshot = tx.snapshots.get(name, tx.maybe.get(name, self.clock))
            if max(self.changed_at.get(name, 0), self.maybe_changed_at.get(name, 0)) > snapshot:
                raise NotDetermined("a snapshot may be stale")
            self.look_at(name)

    def touch(self, name):
        """The session looks at a namespace, or with None at all of them."""
        self.lock(("world",), False, False)
        for each in [name] if name else list(self.namespaces):
            self.look_at(each, certain=name is not None)
        if name != DEFAULT:
            self.look_at(DEFAULT, certain=False)

    def lock_to_write(self, name, stream_name):
        self.lock_file(name)
        if self.rules.one_writer or stream_name is None:
            return
        category = values.category(stream_name)
        exclusive = self.rules.writers_exclude_others or self.setting(CATEGORY_LOCK) == "commit"
        self.lock(("category", name, category), exclusive)
        if not self.rules.writers_exclude_others:
            self.lock(("stream", name, stream_name))

    def lock_category(self, stream_name):
        """What acquire_lock() does.  The default namespace need not exist."""
        self.namespace_to_read()
        if self.rules.one_writer:
            self.lock_file(self.current_name())
        else:
            self.lock(("category", self.current_name(), values.category(stream_name)))

    def lock_file(self, name):
        """Where a namespace has one writer at a time."""
        if not self.rules.one_writer:
            return
        self.lock(("file", name), True, False)
        snapshot = self.transaction.snapshots.get(name, self.clock)
        if self.changed_at.get(name, 0) > snapshot:
            raise Failure("STALE_SNAPSHOT")
        if self.maybe_changed_at.get(name, 0) > snapshot:
            raise NotDetermined("the snapshot may be stale, or not")

    # What a session sees ----------------------------------------------------------

    def look_at(self, name, certain=True):
        """Where a transaction has a snapshot, the first look takes it."""
        tx = self.transaction
        if not self.rules.one_writer or not self.is_explicit() or name in tx.snapshots:
            return
        if not certain:
            tx.maybe.setdefault(name, self.clock)
            return
        if self.changed_at.get(name, 0) > tx.maybe.get(name, self.clock):
            raise NotDetermined("the snapshot may be older, or not")
        tx.snapshots[name] = self.clock

    def is_in_progress(self, message):
        """Whether another session's transaction has written it."""
        return message.writer is not self.transaction and message.writer.committed_at is None

    def is_visible(self, message):
        if message.writer is self.transaction:
            return True
        at = message.writer.committed_at
        return at is not None and at <= self.transaction.snapshots.get(self.looked_at, self.clock)

    def visible(self, namespace):
        self.looked_at = namespace.name
        return [m for m in namespace.messages if self.is_visible(m)]

    def messages_to_read(self):
        """All of the current namespace, whoever sees them."""
        namespace = self.namespace_to_read()
        self.looked_at = namespace.name if namespace else None
        return list(namespace.messages) if namespace else []

    def visible_messages(self):
        return [m for m in self.messages_to_read() if self.is_visible(m)]

    # The current namespace ----------------------------------------------------------

    def current_name(self):
        return self.setting(CURRENT)

    def require(self, name):
        self.touch(name)
        if name not in self.namespaces:
            raise Failure("UNKNOWN_NAMESPACE", name)
        return self.namespaces[name]

    def namespace_to_read(self):
        """None where the default namespace has no table yet."""
        name = self.current_name()
        self.touch(name)
        if name not in self.namespaces and name != DEFAULT and self.setting("message_db.auto_create_namespaces"):
            self.auto_create(name)
        return self.namespaces.get(name) if name == DEFAULT else self.require(name)

    def auto_create(self, name):
        self.create(name)
        if self.rules.auto_creation_stays:
            self.keep()

    def namespace_to_write(self):
        """The first write creates the default namespace."""
        if self.current_name() == DEFAULT and DEFAULT not in self.namespaces:
            self.create(DEFAULT)
        return self.namespace_to_read()

    # Settings -----------------------------------------------------------------------

    def setting(self, name):
        return self.session.local.get(name, self.session.settings[name])

    def find_setting(self, name):
        found = (name or "").lower()
        if found not in DEFAULTS:
            raise Failure("UNKNOWN_SETTING", name)
        return found

    def check_setting(self, name, value):
        """The setting and its new value."""
        if name is None:
            raise Failure("SETTING_WITHOUT_NAME")
        found = self.find_setting(name)
        if value is None:
            return found, DEFAULTS[found]
        if found == CURRENT:
            if not values.is_namespace_name(value):
                raise Failure("INVALID_NAMESPACE_NAME", value)
            return found, value
        if found == CATEGORY_LOCK:
            if value.lower() not in ("insert", "commit"):
                raise Failure("SETTING_NOT_CATEGORY_LOCK", value)
            return found, value.lower()
        if values.boolean(value) is None:
            raise Failure("SETTING_NOT_BOOLEAN", found)
        return found, values.boolean(value)

    def set(self, setting, is_local):
        name, value = setting
        session = self.session
        if self.rules.settings_roll_back:
            self.undo(setattr, session, "settings", dict(session.settings))
            self.undo(setattr, session, "local", dict(session.local))
        if is_local:
            session.local = dict(session.local, **{name: value})
        else:
            session.settings = dict(session.settings, **{name: value})
            session.local = {n: v for n, v in session.local.items() if n != name}
        return self.shown(value)

    @staticmethod
    def shown(value):
        return {True: "on", False: "off"}.get(value, value)

    def show_setting(self, name, missing_ok):
        try:
            return self.shown(self.setting(self.find_setting(name)))
        except Failure:
            if missing_ok or name is None:
                return None
            raise
