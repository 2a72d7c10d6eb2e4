/*-------------------------------------------------------------------------
 *
 * namespace_ddl.c
 *	  Creating, deleting, renaming and clearing namespaces.
 *
 * Whoever changes a namespace holds the lock of its name until the end of the
 * transaction.  So sessions that create the same one at once wait for the
 * first, and then find it.  A write creates the default namespace before it
 * takes any other lock, so the first writes of many sessions do not deadlock.
 *
 * All statements run with the caller's rights.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "namespace_postgresql.h"
#include "registration_postgresql.h"

/* Told apart from the server's own locks of schemas, which have 0 here. */
#define NAME_LOCK_MARK 0x6D64

static void
fail_namespace(MdbErrorCode code, const MdbNamespace *namespace)
{
	MdbError	error;

	mdb_fail(&error, code, mdb_string(NameStr(namespace->name)),
			 MDB_NULL_INTEGER, MDB_NULL_INTEGER);
	mdb_raise(&error);
}

/* Until the end of the transaction; what others did before is seen after it. */
static void
lock_name(const MdbNamespace *namespace)
{
	const char *name = NameStr(namespace->name);
	uint32		hash = hash_bytes((const unsigned char *) name,
								  (int) strlen(name));

	LockDatabaseObject(NamespaceRelationId, (Oid) hash, NAME_LOCK_MARK,
					   ShareRowExclusiveLock);
}

/* ------------------------------------------------------------------------
 * Creating
 * ------------------------------------------------------------------------
 */

/* Errors: 42501, with a hint what to do. */
static void
check_may_create(const MdbNamespace *namespace, Oid schema)
{
	const char *name = NameStr(namespace->name);
	Oid			role = GetUserId();

	if (object_aclcheck(NamespaceRelationId, schema, role,
						ACL_CREATE) == ACLCHECK_OK &&
		object_aclcheck(NamespaceRelationId, schema, role,
						ACL_USAGE) == ACLCHECK_OK)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for schema %s", name),
			 errdetail("The message store has no table yet, and this role may not create it."),
			 errhint("Let a role that may create tables in the schema run: SELECT message_store.ensure_namespace(%s); SELECT message_store.grant_access(%s, %s);",
					 quote_literal_cstr(name),
					 quote_literal_cstr(GetUserNameFromId(role, false)),
					 quote_literal_cstr(name))));
}

bool
mdb_is_registered(const MdbNamespace *namespace)
{
	Oid			schema = mdb_namespace_schema(namespace);

	return OidIsValid(schema) &&
		OidIsValid(mdb_registration_table(schema));
}

bool
mdb_ensure_namespace(MdbNamespace *namespace)
{
	bool		existed = mdb_namespace_exists(namespace);

	if (existed && mdb_is_registered(namespace))
		return false;

	PreventCommandIfReadOnly("CREATE TABLE");
	lock_name(namespace);
	existed = mdb_namespace_exists(namespace);
	if (!OidIsValid(mdb_namespace_schema(namespace)))
		mdb_run_script("CREATE SCHEMA @namespace@", namespace);
	check_may_create(namespace, mdb_namespace_schema(namespace));
	if (!existed)
		mdb_run_script(mdb_namespace_sql, namespace);
	if (!mdb_is_registered(namespace))
		mdb_run_script(mdb_registration_sql, namespace);
	return !existed;
}

/* Writes what the creator says of the namespace. */
static void
describe(const MdbNamespace *namespace, FunctionCallInfo fcinfo)
{
	Oid			types[] = {TEXTOID, JSONBOID};
	Datum		values[] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	char		nulls[] = {PG_ARGISNULL(1) ? 'n' : ' ',
		PG_ARGISNULL(2) ? 'n' : ' '};

	mdb_update_registration(mdb_namespace_schema(namespace),
							"description = $1, metadata = $2",
							lengthof(types), types, values, nulls);
}

/* The namespace that an argument names; NULL is no name. */
static MdbNamespace *
namespace_argument(FunctionCallInfo fcinfo, int number)
{
	return mdb_namespace_named(mdb_text_argument(fcinfo, number));
}

/*
 * create_namespace(name varchar = 'message_store', description varchar = NULL,
 * metadata jsonb = NULL) -> varchar, the name
 */
PG_FUNCTION_INFO_V1(message_db_create_namespace);
Datum
message_db_create_namespace(PG_FUNCTION_ARGS)
{
	MdbNamespace *namespace = namespace_argument(fcinfo, 0);

	if (!mdb_ensure_namespace(namespace))
		fail_namespace(MDB_NAMESPACE_EXISTS, namespace);
	describe(namespace, fcinfo);
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* ensure_namespace(name varchar = 'message_store') -> boolean, created */
PG_FUNCTION_INFO_V1(message_db_ensure_namespace);
Datum
message_db_ensure_namespace(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(mdb_ensure_namespace(namespace_argument(fcinfo, 0)));
}

/* ------------------------------------------------------------------------
 * Deleting, clearing, renaming
 * ------------------------------------------------------------------------
 */

/*
 * Finds the namespace, waits until no transaction uses it, and keeps others
 * out.
 */
static void
take_over(MdbNamespace *namespace)
{
	lock_name(namespace);
	mdb_require_namespace(namespace);
	mdb_run_script("LOCK TABLE @namespace@.messages IN ACCESS EXCLUSIVE MODE",
				   namespace);
}

/*
 * All that are there, also those that the transaction's snapshot does not show:
 * they go, too.
 */
static int64
count_messages(const MdbNamespace *namespace)
{
	int64		messages;

	PushActiveSnapshot(GetLatestSnapshot());
	messages = mdb_select_integer("SELECT pg_catalog.count(*)"
								  " FROM @namespace@.messages", namespace);
	PopActiveSnapshot();
	return messages;
}

/* delete_namespace(name varchar) -> bigint, messages deleted */
PG_FUNCTION_INFO_V1(message_db_delete_namespace);
Datum
message_db_delete_namespace(PG_FUNCTION_ARGS)
{
	MdbNamespace *namespace = namespace_argument(fcinfo, 0);
	int64		messages;

	take_over(namespace);
	messages = count_messages(namespace);
	mdb_run_script("DROP VIEW IF EXISTS @namespace@.stream_summary,"
				   " @namespace@.type_summary,"
				   " @namespace@.stream_type_summary,"
				   " @namespace@.type_stream_summary,"
				   " @namespace@.category_type_summary,"
				   " @namespace@.type_category_summary;"
				   " DROP TABLE IF EXISTS @namespace@.message_db_namespace;"
				   " DROP TABLE @namespace@.messages", namespace);
	if (!mdb_is_default_namespace(namespace))
		mdb_run_script("DROP SCHEMA @namespace@", namespace);
	PG_RETURN_INT64(messages);
}

/* clear_namespace(name varchar) -> bigint, messages deleted */
PG_FUNCTION_INFO_V1(message_db_clear_namespace);
Datum
message_db_clear_namespace(PG_FUNCTION_ARGS)
{
	MdbNamespace *namespace = namespace_argument(fcinfo, 0);
	int64		messages;

	take_over(namespace);
	messages = count_messages(namespace);
	mdb_run_script("TRUNCATE TABLE @namespace@.messages RESTART IDENTITY",
				   namespace);
	PG_RETURN_INT64(messages);
}

/* rename_namespace(old_name varchar, new_name varchar) -> varchar, new name */
PG_FUNCTION_INFO_V1(message_db_rename_namespace);
Datum
message_db_rename_namespace(PG_FUNCTION_ARGS)
{
	MdbNamespace *old = namespace_argument(fcinfo, 0);
	MdbNamespace *new = namespace_argument(fcinfo, 1);

	if (mdb_is_default_namespace(old))
		fail_namespace(MDB_DEFAULT_NAMESPACE_FIXED, old);
	take_over(old);
	lock_name(new);
	if (OidIsValid(mdb_namespace_schema(new)))
		fail_namespace(MDB_NAMESPACE_EXISTS, new);
	mdb_run_script(psprintf("ALTER SCHEMA @namespace@ RENAME TO %s",
							quote_identifier(NameStr(new->name))), old);
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

/* ------------------------------------------------------------------------
 * The current namespace
 * ------------------------------------------------------------------------
 */

/* use_namespace(name varchar) -> varchar, the name */
PG_FUNCTION_INFO_V1(message_db_use_namespace);
Datum
message_db_use_namespace(PG_FUNCTION_ARGS)
{
	MdbNamespace *namespace = namespace_argument(fcinfo, 0);

	if (!mdb_is_default_namespace(namespace))
	{
		if (mdb_setting(MDB_SETTING_AUTO_CREATE_NAMESPACES))
			mdb_ensure_namespace(namespace);
		mdb_require_namespace(namespace);
	}
	(void) set_config_option(MDB_SETTING_NAMESPACE, NameStr(namespace->name),
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SET, true,
							 0, false);
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* current_namespace() -> varchar */
PG_FUNCTION_INFO_V1(message_db_current_namespace);
Datum
message_db_current_namespace(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(NameStr(mdb_current_namespace()->name)));
}

/* ------------------------------------------------------------------------
 * Migrating
 * ------------------------------------------------------------------------
 */

/* migrate_namespace(name varchar = NULL) -> bigint, its schema version now */
PG_FUNCTION_INFO_V1(message_db_migrate_namespace);
Datum
message_db_migrate_namespace(PG_FUNCTION_ARGS)
{
	MdbNamespace *namespace = PG_ARGISNULL(0) ? mdb_current_namespace()
		: namespace_argument(fcinfo, 0);

	mdb_require_namespace(namespace);
	mdb_ensure_namespace(namespace);
	PG_RETURN_INT64(mdb_schema_version(mdb_namespace_schema(namespace)));
}

/* existing_namespace(name varchar = NULL) -> varchar */
PG_FUNCTION_INFO_V1(message_db_existing_namespace);
Datum
message_db_existing_namespace(PG_FUNCTION_ARGS)
{
	MdbNamespace *namespace;

	if (PG_ARGISNULL(0))
	{
		namespace = mdb_namespace_to_read();
		if (!namespace)
			PG_RETURN_NULL();
	}
	else
		namespace = namespace_argument(fcinfo, 0);
	mdb_hold_namespace(namespace);
	PG_RETURN_TEXT_P(cstring_to_text(NameStr(namespace->name)));
}
