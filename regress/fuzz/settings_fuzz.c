/*-------------------------------------------------------------------------
 *
 * settings_fuzz.c
 *	  A fuzzer for the names and the values of settings, as SQLite's
 *	  set_config() reads them.
 *
 * The first byte chooses the setting, the rest is a text.  All spellings of a
 * boolean are written out here.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

static bool
is_among(MdbString text, const char *const *words)
{
	for (; *words; words++)
		if (is_word(text, *words))
			return true;
	return false;
}

static void
check_name(MdbString text)
{
	static const char *const names[MDB_SETTINGS] = {
		"message_store.sql_condition", "message_store.debug",
		"message_store.debug_write", "message_store.debug_get",
		"message_db.auto_create_namespaces", "message_db.idempotent_writes",
		"message_db.category_lock"
	};
	int			expected = 0;
	MdbSetting	setting;
	MdbError	error;

	while (expected < MDB_SETTINGS && !is_word(text, names[expected]))
		expected++;
	if (mdb_find_setting(text, &setting, &error))
		require((int) setting == expected, "which setting it is");
	else
	{
		require(expected == MDB_SETTINGS, "a setting is found");
		require_error(&error);
	}
}

/* The value that the text stands for, -1 for none. */
static int
plain_value(MdbSetting setting, MdbString text)
{
	static const char *const on[] = {
		"on", "1", "t", "tr", "tru", "true", "y", "ye", "yes", NULL
	};
	static const char *const off[] = {
		"of", "off", "0", "f", "fa", "fal", "fals", "false", "n", "no", NULL
	};

	if (setting == MDB_SETTING_CATEGORY_LOCK)
		return is_word(text, "insert") ? MDB_CATEGORY_LOCK_INSERT :
			is_word(text, "commit") ? MDB_CATEGORY_LOCK_COMMIT : -1;
	return is_among(text, on) ? 1 : is_among(text, off) ? 0 : -1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MdbSetting	setting;
	MdbString	text;
	MdbError	error;
	int			expected;
	int			value = -1;

	if (size == 0)
		return 0;
	setting = (MdbSetting) (data[0] % MDB_SETTINGS);
	text = (MdbString) {(const char *) data + 1, size - 1};
	check_name(text);
	expected = plain_value(setting, text);
	if (mdb_parse_setting(setting, text, &value, &error))
		require(value == expected, "what a setting's text means");
	else
	{
		require(expected == -1, "a setting's text is understood");
		require_error(&error);
	}
	return 0;
}
