/*-------------------------------------------------------------------------
 *
 * registry.c
 *	  The main database's table of namespaces and their files.
 *
 * The row and what it stands for change in one transaction, which holds the
 * main database's write lock: so a namespace is there or not, for every
 * process, from the moment of a commit on.  Its file is complete before the
 * row is written, and is deleted after the row has lost its name.
 *
 * A file's name contains the row's id, not the namespace's name, so the name
 * of a file that was deleted is never used for another one.  That matters:
 * SQLite finds a database's journal by its name, so a connection that still
 * has a deleted file open would take the journal of a new one of that name for
 * its own.
 *
 * What a crash can leave behind, and mdb_prepare_registry() finishes:
 * - a file without a row: the next namespace has the same id, and takes it;
 * - a row without a name whose file was not deleted yet;
 * - in WAL mode, where files commit one after the other: a deletion or a
 *   renaming that the main database has committed and the file has not.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

#include "registry_sqlite.h"

bool
mdb_has_registry(MdbSession *session, MdbFailure *failure)
{
	return mdb_query_integer(failure, session->db,
							 "SELECT 1 FROM main.sqlite_schema WHERE "
							 "name = 'message_db_namespaces' AND "
							 "type = 'table'") != 0;
}

char *
mdb_registered_file(MdbSession *session, const char *name,
					MdbFailure *failure)
{
	sqlite3_stmt *query;
	char	   *file = NULL;

	if (!mdb_has_registry(session, failure))
		return NULL;
	query = mdb_query(failure, session->db, "SELECT file FROM "
					  "main.message_db_namespaces WHERE name = %Q", name);
	if (!query)
		return NULL;
	file = sqlite3_mprintf("%s", mdb_column_text(query, 0));
	if (!file)
		mdb_fail_memory(failure);
	sqlite3_finalize(query);
	return file;
}

/* The file that a copy of a namespace is brought here as; NULL without one. */
static char *
find_copy(MdbSession *session, const char *name, MdbFailure *failure)
{
	char	   *file = sqlite3_mprintf("-%s.db", name);
	char	   *path = mdb_file_path(session, file, failure);
	bool		exists = path && mdb_file_exists(session, path, failure);

	if (!file)
		mdb_fail_memory(failure);
	sqlite3_free(path);
	if (exists)
		return file;
	sqlite3_free(file);
	return NULL;
}

char *
mdb_choose_file(MdbSession *session, const char *name, int number,
				int64_t *id, MdbFailure *failure)
{
	char	   *file = find_copy(session, name, failure);
	int64_t		last = mdb_query_integer(failure, session->db,
										 "SELECT seq FROM main.sqlite_sequence "
										 "WHERE name = 'message_db_namespaces'");

	if (last > INT64_MAX - number)
		mdb_fail_text(failure, SQLITE_FULL, sqlite3_errstr(SQLITE_FULL));
	if (failure->code)
	{
		sqlite3_free(file);
		return NULL;
	}
	*id = last + number;
	if (file)
		return file;
	file = sqlite3_mprintf("-namespace-%lld.db", *id);
	if (!file)
		mdb_fail_memory(failure);
	return file;
}

/* ------------------------------------------------------------------------
 * Finishing what was interrupted
 * ------------------------------------------------------------------------
 */

static void
delete_files(MdbSession *session, const char *path, MdbFailure *failure)
{
	if (!mdb_delete_files(session, path))
		mdb_fail_text(failure, SQLITE_IOERR_DELETE, "unable to delete a file");
}

/*
 * The deletion's other half, also when the file has not committed it: the
 * registry has.  While another connection is about to commit there, the file
 * is locked, and left for later.  A file that is no registered store is not
 * the one that was deleted.
 */
static void
finish_deletion(MdbSession *session, sqlite3 *db, const char *path,
				MdbFailure *failure)
{
	MdbStore	store = {db, "main", ""};
	MdbStoreState state;

	mdb_run(failure, db, "BEGIN IMMEDIATE");
	state = mdb_look_at(&store, failure);
	if (state.registered && *state.name)
		mdb_retire_store(&store, failure);
	mdb_run(failure, db, "COMMIT");
	if (state.registered && !failure->code)
		delete_files(session, path, failure);
}

static void
finish_renaming(sqlite3 *db, const char *name, MdbFailure *failure)
{
	mdb_run(failure, db, "UPDATE main.message_db_namespace SET name = %Q "
			"WHERE name IS NOT %Q", name, name);
}

/* Finishes one row; what cannot be done now is left for later. */
static void
finish(MdbSession *session, sqlite3_stmt *row)
{
	MdbFailure	failure = MDB_NO_FAILURE;
	int64_t		id = sqlite3_column_int64(row, 0);
	const char *name = (const char *) sqlite3_column_text(row, 1);
	char	   *path = mdb_file_path(session, mdb_column_text(row, 2),
									 &failure);
	sqlite3    *db = NULL;

	if (path && mdb_file_exists(session, path, &failure))
	{
		if (mdb_in_use_as(session, path))
		{
			sqlite3_free(path);
			return;
		}
		db = mdb_open_file(session, path, false, 0, &failure);
		if (db && name)
			finish_renaming(db, name, &failure);
		else if (db)
			finish_deletion(session, db, path, &failure);
		sqlite3_close(db);
	}
	else if (path && !name)
		delete_files(session, path, &failure);	/* journals may be there */
	mdb_run(&failure, session->db, "UPDATE main.message_db_namespaces SET "
			"former_name = NULL WHERE id = %lld; "
			"DELETE FROM main.message_db_namespaces WHERE id = %lld AND "
			"name IS NULL", id, id);
	sqlite3_free(path);
	mdb_clear_failure(&failure);
}

/* The rows of a deletion or a renaming whose other half is not known to be done. */
#define UNFINISHED "typeof(id) = 'integer' AND " \
	"(name IS NULL OR former_name IS NOT NULL)"

bool
mdb_has_unfinished(MdbSession *session, MdbFailure *failure)
{
	return mdb_has_registry(session, failure) &&
		mdb_query_integer(failure, session->db, "SELECT EXISTS (SELECT 1 FROM "
						  "main.message_db_namespaces WHERE " UNFINISHED ")");
}

void
mdb_prepare_registry(MdbSession *session, MdbFailure *failure)
{
	int64_t		id = 0;
	sqlite3_stmt *row;

	if (!mdb_has_registry(session, failure))
	{
		mdb_run(failure, session->db, "%s", mdb_registry_sql);
		return;
	}
	while ((row = mdb_query(failure, session->db,
							"SELECT id, name, file FROM "
							"main.message_db_namespaces WHERE id > %lld AND "
							UNFINISHED " ORDER BY id LIMIT 1", id)) != NULL)
	{
		id = sqlite3_column_int64(row, 0);
		finish(session, row);
		sqlite3_finalize(row);
	}
}
