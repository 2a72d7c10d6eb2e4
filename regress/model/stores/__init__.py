"""The stores that histories run on.

Each is made once, and start(history) gives a History on a fresh, empty store:
a context in which execute(step) returns the rows, or raises Refused with what
the database said.
"""


class Refused(Exception):
    """An error of a database: SQLSTATE or SQLite's result code, and texts."""

    def __init__(self, code, message, detail=None, hint=None):
        super().__init__(message)
        self.code, self.message, self.detail, self.hint = code, message, detail, hint
