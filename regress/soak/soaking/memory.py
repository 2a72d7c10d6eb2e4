"""Whether memory is flat.

A leak grows with what is done, noise and caches that fill do not.  So memory is
held against the number of steps done: after the warm-up, the first WARM_UP of
the run, the slope of that line is what a step leaves behind.  It is the median
of the slopes between any two samples (Theil and Sen), which a single outlier
does not move.
"""

from statistics import mean, median

WARM_UP = 0.4
FEWEST = 4              # samples that make a line


class Series:
    """Samples of one life of one process."""

    def __init__(self, name):
        self.name, self.points = name, []

    def add(self, when, steps, size):
        self.points.append((when, steps, size))

    def after(self, when):
        return [(steps, size) for moment, steps, size in self.points if moment >= when]

    first = property(lambda self: self.points[0][2])
    last = property(lambda self: self.points[-1][2])
    most = property(lambda self: max(size for _, _, size in self.points))


def slope(points):
    """Bytes a step; None when there are too few samples, or no steps between."""
    slopes = [(b[1] - a[1]) / (b[0] - a[0])
              for i, a in enumerate(points) for b in points[i + 1:] if b[0] > a[0]]
    return median(slopes) if len(points) >= FEWEST and slopes else None


class Rule:
    """What may be left behind by a step, in bytes: by all on the average, and
    by each."""

    def __init__(self, what, average, each):
        self.what, self.average, self.each = what, average, each

    def judge(self, many, warm):
        """Problems, and the average slope.  Only lives that began before the
        warm-up's end and last to the end are judged."""
        final = max((s.points[-1][0] for s in many), default=0)
        slopes = {s.name: slope(s.after(warm)) for s in many
                  if s.points[0][0] <= warm and s.points[-1][0] == final}
        slopes = {name: value for name, value in slopes.items() if value is not None}
        if not slopes:
            return ["%s: too few samples to judge" % self.what], 0.0
        problems, average = [], mean(slopes.values())
        name, worst = max(slopes.items(), key=lambda item: item[1])
        if average > self.average:
            problems.append("%s grows by %.1f bytes a step on the average of %d, more than %d"
                            % (self.what, average, len(slopes), self.average))
        if worst > self.each:
            problems.append("%s of %s grows by %.1f bytes a step, more than %d"
                            % (self.what, name, worst, self.each))
        return problems, average
