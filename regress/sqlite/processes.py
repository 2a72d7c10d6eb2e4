"""Several processes write at once: nothing is lost and nothing is doubled."""

from harness import connect, equal, process, rows, run, test, value, write

WRITER = """
path, streams, writes, mode = sys.argv[1:]
db = connect(path, timeout=60)
print("ready", flush=True)
sys.stdin.readline()
for i in range(int(writes)):
    if mode == "transactions":
        db.execute("BEGIN")
    write(db, "a-%d" % (i % int(streams)), '{"i": %d}' % i)
    if mode == "transactions":
        write(db, "b-%d" % (i % int(streams)))
        db.execute("COMMIT")
"""


def run_together(code, count, *arguments):
    """Starts processes, lets them go at once; their output and exit codes."""
    processes = [process(code, *arguments) for _ in range(count)]
    for p in processes:
        equal(p.stdout.readline(), "ready\n")
    for p in processes:
        p.stdin.write("go\n")
        p.stdin.flush()
    return [(p.communicate()[0], p.returncode) for p in processes]


def check(path, expected):
    """As many messages as were written, and positions without gap."""
    db = connect(path)
    equal(value(db, "PRAGMA integrity_check"), "ok")
    equal(value(db, "SELECT count(*) FROM messages"), expected)
    equal(rows(db, "SELECT stream_name FROM messages GROUP BY stream_name "
               "HAVING count(*) <> max(position) + 1 OR min(position) <> 0 OR "
               "count(DISTINCT position) <> count(*)"), [])
    equal(rows(db, "SELECT 1 FROM messages AS a JOIN messages AS b ON "
               "a.stream_name = b.stream_name AND "
               "b.position = a.position + 1 "
               "WHERE a.global_position > b.global_position"), [])


def write_together(directory, journal_mode, mode, expected):
    path = directory.file()
    connect(path, load=False).execute("PRAGMA journal_mode = " + journal_mode)
    for output, code in run_together(WRITER, 4, path, 3, 50, mode):
        equal((output, code), ("", 0))
    check(path, expected)


@test
def wal(directory):
    write_together(directory, "wal", "single", 200)


@test
def rollback_journal(directory):
    write_together(directory, "delete", "single", 200)


@test
def wal_in_transactions(directory):
    write_together(directory, "wal", "transactions", 400)


@test
def rollback_journal_in_transactions(directory):
    write_together(directory, "delete", "transactions", 400)


@test
def first_write_of_many(directory):
    """All create the store at once, some of them in a transaction."""
    for mode in ("single", "transactions"):
        path = directory.file(mode)
        for output, code in run_together(WRITER, 8, path, 1, 1, mode):
            equal((output, code), ("", 0))
        check(path, 8 if mode == "single" else 16)


@test
def one_creates_the_namespace(directory):
    answers = run_together("""
db = connect(sys.argv[1], timeout=60)
print("ready", flush=True)
sys.stdin.readline()
print(value(db, "SELECT ensure_namespace()"))
""", 8, directory.file())
    equal(sorted(answers), [("0\n", 0)] * 7 + [("1\n", 0)])


@test
def defect_a_conflict_of_two_processes_is_no_conflict(directory):
    """EventoDB read the version and inserted in two statements: who came in
    between got an error of the index."""
    path = directory.file()
    write(connect(path), "a-1")
    answers = run_together("""
db = connect(sys.argv[1], timeout=60)
print("ready", flush=True)
sys.stdin.readline()
try:
    print(write(db, "a-1", expected_version=0))
except sqlite3.Error as error:
    print(error)
""", 8, path)
    equal(sorted(answers), [("1\n", 0)] + [
        ("Wrong expected version: 0 (Stream: a-1, Stream Version: 1)\n", 0)
    ] * 7)


@test
def a_killed_writer_leaves_nothing(directory):
    path = directory.file()
    db = connect(path, timeout=60)
    db.execute("PRAGMA journal_mode = wal")
    for first in (True, False):
        writer = process("""
db = connect(sys.argv[1], timeout=60)
db.execute("BEGIN")
write(db, "a-1")
print("ready", flush=True)
sys.stdin.readline()
""", path)
        equal(writer.stdout.readline(), "ready\n")
        writer.kill()
        writer.wait()
        writer.stdin.close()
        writer.stdout.close()
        equal(value(db, "SELECT stream_version('a-1')"), None if first else 0)
        equal(write(db, "a-1"), 0 if first else 1)
    check(path, 2)


run()
