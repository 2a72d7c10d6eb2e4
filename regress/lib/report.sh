# report.sh - counts tests and prints a line for each
#
# To be sourced.  A test program prints "ok - name", "not ok - name: why" or
# "skip - name: why" for each of its tests (or nothing at all), and its last
# line is "N passed, M failed", optionally followed by ", K skipped".

passed=0
failed=0
skipped=0

pass()
{
	passed=$((passed + 1))
	echo "ok - $1"
}

# fail TEST [WHY]
fail()
{
	failed=$((failed + 1))
	echo "not ok - $1${2:+: $2}"
}

skip()
{
	skipped=$((skipped + 1))
	echo "skip - $1: $2"
}

# Prints the beginning of stdin, indented, below a failed test.
explain()
{
	sed -e 's/^/    /' -e 60q
}

# run_program SUITE/NAME COMMAND ...: runs a test program and takes over its
# figures.  One that does not end with them has failed.
run_program()
{
	local test=$1 log=$RESULTS/$1.log status closing

	shift
	mkdir -p "$(dirname "$log")"
	limited "$@" >"$log" 2>&1 </dev/null
	status=$?
	sed -n -E "s#^(ok|not ok|skip) - #&$test: #p" "$log"

	closing=$(tail -n 1 "$log")
	if ! [[ $closing =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]
	then
		fail "$test" "ended with status $status and without its figures"
		explain <"$log"
		return
	fi
	set -- "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[4]:-0}"
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))

	if [ $(($1 + $2 + $3)) -eq 0 ]; then
		fail "$test" 'ran no test'
	elif [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; then
		fail "$test" "ended with status $status"
	elif grep -q -E '^(ok|not ok|skip) - ' "$log"; then
		:
	elif [ "$2" -eq 0 ]; then
		echo "ok - $test ($1 checks)"
	else
		echo "not ok - $test ($2 of $(($1 + $2)) checks)"
	fi
	if [ "$2" -gt 0 ] || [ "$status" -ne 0 ]; then
		grep -v '^ok - ' "$log" | explain
	fi
}

# checker_reports SUITE: what a checker has found in servers and other programs
# since it was last asked fails the suite.
checker_reports()
{
	local file

	[ -n "${CHECKER_REPORTS:-}" ] || return 0
	mkdir -p "$RESULTS/$1"
	for file in $(find "$CHECKER_REPORTS" -type f -size +0); do
		mv "$file" "$RESULTS/$1"
		fail "$1/checker" "build/regress/$1/$(basename "$file")"
		explain <"$RESULTS/$1/$(basename "$file")"
	done
}
