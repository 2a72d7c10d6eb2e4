"""A namespace that another connection changes while a statement begins.

A trace callback hears of every statement, the extension's own included, and gives
the namespace's name to another file before one of them runs.  In WAL mode a reader
still sees which file was the namespace's when its statement began, and the file
says that it is not any more: so it fails, and works when it is repeated.  What
needs no statement of the caller's to be at work looks again, some times.
"""

import os

from harness import connect, equal, fails, run, test, value, write

UNSETTLED = "the namespace is being changed by others"


def store(directory):
    db = connect(directory.file())
    db.execute("PRAGMA journal_mode = WAL")
    write(db, "s-1")
    value(db, "SELECT ensure_namespace('a')")
    value(db, "SELECT use_namespace('a')")
    for _ in range(3):
        write(db, "s-1")
    return db


class Changer:
    """Changes the namespace a number of times, each time that a statement which
    has these words begins inside the statement sql."""

    def __init__(self, directory, db, sql, words, times):
        self.other = connect(directory.file())
        self.sql, self.words, self.times, self.done = sql, words, times, 0
        db.set_trace_callback(self.hear)

    def hear(self, statement):
        if statement == self.sql or self.words not in statement or self.done == self.times:
            return
        self.done += 1
        value(self.other, "SELECT rename_namespace('a', ?)", "former_%d" % self.done)
        value(self.other, "SELECT ensure_namespace('a')")
        value(self.other, "SELECT use_namespace('a')")
        write(self.other, "s-1")


@test
def readers(directory):
    for sql, afterwards in (("SELECT count(*) FROM get_stream_messages('s-1')", 1),
                            ("SELECT count(*) FROM get_category_messages('s')", 1),
                            ("SELECT count(*) FROM list_streams()", 1),
                            ("SELECT message_count FROM namespace_info('a')", 1)):
        db = store(directory)
        Changer(directory, db, sql, "SELECT", 1)
        fails(db, sql, message="database is locked", code="SQLITE_BUSY_SNAPSHOT")
        db.set_trace_callback(None)
        equal(value(db, sql), afterwards)
        value(db, "SELECT delete_namespace('a')")
        value(db, "SELECT delete_namespace('former_1')")


CALLS = (("SELECT stream_version('s-1')", '"a".messages', 0),
         ("SELECT write_message(NULL, 's-1', 'T', '{}')", 'INSERT INTO "a".messages', 1),
         ("SELECT acquire_lock('s-1')", '"a".message', None))


@test
def once(directory):
    """The answer is the new one's."""
    for sql, words, answer in CALLS:
        db = store(directory)
        changer = Changer(directory, db, sql, words, 1)
        result = value(db, sql)
        equal(changer.done, 1)
        if answer is not None:
            equal(result, answer)
        db.set_trace_callback(None)
        value(db, "SELECT delete_namespace('a')")
        value(db, "SELECT delete_namespace('former_1')")


@test
def again_and_again(directory):
    """But a lock, once it is taken, keeps the others out."""
    for sql, words, _ in CALLS[:2]:
        db = store(directory)
        changer = Changer(directory, db, sql, words, 100)
        fails(db, sql, message=UNSETTLED, code="SQLITE_BUSY")
        db.set_trace_callback(None)
        for i in range(changer.done):
            value(db, "SELECT delete_namespace(?)", "former_%d" % (i + 1))
        value(db, "SELECT delete_namespace('a')")


@test
def a_file_that_goes(directory):
    """A reader that sees the registry as it was is told to look again; when the
    registry has not changed, the file is missing."""
    other = store(directory)
    deleting = []

    def hear(statement):
        if "message_db_namespaces" in statement and deleting:
            value(other, deleting.pop())

    for call in "namespace_info('a')", "verify_namespace('a')":
        value(other, "SELECT ensure_namespace('a')")
        db = connect(directory.file())
        deleting.append("SELECT delete_namespace('a')")
        db.set_trace_callback(hear)
        fails(db, "SELECT * FROM " + call, message=UNSETTLED, code="SQLITE_BUSY")
        equal(deleting, [])
        fails(db, "SELECT * FROM " + call, message="Namespace does not exist: a")
    value(other, "SELECT ensure_namespace('a')")
    path = value(other, "SELECT location FROM get_namespace('a')")
    os.remove(path)
    db = connect(directory.file())
    fails(db, "SELECT * FROM namespace_info('a')", code="SQLITE_CANTOPEN",
          message="unable to open namespace a: its file is missing: " + path)


run()
