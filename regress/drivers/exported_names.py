"""What the libraries show to the others of a process: nothing of the core.

Servers before PostgreSQL 16 give all of a library's names to all others.  Then
a function of the core could be taken from another library that has the same
name, as another release of message_db in the same process.
"""

import os
import shutil
import subprocess

from harness import equal, finish, skip, sqlite_extension, test

NM = shutil.which("nm")


def libraries():
    yield "PostgreSQL", os.path.join(os.environ["PG_BUILD"], "message_db.so")
    yield "SQLite", (sqlite_extension() or "") + ".so"


def exported(path):
    lines = subprocess.check_output([NM, "-D", "--defined-only", path], text=True).splitlines()
    return [line.split()[-1] for line in lines]


for database, library in libraries():
    name = database + " shows what it has to"
    if not NM or not os.path.exists(library):
        skip(name, "there is no nm, or no " + library)
        continue
    with test(name):
        names = exported(library)
        entry = "message_db_write_message" if database == "PostgreSQL" else "sqlite3_messagedb_init"
        equal([n for n in names if n == entry], [entry], "entry")
        equal([n for n in names if n.startswith("mdb_")], [], "names of the core")

finish()
