/*-------------------------------------------------------------------------
 *
 * debug.c
 *	  The lines of the debug settings.
 *
 * They go to SQLite's error log as SQLITE_NOTICE, one call of sqlite3_log() a
 * line: sqlite3_config(SQLITE_CONFIG_LOG) receives them, and the shell prints
 * them after ".log stderr".  SQLite cuts a line after some 700 bytes.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

bool
mdb_debug_writes(const MdbSession *session)
{
	return session->settings[MDB_SETTING_DEBUG].value ||
		session->settings[MDB_SETTING_DEBUG_WRITE].value;
}

bool
mdb_debug_reads(const MdbSession *session)
{
	return session->settings[MDB_SETTING_DEBUG].value ||
		session->settings[MDB_SETTING_DEBUG_GET].value;
}

void
mdb_debug_title(MdbCall call)
{
	sqlite3_log(SQLITE_NOTICE, "%s", mdb_call_texts[call].title);
}

void
mdb_debug_text(MdbCall call, int number, MdbString value)
{
	const char *label = mdb_call_texts[call].labels[number];

	if (value.data)
		sqlite3_log(SQLITE_NOTICE, "%s: %.*s", label,
					(int) (value.length < 1000 ? value.length : 1000),
					value.data);
	else
		sqlite3_log(SQLITE_NOTICE, "%s: <NULL>", label);
}

void
mdb_debug_integer(MdbCall call, int number, MdbInteger value)
{
	const char *label = mdb_call_texts[call].labels[number];

	if (value.is_null)
		sqlite3_log(SQLITE_NOTICE, "%s: <NULL>", label);
	else
		sqlite3_log(SQLITE_NOTICE, "%s: %lld", label,
					(sqlite3_int64) value.value);
}
