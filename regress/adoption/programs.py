"""Message DB's own shell programs, run on our extension as they are.

They come with its package: they write test messages, print messages, versions
and summaries, empty the table, and measure 1,000 writes and reads.  Each runs
on a Message DB and on ours and must print the same, but for ids and times.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "drivers"), os.path.join(HERE, "..", "lib")]

import original
from harness import connect, equal, finish, rows, skip, test

THEIRS, OURS = "programs_original", "programs_ours"
STREAM = "testStream-1"
CYCLES = 1000
UUIDGEN = "#!/bin/sh\ncat /proc/sys/kernel/random/uuid\n"

try:
    original.database()
except original.Unavailable as reason:
    skip("Message DB's own programs", str(reason))
    finish()

admin = connect()
tools = tempfile.TemporaryDirectory()


def connect_to(dbname):
    connection = psycopg2.connect(dbname=dbname)
    connection.autocommit = True
    return connection


def set_up():
    for name in (THEIRS, OURS):
        rows(admin, "DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)
        rows(admin, "CREATE DATABASE %s TEMPLATE template0" % name)
    original.run("install.sh", THEIRS)      # and the role message_store
    with connect_to(OURS) as ours:
        rows(ours, "CREATE EXTENSION message_db")
        rows(ours, "SELECT message_store.create_namespace('message_store')")
        rows(ours, "SELECT message_store.grant_access('message_store', 'message_store')")
    if not shutil.which("uuidgen"):     # which the programs use
        provide_uuidgen()


def provide_uuidgen():
    uuidgen = os.path.join(tools.name, "uuidgen")
    with open(uuidgen, "w") as file:
        file.write(UUIDGEN)
    os.chmod(uuidgen, 0o755)


def printed(program, dbname, **variables):
    """What it prints, without ids, times, plans and the name of the database."""
    environment = dict(os.environ, DATABASE_NAME=dbname, PATH=tools.name + ":" + os.environ["PATH"])
    environment.update(variables)
    done = subprocess.run(["bash", os.path.join(original.database(), program)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, env=environment)
    equal(done.returncode, 0, "exit status of %s, which printed %s" % (program, done.stdout))
    for line in re.findall("Execution Time: .*", done.stdout):
        print("    %s, %s: %s" % (program, dbname, line))
    text = done.stdout.replace(dbname, "DATABASE")
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", "TIME", text)
    return re.sub(r" +QUERY PLAN .*? rows\)\n", "PLAN\n", text, flags=re.DOTALL)


def both_print_the_same(program, **variables):
    with test(program + "".join(" %s=%s" % pair for pair in variables.items())):
        equal(printed(program, OURS, **variables), printed(program, THEIRS, **variables), "output")


def stored(dbname):
    with connect_to(dbname) as connection:
        return rows(connection, """
            SELECT global_position, position, stream_name, type, data::text, metadata::text
            FROM message_store.messages ORDER BY global_position""")


set_up()
both_print_the_same("print-message-store-version.sh")
both_print_the_same("print-messages.sh")
both_print_the_same("write-test-message.sh", STREAM_NAME=STREAM, INSTANCES="3")
both_print_the_same("write-test-message.sh", STREAM_NAME="other-7", TYPE="Other",
                    METADATA="'{\"correlationStreamName\": \"signup-7\"}'")
both_print_the_same("print-messages.sh", STREAM_NAME=STREAM)
for summary in ("category-type", "stream", "stream-type", "type", "type-category", "type-stream"):
    both_print_the_same("print-%s-summary.sh" % summary)
both_print_the_same("clear-messages.sh")
both_print_the_same("benchmark.sh", STREAM_NAME=STREAM, CYCLES=str(CYCLES))

with test("the benchmark has written the same messages"):
    equal(stored(OURS), stored(THEIRS), "messages")
    equal([row[1] for row in stored(OURS)], list(range(CYCLES)), "positions")

finish()
