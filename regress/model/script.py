"""Histories as text: JSON to keep and replay them, SQL to paste.

A history is a dictionary:

	{"seed": 7, "sessions": 2, "sqlite": "wal", "steps": [[0, "begin"], ...]}

where sqlite is the kind of database, "memory" or a journal mode.  A step is
[session, what, argument ...]; what is a word of transactions, a view, or a
function.  The same SQL goes to every store, and that is what a script shows.
"""

import json

from interface import COLUMNS, VIEWS
from sessions import CONTROL

def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return "'%s'" % value.replace("'", "''")


def sql(step, store="sqlite"):
    what, arguments = step[1], step[2:]
    if what in CONTROL:
        return " ".join([what.upper()] + arguments)
    if what in VIEWS:
        return "SELECT * FROM %s.%s" % ("main" if store == "sqlite" else "message_store", what)
    call = "%s(%s)" % (what, ", ".join(map(literal, arguments)))
    if what == "migrate_namespaces" and store != "sqlite":
        return "CALL " + call
    return "SELECT %s FROM %s" % (COLUMNS[what], call) if what in COLUMNS else "SELECT " + call


def script(history, store):
    """The history for psql or sqlite3, session by session named in comments."""
    lines = []
    for step in history["steps"]:
        session = "  -- session %d" % step[0] if history["sessions"] > 1 else ""
        lines.append(sql(step, store) + ";" + session)
    return "\n".join(lines)


def dump(history):
    """JSON, a line for each step."""
    head = json.dumps({k: v for k, v in history.items() if k != "steps"})
    steps = ",\n".join("  " + json.dumps(step, ensure_ascii=False) for step in history["steps"])
    return '%s, "steps": [\n%s\n]}\n' % (head[:-1], steps)


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)
