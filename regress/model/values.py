"""What the model knows about single values: names, ids, integers, JSON.

Plain Python without SQL.  The functions here say what text is taken, what it
becomes, and which error it is otherwise.
"""

import decimal
import hashlib
import json
import re

from errors import Failure

MAX_BIGINT = 2 ** 63 - 1
MIN_BIGINT = -2 ** 63


# Names of streams -----------------------------------------------------------

def category(name):
    """What stands before the first '-'."""
    return None if name is None else name.split("-", 1)[0]


def id_of(name):
    """What stands after the first '-'; None without one."""
    return None if name is None or "-" not in name else name.split("-", 1)[1]


def cardinal_id(name):
    """The id up to its first '+'."""
    found = id_of(name)
    return None if found is None else found.split("+", 1)[0]


def is_category(name):
    return name is None or "-" not in name


def hash_64(text):
    """The first eight bytes of the MD5, as a signed number."""
    if text is None:
        return None
    return int.from_bytes(hashlib.md5(text.encode()).digest()[:8], "big", signed=True)


def group_member(name, size):
    """Which member of a consumer group reads a stream; None for no member."""
    cardinal = cardinal_id(name)
    return None if cardinal is None else abs(hash_64(cardinal)) % size


def is_namespace_name(name):
    reserved = ("main", "temp", "public", "information_schema")
    return (name is not None and re.fullmatch("[a-z][a-z0-9_]{0,62}", name) is not None
            and not name.startswith(("pg_", "sqlite_")) and name not in reserved)


# Arguments --------------------------------------------------------------------

def integer(value):
    """A bigint: a number, or the text of one with blanks around it."""
    if value is None or isinstance(value, int):
        return value
    if not re.fullmatch(r"[ \t\n\v\f\r]*[+-]?[0-9]+[ \t\n\v\f\r]*", value):
        raise Failure("INVALID_INTEGER", value)
    if not MIN_BIGINT <= int(value) <= MAX_BIGINT:
        raise Failure("INTEGER_OUT_OF_RANGE", value)
    return int(value)


def uuid(text):
    """An id in its one form; in braces or not, with a '-' after any four
    digits or not, in capitals or not."""
    inner = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    if not re.fullmatch("([0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}", inner):
        raise Failure("INVALID_ID", text)
    digits = inner.replace("-", "").lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def boolean(text):
    """A setting's value: a word, or an unambiguous beginning of one."""
    word = text.lower()
    for value, words in ((True, ("true", "yes", "on", "1")), (False, ("false", "no", "off", "0"))):
        if any(w.startswith(word) and len(word) >= (2 if w in ("on", "off") else 1) for w in words):
            return value
    return None


# JSON -------------------------------------------------------------------------

class Number:
    """A number of a document, as it is printed: no exponent, all zeros."""

    def __init__(self, text):
        value = decimal.Decimal(text)
        self.text = format(abs(value) if value == 0 else value, "f")


def _refuse(word):
    raise ValueError(word)


def _object(pairs):
    """Of equal keys the last counts; what is wrong in others is wrong, too."""
    json.dumps(pairs, ensure_ascii=False, default=str).encode()
    return dict(pairs)


def parse_json(text):
    if re.search(r"(?<!\\)(\\\\)*\\u0000", text):
        raise Failure("UNSUPPORTED_UNICODE_ESCAPE")
    try:
        document = json.loads(text, parse_float=Number, parse_int=Number, parse_constant=_refuse,
                              object_pairs_hook=_object)
        json.dumps(document, ensure_ascii=False, default=str).encode()
    except (ValueError, UnicodeEncodeError):
        raise Failure("INVALID_JSON") from None
    return document


def print_json(document):
    """The text of jsonb: keys in the order of their lengths and bytes."""
    if isinstance(document, dict):
        pairs = sorted(document.items(), key=lambda pair: (len(pair[0].encode()), pair[0].encode()))
        return "{%s}" % ", ".join("%s: %s" % (print_json(k), print_json(v)) for k, v in pairs)
    if isinstance(document, list):
        return "[%s]" % ", ".join(map(print_json, document))
    if isinstance(document, Number):
        return document.text
    return json.dumps(document, ensure_ascii=False)


def canonical(text):
    return None if text is None else print_json(parse_json(text))


def correlation_category(metadata):
    """The category of the correlationStreamName in a message's metadata,
    whatever it is, read as text."""
    document = None if metadata is None else parse_json(metadata)
    if not isinstance(document, dict):
        return None
    value = document.get("correlationStreamName")
    if value is None or isinstance(value, str):
        return category(value)
    return category(print_json(value))
