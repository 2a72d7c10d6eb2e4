/*-------------------------------------------------------------------------
 *
 * registration.c
 *	  What a namespace says of itself: the row of its table
 *	  message_db_namespace.
 *
 * Listings look into the schemas of everybody who made one, in the name of
 * whoever lists, often a superuser.  Nothing that the owner of such a table
 * has put there may run with that role's rights: not the functions of a view,
 * of a policy or of a trigger, and not those in generated columns, in the
 * expressions of indexes, statistics or partitions.  A statement runs some of
 * them while it is planned, and a look into the catalog before it may be
 * outdated when it runs.  So the table is locked, and its row is taken from
 * the heap by hand, which runs nothing.
 *
 * Writing, and reading where Citus has the rows elsewhere, needs a statement.
 * It runs as the owner of the table, as the server does it when it builds an
 * index.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#define TABLE_NAME "message_db_namespace"

static const struct
{
	const char *name;
	Oid			type;
}			columns[MDB_REGISTRATION_COLUMNS] = {
	[MDB_REGISTRATION_SCHEMA_VERSION] = {"schema_version", INT4OID},
	[MDB_REGISTRATION_DESCRIPTION] = {"description", TEXTOID},
	[MDB_REGISTRATION_METADATA] = {"metadata", JSONBOID},
	[MDB_REGISTRATION_CREATED_AT] = {"created_at", TIMESTAMPOID},
	[MDB_REGISTRATION_LAST_ERROR] = {"last_error", TEXTOID},
	[MDB_REGISTRATION_LAST_ERROR_AT] = {"last_error_at", TIMESTAMPOID},
};

/* ------------------------------------------------------------------------
 * The table
 * ------------------------------------------------------------------------
 */

Oid
mdb_registration_table(Oid schema)
{
	return get_relname_relid(TABLE_NAME, schema);
}

/* Finds the columns; false when one is not as registration_postgresql.sql has it. */
static bool
find_columns(Relation table, AttrNumber *numbers)
{
	TupleDesc	desc = RelationGetDescr(table);

	for (int i = 0; i < MDB_REGISTRATION_COLUMNS; i++)
	{
		Form_pg_attribute attribute;

		numbers[i] = get_attnum(RelationGetRelid(table), columns[i].name);
		if (numbers[i] == InvalidAttrNumber)
			return false;
		attribute = TupleDescAttr(desc, numbers[i] - 1);
		if (attribute->atttypid != columns[i].type || attribute->attgenerated)
			return false;
	}
	return true;
}

/* Whether the table has rows of its own that this session can come at. */
static bool
is_plain(Relation table)
{
	return table->rd_rel->relkind == RELKIND_RELATION &&
		!RELATION_IS_OTHER_TEMP(table) &&
		(table->rd_rel->relpersistence == RELPERSISTENCE_PERMANENT ||
		 !RecoveryInProgress());
}

/* Whether this role has the privilege; not when the table is gone. */
static bool
is_allowed(Oid schema, Oid table, AclMode privilege)
{
	bool		is_missing = false;

	return object_aclcheck(NamespaceRelationId, schema, GetUserId(),
						   ACL_USAGE) == ACLCHECK_OK &&
		pg_class_aclcheck_ext(table, GetUserId(), privilege,
							  &is_missing) == ACLCHECK_OK;
}

/*
 * Opens and locks the table; NULL when there is none, this role may not use
 * it so, policies hide rows from it, or it is no registration.
 */
static Relation
open_table(Oid schema, AclMode privilege, LOCKMODE lock, AttrNumber *numbers)
{
	Oid			oid = mdb_registration_table(schema);
	Relation	table;

	if (!OidIsValid(oid) || !is_allowed(schema, oid, privilege))
		return NULL;
	/* whoever is deleting the namespace may finish before the lock is there */
	table = try_relation_open(oid, lock);
	if (!table)
		return NULL;
	if (is_plain(table) && find_columns(table, numbers) &&
		check_enable_rls(oid, InvalidOid, true) != RLS_ENABLED)
		return table;
	relation_close(table, lock);
	return NULL;
}

/* ------------------------------------------------------------------------
 * In the owner's name
 * ------------------------------------------------------------------------
 */

/* What to go back to. */
typedef struct Caller
{
	Oid			role;
	int			context;
	int			nest_level;
} Caller;

/* SPI is connected as the table's owner, who cannot leave anything behind. */
static void
become_owner(Relation table, Caller *caller)
{
	GetUserIdAndSecContext(&caller->role, &caller->context);
	SetUserIdAndSecContext(table->rd_rel->relowner,
						   caller->context | SECURITY_RESTRICTED_OPERATION);
	caller->nest_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	SPI_connect();
}

static void
become_caller(const Caller *caller)
{
	SPI_finish();
	AtEOXact_GUC(false, caller->nest_level);
	SetUserIdAndSecContext(caller->role, caller->context);
}

static char *
qualified_name(Relation table)
{
	return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)),
									  RelationGetRelationName(table));
}

/* ------------------------------------------------------------------------
 * Reading
 * ------------------------------------------------------------------------
 */

/* Takes a row's values; they are the caller's, in its memory context. */
static void
take_values(HeapTuple row, TupleDesc desc, const AttrNumber *numbers,
			MemoryContext context, MdbRegistration *registration)
{
	MemoryContext former = MemoryContextSwitchTo(context);

	for (int i = 0; i < MDB_REGISTRATION_COLUMNS; i++)
	{
		bool		is_varlena = columns[i].type == TEXTOID ||
			columns[i].type == JSONBOID;
		Datum		value = heap_getattr(row, numbers[i], desc,
										 &registration->nulls[i]);

		if (is_varlena && !registration->nulls[i])
			value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
		registration->values[i] = value;
	}
	MemoryContextSwitchTo(former);
}

static bool
read_from_heap(Relation table, const AttrNumber *numbers, Snapshot snapshot,
			   MdbRegistration *registration)
{
	SysScanDesc scan = systable_beginscan(table, InvalidOid, false, snapshot,
										  0, NULL);
	HeapTuple	row = systable_getnext(scan);

	if (row)
		take_values(row, RelationGetDescr(table), numbers,
					CurrentMemoryContext, registration);
	systable_endscan(scan);
	return row != NULL;
}

static bool
read_by_statement(Relation table, MdbRegistration *registration)
{
	MemoryContext context = CurrentMemoryContext;
	AttrNumber	numbers[MDB_REGISTRATION_COLUMNS];
	StringInfoData text;
	Caller		caller;
	bool		found;

	initStringInfo(&text);
	for (int i = 0; i < MDB_REGISTRATION_COLUMNS; i++)
	{
		numbers[i] = (AttrNumber) (i + 1);
		appendStringInfo(&text, "%s %s", i == 0 ? "SELECT" : ",",
						 columns[i].name);
	}
	appendStringInfo(&text, " FROM %s", qualified_name(table));
	become_owner(table, &caller);
	if (SPI_execute(text.data, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read what the namespace says of itself");
	found = SPI_processed > 0;
	if (found)
		take_values(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, numbers,
					context, registration);
	become_caller(&caller);
	return found;
}

bool
mdb_read_registration(Oid schema, Snapshot snapshot,
					  MdbRegistration *registration)
{
	AttrNumber	numbers[MDB_REGISTRATION_COLUMNS];
	Relation	table = open_table(schema, ACL_SELECT, AccessShareLock,
								   numbers);
	bool		found;

	if (!table)
		return false;
	if (mdb_is_distributed(RelationGetRelid(table)))
		found = read_by_statement(table, registration);
	else
		found = read_from_heap(table, numbers, snapshot, registration);
	relation_close(table, NoLock);
	return found;
}

/*
 * registration_of(namespace varchar) -> setof (schema_version bigint,
 * description varchar, metadata varchar, created_at timestamp,
 * last_error varchar, last_error_at timestamp), one row or none
 */
PG_FUNCTION_INFO_V1(message_db_registration_of);
Datum
message_db_registration_of(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			schema = InvalidOid;
	MdbRegistration registration;
	Datum	   *values = registration.values;

	InitMaterializedSRF(fcinfo, 0);
	if (!PG_ARGISNULL(0))
		schema = get_namespace_oid(text_to_cstring(PG_GETARG_TEXT_PP(0)), true);
	if (!OidIsValid(schema) ||
		!mdb_read_registration(schema, GetActiveSnapshot(), &registration))
		return (Datum) 0;
	values[MDB_REGISTRATION_SCHEMA_VERSION] =
		Int64GetDatum(DatumGetInt32(values[MDB_REGISTRATION_SCHEMA_VERSION]));
	if (!registration.nulls[MDB_REGISTRATION_METADATA])
		values[MDB_REGISTRATION_METADATA] =
			mdb_json_text(values[MDB_REGISTRATION_METADATA]);
	tuplestore_putvalues(result->setResult, result->setDesc, values,
						 registration.nulls);
	return (Datum) 0;
}

/* ------------------------------------------------------------------------
 * Writing
 * ------------------------------------------------------------------------
 */

/* Errors: 42501, as the server has it for a statement. */
static void
require_privilege(Oid schema, Oid table, AclMode privilege)
{
	AclResult	result;

	mdb_require_usage(schema);
	result = pg_class_aclcheck(table, GetUserId(), privilege);
	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_TABLE, get_rel_name(table));
}

void
mdb_update_registration(Oid schema, const char *assignments, int count,
						Oid *types, Datum *values, const char *nulls)
{
	Oid			oid = mdb_registration_table(schema);
	AttrNumber	numbers[MDB_REGISTRATION_COLUMNS];
	Relation	table;
	Caller		caller;
	char	   *text;

	if (!OidIsValid(oid))
		return;
	require_privilege(schema, oid, ACL_UPDATE);
	table = open_table(schema, ACL_UPDATE, RowExclusiveLock, numbers);
	if (!table)
		return;
	text = psprintf("UPDATE %s SET %s", qualified_name(table), assignments);
	become_owner(table, &caller);
	if (SPI_execute_with_args(text, count, types, values, nulls, false,
							  0) != SPI_OK_UPDATE)
		elog(ERROR, "could not write what the namespace says of itself");
	become_caller(&caller);
	relation_close(table, NoLock);
}

/* Whether an outcome is what the registration says already. */
static bool
is_noted(const MdbRegistration *registration, bool failed, Datum failure)
{
	const int	column = MDB_REGISTRATION_LAST_ERROR;

	if (registration->nulls[column] || !failed)
		return registration->nulls[column] && !failed;
	return mdb_equal(mdb_datum_text(registration->values[column]),
					 mdb_datum_text(failure));
}

/*
 * note_migration(namespace varchar, failure text) -> void
 *
 * Whoever finds nothing to note needs no right to do so.
 */
PG_FUNCTION_INFO_V1(message_db_note_migration);
Datum
message_db_note_migration(PG_FUNCTION_ARGS)
{
	static Oid	types[] = {TEXTOID};
	bool		failed = !PG_ARGISNULL(1);
	Datum		values[] = {PG_GETARG_DATUM(1)};
	const char	nulls[] = {failed ? ' ' : 'n'};
	MdbRegistration registration;
	Oid			schema = InvalidOid;
	Oid			table;

	if (!PG_ARGISNULL(0))
		schema = get_namespace_oid(text_to_cstring(PG_GETARG_TEXT_PP(0)), true);
	table = OidIsValid(schema) ? mdb_registration_table(schema) : InvalidOid;
	if (!OidIsValid(table))
		PG_RETURN_VOID();
	require_privilege(schema, table, ACL_SELECT);
	if (!mdb_read_registration(schema, GetActiveSnapshot(), &registration) ||
		DatumGetInt32(registration.values[MDB_REGISTRATION_SCHEMA_VERSION]) >
		MDB_SCHEMA_VERSION || is_noted(&registration, failed, values[0]))
		PG_RETURN_VOID();
	mdb_update_registration(schema, "last_error = $1, last_error_at = CASE"
							" WHEN $1 IS NOT NULL THEN clock_timestamp()"
							" AT TIME ZONE 'utc' END",
							lengthof(types), types, values, nulls);
	PG_RETURN_VOID();
}
