/*-------------------------------------------------------------------------
 *
 * namespace.c
 *	  The session's view of namespaces: which is the current one, and whether
 *	  it is there.
 *
 * A namespace is a schema with a table "messages".  The default one is the
 * extension's own schema, message_store.  The current one is named by the
 * setting message_db.namespace, which can be set by SET, SET LOCAL, ALTER
 * ROLE or connection options, and by use_namespace().
 *
 * What belongs to a namespace is always found by its name, with the caller's
 * rights; the session remembers which table it has checked and its plans.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#define FEW_NAMESPACES 64

static HTAB *namespaces;		/* MdbNamespace by name */
static MdbNamespace *current;	/* NULL after the setting has changed */
static char *current_name;		/* the setting's value */
static bool defining;			/* the setting, whose value may be there before */

/* ------------------------------------------------------------------------
 * The setting
 * ------------------------------------------------------------------------
 */

/*
 * A value that was set before the library was loaded, by connection options
 * for example, is taken as it is: refused here, it would only be warned of,
 * and the session would act on the default namespace.  Its first use fails.
 * A parallel worker takes what its leader has, or every parallel query of the
 * session would fail.
 */
static bool
check_name_setting(char **value, void **extra, GucSource source)
{
	MdbError	error;

	if (defining || InitializingParallelWorker ||
		mdb_check_namespace_name(mdb_string(*value), &error))
		return true;
	GUC_check_errcode(mdb_error_state(&error));
	GUC_check_errmsg("%s", mdb_error_part(&error, MDB_ERROR_MESSAGE));
	GUC_check_errdetail("%s", mdb_error_part(&error, MDB_ERROR_DETAIL));
	return false;
}

static void
assign_name_setting(const char *value, void *extra)
{
	current = NULL;
}

void
mdb_define_namespace_setting(void)
{
	defining = true;
	DefineCustomStringVariable(MDB_SETTING_NAMESPACE,
							   "The namespace that the functions act on.", NULL,
							   &current_name, MDB_DEFAULT_NAMESPACE,
							   PGC_USERSET, 0, check_name_setting,
							   assign_name_setting, NULL);
	defining = false;
}

/* ------------------------------------------------------------------------
 * Looking up
 * ------------------------------------------------------------------------
 */

MdbNamespace *
mdb_namespace_named(MdbString name)
{
	MdbNamespace *namespace;
	NameData	key;
	MdbError	error;
	bool		found;

	if (!mdb_check_namespace_name(name, &error))
		mdb_raise(&error);
	if (!namespaces)
	{
		HASHCTL		control = {.keysize = sizeof(NameData),
		.entrysize = sizeof(MdbNamespace)};

		namespaces = hash_create("message_db namespaces", 8, &control,
								 HASH_ELEM | HASH_BLOBS);
	}
	memset(&key, 0, sizeof(key));
	memcpy(NameStr(key), name.data, name.length);
	namespace = hash_search(namespaces, &key, HASH_ENTER, &found);
	if (!found)
		memset((char *) namespace + sizeof(NameData), 0,
			   sizeof(MdbNamespace) - sizeof(NameData));
	return namespace;
}

MdbNamespace *
mdb_current_namespace(void)
{
	if (!current)
		current = mdb_namespace_named(mdb_string(current_name));
	return current;
}

bool
mdb_is_default_namespace(const MdbNamespace *namespace)
{
	return strcmp(NameStr(namespace->name), MDB_DEFAULT_NAMESPACE) == 0;
}

Oid
mdb_namespace_schema(const MdbNamespace *namespace)
{
	return get_namespace_oid(NameStr(namespace->name), true);
}

void
mdb_require_usage(Oid schema)
{
	AclResult	result = object_aclcheck(NamespaceRelationId, schema,
										 GetUserId(), ACL_USAGE);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_SCHEMA, get_namespace_name(schema));
}

/* ------------------------------------------------------------------------
 * The table
 * ------------------------------------------------------------------------
 */

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

/*
 * The schema version that the namespace carries: that of Message DB's table
 * when it says none, ours when this role may not look.
 */
int64
mdb_schema_version(Oid schema)
{
	Oid			table = mdb_registration_table(schema);
	MdbRegistration registration;
	bool		found;

	if (!OidIsValid(table))
		return 1;
	found = mdb_read_registration(schema, mdb_begin_snapshot(), &registration);
	mdb_end_snapshot();
	if (found)
		return DatumGetInt32(registration.values[MDB_REGISTRATION_SCHEMA_VERSION]);
	return OidIsValid(mdb_registration_table(schema)) ? MDB_SCHEMA_VERSION : 1;
}

/*
 * Whether the namespace's table is still this one, once nobody is dropping it.
 * The catalog shows a drop a moment before this session is told of it; when
 * the lock of the table is there, both have happened.
 */
static bool
is_still_there(Oid schema, Oid table)
{
	LockRelationOid(table, AccessShareLock);
	UnlockRelationOid(table, AccessShareLock);
	return get_relname_relid("messages", schema) == table;
}

/* Errors: MDB_NOT_A_MESSAGE_TABLE, MDB_NEWER_SCHEMA_VERSION. */
static void
check_table(const MdbNamespace *namespace, Oid schema, Oid table)
{
	MdbString	name = mdb_string(NameStr(namespace->name));
	int64		version;
	MdbError	error;

	if (!is_message_table(table))
	{
		if (!is_still_there(schema, table))
			return;
		mdb_fail(&error, MDB_NOT_A_MESSAGE_TABLE, name, MDB_NULL_INTEGER,
				 MDB_NULL_INTEGER);
		mdb_raise(&error);
	}
	version = mdb_schema_version(schema);
	if (version > MDB_SCHEMA_VERSION)
	{
		mdb_fail(&error, MDB_NEWER_SCHEMA_VERSION, name, mdb_integer(version),
				 mdb_integer(MDB_SCHEMA_VERSION));
		mdb_raise(&error);
	}
}

/* Has a table that changed checked again.  InvalidOid stands for all. */
static void
forget_checked_table(Datum argument, Oid table)
{
	HASH_SEQ_STATUS scan;
	MdbNamespace *namespace;

	if (!namespaces)
		return;
	hash_seq_init(&scan, namespaces);
	while ((namespace = hash_seq_search(&scan)) != NULL)
	{
		namespace->resolved = false;
		if (table == InvalidOid || table == namespace->checked_table)
			namespace->checked_table = InvalidOid;
		if (table == InvalidOid || table == namespace->described_table)
			namespace->described_table = InvalidOid;
	}
}

/* Has the tables of all namespaces looked up by their names again. */
static void
forget_names(Datum argument, int cache, uint32 hash)
{
	HASH_SEQ_STATUS scan;
	MdbNamespace *namespace;

	if (!namespaces)
		return;
	hash_seq_init(&scan, namespaces);
	while ((namespace = hash_seq_search(&scan)) != NULL)
		namespace->resolved = false;
}

/*
 * A session may name any number of namespaces in its life that are not there,
 * or that are deleted later.  Those without a known table are forgotten when
 * the number of all has doubled since the last time.
 */
static void
forget_unknown_namespaces(void)
{
	HASH_SEQ_STATUS scan;
	MdbNamespace *namespace;

	hash_seq_init(&scan, namespaces);
	while ((namespace = hash_seq_search(&scan)) != NULL)
	{
		if (namespace == current || OidIsValid(namespace->checked_table))
			continue;
		for (int i = 0; i < MDB_STATEMENTS; i++)
			mdb_forget_prepared(namespace, i);
		hash_search(namespaces, &namespace->name, HASH_REMOVE, NULL);
	}
}

/* Between transactions no function has a namespace in its hands. */
static void
end_transaction(XactEvent event, void *argument)
{
	static long enough = FEW_NAMESPACES;

	if (!namespaces || hash_get_num_entries(namespaces) < enough ||
		(event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT &&
		 event != XACT_EVENT_PREPARE))
		return;
	forget_unknown_namespaces();
	enough = Max(FEW_NAMESPACES, hash_get_num_entries(namespaces) * 2);
}

void
mdb_watch_tables(void)
{
	RegisterXactCallback(end_transaction, NULL);
	CacheRegisterRelcacheCallback(forget_checked_table, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, forget_names, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACENAME, forget_names, (Datum) 0);
}

bool
mdb_namespace_exists(MdbNamespace *namespace)
{
	while (!namespace->resolved)
	{
		Oid			schema = mdb_namespace_schema(namespace);
		Oid			table = InvalidOid;

		if (OidIsValid(schema))
			table = get_relname_relid("messages", schema);
		if (!OidIsValid(table))
			return false;
		if (table == namespace->checked_table)
		{
			namespace->resolved = true;
			break;
		}
		check_table(namespace, schema, table);
		/* once more, in case it was deleted or made anew meanwhile */
		namespace->checked_table = table;
	}
	return true;
}

void
mdb_require_namespace(MdbNamespace *namespace)
{
	MdbError	error;

	if (mdb_namespace_exists(namespace))
		return;
	mdb_fail(&error, MDB_UNKNOWN_NAMESPACE,
			 mdb_string(NameStr(namespace->name)), MDB_NULL_INTEGER,
			 MDB_NULL_INTEGER);
	mdb_raise(&error);
}

MdbNamespace *
mdb_namespace_to_read(void)
{
	MdbNamespace *namespace = mdb_current_namespace();

	if (mdb_namespace_exists(namespace))
		return namespace;
	if (mdb_is_default_namespace(namespace) &&
		OidIsValid(mdb_namespace_schema(namespace)))
		return NULL;
	if (mdb_setting(MDB_SETTING_AUTO_CREATE_NAMESPACES))
		mdb_ensure_namespace(namespace);
	mdb_require_namespace(namespace);
	return namespace;
}

MdbNamespace *
mdb_namespace_to_write(void)
{
	MdbNamespace *namespace = mdb_current_namespace();

	if (mdb_namespace_exists(namespace))
		return namespace;
	if (mdb_is_default_namespace(namespace) ||
		mdb_setting(MDB_SETTING_AUTO_CREATE_NAMESPACES))
		mdb_ensure_namespace(namespace);
	mdb_require_namespace(namespace);
	return namespace;
}
