/*-------------------------------------------------------------------------
 *
 * error.c
 *	  From the core's errors to PostgreSQL's.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

char *
mdb_error_part(const MdbError *error, MdbErrorPart part)
{
	size_t		length = mdb_error_text(error, part, NULL, 0);
	char	   *text;

	if (length == 0)
		return NULL;
	text = palloc(length + 1);
	mdb_error_text(error, part, text, length + 1);
	return text;
}

int
mdb_error_state(const MdbError *error)
{
	const char *state = mdb_error_sqlstate(error->code);

	return MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
}

void
mdb_raise(const MdbError *error)
{
	char	   *detail = mdb_error_part(error, MDB_ERROR_DETAIL);
	char	   *hint = mdb_error_part(error, MDB_ERROR_HINT);

	ereport(ERROR,
			(errcode(mdb_error_state(error)),
			 errmsg_internal("%s", mdb_error_part(error, MDB_ERROR_MESSAGE)),
			 detail ? errdetail_internal("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0));
	pg_unreachable();
}
