/*-------------------------------------------------------------------------
 *
 * namespace.c
 *	  The session's view of namespaces: which is the current one, and whether
 *	  it is there.
 *
 * A namespace is a database file with a table "messages", attached under its
 * name.  The default one, message_store, is the main database; the others'
 * files stand beside the main file (file.c), and a table in the main database
 * says which there are (registry.c).
 *
 * Another connection may delete or rename a namespace that is attached here.
 * Every namespace's file holds the namespace's name, which renaming changes
 * and deleting removes, in a transaction, before the file itself goes.  So a
 * statement finds out from the file, under the lock that it has on it anyway:
 * a write compares the name inside its INSERT, a read while its SELECT is
 * under way.  If the name is another one nothing is written, and the registry
 * is asked again.  No write can go into a file that was deleted.
 *
 * A transaction over several namespaces.  With a rollback journal (DELETE,
 * TRUNCATE, PERSIST) of the main database and theirs it is atomic also when
 * the machine fails: SQLite writes a super-journal.  In WAL mode, or if the
 * main database is in memory or a journal_mode is MEMORY or OFF, each file
 * commits atomically, the main one first, then in the order in which they
 * were attached: a failure of process or machine between two of them leaves
 * the first ones committed.  ROLLBACK, and an error before COMMIT begins to
 * write, undoes all of them in every mode.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

void
mdb_fail_namespace(MdbFailure *failure, MdbErrorCode code, const char *name)
{
	MdbError	error;

	mdb_fail(&error, code, mdb_string(name), MDB_NULL_INTEGER,
			 MDB_NULL_INTEGER);
	mdb_fail_with(failure, &error);
}

MdbStore
mdb_store_of(const MdbSession *session, const MdbNamespace *namespace)
{
	return (MdbStore) {session->db, namespace->schema, namespace->name};
}

/* ------------------------------------------------------------------------
 * Looking up
 * ------------------------------------------------------------------------
 */

/* Whether the registry has this file under the namespace's name. */
static bool
is_registered(MdbSession *session, const MdbNamespace *namespace,
			  MdbFailure *failure)
{
	char	   *file = mdb_registered_file(session, namespace->name, failure);
	char	   *path = mdb_file_path(session, file, failure);
	bool		same = path && strcmp(path, namespace->registered_path) == 0;

	sqlite3_free(file);
	sqlite3_free(path);
	return same;
}

/*
 * A job for mdb_do_writing(): a store that lacks something gets it, and a file
 * that has kept an old name after a crash is told.  But it may also have been
 * deleted since the registry was asked.
 */
static void
complete_job(MdbSession *session, void *argument, MdbFailure *failure)
{
	MdbNamespace *namespace = argument;
	MdbStore	store = mdb_store_of(session, namespace);
	MdbStoreState state;

	if (namespace->registered_path && *namespace->registered_path &&
		!is_registered(session, namespace, failure))
	{
		namespace->is_known = false;
		return;
	}
	state = mdb_look_at(&store, failure);
	if (!failure->code && state.exists)
		mdb_complete_store(&store, &state, failure);
}

/*
 * Takes the write lock before anything is read, because a transaction that
 * has read does not wait for it.  What is wrong with the table is found later.
 */
static void
lock_first(MdbSession *session, MdbNamespace *namespace, MdbFailure *failure)
{
	mdb_take_write_lock(session, namespace, failure);
	if (failure->code == SQLITE_ERROR)
		mdb_clear_failure(failure);
}

/*
 * Looks at an attached namespace, of which the registry says that it has this
 * name.  Returns false without a failure when it has no table.
 */
static bool
get_to_know(MdbSession *session, MdbNamespace *namespace, MdbFailure *failure)
{
	MdbStore	store = mdb_store_of(session, namespace);
	MdbStoreState state;

	if (session->locks_first)
		lock_first(session, namespace, failure);
	state = mdb_look_at(&store, failure);
	namespace->is_known = state.exists && !failure->code;
	if (!namespace->is_known)
		return false;
	if (state.registered && strcmp(state.name, namespace->name) != 0)
		mdb_do_writing(session, namespace != &session->main, complete_job,
					   namespace, failure);
	namespace->checked = true;
	namespace->registered = state.registered;
	return namespace->is_known && !failure->code;
}

static MdbNamespace *
find_in_memory(MdbSession *session, const char *name, MdbFailure *failure)
{
	MdbNamespace *namespace = mdb_attached(session, name);

	if (!namespace || !mdb_is_attached(session, namespace) ||
		!get_to_know(session, namespace, failure))
		return NULL;
	return namespace;
}

/*
 * Whether the registry gives a namespace that file as others see it now, not
 * only in the snapshot of a statement that is being read.
 */
static bool
is_registered_now(MdbSession *session, const char *name, const char *file,
				  MdbFailure *failure)
{
	sqlite3    *db;
	bool		result;

	if (sqlite3_txn_state(session->db, "main") != SQLITE_TXN_READ)
		return true;
	db = mdb_open_file(session, sqlite3_db_filename(session->db, "main"), false,
					   mdb_busy_timeout(session), failure);
	result = mdb_query_integer(failure, db, "SELECT EXISTS (SELECT 1 FROM "
							   "message_db_namespaces WHERE name = %Q AND "
							   "file = %Q)", name, file);
	sqlite3_close(db);
	return result;
}

/* A file that is not there is missing, unless its namespace was deleted. */
static void
fail_missing_file(MdbSession *session, const char *name, const char *file,
				  const char *path, MdbFailure *failure)
{
	bool		is_registered = is_registered_now(session, name, file, failure);
	char	   *message;

	if (failure->code)
		return;
	if (!is_registered)
	{
		mdb_fail_unsettled(failure);
		return;
	}
	message = sqlite3_mprintf("unable to open namespace %s: its file is "
							  "missing: %s", name, path);
	if (message)
		mdb_fail_text(failure, SQLITE_CANTOPEN, message);
	else
		mdb_fail_memory(failure);
	sqlite3_free(message);
}

/*
 * Whether a file could not be opened because it was deleted meanwhile: its
 * journal takes over the rights of a file that must be there (os_unix.c).
 */
static bool
has_gone(MdbSession *session, const char *path, const MdbFailure *failure)
{
	MdbFailure	unknown = MDB_NO_FAILURE;
	int			code = failure->code & 0xff;
	bool		exists;

	if (code != SQLITE_CANTOPEN && code != SQLITE_IOERR)
		return false;
	exists = mdb_file_exists(session, path, &unknown) || unknown.code;
	mdb_clear_failure(&unknown);
	return !exists;
}

/* Attaches a file that the registry had just now. */
static MdbNamespace *
find_file(MdbSession *session, const char *name, const char *path,
		  MdbFailure *failure)
{
	MdbNamespace *namespace = NULL;

	if (mdb_file_exists(session, path, failure))
		namespace = mdb_attach(session, name, path, failure);
	if (namespace && !get_to_know(session, namespace, failure))
	{
		mdb_detach(session, namespace);
		namespace = NULL;
	}
	if (failure->code && has_gone(session, path, failure))
		mdb_clear_failure(failure);
	return namespace;
}

/*
 * Asks the registry, and attaches what it says; asks again when the file is
 * not as it should be, because it may have been deleted meanwhile.
 */
static MdbNamespace *
find_registered(MdbSession *session, const char *name, MdbFailure *failure)
{
	MdbNamespace *namespace = NULL;
	char	   *last = NULL;
	bool		again = true;

	while (again && !failure->code)
	{
		char	   *file = mdb_registered_file(session, name, failure);
		char	   *path = mdb_file_path(session, file, failure);

		again = path && (!last || strcmp(path, last) != 0);
		if (again)
			namespace = find_file(session, name, path, failure);
		else if (path && !mdb_file_exists(session, path, failure))
			fail_missing_file(session, name, file, path, failure);
		again = again && !namespace;
		sqlite3_free(file);
		sqlite3_free(last);
		last = path;
	}
	sqlite3_free(last);
	return namespace;
}

MdbNamespace *
mdb_find_namespace(MdbSession *session, const char *name, MdbFailure *failure)
{
	MdbNamespace *namespace;

	if (failure->code)
		return NULL;
	if (mdb_is_default_name(name))
		return &session->main;
	if (mdb_is_in_memory(session))
		return find_in_memory(session, name, failure);

	namespace = mdb_attached(session, name);
	if (!namespace || !namespace->is_known ||
		!mdb_is_attached(session, namespace) ||
		(strcmp(namespace->schema, name) != 0 &&
		 !mdb_is_in_use(session, namespace)))
		namespace = find_registered(session, name, failure);
	if (namespace)
		namespace->last_use = ++session->uses;
	if (namespace && !namespace->is_tuned)
		mdb_tune(session, namespace, failure);
	return namespace;
}

/*
 * Finds a namespace, and asks its file whether it is still that one: another
 * connection may have deleted it since.
 */
static MdbNamespace *
find_confirmed(MdbSession *session, const char *name, MdbFailure *failure)
{
	for (int i = 0; i < MDB_ATTEMPTS; i++)
	{
		MdbNamespace *namespace = mdb_find_namespace(session, name, failure);

		if (!namespace || mdb_confirm_namespace(session, namespace, failure))
			return namespace;
	}
	mdb_fail_unsettled(failure);
	return NULL;
}

MdbNamespace *
mdb_require_namespace(MdbSession *session, const char *name,
					  MdbFailure *failure)
{
	MdbNamespace *namespace = find_confirmed(session, name, failure);

	if (namespace == &session->main)
	{
		MdbStore	store = mdb_store_of(session, namespace);

		if (!mdb_look_at(&store, failure).exists)
			namespace = NULL;
	}
	if (!namespace)
		mdb_fail_namespace(failure, MDB_UNKNOWN_NAMESPACE, name);
	return failure->code ? NULL : namespace;
}

bool
mdb_confirm_namespace(MdbSession *session, MdbNamespace *namespace,
					  MdbFailure *failure)
{
	sqlite3_stmt *query;
	bool		confirmed;
	int			rc;

	if (failure->code || namespace == &session->main ||
		!namespace->registered)
		return !failure->code;
	query = mdb_take_statement(session, namespace, MDB_STATEMENT_NAME, failure);
	rc = query ? sqlite3_step(query) : SQLITE_DONE;
	confirmed = rc == SQLITE_ROW &&
		strcmp(mdb_column_text(query, 0), namespace->name) == 0;
	if (rc == SQLITE_ERROR)
		namespace->checked = false;
	else if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		mdb_fail_database(failure, session->db, rc);
	mdb_give_statement(session, namespace, MDB_STATEMENT_NAME, query);
	if (!confirmed)
		namespace->is_known = false;
	return confirmed;
}

void
mdb_fail_unsettled(MdbFailure *failure)
{
	mdb_fail_text(failure, SQLITE_BUSY,
				  "the namespace is being changed by others");
}

/* ------------------------------------------------------------------------
 * The current namespace
 * ------------------------------------------------------------------------
 */

MdbNamespace *
mdb_namespace_to_read(MdbSession *session, MdbFailure *failure)
{
	const char *name = session->current_name.value;
	MdbNamespace *namespace = session->current;

	if (failure->code || namespace == &session->main)
		return failure->code ? NULL : namespace;
	namespace = mdb_find_namespace(session, name, failure);
	if (!namespace && !failure->code &&
		session->settings[MDB_SETTING_AUTO_CREATE_NAMESPACES].value)
	{
		mdb_ensure_namespace(session, name, failure);
		namespace = mdb_find_namespace(session, name, failure);
	}
	if (!namespace)
		mdb_fail_namespace(failure, MDB_UNKNOWN_NAMESPACE, name);
	session->current = namespace;
	return namespace;
}

/* Adds what a namespace of schema version 1 lacks. */
static void
complete(MdbSession *session, MdbNamespace *namespace, MdbFailure *failure)
{
	MdbStore	store = mdb_store_of(session, namespace);
	MdbStoreState state;

	if (!namespace->checked)
	{
		state = mdb_look_at(&store, failure);
		namespace->checked = state.exists;
		namespace->registered = state.registered;
	}
	if (namespace->checked && !namespace->registered)
	{
		mdb_do_writing(session, namespace != &session->main, complete_job,
					   namespace, failure);
		namespace->registered = !failure->code;
	}
}

MdbNamespace *
mdb_namespace_to_write(MdbSession *session, MdbFailure *failure)
{
	MdbNamespace *namespace;

	session->locks_first = !sqlite3_get_autocommit(session->db);
	namespace = mdb_namespace_to_read(session, failure);
	session->locks_first = false;
	if (!namespace)
		return NULL;
	mdb_begin_write(session, namespace, failure);
	if (!failure->code && (!namespace->checked || !namespace->registered))
		complete(session, namespace, failure);
	return failure->code ? NULL : namespace;
}

void
mdb_set_namespace(MdbSession *session, const char *name, bool is_local,
				  MdbFailure *failure)
{
	MdbNameState *state = &session->current_name;

	if (is_local && !sqlite3_get_autocommit(session->db))
		mdb_follow_transaction(session, failure);
	if (failure->code || (is_local && !session->in_transaction))
		return;
	if (is_local && !state->is_local)
		memcpy(state->outer_value, state->value, MDB_NAME_SIZE);
	state->is_local = is_local;
	sqlite3_snprintf(MDB_NAME_SIZE, state->value, "%s", name);
	session->current = NULL;
}

void
mdb_name_argument(sqlite3_value *value, char name[MDB_NAME_SIZE],
				  MdbFailure *failure)
{
	MdbString	text = mdb_text_argument(value, failure);
	MdbError	error;

	*name = '\0';
	if (failure->code)
		return;
	if (!mdb_check_namespace_name(text, &error))
		mdb_fail_with(failure, &error);
	else
		sqlite3_snprintf(MDB_NAME_SIZE, name, "%.*s", (int) text.length,
						 text.data);
}

char *
mdb_make_result(const char *name, MdbFailure *failure)
{
	char	   *result;

	if (failure->code)
		return NULL;
	result = sqlite3_mprintf("%s", name);
	if (!result)
		mdb_fail_memory(failure);
	return result;
}

void
mdb_give_result(sqlite3_context *context, char *result, MdbFailure *failure)
{
	if (!failure->code)
	{
		sqlite3_result_text(context, result, -1, sqlite3_free);
		return;
	}
	sqlite3_free(result);
	mdb_result_failure(context, failure);
}

/* use_namespace(name) -> the name */
void
mdb_use_namespace_function(sqlite3_context *context, int argc,
						   sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	char		name[MDB_NAME_SIZE];
	char	   *result;

	(void) argc;
	mdb_name_argument(argv[0], name, &failure);
	result = mdb_make_result(name, &failure);
	if (!failure.code && !mdb_is_default_name(name))
	{
		if (!find_confirmed(session, name, &failure) && !failure.code &&
			session->settings[MDB_SETTING_AUTO_CREATE_NAMESPACES].value)
			mdb_ensure_namespace(session, name, &failure);
		mdb_require_namespace(session, name, &failure);
	}
	mdb_set_namespace(session, name, false, &failure);
	mdb_give_result(context, result, &failure);
}

/* current_namespace() -> name */
void
mdb_current_namespace_function(sqlite3_context *context, int argc,
							   sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);

	(void) argc, (void) argv;
	sqlite3_result_text(context, session->current_name.value, -1,
						SQLITE_TRANSIENT);
}
