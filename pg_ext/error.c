/*-------------------------------------------------------------------------
 *
 * error.c
 *	  From the core's errors to PostgreSQL's.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

/* A part of the error's text, palloc'd; NULL when it has none. */
static char *
error_part(const MdbError *error, MdbErrorPart part)
{
	size_t		length = mdb_error_text(error, part, NULL, 0);
	char	   *text;

	if (length == 0)
		return NULL;
	text = palloc(length + 1);
	mdb_error_text(error, part, text, length + 1);
	return text;
}

void
mdb_raise(const MdbError *error)
{
	const char *state = mdb_error_sqlstate(error->code);
	char	   *detail = error_part(error, MDB_ERROR_DETAIL);
	char	   *hint = error_part(error, MDB_ERROR_HINT);

	ereport(ERROR,
			(errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3],
								   state[4])),
			 errmsg_internal("%s", error_part(error, MDB_ERROR_MESSAGE)),
			 detail ? errdetail_internal("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0));
	pg_unreachable();
}
