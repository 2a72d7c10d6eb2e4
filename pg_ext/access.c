/*-------------------------------------------------------------------------
 *
 * access.c
 *	  grant_access() and revoke_access(): who may use a namespace.
 *
 * The privileges are those that Message DB gives its role: USAGE of the
 * schema, SELECT and INSERT of the messages, USAGE and SELECT of the
 * sequence, SELECT of the views.  EXECUTE of the functions is PUBLIC's.  The
 * statements run with the caller's rights: only who may grant can.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

#include "utils/builtins.h"

/* In the templates, %1$s is the schema and %2$s the role, both quoted. */
static const char *const grants[] = {
	"GRANT USAGE ON SCHEMA %1$s TO %2$s",
	"GRANT SELECT, INSERT ON TABLE %1$s.messages TO %2$s",
	"GRANT USAGE, SELECT ON SEQUENCE %1$s.messages_global_position_seq TO %2$s",
	"GRANT SELECT ON TABLE %1$s.stream_summary, %1$s.type_summary,"
	" %1$s.stream_type_summary, %1$s.type_stream_summary,"
	" %1$s.category_type_summary, %1$s.type_category_summary TO %2$s",
};

static const char *const revocations[] = {
	"REVOKE SELECT ON TABLE %1$s.stream_summary, %1$s.type_summary,"
	" %1$s.stream_type_summary, %1$s.type_stream_summary,"
	" %1$s.category_type_summary, %1$s.type_category_summary FROM %2$s",
	"REVOKE USAGE, SELECT ON SEQUENCE %1$s.messages_global_position_seq FROM %2$s",
	"REVOKE SELECT, INSERT ON TABLE %1$s.messages FROM %2$s",
	"REVOKE USAGE ON SCHEMA %1$s FROM %2$s",
};

/* The role as SQL names it.  Errors: 42704 when there is no such role. */
static const char *
role_name(const char *role)
{
	if (strcmp(role, "public") == 0)
		return "PUBLIC";
	(void) get_role_oid(role, false);
	return quote_identifier(role);
}

static void
execute_all(const char *const *templates, int count,
			const MdbNamespace *namespace, const char *role)
{
	const char *schema = quote_identifier(namespace->name);

	role = role_name(role);
	SPI_connect();
	for (int i = 0; i < count; i++)
	{
		int			code = SPI_execute(psprintf(templates[i], schema, role),
									   false, 0);

		if (code != SPI_OK_UTILITY)
			elog(ERROR, "SPI_execute failed: %s",
				 SPI_result_code_string(code));
	}
	SPI_finish();
}

/* Errors: MDB_UNKNOWN_NAMESPACE, also when it has no table to revoke from. */
static MdbNamespace *
existing_namespace(MdbString name)
{
	MdbNamespace *namespace = mdb_find_namespace(name);
	MdbError	error;

	if (!namespace)
	{
		mdb_fail(&error, MDB_UNKNOWN_NAMESPACE, name, MDB_NULL_INTEGER,
				 MDB_NULL_INTEGER);
		mdb_raise(&error);
	}
	return namespace;
}

/* grant_access(role varchar, namespace varchar = 'message_store') -> void */
PG_FUNCTION_INFO_V1(message_db_grant_access);
Datum
message_db_grant_access(PG_FUNCTION_ARGS)
{
	execute_all(grants, lengthof(grants),
				existing_namespace(mdb_text_argument(fcinfo, 1)),
				text_to_cstring(PG_GETARG_TEXT_PP(0)));
	PG_RETURN_VOID();
}

/* revoke_access(role varchar, namespace varchar = 'message_store') -> void */
PG_FUNCTION_INFO_V1(message_db_revoke_access);
Datum
message_db_revoke_access(PG_FUNCTION_ARGS)
{
	execute_all(revocations, lengthof(revocations),
				existing_namespace(mdb_text_argument(fcinfo, 1)),
				text_to_cstring(PG_GETARG_TEXT_PP(0)));
	PG_RETURN_VOID();
}
