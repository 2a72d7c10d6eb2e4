"""Plots as SVG, without any library: bars, or lines where a store grows."""

import math
import statistics

from xml.sax.saxutils import escape

COLOURS = {"original": "#c44e52", "ours": "#4c72b0", "bare": "#8c8c8c", "locked": "#c8c8c8", "postgresql": "#4c72b0",
           "sqlite": "#8c8c8c"}
WIDTH, LEFT, RIGHT = 900, 330, 130
BAR, GAP = 13, 12
PANEL, HEIGHT = 280, 220


def text(x, y, words, anchor="start", size=12, weight="normal"):
    return '<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d" font-weight="%s">%s</text>' % (
        x, y, anchor, size, weight, escape(words))


def line(x1, y1, x2, y2, colour="#333", width=1):
    return '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%g"/>' % (
        x1, y1, x2, y2, colour, width)


def measured(row):
    """The variants of a row that have figures, in the order of the tables."""
    return [(variant, row.values[variant]) for variant in COLOURS
            if isinstance(row.values.get(variant), list) and row.values[variant]]


def legend(rows, y):
    shapes, x = [], LEFT
    for variant, colour in COLOURS.items():
        if not any(variant in row.values for row in rows):
            continue
        shapes.append('<rect x="%d" y="%d" width="12" height="12" fill="%s"/>' % (x, y - 11, colour))
        shapes.append(text(x + 17, y, variant))
        x += 90
    return shapes


def bars(rows, y):
    """A group of bars for each row, each group to a scale of its own; the ends of the
    thin lines are the smallest and the largest figure."""
    shapes = []
    for row in rows:
        variants = measured(row)
        if not variants:
            continue
        scale = (WIDTH - LEFT - RIGHT) / max(0.001, max(max(values) for _, values in variants))
        shapes.append(text(LEFT - 10, y + 10, row.what, "end"))
        shapes.append(text(LEFT - 10, y + 24, row.unit, "end", 10))
        for variant, values in variants:
            median = statistics.median(values)
            middle = y + BAR / 2 - 1
            shapes.append('<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>' % (
                LEFT, y, max(1, median * scale), BAR - 2, COLOURS[variant]))
            shapes.append(line(LEFT + min(values) * scale, middle, LEFT + max(values) * scale, middle))
            shapes.append(text(LEFT + max(values) * scale + 6, y + 10, "%.4g" % median, size=11))
            y += BAR
        y += GAP + max(0, 2 - len(variants)) * BAR
    return shapes, y


def lines(rows, y):
    """A panel for each thing that was measured at several sizes of the store."""
    panels = {}
    for row in rows:
        panels.setdefault(row.what.split(", to ")[0].split(", of ")[0], []).append(row)
    shapes, column = [], 0
    for what, points in panels.items():
        shapes += panel(what, points, 60 + column * (PANEL + 10), y)
        column += 1
        if column == 3:
            column, y = 0, y + HEIGHT + 60
    return shapes, y + (HEIGHT + 60 if column else 0)


def panel(what, points, left, top):
    bottom, width = top + HEIGHT - 30, PANEL - 70
    sizes = [math.log10(row.size) for row in points]
    highest = max(max(values) for row in points for _, values in measured(row))
    highest = max(highest, 0.001)

    def x(size):
        return left + (math.log10(size) - sizes[0]) / ((sizes[-1] - sizes[0]) or 1) * width

    def y(value):
        return bottom - value / highest * (bottom - top - 20)

    shapes = [text(left, top, "%s (%s)" % (what, points[0].unit), size=11),
              line(left, bottom, left + width, bottom), line(left, bottom, left, top + 15),
              text(left - 5, y(highest) + 4, "%.3g" % highest, "end", 10), text(left - 5, bottom, "0", "end", 10)]
    for row in points:
        shapes.append(text(x(row.size), bottom + 15, "{:,}".format(row.size), "middle", 10))
    for variant in COLOURS:
        known = [(x(row.size), y(statistics.median(dict(measured(row))[variant])))
                 for row in points if variant in dict(measured(row))]
        for (x1, y1), (x2, y2) in zip(known, known[1:]):
            shapes.append(line(x1, y1, x2, y2, COLOURS[variant], 2))
        shapes += ['<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (a, b, COLOURS[variant]) for a, b in known]
    return shapes


def write(path, title, rows):
    draw = lines if all(row.size for row in rows) else bars
    shapes, height = draw(rows, 70)
    with open(path, "w", encoding="utf-8") as file:
        file.write('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif">\n'
                   '<rect width="100%%" height="100%%" fill="white"/>\n' % (WIDTH, height + 10))
        file.write("\n".join([text(20, 25, title, size=16, weight="bold")] + legend(rows, 50) + shapes))
        file.write("\n</svg>\n")
