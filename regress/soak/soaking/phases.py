"""Everybody works, rests together, works on, and ends.

At a rest each worker stops between two steps and hands in a report of itself;
what is left in the server or on the disk then is left over.

	phases = Phases()
	Worker(work, phases, ...)			the work calls phases.go_on() between steps
	reports = phases.rest(workers)		everybody stands still now
	phases.resume()
	phases.end(1)						work of level 1 ends, then that of level 2
"""

import multiprocessing
import queue
import time

PATIENCE = 300          # seconds that a step may take
BREATH = 0.02


class Phases:
    def __init__(self):
        self.turn = multiprocessing.Value("i", 0)       # odd: a rest
        self.ended = multiprocessing.Value("i", 0)
        self.reports = multiprocessing.Queue()

    # The worker's side

    def go_on(self, number, report, level=1):
        """Rests if it is time to, after handing in report(); False at the end."""
        turn = self.turn.value
        if turn % 2:
            self.reports.put((turn, number, report()))
            while self.turn.value == turn:
                time.sleep(BREATH)
        return self.ended.value < level

    # The side of who leads

    def rest(self, workers):
        """The reports of all that are alive, by their numbers."""
        with self.turn.get_lock():
            self.turn.value += 1
        found, end = {}, time.monotonic() + PATIENCE
        while len(found) < len(workers):
            try:
                turn, number, report = self.reports.get(timeout=1)
            except queue.Empty:
                gone = [n for n, worker in workers.items()
                        if n not in found and worker.pipe.poll()]
                if gone:
                    workers[gone[0]].result()
                    raise RuntimeError("worker %d ended before its time" % gone[0])
                if time.monotonic() > end:
                    raise RuntimeError("workers %s did not come to rest in %d seconds"
                                       % (sorted(set(workers) - set(found)), PATIENCE))
                continue
            if turn == self.turn.value:
                found[number] = report
        return found

    def resume(self):
        with self.turn.get_lock():
            self.turn.value += 1

    def end(self, level):
        self.ended.value = level
