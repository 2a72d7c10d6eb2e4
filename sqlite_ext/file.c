/*-------------------------------------------------------------------------
 *
 * file.c
 *	  The files of namespaces.
 *
 * A namespace's file stands beside the main database's, whose whole name
 * begins its own: store.db-namespace-1.db belongs to store.db.  So two stores
 * in a directory share nothing, and no file can have the name of the main file
 * or of what SQLite keeps beside it.  The number is the registry's
 * (registry.c); a copy of a namespace that is to be adopted by
 * ensure_namespace('tenant_a') is named store.db-tenant_a.db.  Names have no
 * capitals, so nothing changes on a file system that ignores case.
 *
 * Files are looked for, deleted and opened through the VFS of the main
 * database.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

static sqlite3_vfs *
vfs_of(MdbSession *session)
{
	sqlite3_vfs *vfs = NULL;

	sqlite3_file_control(session->db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
	return vfs;
}

bool
mdb_is_in_memory(MdbSession *session)
{
	const char *path = sqlite3_db_filename(session->db, "main");
	sqlite3_vfs *vfs = vfs_of(session);

	return !path || !*path || (vfs && strcmp(vfs->zName, "memdb") == 0);
}

char *
mdb_file_path(MdbSession *session, const char *file, MdbFailure *failure)
{
	char	   *path;

	if (failure->code || !file)
		return NULL;
	path = sqlite3_mprintf("%s%s", sqlite3_db_filename(session->db, "main"),
						   file);
	if (!path)
		mdb_fail_memory(failure);
	return path;
}

bool
mdb_file_exists(MdbSession *session, const char *path, MdbFailure *failure)
{
	sqlite3_vfs *vfs = vfs_of(session);
	int			exists = 0;
	int			rc;

	if (!vfs || !path || failure->code)
		return false;
	rc = vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &exists);
	if (rc != SQLITE_OK)
		mdb_fail_text(failure, rc, sqlite3_errstr(rc));
	return rc == SQLITE_OK && exists;
}

/*
 * In WAL mode with synchronous = NORMAL nothing is synced at a commit.  There
 * may be no journal: a rollback journal is deleted, and the directory synced
 * when the file is.
 */
static bool
sync_journal(MdbSession *session)
{
	sqlite3_file *journal = NULL;

	sqlite3_file_control(session->db, "main", SQLITE_FCNTL_JOURNAL_POINTER,
						 &journal);
	return !journal || !journal->pMethods ||
		journal->pMethods->xSync(journal, SQLITE_SYNC_NORMAL) == SQLITE_OK;
}

bool
mdb_delete_files(MdbSession *session, const char *path)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	sqlite3_vfs *vfs = vfs_of(session);
	bool		deleted = vfs && sync_journal(session);

	for (size_t i = 0; deleted && i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
	{
		char	   *file = sqlite3_mprintf("%s%s", path, suffixes[i]);
		int			rc = SQLITE_NOMEM;

		if (file)
			rc = vfs->xDelete(vfs, file, i == 0);
		deleted = rc == SQLITE_OK || rc == SQLITE_IOERR_DELETE_NOENT;
		sqlite3_free(file);
	}
	return deleted;
}

sqlite3 *
mdb_open_file(MdbSession *session, const char *path, bool may_create,
			  int timeout, MdbFailure *failure)
{
	int			flags = SQLITE_OPEN_READWRITE;
	sqlite3_vfs *vfs = vfs_of(session);
	sqlite3    *db = NULL;
	int			rc;

	if (failure->code)
		return NULL;
	if (sqlite3_db_readonly(session->db, "main") == 1)
		flags = SQLITE_OPEN_READONLY;
	else if (may_create)
		flags |= SQLITE_OPEN_CREATE;
	rc = sqlite3_open_v2(path, &db, flags, vfs ? vfs->zName : NULL);
	if (rc == SQLITE_OK)
	{
		sqlite3_busy_timeout(db, timeout);
		return db;
	}
	if (db)
		mdb_fail_database(failure, db, rc);
	else
		mdb_fail_memory(failure);
	sqlite3_close(db);
	return NULL;
}

int
mdb_busy_timeout(MdbSession *session)
{
	MdbFailure	ignored = MDB_NO_FAILURE;
	int			timeout = (int) mdb_query_integer(&ignored, session->db,
												  "PRAGMA busy_timeout");

	mdb_clear_failure(&ignored);
	return timeout;
}
