/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  The settings: their names and meaning, and the spellings of a boolean.
 *
 * PostgreSQL parses its settings itself; parsing serves SQLite, where the
 * same words must be understood.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

const MdbSettingInfo mdb_settings[MDB_SETTINGS] = {
	[MDB_SETTING_SQL_CONDITION] = {
		"message_store.sql_condition",
		"Allows the readers' argument \"condition\", which is SQL text."},
	[MDB_SETTING_DEBUG] = {
		"message_store.debug",
		"Prints the arguments of every write and read."},
	[MDB_SETTING_DEBUG_WRITE] = {
		"message_store.debug_write",
		"Prints the arguments of every write."},
	[MDB_SETTING_DEBUG_GET] = {
		"message_store.debug_get",
		"Prints the arguments of every read."},
	[MDB_SETTING_AUTO_CREATE_NAMESPACES] = {
		"message_db.auto_create_namespaces",
		"Creates an unknown namespace at its first use."},
};

/* ASCII only, whatever the locale says. */
static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

/* Whether text begins word, or is all of it, in any case. */
static bool
begins(MdbString text, const char *word, size_t at_least)
{
	if (text.length < at_least || text.length > strlen(word))
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (lower(text.data[i]) != word[i])
			return false;
	return true;
}

bool
mdb_find_setting(MdbString name, MdbSetting *setting, MdbError *error)
{
	for (int i = 0; i < MDB_SETTINGS; i++)
		if (begins(name, mdb_settings[i].name, strlen(mdb_settings[i].name)))
		{
			*setting = (MdbSetting) i;
			return true;
		}
	return mdb_fail(error, MDB_UNKNOWN_SETTING, name, MDB_NULL_INTEGER,
					MDB_NULL_INTEGER);
}

bool
mdb_parse_setting(MdbSetting setting, MdbString text, bool *value,
				  MdbError *error)
{
	if (begins(text, "true", 1) || begins(text, "yes", 1) ||
		begins(text, "on", 2) || begins(text, "1", 1))
		*value = true;
	else if (begins(text, "false", 1) || begins(text, "no", 1) ||
			 begins(text, "off", 2) || begins(text, "0", 1))
		*value = false;
	else
		return mdb_fail(error, MDB_SETTING_NOT_BOOLEAN,
						mdb_string(mdb_settings[setting].name),
						MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	return true;
}
