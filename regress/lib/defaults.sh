# defaults.sh - where the tests find what the Makefile built
#
# make check hands these variables over.  The defaults are what make leaves in
# the tree, so that a script of this folder also runs by hand.
#
#	ROOT			the top of the tree
#	PG_CONFIG		pg_config of the server to test with
#	PG_BUILD		folder with message_db's library, control file and scripts
#	MDB_SQLITE		the SQLite extension without its suffix
#	SQLITE3			the sqlite3 shell
#	PYTHON			a python3
#	UNIT_PROGRAMS	the unit tests, built
#	UNIT_WRAPPER	a command to run them under, for example valgrind
#	SQLITE_WRAPPER	the same for programs that load the SQLite extension
#	CHECKER_REPORTS	a folder where a checker leaves what it finds
#	REPLAY_PROGRAMS	the fuzzers, built to replay files
#	TEST_TIMEOUT	seconds that one test program may take

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

: "${PG_CONFIG:=pg_config}"
if [ -z "${PG_BUILD:-}" ]; then
	PG_BUILD=$("$PG_CONFIG" --version 2>/dev/null |
		sed -E 's/^[^0-9]*([0-9]+).*/\1/')
	PG_BUILD=$ROOT/build/postgresql-$PG_BUILD
fi
: "${MDB_SQLITE:=$ROOT/message_db}"
: "${SQLITE3:=sqlite3}"
if [ -z "${PYTHON:-}" ]; then
	PYTHON=/usr/bin/python3
	[ -x "$PYTHON" ] || PYTHON=python3
fi
: "${UNIT_PROGRAMS:=$(ls "$ROOT"/build/unit/*_test 2>/dev/null)}"
: "${REPLAY_PROGRAMS:=$(ls "$ROOT"/build/unit/*_replay 2>/dev/null)}"
: "${TEST_TIMEOUT:=300}"

# make may hand over paths relative to the top of the tree
case $PG_BUILD in /*) ;; *) PG_BUILD=$ROOT/$PG_BUILD ;; esac
case $MDB_SQLITE in /*) ;; *) MDB_SQLITE=$ROOT/$MDB_SQLITE ;; esac

export ROOT PG_CONFIG PG_BUILD MDB_SQLITE SQLITE3 PYTHON

# Runs a command for TEST_TIMEOUT seconds at most, where timeout(1) exists.
limited()
{
	if command -v timeout >/dev/null; then
		timeout --kill-after=5 "$TEST_TIMEOUT" "$@"
	else
		"$@"
	fi
}
