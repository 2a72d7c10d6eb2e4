/*-------------------------------------------------------------------------
 *
 * transaction.c
 *	  What belongs to a transaction: the write lock, the time of its messages,
 *	  settings that are local to it, files that are deleted with its commit,
 *	  and work that must be done as a whole.
 *
 * All goes through one statement, a DELETE from the virtual table
 * message_db_transaction (internal_tables.c).  SQLite takes the main
 * database's write lock for it and reports the end of the transaction to the
 * table.  Between the two the session is "in a transaction".
 *
 * A transaction that writes to another namespace must not take that lock, or
 * namespaces would wait for each other, nor one that only has a local setting.
 * It deletes from a table in temp instead, message_db_follower, which is
 * created when it is first needed.
 *
 * The DELETE can carry a job.  The job's statements then run inside a
 * statement that writes, so SQLite commits them with it, or rolls them back
 * when the job fails.  BEGIN and ROLLBACK would not do: after a lack of memory
 * no statement works until the outermost one, that of the user, has ended,
 * and ROLLBACK is one.
 *
 * In a transaction of several statements SQLite undoes a failed statement by
 * its statement journal, and that of the DELETE is main's only.  What a job
 * has done in attached databases would stay.  Such a job is done by a DELETE
 * without a statement journal: if it fails for lack of memory or space, SQLite
 * can but roll the whole transaction back.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

#include <time.h>

#define TABLE "message_db_transaction"
#define DELETE "DELETE FROM main." TABLE
#define CREATE_FOLLOWER(name) \
	"CREATE VIRTUAL TABLE IF NOT EXISTS temp." name " " \
	"USING message_db_follower"

/* A table of the user's of that name lacks the column. */
static void
fail_delete(MdbSession *session, int rc, MdbFailure *failure)
{
	if (rc == SQLITE_ERROR && !failure->code)
		mdb_fail_text(failure, rc, "the name " TABLE " is taken by a table");
	else
		mdb_fail_database(failure, session->db, rc);
	mdb_end_leftover(session);
}

/* Takes the kept statement out of its place, or prepares it. */
static sqlite3_stmt *
take_delete(MdbSession *session, sqlite3_stmt **place, MdbFailure *failure)
{
	const char *text = place == &session->delete_unjournaled ?
		DELETE " WHERE " MDB_INTERNAL_COLUMN " = 0" :
		DELETE " WHERE " MDB_INTERNAL_COLUMN;
	sqlite3_stmt *delete = *place;
	int			rc;

	*place = NULL;
	if (delete)
		return delete;
	mdb_connect_statements(session);
	rc = sqlite3_prepare_v3(session->db, text, -1,
							SQLITE_PREPARE_PERSISTENT, &delete, NULL);
	if (rc != SQLITE_OK)
		fail_delete(session, rc, failure);
	return delete;
}

/* Steps a statement that calls mdb_do_job(); jobs may be nested. */
static int
step_with_job(MdbSession *session, sqlite3_stmt *statement, MdbJob *job,
			  void *argument, MdbFailure *failure)
{
	MdbJob	   *outer_job = session->job;
	void	   *outer_argument = session->job_argument;
	MdbFailure *outer_failure = session->job_failure;
	int			rc;

	session->job = job;
	session->job_argument = argument;
	session->job_failure = failure;
	rc = sqlite3_step(statement);
	session->job = outer_job;
	session->job_argument = outer_argument;
	session->job_failure = outer_failure;
	return rc;
}

void
mdb_do_writing(MdbSession *session, bool beyond_main, MdbJob *job,
			   void *argument, MdbFailure *failure)
{
	sqlite3_stmt **place = beyond_main ? &session->delete_unjournaled :
		&session->delete;
	sqlite3_stmt *delete;
	int			rc;

	if (failure->code)
		return;
	delete = take_delete(session, place, failure);
	if (!delete)
		return;
	rc = step_with_job(session, delete, job, argument, failure);
	if (rc != SQLITE_DONE)
		fail_delete(session, rc, failure);
	mdb_keep_statement(session, place, delete);
}

/*
 * SQLite drops no table while another statement reads, which the DELETE above
 * is one of.  From the xDestroy of a virtual table it does.
 */
void
mdb_do_dropping(MdbSession *session, MdbJob *job, void *argument,
				MdbFailure *failure)
{
	sqlite3_stmt *drop = NULL;
	int			rc;

	if (!sqlite3_get_autocommit(session->db))
		mdb_follow_transaction(session, failure);
	mdb_run(failure, session->db, CREATE_FOLLOWER("message_db_job"));
	if (failure->code)
		return;
	rc = sqlite3_prepare_v2(session->db, "DROP TABLE temp.message_db_job", -1,
							&drop, NULL);
	if (rc == SQLITE_OK)
		rc = step_with_job(session, drop, job, argument, failure);
	if (rc != SQLITE_DONE)
		mdb_fail_database(failure, session->db, rc);
	sqlite3_finalize(drop);
	if (failure->code)
		sqlite3_exec(session->db, "DROP TABLE IF EXISTS temp.message_db_job",
					 NULL, NULL, NULL);
}

int
mdb_do_job(MdbSession *session)
{
	MdbJob	   *job = session->job;
	MdbFailure *failure = session->job_failure;

	session->job = NULL;
	if (!job)
		return SQLITE_OK;
	job(session, session->job_argument, failure);
	return failure->code;
}

void
mdb_follow_transaction(MdbSession *session, MdbFailure *failure)
{
	if (!session->in_transaction)
		mdb_run(failure, session->db, CREATE_FOLLOWER("message_db_follower") ";"
				"DELETE FROM temp.message_db_follower WHERE "
				MDB_INTERNAL_COLUMN);
}

/* Any statement that writes a table takes its database's lock at once. */
void
mdb_take_write_lock(MdbSession *session, MdbNamespace *namespace,
					MdbFailure *failure)
{
	if (namespace != &session->main)
	{
		mdb_begin_write(session, namespace, failure);
		mdb_run(failure, session->db, "DELETE FROM \"%w\".messages WHERE 0",
				namespace->schema);
	}
	else if (!session->has_lock)
		mdb_do_writing(session, false, NULL, NULL, failure);
}

void
mdb_begin_write(MdbSession *session, MdbNamespace *namespace,
				MdbFailure *failure)
{
	bool		is_transaction = sqlite3_get_autocommit(session->db) &&
		sqlite3_txn_state(session->db, NULL) != SQLITE_TXN_WRITE;

	if (is_transaction)
		return;
	if (namespace == &session->main)
		mdb_take_write_lock(session, namespace, failure);
	else
		mdb_follow_transaction(session, failure);
}

static void
clock_time(char text[MDB_TIME_LENGTH + 1])
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	mdb_format_time((int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000, text);
}

void
mdb_message_time(MdbSession *session, char text[MDB_TIME_LENGTH + 1])
{
	if (!session->in_transaction || !*session->time)
		clock_time(session->time);
	memcpy(text, session->time, sizeof(session->time));
}

void
mdb_transaction_begins(MdbSession *session, bool has_lock)
{
	if (!session->in_transaction)
		*session->time = '\0';
	session->in_transaction = true;
	session->has_lock = session->has_lock || has_lock;
}

static void
end_local_settings(MdbSession *session)
{
	MdbNameState *name = &session->current_name;

	for (int i = 0; i < MDB_SETTINGS; i++)
	{
		MdbSettingState *setting = &session->settings[i];

		if (setting->is_local)
			setting->value = setting->outer_value;
		setting->is_local = false;
	}
	if (name->is_local)
	{
		memcpy(name->value, name->outer_value, MDB_NAME_SIZE);
		session->current = NULL;
	}
	name->is_local = false;
}

void
mdb_transaction_commits(MdbSession *session)
{
	session->in_transaction = session->has_lock = false;
	session->savepoint = -1;
	for (MdbDoomedFile *doomed = session->doomed; doomed; doomed = doomed->next)
		mdb_delete_files(session, doomed->path);
	mdb_forget_doomed_files(session);
	end_local_settings(session);
}

/* Lets files live whose deletion was undone. */
static void
spare_files(MdbSession *session, int savepoint)
{
	MdbDoomedFile **link = &session->doomed;

	while (*link)
	{
		MdbDoomedFile *doomed = *link;

		if (doomed->savepoint >= savepoint)
		{
			*link = doomed->next;
			sqlite3_free(doomed);
		}
		else
			link = &doomed->next;
	}
}

/* Forgets what the session has found out about namespaces. */
static void
forget_findings(MdbSession *session)
{
	session->main.checked = false;
	session->current = NULL;
	for (MdbNamespace *n = session->main.next; n; n = n->next)
		n->is_known = n->checked = false;
}

void
mdb_transaction_rolls_back(MdbSession *session)
{
	session->in_transaction = session->has_lock = false;
	session->savepoint = -1;
	mdb_forget_doomed_files(session);
	forget_findings(session);
	end_local_settings(session);
}

void
mdb_savepoint_begins(MdbSession *session, int number)
{
	session->savepoint = number;
}

void
mdb_savepoint_ends(MdbSession *session, int number)
{
	session->savepoint = number - 1;
	for (MdbDoomedFile *doomed = session->doomed; doomed; doomed = doomed->next)
		if (doomed->savepoint >= number)
			doomed->savepoint = number - 1;
}

/* Also a statement that is prepared anew has its savepoint undone first. */
void
mdb_savepoint_undone(MdbSession *session, int number)
{
	session->savepoint = number;
	spare_files(session, number);
	forget_findings(session);
}

void
mdb_doom_file(MdbSession *session, const char *path, MdbFailure *failure)
{
	MdbDoomedFile *doomed;

	if (failure->code)
		return;
	doomed = sqlite3_malloc64(sizeof(MdbDoomedFile) + strlen(path) + 1);
	if (!doomed)
	{
		mdb_fail_memory(failure);
		return;
	}
	strcpy(doomed->path, path);
	doomed->savepoint = session->savepoint;
	doomed->next = session->doomed;
	session->doomed = doomed;
}

void
mdb_forget_doomed_files(MdbSession *session)
{
	spare_files(session, -1);
}
