"""A mixed load that goes on for long, and what must be true of it all the while.

	phases.py				everybody works, rests together, works, ends
	memory.py				whether memory is flat
	summary.py				the table at the end
	postgresql_soak.py		the soak of PostgreSQL
	postgresql_session.py	a session of PostgreSQL, which lives long
	postgresql_kinds.py		what sessions do besides regress/stress/load/writers.py
	postgresql_namespaces.py	what they do with namespaces
	postgresql_watch.py		what is seen from outside: processes, locks, files, the log
	processes.py			what is seen of a process
	sqlite_soak.py			the soak of SQLite
	sqlite_process.py		a process with two stores of SQLite
	sqlite_kinds.py			what it does
	sqlite_namespaces.py	and with namespaces
"""
