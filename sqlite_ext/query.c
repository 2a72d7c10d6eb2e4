/*-------------------------------------------------------------------------
 *
 * query.c
 *	  SQL that is run once, made by printf.
 *
 * The formats are those of sqlite3_mprintf(): "%w" stands for a name between
 * double quotes, %Q for a literal or NULL.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

#include <stdarg.h>

static char *
format_text(MdbFailure *failure, const char *format, va_list arguments)
{
	char	   *text;

	if (failure->code)
		return NULL;
	text = sqlite3_vmprintf(format, arguments);
	if (!text)
		mdb_fail_memory(failure);
	return text;
}

/* Prepares text, which may be NULL, frees it, and steps once. */
static sqlite3_stmt *
first_row(MdbFailure *failure, sqlite3 *db, char *text)
{
	sqlite3_stmt *query = NULL;
	int			rc;

	if (!text)
		return NULL;
	rc = sqlite3_prepare_v2(db, text, -1, &query, NULL);
	sqlite3_free(text);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(query);
	if (rc == SQLITE_ROW)
		return query;
	if (rc != SQLITE_DONE)
		mdb_fail_database(failure, db, rc);
	sqlite3_finalize(query);
	return NULL;
}

void
mdb_run(MdbFailure *failure, sqlite3 *db, const char *format, ...)
{
	va_list		arguments;
	char	   *text;
	int			rc = SQLITE_OK;

	va_start(arguments, format);
	text = format_text(failure, format, arguments);
	va_end(arguments);
	if (text)
		rc = sqlite3_exec(db, text, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		mdb_fail_database(failure, db, rc);
	sqlite3_free(text);
}

sqlite3_stmt *
mdb_query(MdbFailure *failure, sqlite3 *db, const char *format, ...)
{
	va_list		arguments;
	char	   *text;

	va_start(arguments, format);
	text = format_text(failure, format, arguments);
	va_end(arguments);
	return first_row(failure, db, text);
}

int64_t
mdb_query_integer(MdbFailure *failure, sqlite3 *db, const char *format, ...)
{
	va_list		arguments;
	char	   *text;
	sqlite3_stmt *query;
	int64_t		value = 0;

	va_start(arguments, format);
	text = format_text(failure, format, arguments);
	va_end(arguments);
	query = first_row(failure, db, text);
	if (query)
		value = sqlite3_column_int64(query, 0);
	sqlite3_finalize(query);
	return value;
}

const char *
mdb_column_text(sqlite3_stmt *query, int column)
{
	const char *text = (const char *) sqlite3_column_text(query, column);

	return text ? text : "";
}

const char *
mdb_value_text(sqlite3_value *value)
{
	const char *text = (const char *) sqlite3_value_text(value);

	return text ? text : "";
}
