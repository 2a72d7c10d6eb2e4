"""Histories from a seed.

	generate(seed) -> a history, see script.py

The same seed gives the same history, whatever the stores answer.  A model
runs along, so that expected versions are right often enough, transactions end,
and savepoints exist; what it says of a step is of no account otherwise.

Each history has a theme, so many sessions, its streams, and its share of odd
arguments.
"""

import json
import random

import values
from differences import Rules
from errors import Failure
from interface import CONDITIONS, NO_EXPRESSIONS, SIGNATURES, VIEWS
from model import Model
from sessions import BOOLEANS, CATEGORY_LOCK, CURRENT, DEFAULT, NotDetermined

ALLOWED = "message_store.sql_condition"

# Functions that no history calls, and why.
LEFT_OUT = {
    "grant_access": "roles are PostgreSQL's alone: regress/postgresql/privileges.sql",
    "revoke_access": "the same",
    "category_support": "internal, called by the planner",
    "existing_namespace": "internal", "described_namespace": "internal", "registration_of": "internal",
    "streams_of_namespace": "internal", "rows_in_progress": "internal", "note_migration": "internal",
    "message_db_next_position": "internal", "message_db_batch": "internal", "message_db_statements": "internal",
    "message_db_transaction": "internal", "message_db_follower": "internal",
}

# A few names that meet again and again, and odd ones.
STREAMS = ["a-1", "a-2", "a-1+x", "a-1-2", "b-1", "b-2", "a:c-1", "a:c+d-1+e", "a"]
ODD_STREAMS = [
    "", " ", "-", "-x", "--x", "a-", "a-+b", "a--1", "A-1", "a -1", "a-1 ", "é-1", "a-é", "日本-1", "a-\U0001f600", "a–1",
    "a-'q'", 'a-"q"', "a-%", "a-%s", "a-_", "a_-1", "a-\\", "a-\\n", "a-\n1", "a-\t", "a-{}", "a-1;--", "a-$1", "a-:x",
    "+-1", "a+b-1", "a\x7f-1", "a-" + "x" * 2046, "a-" + "x" * 2047, "a-" + "é" * 1023, "a-" + "é" * 1024, None]
TYPES = ["A", "A", "A", "B", "B", "C"]
ODD_TYPES = ["", " ", "a", "Über", "T'q'", 'T"q"', "T%s", "T\\n", "T\nU", "t" * 300, None]
IDS = ["00000000-0000-4000-8000-00000000000%d" % n for n in range(6)]
WRONG_IDS = ["", "x", "not-a-uuid", IDS[0][:-1], IDS[0] + "0", " " + IDS[0], "urn:uuid:" + IDS[0], "{" + IDS[0],
             IDS[0] + "}", "0000-0000", IDS[0].replace("-", "--"), "g" + IDS[0][1:], "é"]
WRONG_JSON = ["", " ", "{", "{'a': 1}", '{"a"}', "[1,]", "nul", "01", "1.", '"a', "\"\t\"", '{"a": 1} x', "NaN",
              '"\\u0000"', '{"a\\u0000": 1}', '"\\ud800"', '"\\x"']
CORRELATIONS = ["k-1", "k-2+x", "j-1", "k", "", "-x", 12, True, None, {"a": 1}, [1], 1.5]
NAMESPACES = ["tenant_a", "tenant_b", "t3"]
WRONG_NAMESPACES = ["", "Tenant", "1a", "_a", "a-b", "../tenant", "pg_x", "sqlite_x", "main", "temp", "public", "é",
                    "a b", "a;", "a'b", 'a"b', "x" * 64, "information_schema", None]
SPELLINGS = ["on", "off", "true", "FALSE", "yes", "no", "1", "0", "t", "of", "n", "o", "2", "", "maybe", None]


def spell_id(rng, id):
    """A UUID in one of the ways that count as the same."""
    spelled = rng.choice([str, str.upper, lambda t: t.replace("-", ""), lambda t: "{%s}" % t,
                          lambda t: "-".join(t.replace("-", "")[i:i + 4] for i in range(0, 32, 4))])(id)
    return spelled


class JsonText:
    """Random documents in odd spellings."""

    def __init__(self, rng):
        self.rng = rng

    def blank(self):
        return self.rng.choice(["", "", "", " ", "\n\t ", "\r"])

    def number(self):
        return self.rng.choice(["0", "-0", "-0.0", "1", "12", "-7", "1.50", "1.00e1", "1E3", "2e-3", "0.10e-2",
                                "12345678901234567890", "9007199254740993", "1e20"])

    def string(self):
        return '"%s"' % "".join(self.rng.choice(
            ["a", "b", "k", " ", "é", "\\u00e9", "\\n", "\\\\", '\\"', "\\/", "/", "'", "%", "\\u001f", "\\ud83d\\ude00",
             "\U0001f600", "\x7f", "$", ":", ";"]) for _ in range(self.rng.randrange(5)))

    def value(self, depth=0):
        kind = self.rng.randrange(8 if depth < 3 else 6)
        if kind < 6:
            return [self.number, self.string, lambda: "true", lambda: "false", lambda: "null", self.number][kind]()
        values = [self.value(depth + 1) for _ in range(self.rng.randrange(4))]
        if kind == 6:
            return "[%s]" % (self.blank() + ",").join(self.blank() + v for v in values)
        keys = self.rng.choices(['"a"', '"b"', '"ab"', '"a\\u0062"', '""', '"é"', '"z"', '"Z"'], k=len(values))
        return "{%s}" % ",".join(self.blank() + k + self.blank() + ":" + self.blank() + v for k, v in zip(keys, values))

    def document(self):
        return self.blank() + self.value() + self.blank()


class Generator:
    def __init__(self, seed):
        self.rng = rng = random.Random(seed)
        self.seed = seed
        self.theme = theme = rng.choice([*THEMES, "interleaved", "interleaved"])
        self.sessions = rng.choice({"interleaved": [2, 3], "undone namespaces": [1, 1, 1, 2]}.get(theme, [1, 1, 2, 3]))
        self.kind = rng.choice(["memory", "delete", "wal"]) if self.sessions == 1 else "wal"
        self.model = Model(Rules, self.sessions)
        self.json = JsonText(rng)
        self.oddness = rng.choice([0, 0.02, 0.1, 0.3])
        self.streams = rng.sample(STREAMS, rng.randint(1, 5)) + rng.sample(ODD_STREAMS[:-1], rng.choice([0, 0, 1, 2]))
        if theme == "interleaved":
            self.oddness = rng.choice([0, 0.02])
            self.streams = ["a-1", "a-2", "a-1+x", "a-3", "a-4", "a-5"]
        self.steps, self.planned = [], []
        self.weights = {what: weight * THEMES[theme].get(what, 1) for what, weight in WEIGHTS.items()}
        if theme in ("interleaved", "undone namespaces"):
            self.run_along([0, "create_namespace"])
        if theme == "repetitions":
            self.run_along([0, "set_config", "message_db.idempotent_writes", "on", False])
        if theme == "reading":
            self.run_along([0, "set_config", "message_store.sql_condition", "on", False])

    def odd(self):
        """Less often in a transaction, which an error may end."""
        session = getattr(self, "session", None)
        return self.rng.random() < self.oddness * (0.3 if session and session.transaction else 1)

    # Arguments ------------------------------------------------------------------

    def stream(self):
        return self.rng.choice(ODD_STREAMS) if self.odd() else self.rng.choice(self.streams)

    def type(self):
        return self.rng.choice(ODD_TYPES if self.odd() else TYPES)

    def id(self):
        if self.odd():
            return self.rng.choice(WRONG_IDS)
        if self.rng.random() < (0.95 if self.session.transaction else 0.7):
            return None
        return spell_id(self.rng, self.rng.choice(IDS))

    def data(self):
        if self.odd():
            return self.rng.choice(WRONG_JSON)
        return self.rng.choice([None, "{}", "{}", '{"n": %d}' % self.rng.randrange(3), "null", self.json.document()])

    def metadata(self):
        kind = self.rng.randrange(4)
        if kind == 0:
            return json.dumps({"correlationStreamName": self.rng.choice(CORRELATIONS)})
        return [None, None, self.data()][kind - 1]

    def version_of(self, stream_name):
        """The stream's version in the session's namespace, None if unknown."""
        namespace = self.model.namespaces.get(self.session.local.get(CURRENT, self.session.settings[CURRENT]))
        messages = namespace.messages if namespace else []
        return max([m.position for m in messages if m.stream_name == stream_name], default=-1)

    def bigint(self, number):
        """A number, now and then as text."""
        if number is None or not self.odd():
            return number
        return self.rng.choice([str(number), " %d " % number, "%+d" % number, "", "x", "1.5", "9223372036854775808", "0y1"])

    def expected_version(self, stream_name):
        version = self.version_of(stream_name)
        if not self.odd() and self.rng.random() < 0.85:
            return self.rng.choice([None, version])
        return self.bigint(self.rng.choice([version + 1, version - 1, -1, -2, 0, values.MAX_BIGINT, values.MIN_BIGINT]))

    def position(self):
        if self.rng.random() < 0.5:
            return self.rng.choice([None, 0, 1])
        return self.bigint(self.rng.choice([2, 3, 5, 8, 13, -1, -5, values.MAX_BIGINT, values.MIN_BIGINT]))

    def batch_size(self):
        if self.odd():
            return self.rng.choice([-2, values.MIN_BIGINT])
        return self.bigint(self.rng.choice([None, -1, -1, 0, 1, 2, 3, 1000, 10 ** 12, values.MAX_BIGINT]))

    def condition(self):
        allowed = self.session.local.get(ALLOWED, self.session.settings[ALLOWED])
        if self.rng.random() > (0.4 if allowed else 0.03):
            return None
        if self.odd():
            return self.rng.choice(NO_EXPRESSIONS + tuple(c for c in CONDITIONS if CONDITIONS[c] is None))
        return self.rng.choice([c for c in CONDITIONS if CONDITIONS[c] is not None])

    def name(self):
        if self.odd():
            return self.rng.choice(WRONG_NAMESPACES)
        return self.rng.choice((list(self.model.namespaces) if self.rng.random() < 0.6 else []) or NAMESPACES + [DEFAULT])

    def element(self):
        """A message of a batch, as text."""
        pairs = [('"type"', json.dumps(self.rng.choice(TYPES + ["Ü", ""]))), ('"data"', self.json.document())]
        if self.rng.random() < 0.3:
            pairs.append(('"metadata"', self.metadata() or "null"))
        if self.rng.random() < (0.1 if self.session.transaction else 0.4):
            pairs.append(('"id"', json.dumps(spell_id(self.rng, self.rng.choice(IDS)))))
        if self.odd():
            pairs.append(self.rng.choice([
                ('"type"', "null"), ('"type"', "1"), ('"id"', "7"), ('"id"', "null"), ('"id"', '"x"'), ('"date"', "1"),
                ('"Type"', '"A"'), ('""', "{}"), ('"data"', "null"), ('"metadata"', "null")]))
        if self.odd():
            del pairs[self.rng.randrange(len(pairs))]
        self.rng.shuffle(pairs)
        return "{%s}" % ", ".join("%s: %s" % pair for pair in pairs)

    def batch(self):
        if self.odd():
            return self.rng.choice([None, "null", "[]", "{}", "1", '"x"', "[", "[[]]", "[null]", "[1]", '[{}]'])
        return "[%s]" % ", ".join(self.element() for _ in range(self.rng.choice([1, 1, 2, 3, 5])))

    # Steps ----------------------------------------------------------------------

    def begin(self):
        return [] if not self.session.transaction else None

    def end_of_transaction(self):
        return [] if self.session.transaction else None

    def savepoint(self):
        return [self.rng.choice(["s1", "s2"])] if self.session.transaction else None

    def known_savepoint(self):
        savepoints = self.session.transaction.savepoints if self.session.transaction else []
        return [self.rng.choice(savepoints)[0]] if savepoints else None

    def write_message(self):
        stream_name = self.stream()
        return [self.id(), stream_name, self.type(), self.data(), self.metadata(), self.expected_version(stream_name)]

    def write_messages(self):
        stream_name = self.stream()
        return [stream_name, self.batch(), self.expected_version(stream_name)]

    def repetition(self):
        """A message, or some, that stand already, with their ids or not."""
        messages = [m for n in self.model.namespaces.values() for m in n.messages if isinstance(m.id, str)]
        if not messages:
            return None
        message = self.rng.choice(messages)
        if self.rng.random() < 0.5:
            return ["write_message", spell_id(self.rng, message.id), message.stream_name, message.type, message.data]
        following = [m for m in messages if m.stream_name == message.stream_name and m.position >= message.position]
        if self.rng.random() < 0.3:
            self.rng.shuffle(following)
        texts = [json.dumps({"id": m.id, "type": m.type})[:-1] + ', "data": %s}' % (m.data or "null")
                 for m in following[:self.rng.randint(1, 3)]]
        return ["write_messages", message.stream_name, "[%s]" % ", ".join(texts), -1]

    def get_stream_messages(self):
        return [self.stream(), self.position(), self.batch_size(), self.condition()]

    def get_category_messages(self):
        stream_name = self.stream()
        name = stream_name if self.odd() else values.category(stream_name)
        correlation = member = size = None
        if self.rng.random() < 0.2:
            correlation = self.rng.choice(["k", "k", "j", "12", "true", "", "k-1", '{"a": 1}'])
        if self.rng.random() < 0.25:
            size = self.rng.choice([1, 2, 2, 3, 7, 32768, values.MAX_BIGINT])
            member = self.rng.randrange(min(size, 3))
            if self.odd():
                member, size = self.rng.choice([(None, 2), (0, None), (0, 0), (-1, 2), (2, 2), (0, -1), ("1", "2")])
        return [name, self.position(), self.batch_size(), correlation, member, size, self.condition()]

    def get_all_messages(self):
        return [self.position(), self.batch_size(), self.condition()]

    def get_last_stream_message(self):
        return [self.stream(), self.rng.choice([None, self.type()])]

    def of_a_name(self):
        return [self.stream()]

    def consumer_group_member(self):
        return [self.stream(), self.bigint(self.rng.choice([1, 2, 3, 100, values.MAX_BIGINT, 0, -1, None]))]

    def new_name(self):
        return self.rng.choice(NAMESPACES) if self.rng.random() < 0.7 else self.name()

    def create_namespace(self):
        return [self.new_name(), self.rng.choice([None, "", "a tenant", "d'é\n%s"]), self.metadata()]

    def of_a_namespace(self):
        return [self.name()]

    def verify_namespace(self):
        return [self.rng.choice([None, self.name()])]

    def rename_namespace(self):
        return [self.name(), self.new_name()]

    def list_streams(self):
        pieces = ["", "", None, "a", "a-", "a-1", "b", "%", "_", "é", "a:"]
        return [self.rng.choice(pieces), self.batch_size(), self.rng.choice(pieces)]

    def set_config(self):
        name = self.rng.choice(BOOLEANS + ("message_store.sql_condition", "message_db.idempotent_writes",
                                           CATEGORY_LOCK, CURRENT))
        value = self.rng.choice(SPELLINGS) if self.odd() else self.rng.choice(["on", "on", "off"])
        if name == CATEGORY_LOCK:
            value = self.rng.choice(["insert", "commit", "COMMIT", value])
        if name == CURRENT:
            value = self.name()
        return [name, value, self.rng.random() < (0.5 if self.session.transaction else 0.1)]

    def current_setting(self):
        name = self.rng.choice(BOOLEANS + (CATEGORY_LOCK, CURRENT))
        if self.odd():
            return [self.rng.choice(["message_db.nothing", "", None]), self.rng.random() < 0.5]
        return [name]

    def nothing(self):
        return []

    def step(self):
        """A step of a session chosen at random; None when it is none."""
        if self.planned:
            return self.planned.pop()
        number = self.rng.randrange(self.sessions)
        self.session = self.model.sessions[number]
        transaction = self.session.transaction
        if transaction and transaction.aborted and self.rng.random() < 0.7:
            return [number, "rollback to", self.rng.choice(transaction.savepoints)[0]] if transaction.savepoints \
                else [number, "rollback"]
        what = self.rng.choices(list(self.weights), list(self.weights.values()))[0]
        arguments = getattr(self, ARGUMENTS.get(what, what if hasattr(self, what) else "nothing"))()
        if arguments is None:
            return None
        if what == "repetition":
            what, arguments = arguments[0], arguments[1:]
        self.plan(number, what, arguments)
        return [number, what] + shortened(self.rng, what, arguments)

    def plan(self, number, what, arguments):
        """What is often done next."""
        if self.rng.random() < 0.5:
            return
        if what in ("create_namespace", "ensure_namespace", "rename_namespace"):
            self.planned.append([number, "use_namespace", arguments[1 if what == "rename_namespace" else 0]])
        elif what in ("rollback", "rollback to"):
            self.planned.append([number, self.rng.choice(["get_all_messages", "list_streams", "list_namespaces"])])

    def run_along(self, step):
        self.steps.append(step)
        try:
            self.model.execute(step)
        except (Failure, NotDetermined):
            pass

    def ending(self):
        """Ends all transactions and shows everything."""
        for number, session in enumerate(self.model.sessions):
            if session.transaction:
                self.run_along([number, self.rng.choice(["commit", "rollback"])])
        for category in sorted({values.category(s) for s in self.streams}):
            self.run_along([0, "get_category_messages", category, 1, -1])
        self.run_along([0, "list_namespaces"])
        self.run_along([0, "set_config", "message_db.auto_create_namespaces", "off", False])
        for name in [*self.model.namespaces, self.rng.choice(NAMESPACES)]:
            self.run_along([0, "use_namespace", name])
            if self.model.sessions[0].settings[CURRENT] == name:
                for what in (["get_all_messages", 1, -1], ["list_streams", "", -1], ["list_categories"],
                             ["verify_namespace"]):
                    self.run_along([0] + what)
        self.run_along([0, "stream_type_summary"])

    def history(self):
        for _ in range(self.rng.choice([10, 25, 40, 80]) if self.theme != "interleaved" else 80):
            step = self.step()
            if step:
                self.run_along(step)
        self.ending()
        return {"seed": self.seed, "sessions": self.sessions, "sqlite": self.kind, "steps": self.steps}


def shortened(rng, what, arguments):
    """Leaves out arguments at the end that have their defaults, mostly."""
    defaults = [default for _, _, default in SIGNATURES.get(what, ())]
    while arguments and len(arguments) <= len(defaults) and rng.random() < 0.8:
        if arguments[-1] != defaults[len(arguments) - 1]:
            break
        arguments = arguments[:-1]
    return arguments


# How often each step comes, and what makes its arguments where the name does
# not say it.
READERS = {"get_stream_messages": 8, "get_category_messages": 12, "get_all_messages": 5, "get_last_stream_message": 5,
           "stream_version": 4}
TRANSACTIONS = {"begin": 8, "commit": 4, "rollback": 1.5, "savepoint": 5, "rollback to": 4, "release": 2}
NAMESPACE_WORK = {"create_namespace": 3, "ensure_namespace": 2, "delete_namespace": 2, "clear_namespace": 1.5,
                  "rename_namespace": 3, "use_namespace": 6, "migrate_namespace": 1, "migrate_namespaces": 0.5}
LISTINGS = {"current_namespace": 1, "get_namespace": 1, "list_namespaces": 1, "namespace_info": 1,
            "verify_namespace": 1, "list_streams": 2, "list_categories": 1, "message_store_status": 1,
            "message_store_writers": 1}
WEIGHTS = dict(READERS, **TRANSACTIONS, **NAMESPACE_WORK, **LISTINGS, **{name: 0.4 for name in VIEWS}, **{
    "write_message": 30, "write_messages": 10, "repetition": 2, "acquire_lock": 2, "set_config": 4,
    "current_setting": 1, "category": 0.4, "id": 0.4, "cardinal_id": 0.4, "is_category": 0.4, "hash_64": 0.4,
    "consumer_group_member": 0.8, "message_store_version": 0.3, "message_db_version": 0.3})
# What a history is about: some steps come more often.
SETTINGS = ("set_config", "current_setting", "current_namespace")


def more(**factors):
    groups = {"readers": READERS, "transactions": TRANSACTIONS, "namespaces": NAMESPACE_WORK, "listings": LISTINGS,
              "savepoints": ("savepoint", "rollback to"), "ends": ("commit", "rollback"),
              "settings": SETTINGS, "repetitions": ("repetition",), "writers": ("write_message", "write_messages")}
    total = {}
    for group, factor in factors.items():
        total.update({what: factor * total.get(what, 1) for what in groups[group]})
    return total


THEMES = {
    "everything": {}, "writing": more(readers=0.5, transactions=0.5, namespaces=0, listings=0.5),
    "reading": more(readers=4, namespaces=0.2), "transactions": more(transactions=3, namespaces=0),
    "interleaved": more(readers=2, transactions=2.5, writers=1.5, namespaces=0, listings=0.5), "settings": more(settings=12, transactions=4),
    "namespaces": more(namespaces=6, listings=4), "undone namespaces": more(namespaces=3, transactions=3, savepoints=2, ends=0.3, readers=0.5, writers=0.4),
    "repetitions": more(repetitions=10, namespaces=0.2),
}
ARGUMENTS = dict({
    "commit": "end_of_transaction", "rollback": "end_of_transaction", "rollback to": "known_savepoint",
    "release": "known_savepoint", "id": "of_a_name",
}, **{name: "of_a_name" for name in ("stream_version", "acquire_lock", "category", "cardinal_id", "is_category",
                                     "hash_64")},
    **{name: "of_a_namespace" for name in ("ensure_namespace", "delete_namespace", "clear_namespace", "use_namespace",
                                           "get_namespace", "namespace_info", "migrate_namespace")})


def generate(seed):
    return Generator(seed).history()
