"""The servers under the load: functions of regress/lib/server.sh, and kill -9.

A cluster is named as there: "primary", or the name of a standby.
"""

import os
import signal
import subprocess
import sys
import time

LIBRARY = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "..", "..", "lib", "server.sh")


def use_test_build(**environment):
    """Runs the program from its beginning on a server of its own, which has
    the build with the settings message_db.test_*."""
    build = os.environ["PG_BUILD"]
    use_own_server(PG_BUILD=build if build.endswith("-faults") else build + "-faults",
                   **environment)


def use_own_server(**environment):
    """Runs the program from its beginning on a server of its own."""
    program = os.path.abspath(sys.argv[0])
    if os.environ.get("OWN_SERVER") == program:
        return
    environment = dict(os.environ, OWN_SERVER=program, **environment)
    environment.pop("SERVER_DIR", None)
    server = os.path.join(os.path.dirname(LIBRARY), "..", "server")
    sys.stdout.flush()
    os.execve(server, [server, sys.executable] + sys.argv, environment)


def shell(command):
    """Runs a command of server.sh on the servers of this run; its output."""
    result = subprocess.run(
        ["bash", "-c", '. "$0" && server_create && ' + command, LIBRARY],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True)
    if result.returncode:
        raise RuntimeError("%s: %s" % (command, result.stdout.strip()))
    return result.stdout


def socket(cluster):
    """The host to connect to."""
    return os.path.join(os.environ["SERVER_DIR"], cluster)


def start(cluster, *options):
    """Starts a cluster.  Processes that were killed may take a moment to go."""
    for attempt in range(50):
        try:
            return shell("server_start %s %s" % (cluster, " ".join(options)))
        except RuntimeError:
            if attempt == 49:
                raise
            time.sleep(0.2)


def wait(cluster):
    """Waits until a cluster answers that is restarting by itself; starts it
    when it has given up, as it does when its recovery is killed."""
    while True:
        state = subprocess.run(["pg_isready", "-q", "-h", socket(cluster)]).returncode
        if state == 0:
            return
        try:
            os.kill(postmaster(cluster), 0)
        except (OSError, ValueError):
            start(cluster)
        time.sleep(0.05)


def postmaster(cluster):
    """The first process of a cluster."""
    with open(os.path.join(socket(cluster), "data", "postmaster.pid")) as file:
        return int(file.readline())


def children(cluster):
    """The processes that the first one started."""
    found = subprocess.run(["pgrep", "-P", str(postmaster(cluster))], stdout=subprocess.PIPE,
                           universal_newlines=True).stdout.split()
    return [int(child) for child in found]


def stopped(cluster):
    """The first process, which starts no further ones from now on, and those
    that it has started."""
    first = postmaster(cluster)
    os.kill(first, signal.SIGSTOP)
    try:
        return first, children(cluster)
    except Exception:
        os.kill(first, signal.SIGCONT)      # or all tests after it would wait
        raise


def kill(cluster):
    """kill -9 of every process of a cluster, the first one first."""
    first, others = stopped(cluster)
    for process in [first] + others:
        kill_process(process)


def kill_postmaster(cluster):
    """The others notice that the first one is gone, and end.  One that waits
    for a process which was killed before cannot notice anything; it is killed,
    as the server asks for when it is started again."""
    first, others = stopped(cluster)
    kill_process(first)
    end = time.monotonic() + 5
    while time.monotonic() < end and any(is_there(process) for process in others):
        time.sleep(0.05)
    for process in others:
        kill_process(process)


def is_there(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def kill_process(process):
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Standby:
    """A hot standby of the primary for as long as the block lasts."""

    def __init__(self, name):
        self.name = "%s_%d" % (name, os.getpid())

    def __enter__(self):
        # a standby that was killed finds the WAL that it has not seen yet
        shell("psql -Xq postgres -c \"ALTER SYSTEM SET wal_keep_size = '2GB'\""
              " -c 'SELECT pg_reload_conf()'")
        shell("server_standby %s" % self.name)
        # it comes back soon after a crash of the primary, and cancels no reader
        shell("PGHOST=$SERVER_DIR/%s psql -Xq postgres"
              " -c \"ALTER SYSTEM SET wal_retrieve_retry_interval = '100ms'\""
              " -c 'ALTER SYSTEM SET max_standby_streaming_delay = -1'"
              " -c 'SELECT pg_reload_conf()'" % self.name)
        return self

    def __exit__(self, *failure):
        shell("server_ctl %s stop -m immediate; rm -rf \"$SERVER_DIR/%s\""
              % (self.name, self.name))
        shell("psql -Xq postgres -c 'ALTER SYSTEM RESET wal_keep_size'"
              " -c 'SELECT pg_reload_conf()'")

    def kill_standby(self):
        kill(self.name)
        start(self.name)

    def catch_up(self):
        """Waits until it shows all that was committed, asynchronously too."""
        shell("psql -Xqc CHECKPOINT postgres && server_catch_up %s" % self.name)
