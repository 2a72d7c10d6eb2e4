"""The disk is full: that of a tablespace, that of the WAL, that of everything.

Small file systems in memory (tmpfs), of which ballast leaves a little room, are
filled by a load of single writes, batches and changes of namespaces.  Where
only the tables have no room, writers get the server's error 53100, and may go
on.  Where the WAL has none, the server PANICs, and cannot always start again.
Then there is room again, the server runs, and all that was acknowledged is
there, nothing is there in part, and the load works.

This needs the right to mount; without it the tests are skipped.  The mounts are
in a mount namespace of the program's own, and end with it.

The quick form goes through it once, the long one for a fifth of CRASH_SECONDS.
"""

import atexit
import contextlib
import errno
import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "stress"), os.path.join(here, "..", "drivers")]

import psycopg2
from harness import check, equal, finish, rows, skip, test
from load import campaign, judgement, server, writers
from load.worker import Worker, connect
from parts import keeper
from parts.form import LONG, print_seed, rounds, session_number
from parts.invariants import problems_of, problems_of_log

ROUND = 5 if LONG else 2.5  # seconds
PATIENCE = 240              # seconds, for all of a round
DISK_FULL = "53100"
OPTIONS = campaign.OPTIONS + " -c synchronous_commit=on"
MB = 1 << 20
# A PANIC, which ends the process by SIGABRT, is what the server does then.
MEANT = ("No space left on device", "signal 6")


def mounts_are_allowed():
    return subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def use_own_mounts():
    """Runs the program from its beginning in a mount namespace of its own."""
    if "OWN_MOUNTS" in os.environ:
        return
    try:
        allowed = mounts_are_allowed()
    except FileNotFoundError:
        allowed = False
    if not allowed:
        skip("full disks", "mounting a file system is refused here")
        finish()
    os.environ["OWN_MOUNTS"] = "1"
    os.execvp("unshare", ["unshare", "--mount", sys.executable] + sys.argv)


class Volume:
    """A file system in memory of so many megabytes, on a folder of the
    server's."""

    def __init__(self, folder, size):
        self.folder = os.path.join(os.environ["SERVER_DIR"], folder)
        self.ballast = os.path.join(self.folder, "ballast")
        server.shell("as_server_user mkdir -p '%s'" % self.folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dm,mode=700" % size, "none", self.folder],
                       check=True)
        server.shell("chown \"$SERVER_USER\" '%s'" % self.folder)
        atexit.register(self.abandon)

    def leave(self, room):
        """Fills it, but for so many bytes."""
        with open(self.ballast, "ab") as file:
            while True:
                status = os.statvfs(self.folder)
                free = status.f_bavail * status.f_bsize
                try:
                    return os.posix_fallocate(file.fileno(), 0, max(free - room, 1))
                except OSError as error:
                    # the server took some of it meanwhile
                    check(error.errno == errno.ENOSPC and free > room, str(error))

    def make_room(self):
        os.unlink(self.ballast)

    def unmount(self):
        atexit.unregister(self.abandon)
        subprocess.run(["umount", self.folder], check=True)

    def abandon(self):
        """At the end of the program: the server does not need it any more."""
        try:
            server.shell("server_crash primary")
        except RuntimeError:
            pass                # it has ended already
        subprocess.run(["umount", self.folder])


class Load:
    """Writers and a keeper of namespaces, and what they say."""

    def __init__(self, count=0):
        self.features = campaign.make_store() | {"durable"}
        self.records, self.problems, self.count = [], [], count

    def number(self):
        self.count += 1
        return session_number(self.count)

    def run(self, meanwhile=lambda: None):
        """Some seconds of it; the SQLSTATEs of its errors."""
        ending = multiprocessing.Event()
        authors = [Worker(writers.record_of, self.number(), PATIENCE, OPTIONS, self.features, (DISK_FULL,),
                          ending) for _ in range(3)]
        keepers = [Worker(keeper.record_of, "keeper", self.number(), PATIENCE, OPTIONS, (DISK_FULL,),
                          ending)]
        time.sleep(ROUND * 0.3)
        meanwhile()
        time.sleep(ROUND * 0.2)
        ending.set()
        records = [author.result(PATIENCE) for author in authors]
        kept = [worker.result(PATIENCE) for worker in keepers]
        self.records += records
        self.problems += sum((record.problems for record in kept), [])
        return sum((record.errors for record in records), Counter()) + sum(
            (record.errors for record in kept), Counter())

    def judge(self):
        connection = connect()
        judge = judgement.Judge(connection, self.records)
        problems = self.problems + judge.of_writers(True) + judge.of_table()
        problems += problems_of(connection)
        problems += problems_of_log("primary", meant=MEANT)
        connection.close()
        for problem in problems[:20]:
            print("    " + problem.split("\n")[0][:300])
        check(not problems, "%d problems" % len(problems))
        return len(judge.stored)


def is_down():
    return subprocess.run(["pg_isready", "-q", "-h", server.socket("primary")]).returncode == 2


def use_wal():
    """Begins a new file of the WAL, as some megabytes of messages would."""
    try:
        connection = psycopg2.connect("")
        rows(connection, "SELECT pg_switch_wal()")
        connection.close()
    except psycopg2.Error:
        pass


def fill_and_make_room(volume, load, room, panics):
    """The load meets the full volume, and then goes on."""
    def meanwhile():
        volume.leave(room)
        end = time.monotonic() + ROUND * 0.5
        while time.monotonic() < end and not is_down():
            if panics:
                use_wal()
            time.sleep(0.05)
        volume.make_room()
        server.wait("primary")

    errors = load.run(meanwhile)
    if LONG:
        after = load.run()
        equal(after[DISK_FULL] + after[None], 0, "errors when there was room again")
    print("    errors: %s; %d messages" % (dict(errors), load.judge()))
    return errors


@contextlib.contextmanager
def on_its_own_volume(folder, size):
    """Moves a folder of the server's to a volume while the block lasts."""
    def move(command):
        server.shell("cd \"$SERVER_DIR\" && " + command % {"folder": folder})

    move("server_stop primary && as_server_user mv %(folder)s aside")
    volume = Volume(folder, size)
    move("cp -a aside/. %(folder)s && server_start primary")
    try:
        yield volume
    finally:
        server.wait("primary")
    move("server_stop primary && rm -r aside && cp -a %(folder)s aside")
    volume.unmount()
    move("rmdir %(folder)s && as_server_user mv aside %(folder)s && server_start primary")


@contextlib.contextmanager
def database_in(volume):
    """A database whose tables are there, the one to connect to."""
    name, admin = os.environ["PGDATABASE"], connect()
    rows(admin, "CREATE TABLESPACE tables LOCATION '%s'" % volume.folder)
    rows(admin, "CREATE DATABASE full_tablespace TABLESPACE tables")
    os.environ["PGDATABASE"] = "full_tablespace"
    connection = connect()
    rows(connection, "CREATE EXTENSION message_db")
    connection.close()
    try:
        yield
    finally:
        os.environ["PGDATABASE"] = name
    rows(admin, "DROP DATABASE full_tablespace WITH (FORCE)")
    rows(admin, "DROP TABLESPACE tables")
    admin.close()


use_own_mounts()
server.use_own_server(SERVER_CONF="max_wal_size = 64MB\nmin_wal_size = 32MB\nwal_recycle = off")
print_seed()
load = Load()
for _ in rounds(1, 0.2):
    with test("a tablespace is full: errors, and the server goes on"):
        volume = Volume("tables", 64)
        with database_in(volume):
            errors = fill_and_make_room(volume, Load(load.count), 200000, panics=False)
        volume.unmount()
        check(errors[DISK_FULL] > 0, "the disk was not full")
        equal(errors[None] + errors["57P02"], 0, "connections lost")

    with test("the WAL's volume is full: the server ends, and starts again when there is room"):
        with on_its_own_volume("primary/data/pg_wal", 128) as volume:
            errors = fill_and_make_room(volume, load, 1 * MB, panics=True)
        check(errors[None] + errors["57P02"] > 0, "no connection was lost")

    with test("the one volume of everything is full"):
        with on_its_own_volume("primary/data", 512) as volume:
            errors = fill_and_make_room(volume, load, 1 * MB, panics=True)
        check(errors[DISK_FULL] + errors[None] + errors["57P02"] > 0, "the disk was not full")

finish()
