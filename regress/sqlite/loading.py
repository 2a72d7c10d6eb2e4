"""Loading the extension: how often, where, and what it touches."""

import json
import os
import re
import shutil
import subprocess

from harness import (EXTENSION, TOP, connect, equal, fails, rows, run, skip,
                     test, value, write)

PROGRAM = """
#include <sqlite3.h>
#include <stdio.h>

extern int sqlite3_messagedb_init(sqlite3 *db, char **message,
                                  const void *api);

int
main(void)
{
    sqlite3 *db;
    sqlite3_stmt *query;

    sqlite3_auto_extension((void (*)(void)) sqlite3_messagedb_init);
    sqlite3_open(":memory:", &db);
    sqlite3_prepare_v2(db, "SELECT message_db_version(), "
                       "write_message(NULL, 'a-1', 'T', '{}')", -1, &query,
                       NULL);
    sqlite3_step(query);
    printf("%s %d\\n", sqlite3_column_text(query, 0),
           sqlite3_column_int(query, 1));
    sqlite3_finalize(query);
    return sqlite3_close(db);
}
"""


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
def linked_into_a_program_as_the_guide_says(directory):
    if not (TOP / "build" / "sqlite" / "registry_sqlite.h").exists():
        skip("make sqlite has not been here")
    command = re.search(r"^cc -DSQLITE_CORE .*$",
                        (TOP / "docs" / "guide.md").read_text(), re.M).group()
    with open(directory.file("shop.c"), "w") as file:
        file.write(PROGRAM)
    for name in ("shop.c", "shop"):
        command = command.replace(" %s " % name,
                                  " %s " % directory.file(name))
    subprocess.run(command, shell=True, check=True, cwd=TOP)
    done = subprocess.run([directory.file("shop")], text=True,
                          stdout=subprocess.PIPE, check=True)
    version = json.loads((TOP / "META.json").read_text())["version"]
    equal(done.stdout, "%s 0\n" % version)


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
