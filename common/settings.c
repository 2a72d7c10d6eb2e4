/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  The settings: their names and meaning, their words, and the spellings of
 *	  a boolean.
 *
 * PostgreSQL parses its settings itself; parsing serves SQLite, where the
 * same words must be understood.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db.h"

#define BOOLEAN {"off", "on"}

const MdbSettingInfo mdb_settings[MDB_SETTINGS] = {
	[MDB_SETTING_SQL_CONDITION] = {
		"message_store.sql_condition",
		"Allows the readers' argument \"condition\", which is SQL text.",
		BOOLEAN},
	[MDB_SETTING_DEBUG] = {
		"message_store.debug",
		"Prints the arguments of every write and read.",
		BOOLEAN},
	[MDB_SETTING_DEBUG_WRITE] = {
		"message_store.debug_write",
		"Prints the arguments of every write.",
		BOOLEAN},
	[MDB_SETTING_DEBUG_GET] = {
		"message_store.debug_get",
		"Prints the arguments of every read.",
		BOOLEAN},
	[MDB_SETTING_AUTO_CREATE_NAMESPACES] = {
		"message_db.auto_create_namespaces",
		"Creates an unknown namespace at its first use.",
		BOOLEAN},
	[MDB_SETTING_IDEMPOTENT_WRITES] = {
		"message_db.idempotent_writes",
		"Lets a write be repeated with the same id.",
		BOOLEAN},
	[MDB_SETTING_CATEGORY_LOCK] = {
		"message_db.category_lock",
		"How long a write keeps other writers of its category waiting.",
		{[MDB_CATEGORY_LOCK_INSERT] = "insert",
		 [MDB_CATEGORY_LOCK_COMMIT] = "commit"}},
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
mdb_parse_boolean(MdbString text, bool *value)
{
	if (begins(text, "true", 1) || begins(text, "yes", 1) ||
		begins(text, "on", 2) || begins(text, "1", 1))
		*value = true;
	else if (begins(text, "false", 1) || begins(text, "no", 1) ||
			 begins(text, "off", 2) || begins(text, "0", 1))
		*value = false;
	else
		return false;
	return true;
}

static bool
parse_word(MdbSetting setting, MdbString text, int *value)
{
	const char *const *words = mdb_settings[setting].words;

	for (int i = 0; words[i]; i++)
		if (begins(text, words[i], strlen(words[i])))
		{
			*value = i;
			return true;
		}
	return false;
}

bool
mdb_parse_setting(MdbSetting setting, MdbString text, int *value,
				  MdbError *error)
{
	bool		on;

	if (setting == MDB_SETTING_CATEGORY_LOCK)
		return parse_word(setting, text, value) ||
			mdb_fail(error, MDB_SETTING_NOT_CATEGORY_LOCK, text,
					 MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	if (!mdb_parse_boolean(text, &on))
		return mdb_fail(error, MDB_SETTING_NOT_BOOLEAN,
						mdb_string(mdb_settings[setting].name),
						MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	*value = on;
	return true;
}
