"""The examples of a page: finding them, running them, comparing results.

An example is a fence of SQL and, where it prints something, a fence of text
right behind it:

    ```sql
    SELECT stream_version('account-1');
    ```
    ```text
     stream_version
    ----------------
                  0
    (1 row)
    ```

It runs on both databases, and the text is what psql prints.  From SQLite the
same columns, rows and errors must come, however its shell draws them.  A fence
of Python is a program of its own, and so is a fence of shell ("sh") that is
marked to be run.  A comment before a fence changes that:

    <!-- PostgreSQL -->     PostgreSQL only
    <!-- SQLite -->         SQLite only; the text is what its shell prints in
                            mode "column" with headers
    <!-- run -->            a fence of shell: run it
    <!-- not run -->        for the reader only
    <!-- new store -->      from here on empty databases with the extension,
                            as at the top of a page
    <!-- new database -->   the same without the extension
    <!-- new Message DB --> the same, with Message DB's own functions in it

Several may stand there.  A statement ends where a line ends with a semicolon.
An example without text must run without an error.

A program finds the SQLite extension as "./message_db", the scripts of sql/ as
"sql/...", and PostgreSQL's database "shop", which has the extension, in its
environment.  The databases and roles that it creates are dropped after it.

Ids and times differ each time.  A time matches any time, and an id that no
fence of SQL contains matches any id of its version.  Blanks and the length of
rulers do not count, nor does the line of an error of the SQLite shell, which
an interactive one does not name.

Tests that look at pages in other ways are run by run_checks().
"""

import difflib
import os
import re
import shutil
import subprocess
import tempfile

ROOT = os.environ.get("ROOT") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", ".."))
SQLITE3 = os.environ.get("SQLITE3", "sqlite3")
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
LIBRARY = os.environ.get("MDB_SQLITE", os.path.join(ROOT, "message_db"))

POSTGRESQL = "PostgreSQL"
SQLITE = "SQLite"
NEW = ("new store", "new database", "new Message DB")
MARKS = (POSTGRESQL, SQLITE, "run", "not run") + NEW

UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}"
                  r"-[0-9a-f]{4}-[0-9a-f]{12}\b")
TIME = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
# An error as the SQLite shells begin it, and the borders of their boxes since
# release 3.53, with those of before.
ERROR = r"(Runtime error|Parse error|Error):?( near line \d+)?: (stepping, |in prepare, )?"
BORDERS = str.maketrans("\u256d\u256e\u2570\u256f\u2550\u255e\u2561\u256a",
                        "\u250c\u2510\u2514\u2518\u2500\u251c\u2524\u253c")
SEPARATOR = "\x1f"
TIMEOUT = 60


# ---------------------------------------------------------------------------
# Finding examples
# ---------------------------------------------------------------------------

class Example:
    """A fence of SQL, Python or shell with the text behind it."""

    def __init__(self, language, line, marks, section):
        self.language = language
        self.line = line            # of the opening fence, counted from 1
        self.marks = marks
        self.section = section
        self.code = []
        self.text = None            # lines, None when there is no such fence
        self.text_line = None       # of its opening fence

    def runs_on(self, database):
        if self.language != "sql" or "not run" in self.marks:
            return False
        return not {POSTGRESQL, SQLITE} - {database} & set(self.marks)

    def is_program(self):
        return "not run" not in self.marks and (
            self.language == "python" or
            self.language == "sh" and "run" in self.marks)

    def is_for_both(self):
        return self.runs_on(POSTGRESQL) and self.runs_on(SQLITE)

    def statements(self):
        """The statements, and shell commands, as lists of lines."""
        statement = []
        for line in self.code:
            if not statement and re.match(r"\s*(--.*)?$", line):
                continue
            statement.append(line)
            if line.rstrip().endswith(";") or re.match(r"[.\\]", statement[0]):
                yield statement
                statement = []
        if statement:
            raise ValueError("line %d: a statement without its end" % self.line)


class Page:
    """A page of documentation: its lines, headings and examples."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.relpath(path, ROOT)
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().split("\n")
        self.headings = []
        self.prose = []             # lines outside of fences
        self.examples = []
        self._read()
        self.known_ids = {match.group() for example in self.examples
                          for line in example.code
                          for match in UUID.finditer(line.lower())}

    def _read(self):
        marks = []
        fence = None                # lines that the open fence collects
        behind = None               # example that a fence of text belongs to
        for number, line in enumerate(self.lines, 1):
            if fence is not None:
                if line == "```":
                    fence = None
                else:
                    fence.append(line)
            elif line.startswith("```"):
                language = line[3:]
                fence = []
                if language in ("sql", "python", "sh"):
                    section = self.headings[-1][1] if self.headings else ""
                    behind = Example(language, number, marks, section)
                    behind.code = fence
                    self.examples.append(behind)
                elif language == "text" and behind:
                    behind.text, behind.text_line = fence, number
                    behind = None
                marks = []
            else:
                self.prose.append(line)
                marks += re.findall(r"<!-- (%s) -->" % "|".join(MARKS), line)
                if line.startswith("#"):
                    level, title = line.split(" ", 1)
                    self.headings.append((len(level), title.strip()))
                if line.strip():
                    behind = None
        if fence is not None:
            raise ValueError("%s: a fence is open at the end" % self.name)

    def stores(self):
        """The examples, grouped by the databases they share: (mark, list)."""
        groups = [(NEW[0], [])]
        for example in self.examples:
            for mark in NEW:
                if mark in example.marks:
                    groups.append((mark, []))
            groups[-1][1].append(example)
        return [group for group in groups if group[1]]


# ---------------------------------------------------------------------------
# Running examples
# ---------------------------------------------------------------------------

class Workplace:
    """A folder with the SQLite extension and the scripts of sql/."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="message_db-docs-")
        for suffix in (".so", ".dylib"):
            if os.path.exists(LIBRARY + suffix):
                os.symlink(LIBRARY + suffix,
                           os.path.join(self.folder, "message_db" + suffix))
        os.symlink(os.path.join(ROOT, "sql"), os.path.join(self.folder, "sql"))

    def clear(self):
        for name in os.listdir(self.folder):
            if not os.path.islink(os.path.join(self.folder, name)):
                os.remove(os.path.join(self.folder, name))

    def remove(self):
        shutil.rmtree(self.folder)

    def run(self, command, script="", **environment):
        """What the command prints, errors included."""
        done = subprocess.run(
            command, input=script, cwd=self.folder, timeout=TIMEOUT,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace",
            env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1", **environment))
        return done.stdout


def psql(workplace, database, script):
    return workplace.run(["psql", "-X", "-q", "-d", database], script)


def marked(example, print_command):
    """The example's statements, each a line below a command that prints a
    mark.  In one line, because SQLite names a column after its expression."""
    for number, statement in enumerate(example.statements()):
        yield "%s @@ %d %d" % (print_command, example.line, number)
        yield " ".join(line.strip() for line in statement)


def split_at_marks(output):
    """The lines below each mark: {line of the example: [lines, ...]}."""
    results = {}
    current = None
    for line in output.split("\n"):
        mark = re.match(r"@@ (\d+|end)", line)
        if mark:
            current = results.setdefault(mark.group(1), [])
            current.append([])
        elif current:
            current[-1].append(line)
    if "end" not in results:
        raise RuntimeError("the shell ended early:\n" + output[-2000:])
    return results


def run_in_postgresql(workplace, examples, database):
    script = ["\\set SHOW_CONTEXT never"]
    for example in examples:
        script += marked(example, "\\echo")
    script += ["\\echo @@ end", ""]
    return split_at_marks(psql(workplace, database, "\n".join(script)))


def run_in_sqlite(workplace, examples, with_extension):
    script = [".output stderr", ".headers on"]
    if with_extension:
        script.append(".load ./message_db")
    for example in examples:
        if example.is_for_both():
            script += [".mode list", '.separator "\\037"']
        else:
            script.append(".mode column")
        script += marked(example, ".print")
    script += [".print @@ end", ""]
    output = workplace.run([SQLITE3, "-batch", "-init", "/dev/null", "docs.db"],
                           "\n".join(script))
    return split_at_marks(output)


# ---------------------------------------------------------------------------
# Results
# ---------------------------------------------------------------------------

def normalize(line, known_ids):
    """The line without what may differ from one run to the next."""
    line = UUID.sub(lambda found: found.group()
                    if found.group() in known_ids
                    else "<id of version %s>" % found.group(1), line)
    line = TIME.sub("<time>", line)
    line = re.sub("^" + ERROR, "error: ", line).translate(BORDERS)
    # older shells end an error with the result code
    line = re.sub(r"^((error|DETAIL|HINT): .*) \(\d+\)$", r"\1", line)
    line = re.sub("([-\u2500])\\1+", r"\1\1", line)
    return re.sub(r"\s+", " ", line).strip()


RULER = re.compile(r"-[-+]*$")
END_OF_TABLE = re.compile(r"\(\d+ rows?\)$")


def without_blanks(lines):
    """The lines but for blank ones that are no rows of a table of psql's."""
    kept = []
    in_table = False
    for number, line in enumerate(lines):
        if RULER.match(line):
            in_table = any(END_OF_TABLE.match(other)
                           for other in lines[number:])
        elif END_OF_TABLE.match(line):
            in_table = False
        if line.strip() or in_table:
            kept.append(line.rstrip())
    return kept


def flatten(results):
    """The lines of all statements."""
    return without_blanks([line for lines in results for line in lines])


def as_printed(results):
    """The same with a blank line behind each table of psql's but the last."""
    lines = []
    for result in results:
        text = flatten([result])
        if lines and text and END_OF_TABLE.match(lines[-1]):
            lines.append("")
        lines += text
    return lines


def is_position(line):
    """Whether the line shows where an error stands in the statement."""
    return bool(re.match(r"LINE \d+: |\s*\^$", line))


def items_of_page(lines):
    """Text in psql's form as a list of tables (names, rows) and lines."""
    lines = [line for line in without_blanks(lines) if not is_position(line)]
    items = []
    at = 0
    while at < len(lines):
        ruler = lines[at + 1] if at + 1 < len(lines) else ""
        if not RULER.match(ruler):
            items.append(lines[at].strip())
            at += 1
            continue
        bounds = [0] + [found.end() for found in re.finditer(r"\+", ruler)]
        ends = [bound - 1 for bound in bounds[1:]] + [None]
        rows = []
        first, at = at, at + 2
        while at < len(lines) and not END_OF_TABLE.match(lines[at]):
            rows.append(cells(lines[at], bounds, ends))
            at += 1
        at += 1
        if rows:
            items.append((cells(lines[first], bounds, ends), rows))
    return items


def cells(line, bounds, ends):
    return [line[start:end].strip() for start, end in zip(bounds, ends)]


def items_of_sqlite(results):
    """The same from the shell, one result a statement; no rows, no table."""
    items = []
    for lines in results:
        lines = list(lines)
        table = []
        while lines and not is_error(lines[0]):
            table.append(lines.pop(0).split(SEPARATOR))
        if table:
            items.append((table[0], table[1:]))
        items += error_lines(lines)
    return items


def is_error(line):
    return bool(re.match(ERROR, line))


def error_lines(lines):
    """An error of the shell as psql prints it, without the result code."""
    if not lines:
        return []
    lines = [re.sub("^" + ERROR, "ERROR:  ", line) for line in lines]
    lines[-1] = re.sub(r" \(\d+\)$", "", lines[-1])
    return lines


def describe(item, other):
    """An item as lines.  SQLite names a column after its expression: then the
    other database's name counts."""
    if isinstance(item, str):
        return [item]
    names, rows = item
    if isinstance(other, tuple) and len(other[0]) == len(names):
        names = [name if re.match(r"\w+$", name) else theirs
                 for name, theirs in zip(names, other[0])]
    return [" | ".join(row) for row in [names] + rows]


def compare(expected, actual, known_ids):
    """The difference between two lists of lines, '' when there is none."""
    expected = [normalize(line, known_ids) for line in expected]
    actual = [normalize(line, known_ids) for line in actual]
    return "\n".join(list(difflib.unified_diff(expected, actual, "page",
                                               "result", "", "", 99, ""))[3:])


def difference(page, example, results, database):
    """What differs between the page and the results of a database."""
    if example.text is None:
        errors = [line for line in flatten(results)
                  if is_error(line) or line.startswith(("ERROR:", "psql:"))]
        return "\n".join(errors)
    if database == POSTGRESQL or not example.is_for_both():
        return compare(without_blanks(example.text), flatten(results),
                       page.known_ids)
    expected = items_of_page(example.text)
    actual = items_of_sqlite(results)
    others = expected + [""] * len(actual)
    return compare(
        [line for item in expected for line in describe(item, None)],
        [line for item, other in zip(actual, others)
         for line in describe(item, other)],
        page.known_ids)


# ---------------------------------------------------------------------------
# Checks of pages
# ---------------------------------------------------------------------------

def run_checks(checks):
    """Runs functions that yield what is wrong with the pages, and prints a
    result of each.  Returns the exit status."""
    failed = 0
    for check in checks:
        name = check.__name__.replace("_", " ")
        try:
            faults = list(check())
        except Exception as error:      # a fault of the check is a failure, too
            faults = ["%s: %s" % (type(error).__name__, error)]
        if faults:
            failed += 1
            print("not ok - %s: %s" % (name, "; ".join(faults)))
        else:
            print("ok - %s" % name)
    print("%d passed, %d failed" % (len(checks) - failed, failed))
    return 1 if failed else 0
