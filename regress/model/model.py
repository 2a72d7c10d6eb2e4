"""The reference model: what every function answers, in plain Python.

A Model is a whole store with several sessions.  execute() takes a step of a
history, [session, what, argument ...], and returns its rows, raises Failure
(errors.py), or raises NotDetermined: the step would wait for another session,
or is none that the store has, and is not to be tried.

The state is small.  A namespace is a list of messages in the order of their
global positions, and a Sequence that gives these.  What a transaction changes
is there at once, with a note how to undo it; a message knows the transaction
that wrote it, and when that committed.  So

	commit				forgets the notes
	rollback			follows them backwards
	a savepoint			is a place in the notes
	what a reader sees	is a question to each message

Where the stores differ the model asks its rules (differences.py).  What only
computes is in values.py, and what happens to transactions, locks and settings
in sessions.py; here are the functions that interface.py lists.
"""

import decimal

import values
from differences import OF_MESSAGE_DB, Rules
from errors import Failure
from interface import COLUMNS, CONDITIONS, NO_EXPRESSIONS, SIGNATURES, VIEWS
from messages import SCHEMA_VERSION, Message, Namespace, NewId, Sequence, position_of_repetition, read_batch
from sessions import DEFAULT, NotDetermined, Sessions

VERSION_OF_INTERFACE = "1.3.0"


class Model(Sessions):
    """A store by the given rules, with so many sessions."""

    def __init__(self, rules=Rules, sessions=1, version=None):
        super().__init__(rules, sessions)
        self.version = version      # of message_db
        if rules.is_message_db:
            self.namespaces[DEFAULT] = Namespace(DEFAULT)

    def call(self, what, arguments):
        """A function, or a view, inside of a transaction."""
        if self.rules.is_message_db and what not in OF_MESSAGE_DB:
            raise NotDetermined("Message DB has no %s" % what)
        if what in VIEWS:
            return self.view(VIEWS[what])
        if what in COLUMNS and self.rules.one_writer:
            self.touch(DEFAULT)     # where table functions belong in SQLite
        answer = getattr(self, what)(*self.take(SIGNATURES[what], arguments))
        return answer if isinstance(answer, list) else [[answer]]

    @staticmethod
    def take(signature, arguments):
        """The arguments, in their order, as the types that they have."""
        taken = []
        for number, (_, kind, default) in enumerate(signature):
            value = arguments[number] if number < len(arguments) else default
            if kind == "bigint":
                value = values.integer(value)
            elif kind == "json":
                value = values.canonical(value)
            taken.append(value)
        return taken

    # Writing ------------------------------------------------------------------

    def write_message(self, id, stream_name, type, data, metadata, expected_version):
        wrong_id = None
        if id is not None:
            try:
                id = values.uuid(id)
            except Failure as failure:
                wrong_id = failure
        message = Message(stream_name, type, data, metadata, id)
        return self.write(stream_name, [message], expected_version, wrong_id)

    def write_messages(self, stream_name, messages, expected_version):
        return self.write(stream_name, read_batch(stream_name, messages), expected_version)

    def write(self, stream_name, messages, expected_version, wrong_id=None):
        """All or none, at the end of the stream; returns the last position."""
        namespace = self.namespace_to_write()
        self.lock_to_write(namespace.name, stream_name)
        self.avoid_ids_in_progress(namespace, messages)
        if self.setting("message_db.idempotent_writes") and not wrong_id:
            position = position_of_repetition(namespace, messages)
            if position is not None:
                return position
        version = max([m.position for m in namespace.messages if m.stream_name == stream_name], default=-1)
        if expected_version is not None and expected_version != version:
            raise Failure("WRONG_EXPECTED_VERSION", stream_name, expected_version, version)
        if wrong_id:
            raise wrong_id
        self.check_name(stream_name)
        self.check_columns(namespace, messages[0])
        self.check_ids(namespace, messages)
        for message in messages:
            version += 1
            self.append(namespace, message, version)
        return version

    def avoid_ids_in_progress(self, namespace, messages):
        given = {m.id for m in messages if m.id is not None}
        if any(self.is_in_progress(m) and m.id in given for m in namespace.messages):
            raise NotDetermined("waits for the writer of the id")

    def check_name(self, stream_name):
        length = len((stream_name or "").encode())
        if length > 2048 and self.rules.names_have_a_limit:
            raise Failure("STREAM_NAME_TOO_LONG", stream_name, length)
        if length > 2048:
            raise NotDetermined("depends on how well the name compresses")

    def check_columns(self, namespace, message):
        missing = [column for column in ("stream_name", "type") if getattr(message, column) is None]
        if message.id is None and not self.rules.null_id_makes_id:
            missing.append("id")
        if missing:
            self.skip_positions(namespace, 1)
            raise Failure("NULL_COLUMN", missing[0])

    def check_ids(self, namespace, messages):
        """Each id is used once, in the namespace and in the batch."""
        ids = [m.id for m in messages if m.id is not None]
        known = [id for id in ids if any(m.id == id for m in namespace.messages)]
        twice = [id for number, id in enumerate(ids) if id in ids[:number]]
        if known and self.rules.known_ids_come_first:
            raise Failure("DUPLICATE_ID", known[0])
        if known or twice:
            self.skip_positions(namespace, len(messages))
            raise Failure("DUPLICATE_ID", next(id for n, id in enumerate(ids) if id in known or id in ids[:n]))

    def append(self, namespace, message, position):
        message.id = message.id or NewId()
        message.position = position
        message.global_position = self.next_position(namespace)
        message.writer, message.time = self.transaction, self.transaction.time
        namespace.messages.append(message)
        self.undo(namespace.messages.remove, message)

    def next_position(self, namespace):
        sequence = namespace.sequence
        if self.rules.positions_roll_back:
            self.undo(setattr, sequence, "last", sequence.last)
        sequence.last += 1
        return sequence.last

    def skip_positions(self, namespace, count):
        """What a refused row, or batch, has taken all the same."""
        if not self.rules.positions_roll_back:
            namespace.sequence.last += count

    # Reading ------------------------------------------------------------------

    def get_stream_messages(self, stream_name, position, batch_size, condition):
        if values.is_category(stream_name):
            raise Failure("NOT_A_STREAM_NAME", stream_name)
        batch_size = self.check_page(batch_size, condition)
        position = 0 if position is None else position
        found = [m for m in self.visible_messages() if m.stream_name == stream_name and m.position >= position]
        found.sort(key=lambda m: m.position)
        return self.page(found, batch_size, condition)

    def get_category_messages(self, category, position, batch_size, correlation, member, size, condition):
        if not values.is_category(category):
            raise Failure("NOT_A_CATEGORY", category)
        if not values.is_category(correlation):
            raise Failure("CORRELATION_NOT_A_CATEGORY", correlation)
        self.check_group(member, size)
        batch_size = self.check_page(batch_size, condition)
        position = 1 if position is None else position

        def is_asked_for(m):
            return (values.category(m.stream_name) == category and m.global_position >= position and
                    (correlation is None or values.correlation_category(m.metadata) == correlation) and
                    (size is None or values.group_member(m.stream_name, size) == member))

        return self.page(self.in_order(is_asked_for), batch_size, condition)

    def get_all_messages(self, position, batch_size, condition):
        batch_size = self.check_page(batch_size, condition)
        position = 1 if position is None else position
        return self.page(self.in_order(lambda m: m.global_position >= position), batch_size, condition)

    def get_last_stream_message(self, stream_name, type):
        found = [m for m in self.visible_messages()
                 if m.stream_name == stream_name and (type is None or m.type == type)]
        return [max(found, key=lambda m: m.position).row()] if found else []

    def stream_version(self, stream_name):
        return max([m.position for m in self.visible_messages() if m.stream_name == stream_name], default=None)

    def check_page(self, batch_size, condition):
        """The arguments that all readers have; batch_size, or its default."""
        allowed = self.rules.conditions_are_allowed or self.setting("message_store.sql_condition")
        if condition is not None and not allowed:
            raise Failure("CONDITION_NOT_ACTIVATED")
        if condition is not None and self.rules.conditions_are_pasted:
            self.check_pasted(condition)
        batch_size = 1000 if batch_size is None else batch_size
        if batch_size < -1:
            raise Failure("NEGATIVE_BATCH_SIZE")
        return batch_size

    def check_pasted(self, condition):
        """In Message DB the statement fails, before its LIMIT is looked at."""
        if condition in NO_EXPRESSIONS:
            raise NotDetermined("depends on where the text is pasted")
        if CONDITIONS[condition] is None or "--" in condition:
            raise Failure("CONDITION_FAILS")

    def check_group(self, member, size):
        if member is None and size is None:
            return
        if member is None or size is None:
            raise Failure("GROUP_INCOMPLETE", None, member, size)
        if size < 1:
            raise Failure("GROUP_SIZE_TOO_SMALL", None, member, size)
        if member < 0:
            raise Failure("GROUP_MEMBER_TOO_SMALL", None, member, size)
        if member >= size:
            raise Failure("GROUP_MEMBER_TOO_LARGE", None, member, size)
        if self.rules.group_size_limit and size > self.rules.group_size_limit:
            raise NotDetermined("fails as soon as there is a message")

    def in_order(self, is_asked_for):
        """Messages in the order of global positions, up to the first one that
        a transaction in progress has written, or is to be passed over."""
        for message in self.messages_to_read():
            if not is_asked_for(message):
                continue
            if self.is_visible(message):
                yield message
            elif self.rules.readers_stop and self.is_in_progress(message):
                return

    def page(self, messages, batch_size, condition):
        messages = list(messages)
        if condition is not None and self.looked_at is not None:
            if condition in NO_EXPRESSIONS:
                raise Failure("CONDITION_NOT_EXPRESSION", condition)
            predicate = CONDITIONS[condition]
            if predicate is None:
                raise Failure("CONDITION_FAILS")
            messages = [m for m in messages if predicate(m)]
        if batch_size >= 0:
            messages = messages[:batch_size]
        return [m.row() for m in messages]

    # Locks and names ------------------------------------------------------------

    def acquire_lock(self, stream_name):
        name = self.current_name()
        if stream_name is None:
            return None
        self.lock_category(stream_name)
        category = values.category(stream_name)
        return values.hash_64(category if name == DEFAULT else name + "-" + category)

    def message_store_writers(self):
        """A row for each transaction in progress and category."""
        namespace = self.namespace_to_read()
        first = {}
        for m in namespace.messages if namespace and self.rules.readers_stop else []:
            if self.is_in_progress(m):
                first.setdefault((m.writer, values.category(m.stream_name)), m.global_position)
        return sorted(([category, position] for (_, category), position in first.items()), key=lambda row: row[1])

    def category(self, stream_name):
        return values.category(stream_name)

    def id(self, stream_name):
        return values.id_of(stream_name)

    def cardinal_id(self, stream_name):
        return values.cardinal_id(stream_name)

    def is_category(self, stream_name):
        return int(values.is_category(stream_name))

    def hash_64(self, value):
        return values.hash_64(value)

    def consumer_group_member(self, stream_name, size):
        if stream_name is None or size is None:
            return None
        if size < 1:
            raise Failure("GROUP_SIZE_TOO_SMALL", None, None, size)
        return values.group_member(stream_name, size)

    # Namespaces -----------------------------------------------------------------

    def create_namespace(self, name, description, metadata):
        self.check_namespace_name(name)
        if not self.create(name, description, metadata):
            raise Failure("NAMESPACE_EXISTS", name)
        return name

    def ensure_namespace(self, name):
        self.check_namespace_name(name)
        return int(self.create(name))

    def create(self, name, description=None, metadata=None):
        """Whether it was not there."""
        self.lock_world()
        if name in self.namespaces:
            return False
        self.namespaces[name] = Namespace(name, description, metadata)
        self.undo(self.namespaces.pop, name)
        return True

    def delete_namespace(self, name):
        self.check_namespace_name(name)
        self.lock_world()
        namespace = self.require(name)
        del self.namespaces[name]
        self.undo(self.namespaces.__setitem__, name, namespace)
        return len(namespace.messages)

    def clear_namespace(self, name):
        self.check_namespace_name(name)
        self.lock_world()
        namespace = self.require(name)
        count = len(namespace.messages)
        self.undo(setattr, namespace, "messages", namespace.messages)
        self.undo(setattr, namespace, "sequence", namespace.sequence)
        namespace.messages, namespace.sequence = [], Sequence()
        return count

    def rename_namespace(self, old_name, new_name):
        self.check_namespace_name(old_name)
        self.check_namespace_name(new_name)
        if old_name == DEFAULT:
            raise Failure("DEFAULT_NAMESPACE_FIXED", old_name)
        self.lock_world()
        namespace = self.require(old_name)
        if new_name in self.namespaces or new_name == DEFAULT:
            raise Failure("NAMESPACE_EXISTS", new_name)
        self.rename(namespace, old_name, new_name)
        self.undo(self.rename, namespace, new_name, old_name)
        return new_name

    def rename(self, namespace, old_name, new_name):
        del self.namespaces[old_name]
        namespace.name = new_name
        self.namespaces[new_name] = namespace

    def use_namespace(self, name):
        self.check_namespace_name(name)
        if name != DEFAULT:
            if self.setting("message_db.auto_create_namespaces") and name not in self.namespaces:
                self.auto_create(name)
            self.require(name)
        self.set(("message_db.namespace", name), is_local=False)
        return name

    def current_namespace(self):
        return self.current_name()

    def get_namespace(self, name):
        self.touch(None)
        return [self.namespaces[name].row()] if name in self.namespaces else []

    def list_namespaces(self):
        self.touch(None)
        return [self.namespaces[name].row() for name in sorted(self.namespaces)]

    def namespace_info(self, name):
        self.check_namespace_name(name)
        namespace = self.require(name)
        messages = self.visible(namespace)
        streams = {m.stream_name for m in messages}
        return [namespace.row() + [len(messages), len(streams), len({values.category(s) for s in streams}),
                                   messages[-1].time if messages else None]]

    def verify_namespace(self, name):
        name = self.current_name() if name is None else name
        self.check_namespace_name(name)
        self.require(name)
        return []

    def list_streams(self, prefix, batch_size, after):
        batch_size = 100 if batch_size is None else batch_size
        if batch_size < -1:
            raise Failure("NEGATIVE_BATCH_SIZE")
        streams = {}
        for m in self.visible_messages():
            if m.stream_name.startswith(prefix or "") and (after is None or m.stream_name.encode() > after.encode()):
                streams.setdefault(m.stream_name, []).append(m)
        rows = [[name, max(m.position for m in streams[name]), max(streams[name], key=lambda m: m.position).time,
                 len(streams[name])] for name in sorted(streams, key=str.encode)]
        return rows if batch_size == -1 else rows[:batch_size]

    def list_categories(self):
        messages = self.visible_messages()
        categories = sorted({values.category(m.stream_name) for m in messages}, key=str.encode)
        return [[c, len({m.stream_name for m in messages if values.category(m.stream_name) == c}),
                 sum(values.category(m.stream_name) == c for m in messages)] for c in categories]

    def message_store_status(self):
        self.touch(None)
        count = len(self.namespaces)
        return [["ready" if count else "uninitialized", SCHEMA_VERSION if count else None, SCHEMA_VERSION, count, count,
                 None]]

    def migrate_namespace(self, name):
        if name is None:
            name = self.current_name()
        self.check_namespace_name(name)
        self.lock_world()
        self.require(name)
        return SCHEMA_VERSION

    def migrate_namespaces(self):
        self.lock_world()
        if self.rules.migration_is_a_procedure:
            if self.namespaces and self.is_explicit():
                raise Failure("NO_COMMIT_HERE")
            return []
        names = sorted(self.namespaces, key=lambda name: (name != DEFAULT, name))
        return [[name, SCHEMA_VERSION, SCHEMA_VERSION, None] for name in names]

    def check_namespace_name(self, name):
        if not values.is_namespace_name(name):
            raise Failure("INVALID_NAMESPACE_NAME", name)

    # Other ------------------------------------------------------------------------

    def message_store_version(self):
        return VERSION_OF_INTERFACE

    def message_db_version(self):
        return self.version

    def set_config(self, name, value, is_local):
        return self.set(self.check_setting(name, value), is_local)

    def current_setting(self, name, missing_ok):
        return self.show_setting(name, missing_ok)

    def view(self, columns):
        """Counts of messages, in the default namespace."""
        self.touch(DEFAULT)
        if DEFAULT not in self.namespaces:
            raise NotDetermined("there are no views yet")
        messages = self.visible(self.namespaces[DEFAULT])
        counts = {}
        for m in messages:
            key = tuple(values.category(m.stream_name) if c == "category" else getattr(m, c) for c in columns)
            counts[key] = counts.get(key, 0) + 1
        return [list(key) + [counts[key], percent(counts[key], len(messages))]
                for key in sorted(counts, key=lambda key: [text.encode() for text in key])]


def percent(count, total):
    share = decimal.Decimal(100 * count) / total
    return float(share.quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP))
