/*-------------------------------------------------------------------------
 *
 * session.c
 *	  What a connection remembers: made when the extension is loaded, shared
 *	  by everything that is registered then, freed with the last of it.
 *
 * A list of all sessions of the process says whether a connection has the
 * extension already.  To ask SQLite for one of the functions would be a
 * statement, and recent releases read the database for any statement.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

/* The sessions of this process, linked by next; guarded by a mutex. */
static MdbSession *sessions;

static sqlite3_mutex *
enter_sessions(void)
{
	sqlite3_mutex *mutex = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_APP3);

	sqlite3_mutex_enter(mutex);
	return mutex;
}

bool
mdb_has_session(sqlite3 *db)
{
	sqlite3_mutex *mutex = enter_sessions();
	MdbSession *session = sessions;

	while (session && session->db != db)
		session = session->next;
	sqlite3_mutex_leave(mutex);
	return session != NULL;
}

void
mdb_announce_session(MdbSession *session)
{
	sqlite3_mutex *mutex = enter_sessions();

	session->next = sessions;
	sessions = session;
	sqlite3_mutex_leave(mutex);
}

static void
forget_session(MdbSession *session)
{
	sqlite3_mutex *mutex = enter_sessions();
	MdbSession **link = &sessions;

	while (*link && *link != session)
		link = &(*link)->next;
	if (*link)
		*link = session->next;
	sqlite3_mutex_leave(mutex);
}

MdbSession *
mdb_create_session(sqlite3 *db)
{
	MdbSession *session = sqlite3_malloc64(sizeof(MdbSession));

	if (!session)
		return NULL;
	memset(session, 0, sizeof(MdbSession));
	session->db = db;
	session->references = 1;
	session->savepoint = -1;
	strcpy(session->main.name, MDB_DEFAULT_NAMESPACE);
	strcpy(session->main.schema, "main");
	strcpy(session->current_name.value, MDB_DEFAULT_NAMESPACE);
	return session;
}

MdbSession *
mdb_share_session(MdbSession *session)
{
	session->references++;
	return session;
}

void
mdb_release_session(void *pointer)
{
	MdbSession *session = pointer;

	if (--session->references > 0)
		return;
	forget_session(session);
	mdb_finalize_statements(session);
	mdb_free_namespaces(session);
	mdb_forget_doomed_files(session);
	sqlite3_free(session);
}
