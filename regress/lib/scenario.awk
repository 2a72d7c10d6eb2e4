# scenario.awk - lets psql and the sqlite3 shell print the same text
#
# A scenario is SQL that both shells take.  A statement ends where a line ends
# with a semicolon; between statements stand blank lines and comments that
# begin with "--".  This program reads the scenario twice:
#
#	awk -v mode=split -v shell=psql|sqlite3 -f scenario.awk SCENARIO
#		writes the shell's input: the statements, and before each of them a
#		command that prints a mark with the statement's number;
#
#	awk -v mode=merge -v output=FILE -f scenario.awk SCENARIO
#		reads the shell's output in FILE and writes the scenario's own text with
#		every statement's result below it.  Exit status 1 if the last mark is
#		missing, because the shell ended early.
#
# An error becomes one line, "ERROR:  " and its primary text, which may hold
# line breaks.  What the shells say besides that is left out: where the error
# stands, sqlite3's result code, the lines DETAIL and HINT.

BEGIN {
	print_command = shell == "sqlite3" ? ".print" : "\\echo"
	if (shell == "sqlite3")
		# stdout and stderr together in the order in which they come
		print ".output stderr"
	if (mode == "merge")
		read_output()
}

!inside && /^[ \t]*(--.*)?$/ {
	if (mode == "merge")
		print
	next
}

{
	if (!inside) {
		inside = 1
		statement++
		if (mode == "split")
			print print_command " @@ " statement
	}
	print
	if (/;[ \t]*$/) {
		inside = 0
		if (mode == "merge")
			printf "%s", result[statement]
	}
}

END {
	if (mode == "split")
		print print_command " @@ end"
	else if (!("end" in seen)) {
		print "The shell ended early."
		exit 1
	}
}

function read_output(  line, mark, in_error) {
	mark = 0
	while ((getline line < output) > 0) {
		if (line ~ /^@@ ([0-9]+|end)$/) {
			mark = substr(line, 4)
			seen[mark] = 1
			in_error = 0
			continue
		}
		if (line ~ /^ERROR:  /) {
			# psql, terse
			sub(/ at character [0-9]+$/, "", line)
		} else if (line ~ /^(Runtime error|Parse error|Error):?( near line [0-9]+)?: /) {
			# sqlite3 since 3.39, and before
			sub(/^(Runtime error|Parse error|Error):?( near line [0-9]+)?: (stepping, )?/,
				"ERROR:  ", line)
			in_error = 1
		}
		if (in_error) {
			if (line ~ /^(DETAIL|HINT):  /)
				in_error = 2
			if (in_error == 2)
				continue
			sub(/ \([0-9]+\)$/, "", line)
		}
		result[mark] = result[mark] line "\n"
	}
	# whatever came before the first statement stands on top
	printf "%s", result[0]
}
