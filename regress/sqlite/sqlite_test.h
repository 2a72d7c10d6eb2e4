/*-------------------------------------------------------------------------
 *
 * sqlite_test.h
 *	  What the C tests of the SQLite extension share.
 *
 * They link the extension into the program (SQLITE_CORE), so the library's
 * own checks, sanitizers and valgrind see both sides.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SQLITE_TEST_H
#define SQLITE_TEST_H

#include <sqlite3.h>

#include "unit.h"

struct sqlite3_api_routines;
extern int	sqlite3_messagedb_init(sqlite3 *db, char **message,
								   const struct sqlite3_api_routines *api);

/* Opens a database and loads the extension into it. */
static inline sqlite3 *
open_store(const char *path)
{
	sqlite3    *db = NULL;
	char	   *message = NULL;

	CHECK(sqlite3_open(path, &db) == SQLITE_OK);
	CHECK(sqlite3_messagedb_init(db, &message, NULL) == SQLITE_OK);
	sqlite3_free(message);
	return db;
}

/* Runs statements; returns the extended result code. */
static inline int
run(sqlite3 *db, const char *sql)
{
	int			rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? rc : sqlite3_extended_errcode(db);
}

/*
 * The first value of a query's first row as text, or the error's message, in
 * a buffer that the thread's next call uses again.
 */
static inline MdbString
answer(sqlite3 *db, const char *sql)
{
	static _Thread_local char buffer[1000];
	sqlite3_stmt *query = NULL;
	const char *text = NULL;
	int			rc = sqlite3_prepare_v2(db, sql, -1, &query, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(query);
	if (rc == SQLITE_ROW)
		text = (const char *) sqlite3_column_text(query, 0);
	else
		text = rc == SQLITE_DONE ? "no row" : sqlite3_errmsg(db);
	snprintf(buffer, sizeof(buffer), "%s", text ? text : "NULL");
	sqlite3_finalize(query);
	return mdb_string(buffer);
}

/* The number of statements that the connection has prepared. */
static inline int
prepared_statements(sqlite3 *db)
{
	int			n = 0;

	for (sqlite3_stmt *s = sqlite3_next_stmt(db, NULL); s;
		 s = sqlite3_next_stmt(db, s))
		n++;
	return n;
}

#endif							/* SQLITE_TEST_H */
