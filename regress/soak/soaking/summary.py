"""The table at the end of a run."""


def megabytes(size):
    return "%.2f" % (size / 1e6)


def columns(rows, width=3):
    """Names and numbers, so many pairs in a line."""
    cells = ["%-24s %9d" % row for row in rows]
    return ["    " + "   ".join(cells[i:i + width]) for i in range(0, len(cells), width)]


def counts(title, counter):
    yield "    %s: %d" % (title, sum(counter.values()))
    yield from columns(sorted((str(name), count) for name, count in counter.items()))


def sizes(rows):
    """rows: what, the Series of all processes, bytes a step or None.  First,
    last and most are sums, most that of each process's own."""
    yield "    %-34s %10s %10s %10s %12s" % ("memory, all processes, MB", "first", "last",
                                               "most", "more a step")
    for what, many, slope in rows:
        yield "    %-34s %10s %10s %10s %12s" % (
            what, megabytes(sum(s.first for s in many)), megabytes(sum(s.last for s in many)),
            megabytes(sum(s.most for s in many)), "" if slope is None else "%.2f" % slope)


def extremes(rows):
    """rows: what, samples."""
    yield "    %-34s %10s %10s %10s" % ("counts", "first", "last", "most")
    for what, values in rows:
        if values:
            yield "    %-34s %10d %10d %10d" % (what, values[0], values[-1], max(values))
