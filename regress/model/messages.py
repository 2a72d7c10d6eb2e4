"""What the model's state is made of: messages, namespaces, sequences; and how
the messages of a batch are read.
"""

import values
from errors import Failure

SCHEMA_VERSION = 2


class NewId:
    """An id that the store makes; each its own."""


class NewTime:
    """A time that the store takes from its clock."""


class Sequence:
    """Gives global positions."""

    def __init__(self):
        self.last = 0


class Message:
    def __init__(self, stream_name, type, data, metadata, id):
        self.stream_name, self.type, self.data, self.metadata, self.id = stream_name, type, data, metadata, id
        self.position = self.global_position = None
        self.writer = None          # the transaction
        self.time = None            # its time

    def row(self):
        return [self.id, self.stream_name, self.type, self.position, self.global_position, self.data, self.metadata,
                self.time]


class Namespace:
    def __init__(self, name, description=None, metadata=None):
        self.name, self.description, self.metadata = name, description, metadata
        self.created_at = NewTime()
        self.messages = []
        self.sequence = Sequence()

    def row(self):
        return [self.name, self.description, self.metadata, self.created_at, SCHEMA_VERSION]


def position_of_repetition(namespace, messages):
    """Where messages that were written already stand, the last of them; None
    unless all stand in their order, with the same types and data."""
    last = None
    for message in messages:
        found = [m for m in namespace.messages if message.id is not None and m.id == message.id and
                 (m.stream_name, m.type, m.data) == (message.stream_name, message.type, message.data)]
        if not found or (last is not None and found[0].position != last + 1):
            return None
        last = found[0].position
    return last


def read_batch(stream_name, text):
    """The messages of a batch.  Keys are looked at in the order of jsonb."""
    elements = None if text is None else values.parse_json(text)
    if not isinstance(elements, list):
        raise Failure("BATCH_NOT_ARRAY")
    if not elements:
        raise Failure("BATCH_EMPTY")
    return [read_element(stream_name, index, element) for index, element in enumerate(elements)]


def read_element(stream_name, index, element):
    def wrong(why):
        return Failure("BATCH_WRONG_MESSAGE", why, index)

    if not isinstance(element, dict):
        raise wrong("not an object")
    message = Message(stream_name, None, None, None, None)
    for key in sorted(element, key=lambda key: (len(key.encode()), key.encode())):
        value = element[key]
        if key not in ("type", "data", "metadata", "id"):
            raise Failure("BATCH_UNKNOWN_KEY", key, index)
        if key in ("type", "id") and not isinstance(value, str) and not (key == "id" and value is None):
            raise wrong(key + " is not a string")
        if key == "id" and value is not None:
            try:
                value = values.uuid(value)
            except Failure:
                raise wrong("id is not a UUID") from None
        if key in ("data", "metadata") and value is not None:
            value = values.print_json(value)
        setattr(message, key, value)
    for key in ("type", "data"):
        if key not in element:
            raise wrong(key + " is missing")
    return message
