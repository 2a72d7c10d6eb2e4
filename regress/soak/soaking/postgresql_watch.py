"""What is seen of the server from outside, while all work and while all rest."""

import glob
import os
import re
import time

from load.server import socket

from .processes import anonymous_memory, open_files

# Lines of the server's log that must not be there, and what is harmless in them:
# a ROLLBACK after an error, sessions that were terminated on purpose, what a
# canceled REINDEX has left, namespaces that go while all are migrated, a machine
# that is slow.
BAD = re.compile("WARNING:|PANIC:|FATAL:|TRAP|leak|terminated by signal|exited with exit code")
HARMLESS = re.compile("there is no transaction in progress"
                      "|cannot reindex invalid index|was not migrated: Namespace does not exist"
                      "|autovacuum worker took too long to start"
                      "|terminating (connection|autovacuum process|background worker .*)"
                      " due to administrator command"
                      "|\"parallel worker\" .* exited with exit code 1$")


SERVER_CONF = """
max_connections = 90
max_prepared_transactions = 70
max_files_per_process = 150
log_min_error_statement = panic
autovacuum_naptime = 10
"""
PATIENCE = 10           # seconds
EXTRA_FILES = 40        # that a process may have open besides those of tables


def server_processes():
    """The server's processes."""
    with open(os.path.join(socket("primary"), "data", "postmaster.pid")) as file:
        first = file.readline().strip()
    with open("/proc/%s/task/%s/children" % (first, first)) as file:
        return [int(first)] + [int(child) for child in file.read().split()]


class Watch:
    """Samples of counts, in lists by what they count."""

    def __init__(self, admin):
        self.admin, self.counts, self.patience = admin, {}, PATIENCE

    def value(self, sql):
        with self.admin.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    def rows(self, sql):
        with self.admin.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def note(self, what, value):
        self.counts.setdefault(what, []).append(value)

    def temporary_files(self):
        data = os.path.join(socket("primary"), "data")
        return len(glob.glob(data + "/base/pgsql_tmp/*") + glob.glob(data + "/base/*/t[0-9]*_*"))

    def sample(self):
        """While all work."""
        processes = server_processes()
        memory = [m for m in map(anonymous_memory, processes) if m is not None]
        files = [f for f in map(open_files, processes) if f is not None]
        self.note("processes of the server", len(processes))
        self.note("memory of all, MB", sum(memory) // 1000000)
        self.note("open files of all", sum(files))
        self.note("open files of one", max(files))
        self.note("locks", self.value("SELECT count(*) FROM pg_locks"))
        self.note("temporary files", self.temporary_files())

    def lasting(self, sql):
        """The rows, if they do not go by themselves: the processes of sessions
        that have ended take a moment to do so.  Once some have stayed it does
        not wait any more."""
        end, found = time.monotonic() + self.patience, self.rows(sql)
        while found and time.monotonic() < end:
            time.sleep(0.05)
            found = self.rows(sql)
        if found:
            self.patience = 0
        return found

    def at_rest(self, reports):
        """What is left over while nobody works, in lines."""
        found = ["lock left: %s" % (row,) for row in self.lasting(
            "SELECT a.application_name, l.locktype, l.relation::regclass, l.mode, l.granted"
            " FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE l.pid <> pg_backend_pid() AND a.backend_type = 'client backend'")]
        found += ["not idle: %s" % (row,) for row in self.lasting(
            "SELECT application_name, state, xact_start, query FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            " AND (state <> 'idle' OR xact_start IS NOT NULL OR backend_xmin IS NOT NULL)")]
        found += ["prepared transaction left: %s" % row
                  for row in self.rows("SELECT gid FROM pg_prepared_xacts")]
        found += ["writer left: %s" % (row,)
                  for row in self.rows("SELECT * FROM message_store.message_store_writers()")]
        for number, report in reports.items():
            if report["cursors"]:
                found.append("session %d has %d cursors left" % (number, report["cursors"]))
            if report["prepared"]:
                found.append("session %d has prepared statements left: %s"
                             % (number, report["prepared"][:5]))
        self.note("temporary files at rest", self.temporary_files())
        self.note("locks at rest", self.value(
            "SELECT count(*) FROM pg_locks WHERE pid <> pg_backend_pid()"))
        self.note("kept plans of all sessions", sum(
            report["contexts"].get("CachedPlanSource", (0, 0))[0] for report in reports.values()))
        return found


def bad_lines(start=0):
    """Lines of the server's log that must not be there."""
    with open(os.path.join(socket("primary"), "log"), errors="replace") as file:
        file.seek(start)
        return [line.strip() for line in file if BAD.search(line) and not HARMLESS.search(line)]
