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
mdb_debugging(const MdbSession *session, MdbCall call)
{
	return session->settings[MDB_SETTING_DEBUG].value ||
		session->settings[mdb_call_texts[call].setting].value;
}

void
mdb_debug_title(MdbCall call)
{
	sqlite3_log(SQLITE_NOTICE, "%s", mdb_call_texts[call].title);
}

void
mdb_debug_text(MdbCall call, int label, MdbString value)
{
	const char *words = mdb_call_texts[call].labels[label];

	if (value.data)
		sqlite3_log(SQLITE_NOTICE, "%s: %.*s", words,
					(int) (value.length < 1000 ? value.length : 1000),
					value.data);
	else
		sqlite3_log(SQLITE_NOTICE, "%s: <NULL>", words);
}

void
mdb_debug_integer(MdbCall call, int label, MdbInteger value)
{
	const char *words = mdb_call_texts[call].labels[label];

	if (value.is_null)
		sqlite3_log(SQLITE_NOTICE, "%s: <NULL>", words);
	else
		sqlite3_log(SQLITE_NOTICE, "%s: %lld", words,
					(sqlite3_int64) value.value);
}
