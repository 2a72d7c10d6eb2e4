/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  The differences between PostgreSQL's versions, in one place: older
 *	  servers get the newer names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MESSAGE_DB_COMPAT_H
#define MESSAGE_DB_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 140000
#error "message_db needs PostgreSQL 14 or later"
#endif

#include "funcapi.h"
#include "access/genam.h"
#include "access/heapam.h"
#include "miscadmin.h"
#include "catalog/pg_namespace.h"
#include "utils/acl.h"

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* From 18 on the word stands before the declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn _Noreturn
#endif

/* From 16 on one function checks the privileges of every kind of object. */
#if PG_VERSION_NUM < 160000
static inline AclResult
object_aclcheck(Oid class_id, Oid object_id, Oid role_id, AclMode mode)
{
	Assert(class_id == NamespaceRelationId);
	return pg_namespace_aclcheck(object_id, role_id, mode);
}
#endif

/* From 17 on a session's local transaction number is called otherwise. */
#if PG_VERSION_NUM < 170000
#define mdb_local_transaction() (MyProc->lxid)
#else
#define mdb_local_transaction() (MyProc->vxid.lxid)
#endif

/* From 16 on an update tells which indexes need an entry; here all do. */
#if PG_VERSION_NUM < 160000
#define mdb_heap_update(table, place, row) simple_heap_update(table, place, row)
#else
static inline void
mdb_heap_update(Relation table, ItemPointer place, HeapTuple row)
{
	TU_UpdateIndexes update_indexes;

	simple_heap_update(table, place, row, &update_indexes);
}
#endif

/* From 18 on a scan can count what it does. */
#if PG_VERSION_NUM < 180000
#define mdb_index_beginscan(table, index, snapshot, keys) \
	index_beginscan(table, index, snapshot, keys, 0)
#else
#define mdb_index_beginscan(table, index, snapshot, keys) \
	index_beginscan(table, index, snapshot, NULL, keys, 0)
#endif

/* From 17 on what an index remembers between insertions must be given up. */
#if PG_VERSION_NUM < 170000
#define mdb_index_insert_cleanup(index, info) ((void) 0)
#else
#define mdb_index_insert_cleanup(index, info) index_insert_cleanup(index, info)
#endif

#pragma GCC visibility push(hidden)

/* From 15 on the server sets up a function's result tuplestore. */
#if PG_VERSION_NUM < 150000
#define MDB_LACKS_MATERIALIZED_SRF
extern void InitMaterializedSRF(FunctionCallInfo fcinfo, bits32 flags);
#endif

/*
 * From 17 on shared memory can be had under a name.  Before that it is NULL when
 * the server has too little left.
 */
#if PG_VERSION_NUM < 170000
#define MDB_LACKS_NAMED_SEGMENTS
extern void *GetNamedDSMSegment(const char *name, size_t size,
								void (*initialize) (void *memory),
								bool *found);
#endif

#pragma GCC visibility pop

#if PG_VERSION_NUM >= 170000
#include "storage/dsm_registry.h"
#endif

/* From 19 on whoever initializes it can be handed something. */
#if PG_VERSION_NUM < 190000
#define MDB_INITIALIZER_ARGUMENTS void *memory
#define mdb_named_segment(name, size, initialize, found) \
	GetNamedDSMSegment(name, size, initialize, found)
#else
#define MDB_INITIALIZER_ARGUMENTS void *memory, void *unused
#define mdb_named_segment(name, size, initialize, found) \
	GetNamedDSMSegment(name, size, initialize, found, NULL)
#endif

/* After all that, because it puts macros before the server's functions. */
#ifdef MDB_FAULT_INJECTION
#include "fault_points.h"
#endif

#endif							/* MESSAGE_DB_COMPAT_H */
