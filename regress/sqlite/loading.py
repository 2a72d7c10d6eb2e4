"""Loading the extension: how often, where, and what it touches."""

import os
import shutil

from harness import (EXTENSION, connect, equal, fails, rows, run, test, value,
                     write)


def library():
    return next(EXTENSION + suffix for suffix in (".so", ".dylib", "")
                if os.path.isfile(EXTENSION + suffix))


@test
def again(_):
    """By the interface and by the SQL function, which is a statement itself."""
    db = connect()
    write(db, "a-1")
    value(db, "SELECT set_config('message_store.debug_get', 'on', false)")
    db.enable_load_extension(True)
    db.load_extension(EXTENSION)
    value(db, "SELECT load_extension(?)", EXTENSION)
    equal(value(db, "SELECT current_setting('message_store.debug_get')"), "on")
    equal(write(db, "a-1"), 1)
    equal(len(rows(db, "SELECT * FROM get_stream_messages('a-1')")), 2)
    db.close()


@test
def a_copy_takes_over(directory):
    """A second library cannot know of the first: it replaces it, or fails."""
    shutil.copy(library(), directory.path)
    copy = directory.file(os.path.basename(EXTENSION))
    db = connect()
    db.enable_load_extension(True)
    write(db, "a-1")
    fails(db, "SELECT load_extension(?)", copy)
    equal(write(db, "a-1"), 1)
    db.load_extension(copy)
    equal(write(db, "a-1"), 2)
    equal(len(rows(db, "SELECT * FROM get_stream_messages('a-1')")), 3)
    db.execute("BEGIN")
    write(db, "b-1")
    write(db, "b-1")
    db.execute("COMMIT")
    equal(value(db, "SELECT count(DISTINCT time) FROM "
                "get_category_messages('b')"), 1)
    db.close()


@test
def in_several_connections(directory):
    connections = [connect(directory.file()) for _ in range(5)]
    for number, db in enumerate(connections):
        equal(write(db, "a-1"), number)
    for db in connections[::2]:
        db.close()
    equal(write(connections[1], "a-1"), 5)
    again = connect(directory.file())
    equal(write(again, "a-1"), 6)


@test
def the_database_is_not_touched(directory):
    """It may be locked, or no database as far as one can see by now."""
    path = directory.file()
    locked = connect(path, load=False)
    locked.execute("CREATE TABLE t (x)")
    locked.execute("BEGIN EXCLUSIVE")
    db = connect(path, timeout=0)
    locked.execute("COMMIT")
    equal(write(db, "a-1"), 0)
    with open(directory.file("garbage"), "w") as file:
        file.write("no database at all" * 100)
    connect(directory.file("garbage"))


run()
