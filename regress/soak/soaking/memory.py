"""Whether memory is flat.

A leak grows with what is done, noise and caches that fill do not.  So memory is
held against the number of steps done: after the warm-up, the first WARM_UP of
the samples, the slope of that line is what a step leaves behind.  It is the median
of the slopes between any two samples (Theil and Sen), which a single outlier
does not move.
"""

from statistics import mean, median

WARM_UP = 0.4
FEWEST = 4              # samples that make a line
RESTS = 12              # the fewest of a run, however slow the machine is


class Series:
    """Samples of one life of one process."""

    def __init__(self, name):
        self.name, self.points = name, []

    def add(self, number, steps, size):
        """A sample, the how manieth of the run, after so many steps."""
        self.points.append((number, steps, size))

    def after(self, warm):
        return [(steps, size) for number, steps, size in self.points if number >= warm]

    first = property(lambda self: self.points[0][2])
    last = property(lambda self: self.points[-1][2])
    most = property(lambda self: max(size for _, _, size in self.points))


def slope(points):
    """Bytes a step; None when there are too few samples, or no steps between."""
    slopes = [(b[1] - a[1]) / (b[0] - a[0])
              for i, a in enumerate(points) for b in points[i + 1:] if b[0] > a[0]]
    return median(slopes) if len(points) >= FEWEST and slopes else None


class Share:
    """For what is too coarse for a line: what all had at the end of the warm-up
    may grow by that share."""

    def __init__(self, what, most):
        self.what, self.most = what, most

    def judge(self, many, warm, tolerance=1):
        """As Rule.judge()."""
        final = max((s.points[-1][0] for s in many), default=0)
        ends = [(s.after(warm)[0][1], s.last) for s in many
                if s.points[0][0] <= warm and s.points[-1][0] == final]
        before, after = sum(b for b, _ in ends), sum(a for _, a in ends)
        if not ends:
            return ["%s: too few samples to judge" % self.what], None
        if after > before * (1 + self.most):
            return ["%s: %d at the end of the warm-up, %d at the end"
                    % (self.what, before, after)], None
        return [], None


class Unjudged:
    """For what is only shown."""

    def __init__(self, what):
        self.what = what

    def judge(self, many, warm, tolerance=1):
        return [], None


class Rule:
    """What a step may leave behind: of all on the average, and of each."""

    def __init__(self, what, average, each):
        self.what, self.average, self.each = what, average, each

    def judge(self, many, warm, tolerance=1):
        """Problems, and the average slope.  Only lives that began before the
        warm-up's end and last to the end are judged.  tolerance: times as much
        may be left behind, in a run too short for caches to fill."""
        final = max((s.points[-1][0] for s in many), default=0)
        slopes = {s.name: slope(s.after(warm)) for s in many
                  if s.points[0][0] <= warm and s.points[-1][0] == final}
        slopes = {name: value for name, value in slopes.items() if value is not None}
        if not slopes:
            return ["%s: too few samples to judge" % self.what], 0.0
        problems, average = [], mean(slopes.values())
        name, worst = max(slopes.items(), key=lambda item: item[1])
        if average > self.average * tolerance:
            problems.append("%s: %.2f more a step on the average of %d, not at most %.2f"
                            % (self.what, average, len(slopes), self.average * tolerance))
        if worst > self.each * tolerance:
            problems.append("%s: %.2f more a step in %s, not at most %.2f"
                            % (self.what, worst, name, self.each * tolerance))
        return problems, average
