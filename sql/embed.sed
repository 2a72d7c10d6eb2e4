# Turns an SQL file into lines of a C string literal; whole-line comments and
# empty lines are left out.
/^--/d
/^[[:space:]]*$/d
s/\\/\\\\/g
s/"/\\"/g
s/.*/	"&\\n"/
