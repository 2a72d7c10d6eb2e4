/*-------------------------------------------------------------------------
 *
 * message_db.c
 *	  The SQLite extension's entry point: registers its functions and virtual
 *	  tables in a connection.
 *
 *	  .load ./message_db
 *
 * or, linked into a program that is compiled with SQLITE_CORE defined:
 *
 *	  sqlite3_auto_extension((void (*)(void)) sqlite3_messagedb_init);
 *
 * Loading it again into the same connection changes nothing.  Loading does not
 * touch the database, which may be locked, or encrypted with the key to come.
 *
 * Functions without side effects may be used anywhere.  Those that write are
 * SQLITE_DIRECTONLY, so that a view or a trigger in a database file that
 * somebody else made cannot call them.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"
SQLITE_EXTENSION_INIT1

#define PURE (SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS)
#define READS (SQLITE_UTF8 | SQLITE_INNOCUOUS)
#define WRITES (SQLITE_UTF8 | SQLITE_DIRECTONLY)

typedef struct FunctionEntry
{
	const char *name;
	int			arguments;
	int			flags;
	MdbFunction *function;
} FunctionEntry;

static void
message_store_version(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	(void) argc, (void) argv;
	sqlite3_result_text(context, "1.3.0", -1, SQLITE_STATIC);
}

static void
message_db_version(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	(void) argc, (void) argv;
	sqlite3_result_text(context, MDB_VERSION, -1, SQLITE_STATIC);
}

static const FunctionEntry functions[] = {
	{"category", 1, PURE, mdb_category_function},
	{"id", 1, PURE, mdb_id_function},
	{"cardinal_id", 1, PURE, mdb_cardinal_id_function},
	{"is_category", 1, PURE, mdb_is_category_function},
	{"hash_64", 1, PURE, mdb_hash_64_function},
	{"consumer_group_member", 2, PURE, mdb_consumer_group_member_function},
	{"stream_version", 1, READS, mdb_stream_version_function},
	{"current_setting", 1, READS, mdb_current_setting_function},
	{"current_setting", 2, READS, mdb_current_setting_function},
	{"set_config", 3, WRITES, mdb_set_config_function},
	{"acquire_lock", 1, WRITES, mdb_acquire_lock_function},
	{"use_namespace", 1, WRITES, mdb_use_namespace_function},
	{"current_namespace", 0, READS, mdb_current_namespace_function},
	{"create_namespace", 0, WRITES, mdb_create_namespace_function},
	{"create_namespace", 1, WRITES, mdb_create_namespace_function},
	{"create_namespace", 2, WRITES, mdb_create_namespace_function},
	{"create_namespace", 3, WRITES, mdb_create_namespace_function},
	{"ensure_namespace", 0, WRITES, mdb_ensure_namespace_function},
	{"ensure_namespace", 1, WRITES, mdb_ensure_namespace_function},
	{"delete_namespace", 1, WRITES, mdb_delete_namespace_function},
	{"clear_namespace", 1, WRITES, mdb_clear_namespace_function},
	{"rename_namespace", 2, WRITES, mdb_rename_namespace_function},
	{"migrate_namespace", 0, WRITES, mdb_migrate_namespace_function},
	{"migrate_namespace", 1, WRITES, mdb_migrate_namespace_function},
	{"message_db_next_position", 2, WRITES, mdb_next_position_function},
	{"message_db_next_position", 3, WRITES, mdb_next_position_function},
	{"write_message", 4, WRITES, mdb_write_message_function},
	{"write_message", 5, WRITES, mdb_write_message_function},
	{"write_message", 6, WRITES, mdb_write_message_function},
	{"write_messages", 2, WRITES, mdb_write_messages_function},
	{"write_messages", 3, WRITES, mdb_write_messages_function},
	{"message_store_version", 0, PURE, message_store_version},
	{"message_db_version", 0, PURE, message_db_version},
};

static const struct
{
	const char *name;
	const sqlite3_module *module;
}			tables[] =
{
	{"message_db_statements", &mdb_statements_module},
	{"message_db_transaction", &mdb_transaction_module},
	{"message_db_follower", &mdb_follower_module},
	{"message_db_batch", &mdb_batch_module},
	{"verify_namespace", &mdb_verify_module},
};

static const struct
{
	const char *name;
	MdbCall		call;
}			readers[MDB_READERS] =
{
	{"get_stream_messages", MDB_CALL_GET_STREAM_MESSAGES},
	{"get_category_messages", MDB_CALL_GET_CATEGORY_MESSAGES},
	{"get_all_messages", MDB_CALL_GET_ALL_MESSAGES},
	{"get_last_stream_message", MDB_CALL_GET_LAST_STREAM_MESSAGE},
};

static void
release_reader(void *reader)
{
	mdb_release_session(((MdbReader *) reader)->session);
}

static void
release_listing(void *listing)
{
	mdb_release_session(((MdbListing *) listing)->session);
}

/*
 * Each registration holds a reference to the session, which SQLite gives back
 * also when the registration fails.
 */
static int
register_functions(MdbSession *session)
{
	int			rc = SQLITE_OK;

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]) &&
		 rc == SQLITE_OK; i++)
	{
		rc = sqlite3_create_function_v2(session->db, functions[i].name,
										functions[i].arguments,
										functions[i].flags,
										mdb_share_session(session),
										functions[i].function, NULL, NULL,
										mdb_release_session);
	}
	return rc;
}

static int
register_modules(MdbSession *session)
{
	int			rc = SQLITE_OK;

	for (size_t i = 0; i < sizeof(tables) /
		 sizeof(tables[0]) && rc == SQLITE_OK; i++)
		rc = sqlite3_create_module_v2(session->db, tables[i].name,
									  tables[i].module,
									  mdb_share_session(session),
									  mdb_release_session);
	for (int i = 0; i < MDB_READERS && rc == SQLITE_OK; i++)
	{
		MdbReader  *reader = &session->readers[i];

		reader->session = mdb_share_session(session);
		reader->call = readers[i].call;
		rc = sqlite3_create_module_v2(session->db, readers[i].name,
									  &mdb_reader_module, reader,
									  release_reader);
	}
	for (int i = 0; i < MDB_LISTINGS && rc == SQLITE_OK; i++)
	{
		MdbListing *listing = &session->listings[i];

		listing->session = mdb_share_session(session);
		listing->number = i;
		rc = sqlite3_create_module_v2(session->db, mdb_listing_names[i],
									  &mdb_listing_module, listing,
									  release_listing);
	}
	return rc;
}

extern int	sqlite3_messagedb_init(sqlite3 *db, char **message,
								   const sqlite3_api_routines *api)
			__attribute__((visibility("default")));

int
sqlite3_messagedb_init(sqlite3 *db, char **message,
					   const sqlite3_api_routines *api)
{
	MdbSession *session;
	int			rc;

	(void) api;
	SQLITE_EXTENSION_INIT2(api);
	if (sqlite3_libversion_number() < MDB_OLDEST_SQLITE)
	{
		*message = sqlite3_mprintf("message_db needs SQLite 3.37 or later");
		return SQLITE_ERROR;
	}
	if (mdb_has_session(db))
		return SQLITE_OK;

	session = mdb_create_session(db);
	if (!session)
		return SQLITE_NOMEM;
	rc = register_functions(session);
	if (rc == SQLITE_OK)
		rc = register_modules(session);
	if (rc == SQLITE_OK)
		mdb_announce_session(session);
	mdb_release_session(session);
	return rc;
}
