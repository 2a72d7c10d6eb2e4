/*-------------------------------------------------------------------------
 *
 * namespace_create.c
 *	  Creating namespaces.
 *
 * A creation is a job that holds the main database's write lock and looks
 * first, because another process may have been faster.
 *
 * With a rollback journal a commit waits for readers, and keeps new ones out.
 * If one in the main database still held the lock of a namespace that it had
 * read, it could wait for a reader of both that is kept out of the namespace,
 * by a commit there that waits for this one's lock.  So the job takes the write
 * lock of a namespace before it reads it; and what is there already is found
 * without a job.
 *
 * A new file is written by a connection of its own, because a journal mode
 * cannot be set inside a statement; nobody knows the file until its row in
 * the registry is committed.  Its page size, encoding and journal mode (WAL
 * or not) are the main database's.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

typedef struct Creation
{
	char		name[MDB_NAME_SIZE];
	char	   *description;
	char	   *metadata;
	bool		created;
} Creation;

/* Completes a store and writes what its creator says of it. */
static void
create_store(const MdbStore *store, const MdbStoreState *state,
			 const Creation *job, MdbFailure *failure)
{
	mdb_complete_store(store, state, failure);
	if (job->created)
		mdb_run(failure, store->db, "UPDATE \"%w\".message_db_namespace SET "
				"description = %Q, metadata = %Q", store->schema,
				job->description, job->metadata);
}

/* Creates what is missing in a database that is attached, or main. */
static void
create_here(MdbSession *session, MdbNamespace *namespace, Creation *job,
			MdbFailure *failure)
{
	MdbStore	store = mdb_store_of(session, namespace);
	MdbStoreState state = mdb_look_at(&store, failure);

	if (failure->code)
		return;
	job->created = !state.exists;
	create_store(&store, &state, job, failure);
	namespace->checked = false;
}

/*
 * EXTRA, because the row in the registry must not be on the disk before the
 * file is: with FULL a journal that SQLite has deleted may come back when the
 * power fails, and undo the creation.  OFF is the user's choice.
 */
static void
set_up_file(MdbSession *session, sqlite3 *db, MdbFailure *failure)
{
	sqlite3_stmt *encoding = mdb_query(failure, session->db,
									   "PRAGMA main.encoding");

	if (encoding)
		mdb_run(failure, db, "PRAGMA encoding = %Q; PRAGMA page_size = %lld",
				mdb_column_text(encoding, 0),
				mdb_query_integer(failure, session->db,
								  "PRAGMA main.page_size"));
	sqlite3_finalize(encoding);
	mdb_run(failure, db, "PRAGMA synchronous = %s",
			mdb_query_integer(failure, session->db,
							  "PRAGMA main.synchronous") ? "EXTRA" : "OFF");
}

static void
follow_journal_mode(MdbSession *session, sqlite3 *db, MdbFailure *failure)
{
	sqlite3_stmt *mode = mdb_query(failure, session->db,
								   "PRAGMA main.journal_mode");

	if (mode && strcmp(mdb_column_text(mode, 0), "wal") == 0)
		mdb_run(failure, db, "PRAGMA journal_mode = wal");
	sqlite3_finalize(mode);
}

/*
 * Makes the store in a namespace's file, which must be locked.  One that is
 * there already without messages is what a crash or a rollback has left.  One
 * with messages is the namespace itself (copied here, or the main database is
 * an older copy); with another one's name in it, false is returned.
 */
static bool
fill_file(const MdbStore *store, const MdbStoreState *state, Creation *job,
		  bool is_copy, MdbFailure *failure)
{
	job->created = !state->exists ||
		mdb_query_integer(failure, store->db, "SELECT EXISTS "
						  "(SELECT 1 FROM \"%w\".messages)",
						  store->schema) == 0;
	if (!job->created && !is_copy && strcmp(state->name, job->name) != 0)
		return false;
	if (!failure->code)
		create_store(store, state, job, failure);
	return true;
}

/* Writes a file through a connection of its own; false as above. */
static bool
create_file(MdbSession *session, const char *path, Creation *job,
			bool is_copy, MdbFailure *failure)
{
	sqlite3    *db = mdb_open_file(session, path, true,
								   mdb_busy_timeout(session), failure);
	MdbStore	store = {db, "main", job->name};
	MdbStoreState state;
	bool		filled;

	if (!db)
		return true;
	set_up_file(session, db, failure);
	mdb_run(failure, db, "BEGIN IMMEDIATE");
	state = mdb_look_at(&store, failure);
	filled = fill_file(&store, &state, job, is_copy, failure);
	mdb_run(failure, db, "COMMIT");
	if (!state.exists)
		follow_journal_mode(session, db, failure);
	sqlite3_close(db);
	return filled;
}

/*
 * Writes a file; false as above.  A creation that was rolled back may have left
 * the file attached here, and BEGIN IMMEDIATE locks all that is attached.
 */
static bool
write_file(MdbSession *session, const char *path, Creation *job,
		   bool is_copy, MdbFailure *failure)
{
	MdbNamespace *namespace = mdb_in_use_as(session, path);
	MdbStore	store;
	MdbStoreState state;

	if (!namespace)
		return create_file(session, path, job, is_copy, failure);
	namespace->is_known = namespace->checked = false;
	store = (MdbStore) {session->db, namespace->schema, job->name};
	state = mdb_look_at(&store, failure);
	return fill_file(&store, &state, job, is_copy, failure);
}

/* Creates a file of the number-th choice and its row; false as above. */
static bool
create_chosen(MdbSession *session, Creation *job, int number,
			  MdbFailure *failure)
{
	int64_t		id = 0;
	char	   *file = mdb_choose_file(session, job->name, number, &id, failure);
	char	   *path = mdb_file_path(session, file, failure);
	bool		is_copy = file && strncmp(file, "-namespace-", 11) != 0;
	bool		done = true;

	if (path)
	{
		mdb_check_schema(session, job->name, path, failure);
		done = write_file(session, path, job, is_copy, failure);
		if (done)
			mdb_run(failure, session->db, "INSERT INTO "
					"main.message_db_namespaces (id, name, file, "
					"schema_version) VALUES (%lld, %Q, %Q, %d)", id, job->name,
					file, MDB_SCHEMA_VERSION);
	}
	sqlite3_free(path);
	sqlite3_free(file);
	return done;
}

/* A namespace that is registered, but whose file has no table of messages. */
static void
create_again(MdbSession *session, Creation *job, const char *file,
			 MdbFailure *failure)
{
	char	   *path = mdb_file_path(session, file, failure);

	if (path)
		write_file(session, path, job, true, failure);
	sqlite3_free(path);
}

static void
create_registered(MdbSession *session, Creation *job, MdbFailure *failure)
{
	MdbNamespace *namespace;
	char	   *file;

	mdb_prepare_registry(session, failure);
	file = mdb_registered_file(session, job->name, failure);
	if (!file)
	{
		for (int number = 1; !failure->code; number++)
			if (create_chosen(session, job, number, failure))
				break;
	}
	else
	{
		session->locks_first = true;
		namespace = mdb_find_namespace(session, job->name, failure);
		session->locks_first = false;
		if (!namespace && !failure->code)
			create_again(session, job, file, failure);
	}
	sqlite3_free(file);
}

static void
create_in_memory(MdbSession *session, Creation *job, MdbFailure *failure)
{
	MdbNamespace *namespace = mdb_attached(session, job->name);

	if (!namespace || !mdb_is_attached(session, namespace))
		namespace = mdb_attach(session, job->name, "", failure);
	if (namespace)
		create_here(session, namespace, job, failure);
}

/* A job for mdb_do_writing() */
static void
create_job(MdbSession *session, void *argument, MdbFailure *failure)
{
	Creation   *job = argument;

	job->created = false;
	if (mdb_is_default_name(job->name))
		create_here(session, &session->main, job, failure);
	else if (mdb_is_in_memory(session))
		create_in_memory(session, job, failure);
	else
		create_registered(session, job, failure);
}

/*
 * Whether there is nothing to do for a namespace, and nothing to finish for any.
 * Not asked in a transaction, which may want to write later, and takes the lock
 * before it reads.
 */
static bool
is_complete(MdbSession *session, const char *name)
{
	MdbFailure	ignored = MDB_NO_FAILURE;
	MdbNamespace *namespace = NULL;
	bool		result = false;

	if (!sqlite3_get_autocommit(session->db))
		return false;
	if (!mdb_has_unfinished(session, &ignored))
		namespace = mdb_find_namespace(session, name, &ignored);
	if (namespace)
	{
		MdbStore	store = mdb_store_of(session, namespace);
		MdbStoreState state = mdb_look_at(&store, &ignored);

		result = !ignored.code && state.exists && state.registered &&
			strcmp(state.name, name) == 0;
	}
	mdb_clear_failure(&ignored);
	return result;
}

/* Creates a namespace, or finds that it is there. */
static void
create(MdbSession *session, Creation *job, MdbFailure *failure)
{
	if (failure->code || is_complete(session, job->name))
		return;
	mdb_do_writing(session, !mdb_is_default_name(job->name), create_job, job,
				   failure);
}

void
mdb_create_in_memory(MdbSession *session, const char *name,
					 MdbFailure *failure)
{
	Creation	job = {.created = false};

	sqlite3_snprintf(MDB_NAME_SIZE, job.name, "%s", name);
	create_in_memory(session, &job, failure);
}

bool
mdb_ensure_namespace(MdbSession *session, const char *name,
					 MdbFailure *failure)
{
	Creation	job = {.created = false};

	sqlite3_snprintf(MDB_NAME_SIZE, job.name, "%s", name);
	create(session, &job, failure);
	return !failure->code && job.created;
}

/* ------------------------------------------------------------------------
 * The SQL functions
 * ------------------------------------------------------------------------
 */

/* Text from sqlite3_malloc(). */
static char *
copy_argument(sqlite3_value *value, MdbFailure *failure)
{
	MdbString	text = mdb_text_argument(value, failure);
	char	   *copy;

	if (!text.data)
		return NULL;
	copy = sqlite3_mprintf("%.*s", (int) text.length, text.data);
	if (!copy)
		mdb_fail_memory(failure);
	return copy;
}

/*
 * create_namespace(name = 'message_store', description = NULL,
 * metadata = NULL) -> the name
 */
void
mdb_create_namespace_function(sqlite3_context *context, int argc,
							  sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	Creation	job = {.name = MDB_DEFAULT_NAMESPACE};
	char	   *result;
	size_t		length;

	job.description = copy_argument(argc > 1 ? argv[1] : NULL, &failure);
	job.metadata = mdb_json_argument(argc > 2 ? argv[2] : NULL, NULL, &length,
									 &failure);
	if (argc > 0)
		mdb_name_argument(argv[0], job.name, &failure);
	result = mdb_make_result(job.name, &failure);
	create(session, &job, &failure);
	if (!failure.code && !job.created)
		mdb_fail_namespace(&failure, MDB_NAMESPACE_EXISTS, job.name);
	sqlite3_free(job.description);
	mdb_free_json(NULL, job.metadata);
	mdb_give_result(context, result, &failure);
}

/* ensure_namespace(name = 'message_store') -> whether it was created */
void
mdb_ensure_namespace_function(sqlite3_context *context, int argc,
							  sqlite3_value **argv)
{
	MdbSession *session = sqlite3_user_data(context);
	MdbFailure	failure = MDB_NO_FAILURE;
	char		name[MDB_NAME_SIZE] = MDB_DEFAULT_NAMESPACE;
	bool		created;

	if (argc > 0)
		mdb_name_argument(argv[0], name, &failure);
	created = mdb_ensure_namespace(session, name, &failure);
	if (failure.code)
		mdb_result_failure(context, &failure);
	else
		sqlite3_result_int(context, created);
}
