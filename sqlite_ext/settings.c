/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  set_config() and current_setting(), as PostgreSQL has them, for the
 *	  settings of message_db.
 *
 * A setting belongs to the connection.  Set with is_local it ends with the
 * transaction, which is followed from then on without a lock (transaction.c);
 * outside a transaction it ends at once.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

/* NULL means the default, as in PostgreSQL. */
static int
parse_value(MdbSetting setting, sqlite3_value *value, MdbFailure *failure)
{
	MdbString	text = mdb_text_argument(value, failure);
	MdbError	error;
	int			parsed = 0;

	if (text.data && !mdb_parse_setting(setting, text, &parsed, &error))
		mdb_fail_with(failure, &error);
	return parsed;
}

/* A flag: a number, or a word that PostgreSQL takes; NULL is false. */
static bool
is_true(sqlite3_value *value, MdbFailure *failure)
{
	MdbString	text;
	bool		result = false;

	if (sqlite3_value_numeric_type(value) != SQLITE_TEXT)
		return sqlite3_value_double(value) != 0;
	text = mdb_text_argument(value, failure);
	if (!failure->code && !mdb_parse_boolean(text, &result))
		mdb_fail_text(failure, SQLITE_ERROR,
					  "invalid input syntax for type boolean");
	return result;
}

static void
set(MdbSession *session, MdbSetting number, int value, bool is_local,
	MdbFailure *failure)
{
	MdbSettingState *setting = &session->settings[number];

	if (is_local && !sqlite3_get_autocommit(session->db))
		mdb_follow_transaction(session, failure);
	if (failure->code || (is_local && !session->in_transaction))
		return;
	if (is_local && !setting->is_local)
		setting->outer_value = setting->value;
	setting->is_local = is_local;
	setting->value = value;
}

static void
result_setting(sqlite3_context *context, MdbSetting setting, int value)
{
	sqlite3_result_text(context, mdb_settings[setting].words[value], -1,
						SQLITE_STATIC);
}

/* Whether the name is that of the one setting that is a text. */
static bool
is_namespace_setting(MdbString name)
{
	return name.data && name.length == strlen(MDB_SETTING_NAMESPACE) &&
		sqlite3_strnicmp(name.data, MDB_SETTING_NAMESPACE,
						 (int) name.length) == 0;
}

/* Sets the current namespace, which need not exist until it is used. */
static void
set_namespace(MdbSession *session, sqlite3_context *context,
			  sqlite3_value *value, bool is_local, MdbFailure *failure)
{
	char		name[MDB_NAME_SIZE] = MDB_DEFAULT_NAMESPACE;
	char	   *result;

	if (sqlite3_value_type(value) != SQLITE_NULL)
		mdb_name_argument(value, name, failure);
	result = mdb_make_result(name, failure);
	mdb_set_namespace(session, name, is_local, failure);
	mdb_give_result(context, result, failure);
}

/* set_config(setting_name, new_value, is_local) -> the new value */
void
mdb_set_config_function(sqlite3_context *context, int argc,
						sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	MdbString	name = mdb_text_argument(argv[0], &failure);
	bool		is_local = is_true(argv[2], &failure);
	MdbSetting	setting;
	MdbError	error;
	int			value;

	(void) argc;
	if (!name.data)
		mdb_fail_text(&failure, SQLITE_ERROR, "SET requires parameter name");
	else if (is_namespace_setting(name))
		set_namespace(session, context, argv[1], is_local, &failure);
	else if (!mdb_find_setting(name, &setting, &error))
		mdb_fail_with(&failure, &error);
	else
	{
		value = parse_value(setting, argv[1], &failure);
		set(session, setting, value, is_local, &failure);
		result_setting(context, setting, value);
	}
	if (failure.code)
		mdb_result_failure(context, &failure);
}

/* current_setting(setting_name, missing_ok = false) -> its value */
void
mdb_current_setting_function(sqlite3_context *context, int argc,
							 sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	bool		missing_ok = argc == 2 && is_true(argv[1], &failure);
	MdbString	name = mdb_text_argument(argv[0], &failure);
	MdbSetting	setting;
	MdbError	error;

	if (is_namespace_setting(name))
		sqlite3_result_text(context, session->current_name.value, -1,
							SQLITE_TRANSIENT);
	else if (name.data && !mdb_find_setting(name, &setting, &error))
	{
		if (!missing_ok)
			mdb_fail_with(&failure, &error);
	}
	else if (name.data)
		result_setting(context, setting, session->settings[setting].value);
	if (failure.code)
		mdb_result_failure(context, &failure);
}
