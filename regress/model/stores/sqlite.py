"""SQLite with the extension, a database in memory or a file with namespaces."""

import contextlib
import os
import sqlite3
import tempfile

from differences import SqliteRules
from script import sql
from stores import Refused

EXTENSION = os.environ.get("MDB_SQLITE") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "message_db")


def connect(path=":memory:", load=True):
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    if load:
        connection.enable_load_extension(True)
        connection.load_extension(EXTENSION)
        connection.enable_load_extension(False)
    return connection


class SQLite:
    name = "sqlite"
    rules = SqliteRules

    @contextlib.contextmanager
    def start(self, history):
        with contextlib.ExitStack() as stack:
            path = ":memory:"
            if history["sqlite"] != "memory":
                path = os.path.join(stack.enter_context(tempfile.TemporaryDirectory()), "store.db")
            connections = [stack.enter_context(contextlib.closing(connect(path)))
                           for _ in range(history["sessions"])]
            for connection in connections:
                if history["sqlite"] != "memory":
                    connection.execute("PRAGMA journal_mode = " + history["sqlite"])
                connection.execute("PRAGMA synchronous = off")
            yield lambda step: execute(connections[step[0]], sql(step))

    def functions(self):
        """The names of those that the extension adds, tables included."""
        found = []
        for load in (False, True):
            with contextlib.closing(connect(load=load)) as connection:
                found.append({name for name, in connection.execute(
                    "SELECT name FROM pragma_function_list UNION SELECT name FROM pragma_module_list")})
        return found[1] - found[0]


def execute(connection, statement):
    try:
        return [list(row) for row in connection.execute(statement)]
    except sqlite3.Error as error:
        texts = {"HINT": None, "DETAIL": None}
        lines = str(error).split("\n")
        while len(lines) > 1 and lines[-1].partition(":  ")[0] in texts:
            key, _, text = lines.pop().partition(":  ")
            texts[key] = text
        raise Refused(getattr(error, "sqlite_errorname", None), "\n".join(lines), texts["DETAIL"],
                      texts["HINT"]) from None
