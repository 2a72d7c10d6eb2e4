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
 * The main file may come from a stranger.  So what the registry says is a
 * namespace's file must have such a name; anything else could be a file of
 * somebody else's, even in another directory.
 *
 * Files are looked for, deleted and opened through the VFS of the main
 * database.  An application that forbids ATTACH, by its authorizer or by
 * SQLITE_LIMIT_ATTACHED, forbids them all.
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

/* Whether it is "-namespace-", a number and ".db", or "-", a name and ".db". */
static bool
is_namespace_file(const char *file)
{
	static const char prefix[] = "-namespace-";
	static const char suffix[] = ".db";
	size_t		length = strlen(file);
	size_t		suffix_length = strlen(suffix);
	MdbString	name;
	MdbError	ignored;

	if (length <= suffix_length || *file != '-' ||
		strcmp(file + length - suffix_length, suffix) != 0)
		return false;
	length -= suffix_length;
	if (strncmp(file, prefix, strlen(prefix)) == 0)
		return length > strlen(prefix) &&
			strspn(file + strlen(prefix), "0123456789") ==
			length - strlen(prefix);
	name = (MdbString) {file + 1, length - 1};
	return mdb_check_namespace_name(name, &ignored);
}

char *
mdb_file_path(MdbSession *session, const char *file, MdbFailure *failure)
{
	char	   *path;

	if (failure->code || !file)
		return NULL;
	if (!is_namespace_file(file))
	{
		mdb_fail_text(failure, SQLITE_CORRUPT,
					  "the registry names a file that is no namespace's");
		return NULL;
	}
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

/*
 * Asks the application whether the file may be attached, without doing it.
 * Errors: SQLITE_AUTH; SQLITE_ERROR as SQLite's own.
 */
static void
check_may_attach(MdbSession *session, const char *path, MdbFailure *failure)
{
	sqlite3_stmt *attach = NULL;
	int			rc = SQLITE_NOMEM;
	char	   *text;

	if (failure->code)
		return;
	text = sqlite3_mprintf("ATTACH %Q AS message_db", path);
	if (text)
		rc = sqlite3_prepare_v2(session->db, text, -1, &attach, NULL);
	if (rc != SQLITE_OK)
		mdb_fail_database(failure, session->db, rc);
	else if (sqlite3_limit(session->db, SQLITE_LIMIT_ATTACHED, -1) == 0)
		mdb_fail_text(failure, SQLITE_ERROR,
					  "too many attached databases - max 0");
	sqlite3_finalize(attach);
	sqlite3_free(text);
}

sqlite3 *
mdb_open_file(MdbSession *session, const char *path, bool may_create,
			  int timeout, MdbFailure *failure)
{
	int			flags = SQLITE_OPEN_READWRITE;
	sqlite3_vfs *vfs = vfs_of(session);
	sqlite3    *db = NULL;
	int			rc;

	check_may_attach(session, path, failure);
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
		sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
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
