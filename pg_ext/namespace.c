/*-------------------------------------------------------------------------
 *
 * namespace.c
 *	  Namespaces: finding the current one's table, creating it, and the
 *	  session's prepared statements for it.
 *
 * A namespace is a schema with a table "messages".  The default one is the
 * extension's own schema, message_store.  Its table is made by the first
 * write, or by create_namespace(), and belongs to who did it.
 *
 * A write creates the table before it takes any other lock, and sessions that
 * create at once queue on a lock of the schema; so the first writes of many
 * sessions do not deadlock with each other.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "namespace_postgresql.h"

#define DEFAULT_NAMESPACE "message_store"
#define TABLE "messages"

static MdbNamespace default_namespace = {.name = DEFAULT_NAMESPACE};

/* ------------------------------------------------------------------------
 * The table
 * ------------------------------------------------------------------------
 */

char *
mdb_table_name(const MdbNamespace *namespace)
{
	return quote_qualified_identifier(namespace->name, TABLE);
}

char *
mdb_substitute(const char *text, const char *placeholder, const char *value)
{
	StringInfoData result;
	const char *found;

	initStringInfo(&result);
	while ((found = strstr(text, placeholder)) != NULL)
	{
		appendBinaryStringInfo(&result, text, (int) (found - text));
		appendStringInfoString(&result, value);
		text = found + strlen(placeholder);
	}
	appendStringInfoString(&result, text);
	return result.data;
}

/*
 * Whether the table has the columns that the statements use, of types that
 * they can work with.  Message DB's own table has them.
 */
static bool
is_message_table(Oid table)
{
	static const struct
	{
		const char *name;
		Oid			type;
		Oid			other_type;
	}			columns[] = {
		{"global_position", INT8OID, INT8OID},
		{"position", INT8OID, INT8OID},
		{"time", TIMESTAMPOID, TIMESTAMPOID},
		{"stream_name", TEXTOID, VARCHAROID},
		{"type", TEXTOID, VARCHAROID},
		{"data", JSONBOID, JSONBOID},
		{"metadata", JSONBOID, JSONBOID},
		{"id", UUIDOID, UUIDOID},
	};

	for (int i = 0; i < lengthof(columns); i++)
	{
		AttrNumber	number = get_attnum(table, columns[i].name);
		Oid			type = InvalidOid;

		if (number != InvalidAttrNumber)
			type = get_atttype(table, number);
		if (type != columns[i].type && type != columns[i].other_type)
			return false;
	}
	return true;
}

static void
fail_namespace(MdbErrorCode code, const MdbNamespace *namespace)
{
	MdbError	error;

	mdb_fail(&error, code, mdb_string(namespace->name), MDB_NULL_INTEGER,
			 MDB_NULL_INTEGER);
	mdb_raise(&error);
}

/* Has a table that changed checked again.  InvalidOid stands for all. */
static void
forget_checked_table(Datum argument, Oid table)
{
	if (table == InvalidOid || table == default_namespace.checked_table)
		default_namespace.checked_table = InvalidOid;
}

void
mdb_watch_tables(void)
{
	CacheRegisterRelcacheCallback(forget_checked_table, (Datum) 0);
}

/*
 * Finds the table and checks it; false when there is none.  Errors:
 * MDB_UNKNOWN_NAMESPACE when not even the schema is there, which is so after
 * somebody has renamed it.
 */
static bool
find_table(MdbNamespace *namespace)
{
	Oid			schema = get_namespace_oid(namespace->name, true);
	Oid			table;

	if (!OidIsValid(schema))
		fail_namespace(MDB_UNKNOWN_NAMESPACE, namespace);
	table = get_relname_relid(TABLE, schema);
	if (!OidIsValid(table))
		return false;
	if (table != namespace->checked_table)
	{
		if (!is_message_table(table))
			fail_namespace(MDB_NOT_A_MESSAGE_TABLE, namespace);
		namespace->checked_table = table;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * Creation
 * ------------------------------------------------------------------------
 */

/* Errors: 42501, with a hint what to do. */
static void
check_may_create(const MdbNamespace *namespace, Oid schema)
{
	Oid			role = GetUserId();

	if (object_aclcheck(NamespaceRelationId, schema, role,
						ACL_CREATE) == ACLCHECK_OK &&
		object_aclcheck(NamespaceRelationId, schema, role,
						ACL_USAGE) == ACLCHECK_OK)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for schema %s", namespace->name),
			 errdetail("The message store has no table yet, and this role may not create it."),
			 errhint("Let a role that may create tables in the schema run: SELECT message_store.create_namespace(); SELECT message_store.grant_access(%s);",
					 quote_literal_cstr(GetUserNameFromId(role, false)))));
}

/* Runs the namespace's script, with names found in pg_catalog only. */
static void
run_script(const MdbNamespace *namespace)
{
	int			nest_level = NewGUCNestLevel();
	char	   *script = mdb_substitute(mdb_namespace_sql, "@namespace@",
										quote_identifier(namespace->name));

	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	SPI_connect();
	SPI_execute(script, false, 0);
	SPI_finish();
	AtEOXact_GUC(true, nest_level);
}

/* Creates the table unless it exists.  Returns whether it did. */
static bool
create_table(MdbNamespace *namespace)
{
	Oid			schema;

	if (find_table(namespace))
		return false;

	schema = get_namespace_oid(namespace->name, false);
	check_may_create(namespace, schema);
	PreventCommandIfReadOnly("CREATE TABLE");

	/*
	 * One session creates, the others wait for its transaction and look
	 * again.  CREATE TABLE itself takes a weaker lock of the schema, which
	 * this one lets through.
	 */
	LockDatabaseObject(NamespaceRelationId, schema, 0, ShareRowExclusiveLock);
	if (find_table(namespace))
		return false;
	run_script(namespace);
	return true;
}

MdbNamespace *
mdb_find_namespace(MdbString name)
{
	if (name.length != strlen(DEFAULT_NAMESPACE) ||
		memcmp(name.data, DEFAULT_NAMESPACE, name.length) != 0 ||
		!find_table(&default_namespace))
		return NULL;
	return &default_namespace;
}

MdbNamespace *
mdb_namespace_to_read(void)
{
	return find_table(&default_namespace) ? &default_namespace : NULL;
}

MdbNamespace *
mdb_namespace_to_write(void)
{
	create_table(&default_namespace);
	return &default_namespace;
}

/* create_namespace() -> boolean */
PG_FUNCTION_INFO_V1(message_db_create_namespace);
Datum
message_db_create_namespace(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(create_table(&default_namespace));
}

/* ------------------------------------------------------------------------
 * Prepared statements
 * ------------------------------------------------------------------------
 */

SPIPlanPtr
mdb_plan(const char *text, int arguments, const Oid *types)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(text, arguments,
										  unconstify(Oid *, types),
										  CURSOR_OPT_GENERIC_PLAN);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor failed: %s",
			 SPI_result_code_string(SPI_result));
	return plan;
}

SPIPlanPtr
mdb_prepared(MdbNamespace *namespace, MdbStatement statement,
			 const char *text, int arguments, const Oid *types)
{
	SPIPlanPtr	plan = namespace->plans[statement];
	int			code;

	if (plan)
		return plan;

	text = mdb_substitute(text, "@messages@", mdb_table_name(namespace));
	plan = mdb_plan(text, arguments, types);
	code = SPI_keepplan(plan);
	if (code != 0)
		elog(ERROR, "SPI_keepplan failed: %s", SPI_result_code_string(code));
	namespace->plans[statement] = plan;
	return plan;
}

void
mdb_forget_prepared(MdbNamespace *namespace, MdbStatement statement)
{
	SPIPlanPtr	plan = namespace->plans[statement];

	namespace->plans[statement] = NULL;
	if (plan)
		SPI_freeplan(plan);
}
