/*-------------------------------------------------------------------------
 *
 * attach.c
 *	  The namespaces that are attached to this connection.
 *
 * A namespace's file is attached at its first use, under the namespace's
 * name.  SQLite attaches ten databases, unless it was compiled for more (125
 * at most).  When there is no place, the one whose last use is longest ago is
 * detached, if this transaction has not used it: SQLite detaches no others.
 * (While any statement of the connection is reading, SQLite keeps every
 * database in use that was read or written meanwhile.)
 *
 * While a file stays in use under a name that meanwhile belongs to another
 * one (deleted and created anew, or renamed, in the same transaction), the
 * other is attached as the name, a blank and a number, until the next use
 * after the transaction.
 *
 * SQLite knows synchronous and journal_mode for each database by itself, and
 * begins with its defaults for one that is attached.  A namespace gets main's.
 *
 * Where the main database is in memory the namespaces are too: they belong to
 * the connection, end with it, and are never detached.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

MdbNamespace *
mdb_attached(MdbSession *session, const char *name)
{
	MdbNamespace *namespace = session->main.next;

	while (namespace && strcmp(namespace->name, name) != 0)
		namespace = namespace->next;
	return namespace;
}

bool
mdb_is_attached(const MdbSession *session, const MdbNamespace *namespace)
{
	const char *path = sqlite3_db_filename(session->db, namespace->schema);

	return path && strcmp(path, namespace->path) == 0;
}

bool
mdb_is_in_use(const MdbSession *session, const MdbNamespace *namespace)
{
	return sqlite3_txn_state(session->db, namespace->schema) >
		SQLITE_TXN_NONE;
}

MdbNamespace *
mdb_in_use_as(MdbSession *session, const char *path)
{
	for (MdbNamespace *n = session->main.next; n; n = n->next)
		if (strcmp(n->registered_path, path) == 0 &&
			mdb_is_attached(session, n) && mdb_is_in_use(session, n))
			return n;
	return NULL;
}

static void
free_namespace(MdbNamespace *namespace)
{
	sqlite3_free(namespace->registered_path);
	sqlite3_free(namespace->path);
	sqlite3_free(namespace);
}

static void
forget(MdbSession *session, MdbNamespace *namespace)
{
	MdbNamespace **link = &session->main.next;

	mdb_finalize_namespace(namespace);
	while (*link != namespace)
		link = &(*link)->next;
	*link = namespace->next;
	if (session->current == namespace)
		session->current = NULL;
	free_namespace(namespace);
}

/* Errors: lack of memory only; other reasons are not errors. */
static bool
detach(MdbSession *session, MdbNamespace *namespace, MdbFailure *failure)
{
	MdbFailure	problem = MDB_NO_FAILURE;

	if (mdb_is_attached(session, namespace))
	{
		if (namespace->is_users || !*namespace->path ||
			mdb_is_in_use(session, namespace))
			return false;
		mdb_finalize_namespace(namespace);
		mdb_run(&problem, session->db, "DETACH \"%w\"", namespace->schema);
		if (problem.code)
		{
			mdb_fail_call(failure, &problem);
			mdb_clear_failure(&problem);
			return false;
		}
	}
	forget(session, namespace);
	return true;
}

bool
mdb_detach(MdbSession *session, MdbNamespace *namespace)
{
	MdbFailure	ignored = MDB_NO_FAILURE;
	bool		detached = detach(session, namespace, &ignored);

	mdb_clear_failure(&ignored);
	return detached;
}

void
mdb_free_namespaces(MdbSession *session)
{
	while (session->main.next)
		forget(session, session->main.next);
}

/*
 * Detaches what was not used for longest; false when nothing can be.  failure
 * is that there is no room, or becomes that there is no memory.
 */
static bool
make_room(MdbSession *session, MdbFailure *failure)
{
	MdbNamespace *oldest = NULL;
	MdbFailure	problem = MDB_NO_FAILURE;

	for (MdbNamespace *n = session->main.next; n; n = n->next)
		if (!n->is_users && *n->path && !mdb_is_in_use(session, n) &&
			(!oldest || n->last_use < oldest->last_use))
			oldest = n;
	if (oldest && detach(session, oldest, &problem))
		return true;
	if (problem.code)
	{
		mdb_clear_failure(failure);
		*failure = problem;
	}
	return false;
}

/* A symbolic link is attached as what it stands for. */
static void
take_attached_path(MdbSession *session, MdbNamespace *namespace,
				   MdbFailure *failure)
{
	const char *attached = sqlite3_db_filename(session->db, namespace->schema);
	char	   *path;

	if (failure->code || !attached || strcmp(attached, namespace->path) == 0)
		return;
	path = sqlite3_mprintf("%s", attached);
	if (path)
	{
		sqlite3_free(namespace->path);
		namespace->path = path;
		return;
	}
	mdb_run(failure, session->db, "DETACH \"%w\"", namespace->schema);
	mdb_fail_memory(failure);
}

static bool
is_full(const MdbFailure *failure)
{
	return failure->code == SQLITE_ERROR && failure->message &&
		strncmp(failure->message, "too many attached", 17) == 0;
}

/*
 * What a file is attached as, from sqlite3_malloc(): a path, or a URI where
 * main's says that it is to be read only.  SQLite hands on that of the flags of
 * sqlite3_open_v2(), and not that of the URI.
 */
static char *
name_to_attach(MdbSession *session, const char *path, MdbFailure *failure)
{
	const char *mode =
	sqlite3_uri_parameter(sqlite3_db_filename(session->db, "main"), "mode");
	const char *text = *path ? path : ":memory:";
	sqlite3_stmt *uri = NULL;
	char	   *name;

	if (*path && mode && strcmp(mode, "ro") == 0)
		uri = mdb_query(failure, session->db, "SELECT 'file:' || "
						"replace(replace(replace(%Q, '%%', '%%25'), '?', "
						"'%%3f'), '#', '%%23') || '?mode=ro'", path);
	if (uri)
		text = mdb_column_text(uri, 0);
	name = *text ? sqlite3_mprintf("%s", text) : NULL;
	sqlite3_finalize(uri);
	if (!name)
		mdb_fail_memory(failure);
	return name;
}

static void
attach_file(MdbSession *session, MdbNamespace *namespace, MdbFailure *failure)
{
	static const char hint[] =
	"\nHINT:  The namespaces that are attached are in use by this transaction, "
	"or by a statement that is not at its end.";
	char	   *name = name_to_attach(session, namespace->path, failure);

	if (failure->code)
	{
		sqlite3_free(name);
		return;
	}
	do
	{
		mdb_clear_failure(failure);
		mdb_run(failure, session->db, "ATTACH %Q AS \"%w\"", name,
				namespace->schema);
	} while (is_full(failure) && make_room(session, failure));
	sqlite3_free(name);
	take_attached_path(session, namespace, failure);
	if (is_full(failure))
	{
		failure->message = sqlite3_mprintf("%z%s", failure->message, hint);
		if (!failure->message)
			failure->code = SQLITE_NOMEM;
	}
}

/* A file in WAL mode stays so, also when main is not. */
static void
follow_journal_mode(MdbSession *session, MdbNamespace *namespace,
					MdbFailure *failure)
{
	sqlite3_stmt *mode = mdb_query(failure, session->db,
								   "PRAGMA main.journal_mode");
	sqlite3_stmt *own = mdb_query(failure, session->db,
								  "PRAGMA \"%w\".journal_mode",
								  namespace->schema);

	if (mode && own && strcmp(mdb_column_text(mode, 0), "wal") != 0 &&
		strcmp(mdb_column_text(own, 0), "delete") == 0 &&
		strcmp(mdb_column_text(mode, 0), "delete") != 0)
		mdb_run(failure, session->db, "PRAGMA \"%w\".journal_mode = %s",
				namespace->schema, mdb_column_text(mode, 0));
	sqlite3_finalize(mode);
	sqlite3_finalize(own);
}

void
mdb_tune(MdbSession *session, MdbNamespace *namespace, MdbFailure *failure)
{
	MdbFailure	problem = MDB_NO_FAILURE;

	if (failure->code || !sqlite3_get_autocommit(session->db))
		return;
	namespace->is_tuned = true;
	if (namespace->is_users || !*namespace->path)
		return;
	follow_journal_mode(session, namespace, &problem);
	mdb_run(&problem, session->db, "PRAGMA \"%w\".synchronous = %lld",
			namespace->schema,
			mdb_query_integer(&problem, session->db,
							  "PRAGMA main.synchronous"));
	mdb_fail_call(failure, &problem);
	mdb_clear_failure(&problem);
}

static void
fail_taken_name(const char *name, MdbFailure *failure)
{
	MdbError	error;

	mdb_fail(&error, MDB_NOT_A_MESSAGE_TABLE, mdb_string(name),
			 MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	error.detail = "This connection has attached another database under that "
		"name.";
	mdb_fail_with(failure, &error);
}

/* Whether the database of that name is one that this session has attached. */
static MdbNamespace *
owner_of_schema(MdbSession *session, const char *schema)
{
	for (MdbNamespace *n = session->main.next; n; n = n->next)
		if (strcmp(n->schema, schema) == 0)
			return n;
	return NULL;
}

void
mdb_check_schema(MdbSession *session, const char *name, const char *path,
				 MdbFailure *failure)
{
	const char *taken = sqlite3_db_filename(session->db, name);

	if (taken && !owner_of_schema(session, name) && strcmp(taken, path) != 0)
		fail_taken_name(name, failure);
}

/*
 * Finds the name to attach a file as.  The user's own database under the
 * name is taken when it is that file.
 */
static void
choose_schema(MdbSession *session, MdbNamespace *namespace, const char *path,
			  MdbFailure *failure)
{
	const char *taken;
	int			number = 1;

	sqlite3_snprintf(sizeof(namespace->schema), namespace->schema, "%s",
					 namespace->name);
	while ((taken = sqlite3_db_filename(session->db,
										namespace->schema)) != NULL)
	{
		MdbNamespace *owner = owner_of_schema(session, namespace->schema);

		if (owner && mdb_is_attached(session, owner))
		{
			if (mdb_detach(session, owner))
				continue;
		}
		else if (*path && strcmp(taken, path) == 0)
		{
			namespace->is_users = true;
			return;
		}
		else
		{
			fail_taken_name(namespace->name, failure);
			return;
		}
		sqlite3_snprintf(sizeof(namespace->schema), namespace->schema,
						 "%s %d", namespace->name, ++number % 1000);
	}
}

/*
 * The file under another name: renamed, by this connection or another one.
 * NULL when it is detached now.
 */
static MdbNamespace *
take_over(MdbSession *session, const char *name, const char *path)
{
	for (MdbNamespace *n = session->main.next; n && *path; n = n->next)
		if (strcmp(n->registered_path, path) == 0)
		{
			if (mdb_detach(session, n))
				return NULL;
			sqlite3_snprintf(sizeof(n->name), n->name, "%s", name);
			return n;
		}
	return NULL;
}

MdbNamespace *
mdb_attach(MdbSession *session, const char *name, const char *path,
		   MdbFailure *failure)
{
	MdbNamespace *namespace;

	if (failure->code)
		return NULL;
	namespace = take_over(session, name, path);
	if (namespace)
		return namespace;

	namespace = sqlite3_malloc64(sizeof(MdbNamespace));
	if (!namespace)
	{
		mdb_fail_memory(failure);
		return NULL;
	}
	memset(namespace, 0, sizeof(MdbNamespace));
	sqlite3_snprintf(sizeof(namespace->name), namespace->name, "%s", name);
	namespace->registered_path = sqlite3_mprintf("%s", path);
	namespace->path = sqlite3_mprintf("%s", path);
	if (!namespace->registered_path || !namespace->path)
		mdb_fail_memory(failure);
	if (!failure->code)
		choose_schema(session, namespace, path, failure);
	if (!failure->code && !namespace->is_users)
		attach_file(session, namespace, failure);
	if (failure->code)
	{
		free_namespace(namespace);
		return NULL;
	}
	namespace->next = session->main.next;
	session->main.next = namespace;
	return namespace;
}
