/*-------------------------------------------------------------------------
 *
 * namespace_ddl.c
 *	  Deleting, clearing and renaming namespaces.
 *
 * Each is a job that holds the main database's write lock and looks first,
 * because another process may have been faster.
 *
 * Deleting empties the file, takes its name away from it, and has it deleted
 * at the commit (transaction.c).
 * Renaming changes the registry and the name inside the file; the file keeps
 * its own name, which other connections may have open.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

typedef struct NamespaceJob
{
	char		name[MDB_NAME_SIZE];
	char		new_name[MDB_NAME_SIZE];
	int64_t		messages;
} NamespaceJob;

/* ------------------------------------------------------------------------
 * Deleting
 * ------------------------------------------------------------------------
 */

/*
 * Finds a namespace in order to change it.  The registry, which is locked by
 * now, is asked even if the connection knows the name: another one may have
 * deleted or renamed what it knows.  Nothing of the namespace is read before
 * it is locked, so that the lock is waited for.
 */
static MdbNamespace *
find_and_lock(MdbSession *session, const char *name, MdbFailure *failure)
{
	MdbNamespace *attached = mdb_attached(session, name);

	if (attached)
		attached->is_known = false;
	for (int i = 0; i < MDB_ATTEMPTS; i++)
	{
		MdbNamespace *namespace;

		session->locks_first = true;
		namespace = mdb_find_namespace(session, name, failure);
		session->locks_first = false;
		if (namespace && namespace != &session->main)
			mdb_run(failure, session->db, "DELETE FROM \"%w\".messages WHERE 0",
					namespace->schema);
		if (!namespace || mdb_confirm_namespace(session, namespace, failure))
			return namespace;
	}
	mdb_fail_unsettled(failure);
	return NULL;
}

static MdbNamespace *
require_and_lock(MdbSession *session, const char *name, MdbFailure *failure)
{
	find_and_lock(session, name, failure);
	return mdb_require_namespace(session, name, failure);
}

static void
delete_registered(MdbSession *session, NamespaceJob *job, const char *file,
				  MdbFailure *failure)
{
	char	   *path = mdb_file_path(session, file, failure);
	MdbNamespace *namespace = NULL;

	if (path && mdb_file_exists(session, path, failure))
	{
		namespace = find_and_lock(session, job->name, failure);
		mdb_doom_file(session, path, failure);
	}
	if (namespace && !failure->code)
	{
		MdbStore	store = mdb_store_of(session, namespace);

		job->messages = mdb_retire_store(&store, failure);
		namespace->is_known = false;
	}
	mdb_run(failure, session->db, "UPDATE main.message_db_namespaces SET "
			"name = NULL, former_name = NULL WHERE name = %Q", job->name);
	sqlite3_free(path);
}

/* A job for mdb_do_writing(): deletes a namespace that has a file. */
static void
delete_file_job(MdbSession *session, void *argument, MdbFailure *failure)
{
	NamespaceJob *job = argument;
	char	   *file = mdb_registered_file(session, job->name, failure);

	if (file)
		delete_registered(session, job, file, failure);
	else
		mdb_fail_namespace(failure, MDB_UNKNOWN_NAMESPACE, job->name);
	sqlite3_free(file);
}

/* A job for mdb_do_dropping(): the default namespace, or one in memory. */
static void
drop_job(MdbSession *session, void *argument, MdbFailure *failure)
{
	NamespaceJob *job = argument;
	MdbNamespace *namespace = mdb_require_namespace(session, job->name,
													failure);
	MdbStore	store;

	if (!namespace)
		return;
	store = mdb_store_of(session, namespace);
	job->messages = mdb_drop_store(&store, failure);
	namespace->checked = namespace->is_known = false;
}

/* A job for mdb_do_writing() */
static void
tidy_job(MdbSession *session, void *argument, MdbFailure *failure)
{
	(void) argument;
	if (mdb_has_registry(session, failure))
		mdb_prepare_registry(session, failure);
}

/*
 * After a change that is committed: gives up the file, or its old name, and
 * tidies the registry.  In a transaction the next look-up and the next change
 * do that.
 */
static void
settle(MdbSession *session, const char *name)
{
	MdbNamespace *namespace = mdb_attached(session, name);
	MdbFailure	ignored = MDB_NO_FAILURE;

	if (session->in_transaction || mdb_is_in_memory(session))
		return;
	if (namespace)
		mdb_detach(session, namespace);
	mdb_do_writing(session, false, tidy_job, NULL, &ignored);
	mdb_clear_failure(&ignored);
}

/* ------------------------------------------------------------------------
 * Clearing and renaming
 * ------------------------------------------------------------------------
 */

/* A job for mdb_do_writing() */
static void
clear_job(MdbSession *session, void *argument, MdbFailure *failure)
{
	NamespaceJob *job = argument;
	MdbNamespace *namespace = require_and_lock(session, job->name, failure);

	if (!namespace)
		return;
	mdb_run(failure, session->db, "DELETE FROM \"%w\".messages",
			namespace->schema);
	job->messages = sqlite3_changes64(session->db);
	mdb_run(failure, session->db, "DELETE FROM \"%w\".sqlite_sequence "
			"WHERE lower(name) = 'messages'", namespace->schema);
}

static void
check_is_new(MdbSession *session, const char *name, MdbFailure *failure)
{
	char	   *file = NULL;
	bool		exists = mdb_is_default_name(name);

	if (!exists && mdb_is_in_memory(session))
		exists = mdb_find_namespace(session, name, failure) != NULL;
	else if (!exists)
		exists = (file = mdb_registered_file(session, name, failure)) != NULL;
	sqlite3_free(file);
	if (exists)
		mdb_fail_namespace(failure, MDB_NAMESPACE_EXISTS, name);
}

/*
 * A job for mdb_do_dropping().  In memory a database cannot change its name;
 * its rows move.
 */
static void
move_job(MdbSession *session, void *argument, MdbFailure *failure)
{
	NamespaceJob *job = argument;
	const char *from = job->name;
	const char *to = job->new_name;

	mdb_require_namespace(session, job->name, failure);
	check_is_new(session, to, failure);
	if (failure->code)
		return;
	mdb_create_in_memory(session, to, failure);
	mdb_run(failure, session->db,
			"INSERT INTO \"%w\".messages SELECT * FROM \"%w\".messages;"
			"UPDATE \"%w\".sqlite_sequence SET seq = (SELECT seq FROM "
			"\"%w\".sqlite_sequence WHERE name = 'messages') "
			"WHERE name = 'messages';"
			"UPDATE \"%w\".message_db_namespace SET (description, metadata, "
			"created_at) = (SELECT description, metadata, created_at FROM "
			"\"%w\".message_db_namespace)", to, from, to, from, to, from);
	drop_job(session, job, failure);
}

/* A job for mdb_do_writing() */
static void
rename_job(MdbSession *session, void *argument, MdbFailure *failure)
{
	NamespaceJob *job = argument;
	MdbNamespace *namespace;

	namespace = require_and_lock(session, job->name, failure);
	check_is_new(session, job->new_name, failure);
	if (failure->code)
		return;
	mdb_check_schema(session, job->new_name, namespace->path, failure);
	if (failure->code)
		return;
	mdb_prepare_registry(session, failure);
	mdb_run(failure, session->db, "UPDATE main.message_db_namespaces SET "
			"name = %Q, former_name = %Q WHERE name = %Q; "
			"UPDATE \"%w\".message_db_namespace SET name = %Q",
			job->new_name, job->name, job->name,
			namespace->schema, job->new_name);
	strcpy(namespace->name, job->new_name);
	namespace->is_known = false;
	session->current = NULL;
}

/* ------------------------------------------------------------------------
 * The SQL functions
 * ------------------------------------------------------------------------
 */

/* Whether the namespace has a file of its own. */
static bool
has_file(MdbSession *session, const char *name)
{
	return !mdb_is_default_name(name) && !mdb_is_in_memory(session);
}

/* delete_namespace(name) -> messages deleted */
void
mdb_delete_namespace_function(sqlite3_context *context, int argc,
							  sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	NamespaceJob job = {.messages = 0};

	(void) argc;
	mdb_name_argument(argv[0], job.name, &failure);
	if (has_file(session, job.name))
		mdb_do_writing(session, true, delete_file_job, &job, &failure);
	else
		mdb_do_dropping(session, drop_job, &job, &failure);
	if (failure.code)
	{
		mdb_result_failure(context, &failure);
		return;
	}
	settle(session, job.name);
	sqlite3_result_int64(context, job.messages);
}

/* clear_namespace(name) -> messages deleted */
void
mdb_clear_namespace_function(sqlite3_context *context, int argc,
							 sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	NamespaceJob job = {.messages = 0};

	(void) argc;
	mdb_name_argument(argv[0], job.name, &failure);
	mdb_do_writing(session, !mdb_is_default_name(job.name), clear_job, &job,
				   &failure);
	if (failure.code)
		mdb_result_failure(context, &failure);
	else
		sqlite3_result_int64(context, job.messages);
}

/* rename_namespace(old_name, new_name) -> new_name */
void
mdb_rename_namespace_function(sqlite3_context *context, int argc,
							  sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	NamespaceJob job = {.messages = 0};
	char	   *result;

	(void) argc;
	mdb_name_argument(argv[0], job.name, &failure);
	mdb_name_argument(argv[1], job.new_name, &failure);
	result = mdb_make_result(job.new_name, &failure);
	if (!failure.code && mdb_is_default_name(job.name))
		mdb_fail_namespace(&failure, MDB_DEFAULT_NAMESPACE_FIXED, job.name);
	if (has_file(session, job.name))
		mdb_do_writing(session, true, rename_job, &job, &failure);
	else
		mdb_do_dropping(session, move_job, &job, &failure);
	if (!failure.code)
		settle(session, job.new_name);
	mdb_give_result(context, result, &failure);
}
