"""Processes that do a part of the load, and their connections."""

import multiprocessing
import time
import traceback

import psycopg2

OPTIONS = "-c search_path=message_store,public -c client_min_messages=error"
PATIENCE = 60           # seconds to wait for a server that restarts

# What a process runs may be any function; Python 3.14 and later would only
# take one that a new interpreter can import.
multiprocessing.set_start_method("fork")


def connect(options="", host=None):
    """A connection; waits for a server that restarts."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection = psycopg2.connect(options=OPTIONS + " " + options,
                                          **({"host": host} if host else {}))
            connection.autocommit = True
            return connection
        except psycopg2.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def is_lost(error):
    """Whether the error ended the connection, not only the statement."""
    return error.pgcode is None or error.pgcode[:3] == "57P" or error.pgcode[:2] == "08"


class Worker:
    """A process that runs work(*arguments) and hands back what it returns."""

    def __init__(self, work, *arguments):
        self.pipe, other = multiprocessing.Pipe(False)
        self.process = multiprocessing.Process(
            target=self.run, args=(other, work, arguments))
        self.process.daemon = True
        self.process.start()
        other.close()

    @staticmethod
    def run(pipe, work, arguments):
        try:
            pipe.send((work(*arguments), None))
        except BaseException:
            pipe.send((None, traceback.format_exc()))

    def result(self, patience=PATIENCE * 3):
        """Waits for the end.  Raises what the process raised, as text."""
        if not self.pipe.poll(patience):
            self.process.terminate()
            raise RuntimeError("a process did not end in %d seconds" % patience)
        result, error = self.pipe.recv()
        self.process.join()
        if error:
            raise RuntimeError("a process failed\n" + error)
        return result
