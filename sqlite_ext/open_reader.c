/*-------------------------------------------------------------------------
 *
 * open_reader.c
 *	  Readers, and what their connection writes while they read.
 *
 * SQLite lets a statement meet the rows that it has inserted itself, so
 *
 *	  SELECT write_message(...) FROM get_stream_messages(...)
 *
 * would never end.  In PostgreSQL a reader has found its rows before the first
 * of them is used.  To give the same answers, a reader here passes over what
 * was written after it began: the first write while there are readers notes the
 * highest global position for them.  Another connection cannot have written
 * meanwhile, or this write would fail.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

void
mdb_open_reader(MdbSession *session, MdbOpenReader *reader,
				const MdbNamespace *namespace)
{
	reader->namespace = namespace;
	reader->last = INT64_MAX;
	reader->next = session->open_readers;
	session->open_readers = reader;
}

void
mdb_close_reader(MdbSession *session, MdbOpenReader *reader)
{
	MdbOpenReader **link = &session->open_readers;

	while (*link && *link != reader)
		link = &(*link)->next;
	if (*link)
		*link = reader->next;
}

void
mdb_bound_readers(MdbSession *session, const MdbNamespace *namespace,
				  MdbFailure *failure)
{
	int64_t		last = -1;

	for (MdbOpenReader *r = session->open_readers; r; r = r->next)
	{
		if (r->namespace != namespace || r->last != INT64_MAX)
			continue;
		if (last < 0)
			last = mdb_query_integer(failure, session->db, "SELECT "
									 "max(global_position) FROM "
									 "\"%w\".messages", namespace->schema);
		r->last = last;
	}
}
