/*-------------------------------------------------------------------------
 *
 * message_db.c
 *	  The extension's entry point: its settings and its versions.
 *
 * The library is loaded by the first call of one of its functions.  Settings
 * made before that are placeholders, which defining the settings turns into
 * real ones, with a warning when the value is no boolean.  The prefix
 * "message_store" stays open to applications' own settings.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "utils/builtins.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

static bool settings[MDB_BOOLEAN_SETTINGS];
static int	category_lock = MDB_CATEGORY_LOCK_INSERT;

static void
define_category_lock_setting(void)
{
	const MdbSettingInfo *info = &mdb_settings[MDB_SETTING_CATEGORY_LOCK];
	static struct config_enum_entry values[lengthof(info->words)];

	for (int i = 0; info->words[i]; i++)
		values[i] = (struct config_enum_entry) {info->words[i], i, false};
	DefineCustomEnumVariable(info->name, info->description, NULL,
							 &category_lock, MDB_CATEGORY_LOCK_INSERT, values,
							 PGC_USERSET, 0, NULL, NULL, NULL);
}

void
_PG_init(void)
{
	for (int i = 0; i < MDB_BOOLEAN_SETTINGS; i++)
		DefineCustomBoolVariable(mdb_settings[i].name,
								 mdb_settings[i].description, NULL,
								 &settings[i], false, PGC_USERSET, 0,
								 NULL, NULL, NULL);
	define_category_lock_setting();
	mdb_define_namespace_setting();
	mdb_define_fault_settings();
	mdb_watch_tables();
}

bool
mdb_setting(MdbSetting setting)
{
	return settings[setting];
}

MdbCategoryLock
mdb_category_lock_setting(void)
{
	return (MdbCategoryLock) category_lock;
}

/* message_store_version() -> varchar: '1.3.0', which clients assert */
PG_FUNCTION_INFO_V1(message_db_message_store_version);
Datum
message_db_message_store_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text("1.3.0"));
}

/* message_db_version() -> varchar: of this library, as in META.json */
PG_FUNCTION_INFO_V1(message_db_version);
Datum
message_db_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(MDB_VERSION));
}
