# suites.sh - how the tests of each suite are run
#
# To be sourced by regress/run.  Each suite is a function suite_NAME.  It gets
# the names of the tests to run; without any it runs all that its folder
# holds.  Logs, results and differences go to $RESULTS/SUITE.

# Starts the server when the first suite needs it.
need_server()
{
	if [ -z "${server_state:-}" ]; then
		server_create && server_state=up || server_state=down
	fi
	if [ "$server_state" = down ]; then
		fail "$1" 'there is no PostgreSQL server to test with'
		return 1
	fi
}

# Ends the server in good order, if there is one, so that its processes say what
# they have to say at their end.
end_server()
{
	[ "${server_state:-}" != up ] || server_stop primary
	server_state=
}

# test_names FOLDER SUFFIX: the tests in a folder, one a line.
test_names()
{
	local file

	for file in "$ROOT/regress/$1"/*"$2"; do
		[ ! -e "$file" ] || basename "$file" "$2"
	done
}

# same_text TEST EXPECTED RESULT: passes when the files are equal.
same_text()
{
	local expected=$2

	[ -e "$expected" ] || expected=/dev/null
	if diff -u "$expected" "$3" >"$3.diff"; then
		rm "$3.diff"
		pass "$1"
	else
		fail "$1" "differs from ${2#"$ROOT/"}"
		tail -n +3 "$3.diff" | explain
	fi
}

# ---------------------------------------------------------------------------
# unit: C programs that the Makefile built
# ---------------------------------------------------------------------------

suite_unit()
{
	local program

	for program in $UNIT_PROGRAMS; do
		case " $* " in
			"  " | *" $(basename "$program") "*)
				run_program "unit/$(basename "$program")" \
					${UNIT_WRAPPER:-} "$program" ;;
		esac
	done
}

# ---------------------------------------------------------------------------
# common: scenarios for psql and sqlite3 with one expected file for both
# ---------------------------------------------------------------------------

suite_common()
{
	local results=$RESULTS/common topic scenario

	[ $# -gt 0 ] || set -- $(test_names common .sql)
	[ $# -gt 0 ] || return 0
	need_server common/server || return
	mkdir -p "$results"
	for topic in "$@"; do
		scenario=$ROOT/regress/common/$topic.sql
		[ -e "$scenario" ] || continue
		common_postgresql "$scenario" "$results/$topic.postgresql"
		common_sqlite "$scenario" "$results/$topic.sqlite"
	done
}

# common_shell SCENARIO RESULT SHELL COMMAND ...: feeds the scenario to a shell.
common_shell()
{
	local scenario=$1 result=$2 shell=$3 test

	shift 3
	test=common/$(basename "$result")
	rm -f "$result".*
	awk -v mode=split -v shell="$shell" -f "$ROOT/regress/lib/scenario.awk" \
		"$scenario" >"$result.sql"
	limited "$@" <"$result.sql" >"$result.log" 2>&1
	awk -v mode=merge -v output="$result.log" \
		-f "$ROOT/regress/lib/scenario.awk" "$scenario" >"$result.out"
	same_text "$test" \
		"$ROOT/expected/common/$(basename "$scenario" .sql).out" "$result.out"
}

common_postgresql()
{
	server_database common
	PGOPTIONS='-c client_min_messages=warning' \
		common_shell "$1" "$2" psql \
		psql -X -q -A -t -P null=NULL -v VERBOSITY=terse common
	server_drop_database common
}

common_sqlite()
{
	local database=$2.db

	rm -f "$database"*
	common_shell "$1" "$2" sqlite3 \
		${SQLITE_WRAPPER:-} "$SQLITE3" -batch -init /dev/null -list -separator '|' \
		-nullvalue NULL -cmd ".load \"$MDB_SQLITE\"" "$database"
}

# ---------------------------------------------------------------------------
# postgresql and isolation: PostgreSQL's own test programs
# ---------------------------------------------------------------------------

suite_postgresql()
{
	pg_suite postgresql sql regress/pg_regress "$@"
}

suite_isolation()
{
	pg_suite isolation spec isolation/pg_isolation_regress "$@"
}

# pg_suite SUITE SUFFIX PROGRAM [TEST ...]
pg_suite()
{
	local suite=$1 suffix=$2 results=$RESULTS/$1 input program test schedule=
	local tests

	program=$3
	shift 3
	tests=${*:-$(test_names "$suite" ".$suffix")}
	[ -n "$tests" ] && [ -e "$ROOT/regress/$suite/${tests%%[[:space:]]*}.$suffix" ] || return 0
	need_server "$suite/server" || return
	program=$(dirname "$("$PG_CONFIG" --pgxs)")/../test/$program
	if [ ! -x "$program" ]; then
		fail "$suite" "$(basename "$program") is missing; it belongs to the server's headers"
		return
	fi
	if [ $# -eq 0 ] && [ -e "$ROOT/regress/$suite/schedule" ]; then
		schedule=$ROOT/regress/$suite/schedule
	fi

	# the folders that these programs want, and an expected file for every test
	input=$results/input
	rm -rf "$results"
	mkdir -p "$input/expected"
	ln -s "$ROOT/regress/$suite" "$input/${suffix/spec/specs}"
	for test in $tests; do
		: >"$input/expected/$test.out"
	done
	for test in "$ROOT/expected/$suite"/*.out; do
		[ ! -e "$test" ] || ln -sf "$test" "$input/expected"
	done

	(
		cd "$results" &&
			TEST_TIMEOUT=$((TEST_TIMEOUT * 2)) limited "$program" \
				--inputdir="$input" --outputdir="$results" \
				--bindir="$SERVER_BIN" --host="$PGHOST" --port="$PGPORT" \
				--user="$PGUSER" --dbname="regression_$suite" \
				--load-extension=message_db \
				${schedule:+--schedule="$schedule"} \
				$([ -n "$schedule" ] || echo "$tests")
	) >"$results/log" 2>&1 </dev/null
	pg_report "$suite" "$tests"
}

# Turns the program's report, of PostgreSQL 14 to 15 or of 16 and later, into
# ours.  A test that it does not report has failed.
pg_report()
{
	local suite=$1 results=$RESULTS/$1 test verdict

	for test in $2; do
		verdict=$(awk -v test="$test" '
			$1 == "test" && $2 == test && $3 == "..." { print $4 }
			$1 == test && $2 == "..." { print $3 }
			$1 == "ok" && $4 == test { print "ok" }
			$1 == "not" && $5 == test { print "FAILED" }' "$results/log")
		if [ "$verdict" = ok ]; then
			pass "$suite/$test"
		elif [ -n "$verdict" ]; then
			fail "$suite/$test" "differs from expected/$suite/$test.out"
			diff -U2 "$results/input/expected/$test.out" \
				"$results/results/$test.out" | tail -n +3 | explain
		else
			fail "$suite/$test" 'was not run'
			explain <"$results/log"
		fi
	done
}

# ---------------------------------------------------------------------------
# The other suites are programs: Python, Perl, Ruby or shell
# ---------------------------------------------------------------------------

suite_sqlite()
{
	local SCRIPT_WRAPPER=${SQLITE_WRAPPER:-}

	run_scripts sqlite "$@"
}

# The benchmark has a server of its own.
suite_bench()
{
	run_scripts bench "$@"
}

# Its programs have servers of their own.
suite_crash()
{
	run_scripts crash "$@"
}

suite_concurrency()
{
	run_server_scripts concurrency "$@"
}

suite_hostile()
{
	run_server_scripts hostile "$@"
}

suite_stress()
{
	run_server_scripts stress "$@"
}

suite_soak()
{
	run_server_scripts soak "$@"
}

suite_docs()
{
	run_server_scripts docs "$@"
}

suite_drivers()
{
	run_server_scripts drivers "$@"
}

suite_standby()
{
	run_server_scripts standby "$@"
}

suite_adoption()
{
	run_server_scripts adoption "$@"
}

suite_dump()
{
	run_server_scripts dump "$@"
}

suite_upgrade()
{
	run_server_scripts upgrade "$@"
}

# What does not end with _test is their library.
suite_model()
{
	[ $# -gt 0 ] || set -- $(test_names model _test.py)
	set -- "${@%_test}"
	run_server_scripts model "${@/%/_test}"
}

# The quick one of the analyzers; make analyze has the others, too.
suite_analyze()
{
	local log=$RESULTS/analyze/cppcheck.log

	if ! command -v cppcheck >/dev/null; then
		skip analyze/cppcheck 'cppcheck is not installed'
		return
	fi
	mkdir -p "$RESULTS/analyze"
	if limited "$ROOT/regress/analyze" cppcheck >"$log" 2>&1; then
		pass analyze/cppcheck
	else
		fail analyze/cppcheck
		explain <"$log"
	fi
}

# Replays the corpus of every fuzzer.
suite_fuzz()
{
	local program name

	for program in $REPLAY_PROGRAMS; do
		name=$(basename "$program" _replay)
		case " $* " in
			"  " | *" $name "*)
				run_program "fuzz/$name" ${UNIT_WRAPPER:-} "$program" \
					"$ROOT/regress/fuzz/corpus/$name"/* ;;
		esac
	done
}

# Compares the core's JSON with PostgreSQL's on random documents.
suite_json()
{
	local compare=$ROOT/regress/json/compare log=$RESULTS/json/compare.log

	[ -x "$compare" ] || return 0
	need_server json/server || return
	mkdir -p "$RESULTS/json"
	if PGDATABASE=postgres limited "$compare" "${JSON_SEED:-1}" \
		"${JSON_COUNT:-5000}" >"$log" 2>&1 </dev/null; then
		pass "json/compare ($(tail -n 1 "$log"))"
	else
		fail json/compare
		explain <"$log"
	fi
}

# run_server_scripts SUITE [TEST ...]: the same as run_scripts with a server,
# each program with a fresh database, PGDATABASE, that has the extension.
run_server_scripts()
{
	local suite=$1

	[ -n "$(ls "$ROOT/regress/$suite" 2>/dev/null)" ] || return 0
	need_server "$suite/server" || return
	export PGDATABASE=test_$suite
	run_scripts "$@"
	unset PGDATABASE
}

# run_scripts SUITE [TEST ...]: runs the programs of a folder.  What is called
# harness is a library of theirs.
run_scripts()
{
	local suite=$1 file test interpreter

	shift
	for file in "$ROOT/regress/$suite"/*.*; do
		case $file in
			*/harness.*) continue ;;
			*.py) interpreter=$PYTHON ;;
			*.pl) interpreter=perl ;;
			*.rb) interpreter=ruby ;;
			*.sh) interpreter=bash ;;
			*) continue ;;
		esac
		test=$(basename "$file")
		case " $* " in
			"  " | *" $test "* | *" ${test%.*} "*) ;;
			*) continue ;;
		esac
		[ -z "${PGDATABASE:-}" ] || server_database "$PGDATABASE"
		run_program "$suite/$test" ${SCRIPT_WRAPPER:-} "$interpreter" "$file"
		[ -z "${PGDATABASE:-}" ] || server_drop_database "$PGDATABASE"
	done
}
