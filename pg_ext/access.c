/*-------------------------------------------------------------------------
 *
 * access.c
 *	  grant_access() and revoke_access(): who may use a namespace.
 *
 * The privileges are those that Message DB gives its role: USAGE of the
 * schema, SELECT and INSERT of the messages, USAGE and SELECT of the
 * sequence, SELECT of the views; and SELECT of what the namespace says of
 * itself.  EXECUTE of the functions is PUBLIC's.  For another namespace than
 * the default one, USAGE of the functions' schema is given as well; it is not
 * taken back, because the role may need it for other namespaces.
 *
 * The statements run with the caller's rights: only who may grant can.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Besides the table of messages. */
static const char *const readable[] = {
	"stream_summary",
	"type_summary",
	"stream_type_summary",
	"type_stream_summary",
	"category_type_summary",
	"type_category_summary",
	"message_db_namespace",
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
	const char *schema = quote_identifier(NameStr(namespace->name));
	Oid			schema_oid = mdb_namespace_schema(namespace);
	const char *sequence;

	SPI_connect();
	change_privilege(give, "USAGE", psprintf("SCHEMA %s", schema), role);
	change_privilege(give, "SELECT, INSERT", mdb_table_name(namespace), role);
	sequence = sequence_name(namespace);
	if (sequence)
		change_privilege(give, "USAGE, SELECT",
						 psprintf("SEQUENCE %s", sequence), role);
	for (int i = 0; i < lengthof(readable); i++)
		if (OidIsValid(get_relname_relid(readable[i], schema_oid)))
			change_privilege(give, "SELECT",
							 psprintf("%s.%s", schema, readable[i]), role);
	if (give && !mdb_is_default_namespace(namespace))
		change_privilege(give, "USAGE", "SCHEMA " MDB_DEFAULT_NAMESPACE, role);
	SPI_finish();
}

/* Errors: MDB_UNKNOWN_NAMESPACE, MDB_INVALID_NAMESPACE_NAME. */
static MdbNamespace *
existing_namespace(MdbString name)
{
	MdbNamespace *namespace = mdb_namespace_named(name);

	mdb_hold_namespace(namespace);
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
