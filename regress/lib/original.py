"""Message DB itself, for tests that adopt it: fetched by npm, never kept here.

database() returns the folder of its scripts, below build/; or raises
Unavailable with the reason why there is none.
"""

import os
import shutil
import subprocess
import tarfile

PACKAGE, VERSION = "@eventide/message-db", "1.3.1"
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "message-db-original")


class Unavailable(Exception):
    pass


def database():
    scripts = os.path.join(FOLDER, "package", "database")
    if not os.path.exists(os.path.join(scripts, "install.sh")):
        fetch()
    return scripts


def fetch():
    if not shutil.which("npm"):
        raise Unavailable("npm is not installed")
    os.makedirs(FOLDER, exist_ok=True)
    try:
        done = subprocess.run(["npm", "pack", "--silent", "%s@%s" % (PACKAGE, VERSION)], cwd=FOLDER,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        raise Unavailable("npm could not fetch %s in time" % PACKAGE)
    if done.returncode != 0:
        raise Unavailable("npm could not fetch %s" % PACKAGE)
    with tarfile.open(os.path.join(FOLDER, done.stdout.split()[-1])) as package:
        package.extractall(FOLDER)


def run(script, dbname):
    """Runs one of its scripts, for example "install.sh", on a database that is
    there; raises when that fails."""
    done = subprocess.run(["bash", os.path.join(database(), script)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                          env=dict(os.environ, DATABASE_NAME=dbname, CREATE_DATABASE="off",
                                   PGOPTIONS="-c client_min_messages=warning"))
    if done.returncode != 0 or "ERROR" in done.stdout:
        raise AssertionError("%s failed: %s" % (script, done.stdout))
