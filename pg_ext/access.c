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

#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static const char *const views[] = {
	"stream_summary",
	"type_summary",
	"stream_type_summary",
	"type_stream_summary",
	"category_type_summary",
	"type_category_summary",
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

/*
 * The sequence of global positions as SQL names it; NULL when the column has
 * none.  SPI is connected.
 */
static const char *
sequence_name(const MdbNamespace *namespace)
{
	char	   *text = psprintf("SELECT pg_catalog.pg_get_serial_sequence(%s, 'global_position')",
								quote_literal_cstr(mdb_table_name(namespace)));

	if (SPI_execute(text, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not find the sequence of global positions");
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

/* Gives the privilege to the role, or takes it back.  SPI is connected. */
static void
change_privilege(bool give, const char *privilege, const char *object,
				 const char *role)
{
	const char *text = psprintf(give ? "GRANT %s ON %s TO %s"
								: "REVOKE %s ON %s FROM %s",
								privilege, object, role);
	int			code = SPI_execute(text, false, 0);

	if (code != SPI_OK_UTILITY)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(code));
}

static void
change_access(bool give, const MdbNamespace *namespace, const char *role)
{
	const char *schema = quote_identifier(namespace->name);
	Oid			schema_oid = get_namespace_oid(namespace->name, false);
	const char *sequence;

	SPI_connect();
	change_privilege(give, "USAGE", psprintf("SCHEMA %s", schema), role);
	change_privilege(give, "SELECT, INSERT", mdb_table_name(namespace), role);
	sequence = sequence_name(namespace);
	if (sequence)
		change_privilege(give, "USAGE, SELECT",
						 psprintf("SEQUENCE %s", sequence), role);
	for (int i = 0; i < lengthof(views); i++)
		if (OidIsValid(get_relname_relid(views[i], schema_oid)))
			change_privilege(give, "SELECT",
							 psprintf("%s.%s", schema, views[i]), role);
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

static Datum
access_function(FunctionCallInfo fcinfo, bool give)
{
	const char *role = role_name(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	change_access(give, existing_namespace(mdb_text_argument(fcinfo, 1)), role);
	PG_RETURN_VOID();
}

/* grant_access(role varchar, namespace varchar = 'message_store') -> void */
PG_FUNCTION_INFO_V1(message_db_grant_access);
Datum
message_db_grant_access(PG_FUNCTION_ARGS)
{
	return access_function(fcinfo, true);
}

/* revoke_access(role varchar, namespace varchar = 'message_store') -> void */
PG_FUNCTION_INFO_V1(message_db_revoke_access);
Datum
message_db_revoke_access(PG_FUNCTION_ARGS)
{
	return access_function(fcinfo, false);
}
