/*-------------------------------------------------------------------------
 *
 * table.c
 *	  Opening a table of messages for direct access, and the caller's rights
 *	  to it.
 *
 * What the catalog says of the table (layout.c) is kept for the session with
 * the namespace, until the server tells that the table has changed.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "access/relation.h"
#include "access/xlog.h"
#include "catalog/pg_class.h"
#include "storage/lmgr.h"
#include "storage/sinval.h"
#include "utils/lsyscache.h"

/* ------------------------------------------------------------------------
 * Opening
 * ------------------------------------------------------------------------
 */

/*
 * Locks the table that has the namespace's name, whatever others do to it
 * meanwhile, and returns it.
 */
static Oid
lock_table(MdbNamespace *namespace, LOCKMODE lock)
{
	for (;;)
	{
		uint64		told = SharedInvalidMessageCounter;
		Oid			table;

		mdb_require_namespace(namespace);
		table = namespace->checked_table;
		LockRelationOid(table, lock);
		if (told == SharedInvalidMessageCounter)
			return table;

		/* Changes were told of while the lock was waited for. */
		if (get_relname_relid("messages", mdb_namespace_schema(namespace)) == table)
			return table;
		UnlockRelationOid(table, lock);
	}
}

void
mdb_hold_namespace(MdbNamespace *namespace)
{
	mdb_require_namespace(namespace);
	mdb_require_usage(mdb_namespace_schema(namespace));
	(void) lock_table(namespace, AccessShareLock);
}

/*
 * The table's layout, from the session's memory.  What has changed while the
 * table was described, or when that failed, is not remembered.
 */
static void
get_layout(MdbNamespace *namespace, Relation relation, MdbLayout *layout)
{
	Oid			oid = RelationGetRelid(relation);
	uint64		told = SharedInvalidMessageCounter;

	if (namespace->described_table == oid)
	{
		*layout = namespace->layout;
		return;
	}
	mdb_describe_table(relation, layout);
	if (told != SharedInvalidMessageCounter)
		return;
	namespace->layout = *layout;
	namespace->described_table = oid;
}

/* As the planner refuses it; the session may outlive the recovery. */
static void
check_can_be_read(Relation relation)
{
	if (relation->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT &&
		RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot access temporary or unlogged relations during recovery")));
}

static void
open_table(MdbNamespace *namespace, LOCKMODE lock, MdbTable *table)
{
	table->relation = relation_open(lock_table(namespace, lock), NoLock);
	check_can_be_read(table->relation);
	get_layout(namespace, table->relation, &table->layout);
	memset(table->indexes, 0, sizeof(table->indexes));
}

bool
mdb_open_table(MdbNamespace *namespace, LOCKMODE lock, MdbTable *table)
{
	open_table(namespace, lock, table);
	if (!table->layout.ordinary)
		relation_close(table->relation, NoLock);
	return table->layout.ordinary;
}

bool
mdb_open_table_to_walk(MdbNamespace *namespace, MdbTable *table)
{
	open_table(namespace, AccessShareLock, table);
	if (!table->layout.walkable)
		relation_close(table->relation, NoLock);
	return table->layout.walkable;
}

void
mdb_close_table(MdbTable *table)
{
	for (int i = 0; i < table->layout.index_count; i++)
		if (table->indexes[i])
			index_close(table->indexes[i], NoLock);
	relation_close(table->relation, NoLock);
}

bool
mdb_open_table_to_read(MdbNamespace *namespace, MdbTable *table)
{
	if (!mdb_open_table(namespace, AccessShareLock, table))
		return false;
	if (!table->layout.snapshot_safe)
	{
		mdb_close_table(table);
		return false;
	}
	mdb_check_may_read(table);
	return true;
}

Relation
mdb_table_index(MdbTable *table, MdbIndexKind kind)
{
	for (int i = 0; i < table->layout.index_count; i++)
	{
		const MdbIndex *index = &table->layout.indexes[i];

		if (index->kind != kind || !index->searchable)
			continue;
		if (!table->indexes[i])
			table->indexes[i] = index_open(index->oid, AccessShareLock);
		return table->indexes[i];
	}
	elog(ERROR, "an index of messages is missing");
}

void
mdb_open_indexes(MdbTable *table)
{
	for (int i = 0; i < table->layout.index_count; i++)
		if (!table->indexes[i])
			table->indexes[i] = index_open(table->layout.indexes[i].oid,
										   RowExclusiveLock);
}

/* ------------------------------------------------------------------------
 * Rights
 * ------------------------------------------------------------------------
 */

/* The privilege of the table, or else of each of these columns. */
static void
check_columns(const MdbTable *table, AclMode privilege,
			  const MdbColumn *columns, int count)
{
	Oid			oid = RelationGetRelid(table->relation);

	if (pg_class_aclcheck(oid, GetUserId(), privilege) == ACLCHECK_OK)
		return;
	for (int i = 0; i < count; i++)
		if (pg_attribute_aclcheck(oid, table->layout.columns[columns[i]],
								  GetUserId(), privilege) != ACLCHECK_OK)
			aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE,
						   RelationGetRelationName(table->relation));
}

void
mdb_check_may_read(const MdbTable *table)
{
	static const MdbColumn read[] = {
		MDB_COLUMN_GLOBAL_POSITION, MDB_COLUMN_POSITION, MDB_COLUMN_TIME,
		MDB_COLUMN_STREAM_NAME, MDB_COLUMN_TYPE, MDB_COLUMN_DATA,
		MDB_COLUMN_METADATA, MDB_COLUMN_ID
	};

	mdb_require_usage(RelationGetNamespace(table->relation));
	check_columns(table, ACL_SELECT, read, lengthof(read));
}

void
mdb_check_may_read_version(const MdbTable *table)
{
	static const MdbColumn read[] = {
		MDB_COLUMN_STREAM_NAME, MDB_COLUMN_POSITION
	};

	mdb_require_usage(RelationGetNamespace(table->relation));
	check_columns(table, ACL_SELECT, read, lengthof(read));
}

void
mdb_check_may_insert(const MdbTable *table)
{
	static const MdbColumn written[] = {
		MDB_COLUMN_ID, MDB_COLUMN_STREAM_NAME, MDB_COLUMN_POSITION,
		MDB_COLUMN_TYPE, MDB_COLUMN_DATA, MDB_COLUMN_METADATA
	};
	Oid			sequence = table->layout.sequence;

	check_columns(table, ACL_INSERT, written, lengthof(written));
	if (pg_class_aclcheck(sequence, GetUserId(),
						  ACL_USAGE | ACL_UPDATE) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SEQUENCE,
					   get_rel_name(sequence));
	PreventCommandIfReadOnly("INSERT");
}

/* ------------------------------------------------------------------------
 * Rows
 * ------------------------------------------------------------------------
 */

Datum
mdb_column(const MdbTable *table, TupleTableSlot *slot, MdbColumn column,
		   bool *is_null)
{
	bool		unused;

	return slot_getattr(slot, table->layout.columns[column],
						is_null ? is_null : &unused);
}

MdbString
mdb_text_column(const MdbTable *table, TupleTableSlot *slot, MdbColumn column)
{
	return mdb_datum_text(mdb_column(table, slot, column, NULL));
}

bool
mdb_equal(MdbString a, MdbString b)
{
	return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}
