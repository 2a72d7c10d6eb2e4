/*-------------------------------------------------------------------------
 *
 * scenarios.h
 *	  A statement for every function and virtual table of the extension, in
 *	  the situations where it does different things.
 *
 * Tests run them with memory failing (memory_test.c) and in many threads
 * (threads_test.c).  Which functions there are is asked of SQLite by
 * memory_test.c; what no scenario uses fails it.  So whoever adds a function
 * adds a row to scenarios[].
 *
 *-------------------------------------------------------------------------
 */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include "sqlite_test.h"

typedef struct Scenario
{
	const char *name;
	bool		in_file;
	const char *before;			/* makes the situation; %s is the file */
	const char *statement;		/* what is tried */
	const char *control;		/* a question to ask afterwards */
	const char *without;		/* its answer when the statement failed */
	const char *with;			/* when it succeeded */
	const char *begin;			/* opens a transaction before the statement */
	const char *again;			/* what then works, if not the statement */
	bool		tidies_up;		/* after its commit: can fail and be done */
} Scenario;

#define WRITE "SELECT write_message(NULL, 'account-1', 'Opened', " \
	"'{\"b\": 1, \"a\": \"\\n\"}', '{\"correlationStreamName\": \"s-1\"}')"
#define VERSION "SELECT stream_version('account-1')"

#define MAX_SCENARIOS 100

extern const Scenario scenarios[MAX_SCENARIOS];

/*
 * The number of scenarios; and a connection to a new store at path, NULL for
 * one in memory, in which everything stands ready for the statement.
 */
extern int	scenario_count(void);
extern sqlite3 *open_scenario(const Scenario *scenario, const char *path);

#endif							/* SCENARIOS_H */
