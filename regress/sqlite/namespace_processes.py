"""Namespaces in SQLite, used by many processes at once."""

import os
import random
import signal
import time

from harness import *

START = """
db = connect(sys.argv[1], timeout=60)
print("ready", flush=True)
sys.stdin.readline()
"""


def start(path, code, count):
    processes = [process(START + code, path, i) for i in range(count)]
    for p in processes:
        equal(p.stdout.readline(), "ready\n")
    return processes


def go(processes):
    for p in processes:
        p.stdin.write("go\n")
        p.stdin.flush()


def ends(processes):
    """The last line of each that was not killed; they must succeed."""
    outputs = [p.communicate(timeout=120)[0].strip() for p in processes]
    codes = [p.returncode for p in processes]
    equal(set(codes) - {-signal.SIGKILL}, {0})
    return [output for output, code in zip(outputs, codes) if code == 0]


def store(directory, mode):
    """The path of a new store in that mode, and a connection to it."""
    path = directory.file(mode + ".db")
    db = connect(path, timeout=60)
    db.execute("PRAGMA journal_mode = " + mode)
    return path, db


@test
def defect_concurrent_creation_of_one_name(directory):
    """EventoDB checks, then inserts: the losers get an untyped error."""
    for mode in "wal", "delete":
        path, db = store(directory, mode)
        processes = start(path, """
try:
    print(value(db, "SELECT create_namespace('%s_tenant')"))
except sqlite3.Error as error:
    print(error)
""" % mode, 8)
        go(processes)
        name = mode + "_tenant"
        equal(sorted(ends(processes)),
              sorted([name] + ["Namespace already exists: " + name] * 7))
        equal(len(rows(db, "SELECT * FROM get_namespace(?)", name)), 1)


@test
def fifty_first_uses_of_an_unknown_namespace(directory):
    for mode in "wal", "delete":
        path, db = store(directory, mode)
        processes = start(path, """
value(db, "SELECT set_config('message_db.auto_create_namespaces', 'on', 0)")
value(db, "SELECT set_config('message_db.namespace', '%s_t', 0)")
print(write(db, "a-1"))
""" % mode, 50)
        go(processes)
        equal(sorted(int(p) for p in ends(processes)), list(range(50)))
        name = mode + "_t"
        equal(value(db, "SELECT message_count FROM namespace_info(?)", name), 50)
        equal(value(db, "SELECT count(*) FROM message_db_namespaces "
                        "WHERE name = ?", name), 1)


@test
def ten_initialise_at_once_and_some_are_killed(directory):
    path = directory.file()
    generator = random.Random(3)
    for _ in range(4):
        processes = start(path, """
import time
for i in range(20):
    name = "t%d" % (i % 5)
    value(db, "SELECT ensure_namespace()")
    value(db, "SELECT ensure_namespace(?)", name)
    value(db, "SELECT migrate_namespace(?)", name)
    rows(db, "SELECT * FROM migrate_namespaces()")
    value(db, "SELECT use_namespace(?)", name)
    write(db, "a-1")
print("done")
""", 10)
        go(processes)
        for p in processes[:3]:
            time.sleep(generator.random() / 10)
            os.kill(p.pid, signal.SIGKILL)
        equal(set(ends(processes)), {"done"})
    db = connect(path)
    value(db, "SELECT ensure_namespace('t0')")
    equal([n for n, in rows(db, "SELECT name FROM list_namespaces()")],
          ["message_store", "t0", "t1", "t2", "t3", "t4"])
    equal(rows(db, "SELECT state, namespaces_done, namespaces "
               "FROM message_store_status()"), [("ready", 6, 6)])


@test
def killed_while_creating_and_deleting(directory):
    """Whatever the moment, the next call finds things in order."""
    path, db = store(directory, "wal")
    generator = random.Random(5)
    for _ in range(12):
        processes = start(path, """
i = 0
while True:
    i += 1
    name = "t%d" % (i % 3)
    value(db, "SELECT ensure_namespace(?)", name)
    value(db, "SELECT use_namespace(?)", name)
    write(db, "a-1")
    value(db, "SELECT delete_namespace(?)", name)
""", 1)
        go(processes)
        time.sleep(generator.random() / 8)
        processes[0].kill()
        processes[0].communicate()
        for name in "t0", "t1", "t2":
            value(db, "SELECT ensure_namespace(?)", name)
            value(db, "SELECT use_namespace(?)", name)
            write(db, "b-1")
            is_true(value(db, "SELECT delete_namespace(?)", name) >= 1, name)
    value(db, "SELECT ensure_namespace('last')")
    left = {f for f in os.listdir(directory.path) if "namespace" in f}
    equal(left, {"wal.db" + value(db, "SELECT file FROM "
                                   "message_db_namespaces")})
    equal(value(db, "SELECT count(*) FROM message_db_namespaces"), 1)


@test
def no_acknowledged_write_is_lost_to_a_deletion(directory):
    """
    Writers go on while a namespace is deleted and created again and again.
    Every message that was acknowledged was either deleted, and counted then,
    or is there.
    """
    for mode in "wal", "delete":
        path, db = store(directory, mode)
        value(db, "SELECT ensure_namespace('t')")
        writers = start(path, """
import time
value(db, "SELECT set_config('message_db.namespace', 't', 0)")
end = time.time() + 4
written = 0
while time.time() < end:
    try:
        write(db, "a-" + sys.argv[2])
        written += 1
    except sqlite3.OperationalError as error:
        # the latter when it was deleted and created during every attempt to find it
        if not str(error).startswith(("Namespace does not exist", "the namespace is being changed by others")):
            raise
print(written)
""", 3)
        go(writers)
        deleted = 0
        end = time.time() + 4.5
        rounds = 0
        while time.time() < end or rounds < 6:
            deleted += value(db, "SELECT delete_namespace('t')")
            value(db, "SELECT create_namespace('t')")
            rounds += 1
            time.sleep(0.02)
        written = sum(int(n) for n in ends(writers))
        left = value(db, "SELECT message_count FROM namespace_info('t')")
        is_true(written > 0, "written")
        equal(deleted + left, written)
        value(db, "SELECT delete_namespace('t')")


@test
def no_write_goes_astray_while_names_are_swapped(directory):
    path, db = store(directory, "wal")
    for name in "a", "b":
        value(db, "SELECT create_namespace(?)", name)
    writers = start(path, """
import time
name = "ab"[int(sys.argv[2]) % 2]
value(db, "SELECT set_config('message_db.namespace', ?, 0)", name)
for _ in range(500):
    write(db, "s-" + name)
    time.sleep(0.001)
""", 2)
    go(writers)
    while any(w.poll() is None for w in writers):
        db.execute("BEGIN IMMEDIATE")
        for old, new in ("a", "c"), ("b", "a"), ("c", "b"):
            value(db, "SELECT rename_namespace(?, ?)", old, new)
        db.execute("COMMIT")
        time.sleep(0.01)
    ends(writers)
    equal(sum(value(db, "SELECT message_count FROM namespace_info(?)", name)
              for name in "ab"), 1000)


run()
