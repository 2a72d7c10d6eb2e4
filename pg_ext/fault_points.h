/*-------------------------------------------------------------------------
 *
 * fault_points.h
 *	  The calls that can be made to run out of memory, in test builds only.
 *
 * compat.h includes this file last, so that every file of the extension sees
 * it.  From here on each call of a function of the server's that may allocate,
 * or fail in another way, counts as a point, and mdb_fault_point() raises "out
 * of memory" before the point that message_db.test_allocation chose (fault.c).
 * So every way out of our functions by an error is taken.  What fails inside
 * the server's functions is the server's business.
 *
 * A macro of the same name as a function must come after the function's
 * declaration, so the headers that declare them are included first.
 * regress/crash/allocations.py fails when the library calls a function of the
 * server's that is neither here nor in its list of those that cannot fail.
 *
 * Not here: ereport(), what _PG_init() calls, and ShmemInitStruct(), which
 * fails for lack of shared memory only (regress/stress/shared_memory.py).
 *
 *-------------------------------------------------------------------------
 */
#ifndef MESSAGE_DB_FAULT_POINTS_H
#define MESSAGE_DB_FAULT_POINTS_H

#include "access/detoast.h"
#include "access/genam.h"
#include "access/heapam.h"
#include "access/relation.h"
#include "access/skey.h"
#include "access/subtrans.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/toast_internals.h"
#include "access/transam.h"
#include "access/visibilitymap.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "commands/defrem.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parser.h"
#include "rewrite/rewriteHandler.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/lwlock.h"
#include "storage/predicate.h"
#include "storage/procarray.h"
#include "tcop/dest.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/relcache.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

extern void mdb_fault_point(const char *function);

#define MDB_POINT(function, ...)                                               \
	(mdb_fault_point(#function), function(__VA_ARGS__))

/* Memory */
#define palloc(...) MDB_POINT(palloc, __VA_ARGS__)
#define palloc0(...) MDB_POINT(palloc0, __VA_ARGS__)
#define palloc_extended(...) MDB_POINT(palloc_extended, __VA_ARGS__)
#define repalloc(...) MDB_POINT(repalloc, __VA_ARGS__)
#define repalloc_huge(...) MDB_POINT(repalloc_huge, __VA_ARGS__)
#define pstrdup(...) MDB_POINT(pstrdup, __VA_ARGS__)
#define pnstrdup(...) MDB_POINT(pnstrdup, __VA_ARGS__)
#define psprintf(...) MDB_POINT(psprintf, __VA_ARGS__)
#define MemoryContextAlloc(...) MDB_POINT(MemoryContextAlloc, __VA_ARGS__)
#define MemoryContextAllocZero(...)                                            \
	MDB_POINT(MemoryContextAllocZero, __VA_ARGS__)
#define MemoryContextAllocZeroAligned(...)                                     \
	MDB_POINT(MemoryContextAllocZeroAligned, __VA_ARGS__)
#define MemoryContextAllocHuge(...)                                            \
	MDB_POINT(MemoryContextAllocHuge, __VA_ARGS__)
#define MemoryContextAllocExtended(...)                                        \
	MDB_POINT(MemoryContextAllocExtended, __VA_ARGS__)
#define MemoryContextStrdup(...) MDB_POINT(MemoryContextStrdup, __VA_ARGS__)
#define AllocSetContextCreateInternal(...)                                     \
	MDB_POINT(AllocSetContextCreateInternal, __VA_ARGS__)
#define hash_create(...) MDB_POINT(hash_create, __VA_ARGS__)
#define hash_search(table, key, action, found) /* to remove an entry is safe */ \
	((action) == HASH_REMOVE ? (void) 0 : mdb_fault_point("hash_search"), \
	 hash_search(table, key, action, found))
#define initStringInfo(...) MDB_POINT(initStringInfo, __VA_ARGS__)
#define enlargeStringInfo(...) MDB_POINT(enlargeStringInfo, __VA_ARGS__)
#define appendStringInfo(...) MDB_POINT(appendStringInfo, __VA_ARGS__)
#define appendStringInfoString(...)                                            \
	MDB_POINT(appendStringInfoString, __VA_ARGS__)
#define appendBinaryStringInfo(...)                                            \
	MDB_POINT(appendBinaryStringInfo, __VA_ARGS__)

/* Values */
#define cstring_to_text(...) MDB_POINT(cstring_to_text, __VA_ARGS__)
#define cstring_to_text_with_len(...)                                          \
	MDB_POINT(cstring_to_text_with_len, __VA_ARGS__)
#define text_to_cstring(...) MDB_POINT(text_to_cstring, __VA_ARGS__)
#define pg_detoast_datum(...) MDB_POINT(pg_detoast_datum, __VA_ARGS__)
#define pg_detoast_datum_copy(...) MDB_POINT(pg_detoast_datum_copy, __VA_ARGS__)
#define pg_detoast_datum_packed(...)                                           \
	MDB_POINT(pg_detoast_datum_packed, __VA_ARGS__)
#define detoast_external_attr(...) MDB_POINT(detoast_external_attr, __VA_ARGS__)
#define toast_compress_datum(...) MDB_POINT(toast_compress_datum, __VA_ARGS__)
#define pg_any_to_server(...) MDB_POINT(pg_any_to_server, __VA_ARGS__)
#define pg_server_to_any(...) MDB_POINT(pg_server_to_any, __VA_ARGS__)
#define quote_identifier(...) MDB_POINT(quote_identifier, __VA_ARGS__)
#define quote_literal_cstr(...) MDB_POINT(quote_literal_cstr, __VA_ARGS__)
#define quote_qualified_identifier(...)                                        \
	MDB_POINT(quote_qualified_identifier, __VA_ARGS__)
#define DirectFunctionCall1Coll(...)                                           \
	MDB_POINT(DirectFunctionCall1Coll, __VA_ARGS__)
#define OidOutputFunctionCall(...) MDB_POINT(OidOutputFunctionCall, __VA_ARGS__)
#define numeric_out(...) MDB_POINT(numeric_out, __VA_ARGS__)
#define JsonbIteratorInit(...) MDB_POINT(JsonbIteratorInit, __VA_ARGS__)
#define JsonbIteratorNext(...) MDB_POINT(JsonbIteratorNext, __VA_ARGS__)
#define JsonbToCString(...) MDB_POINT(JsonbToCString, __VA_ARGS__)
#define JsonbValueToJsonb(...) MDB_POINT(JsonbValueToJsonb, __VA_ARGS__)
#define getKeyJsonValueFromContainer(...)                                      \
	MDB_POINT(getKeyJsonValueFromContainer, __VA_ARGS__)

/* The catalog */
#define SearchSysCache1(...) MDB_POINT(SearchSysCache1, __VA_ARGS__)
#define aclcheck_error(...) MDB_POINT(aclcheck_error, __VA_ARGS__)
#define object_aclcheck(...) MDB_POINT(object_aclcheck, __VA_ARGS__)
#define pg_attribute_aclcheck(...) MDB_POINT(pg_attribute_aclcheck, __VA_ARGS__)
#define check_enable_rls(...) MDB_POINT(check_enable_rls, __VA_ARGS__)
#define pg_class_aclcheck(...) MDB_POINT(pg_class_aclcheck, __VA_ARGS__)
#define pg_class_aclcheck_ext(...) MDB_POINT(pg_class_aclcheck_ext, __VA_ARGS__)
#define build_column_default(...) MDB_POINT(build_column_default, __VA_ARGS__)
#define getTypeOutputInfo(...) MDB_POINT(getTypeOutputInfo, __VA_ARGS__)
#define get_attnum(...) MDB_POINT(get_attnum, __VA_ARGS__)
#define get_atttype(...) MDB_POINT(get_atttype, __VA_ARGS__)
#define get_collation_isdeterministic(...)                                     \
	MDB_POINT(get_collation_isdeterministic, __VA_ARGS__)
#define get_func_signature(...) MDB_POINT(get_func_signature, __VA_ARGS__)
#define get_namespace_name(...) MDB_POINT(get_namespace_name, __VA_ARGS__)
#define get_namespace_oid(...) MDB_POINT(get_namespace_oid, __VA_ARGS__)
#define get_opclass_family(...) MDB_POINT(get_opclass_family, __VA_ARGS__)
#define get_rel_name(...) MDB_POINT(get_rel_name, __VA_ARGS__)
#define get_rel_namespace(...) MDB_POINT(get_rel_namespace, __VA_ARGS__)
#define get_rel_relkind(...) MDB_POINT(get_rel_relkind, __VA_ARGS__)
#define get_relname_relid(...) MDB_POINT(get_relname_relid, __VA_ARGS__)
#define get_role_oid(...) MDB_POINT(get_role_oid, __VA_ARGS__)
#define get_typtype(...) MDB_POINT(get_typtype, __VA_ARGS__)
#define GetDefaultOpClass(...) MDB_POINT(GetDefaultOpClass, __VA_ARGS__)
#define GetUserNameFromId(...) MDB_POINT(GetUserNameFromId, __VA_ARGS__)
#define RelationGetIndexAttrBitmap(...)                                        \
	MDB_POINT(RelationGetIndexAttrBitmap, __VA_ARGS__)
#define RelationGetIndexExpressions(...)                                       \
	MDB_POINT(RelationGetIndexExpressions, __VA_ARGS__)
#define RelationGetIndexList(...) MDB_POINT(RelationGetIndexList, __VA_ARGS__)
#define RelationGetIndexPredicate(...)                                         \
	MDB_POINT(RelationGetIndexPredicate, __VA_ARGS__)

/* Expressions and statements */
#define applyRelabelType(...) MDB_POINT(applyRelabelType, __VA_ARGS__)
#define list_make3_impl(...) MDB_POINT(list_make3_impl, __VA_ARGS__)
#define makeConst(...) MDB_POINT(makeConst, __VA_ARGS__)
#define makeFuncExpr(...) MDB_POINT(makeFuncExpr, __VA_ARGS__)
#define makeParamList(...) MDB_POINT(makeParamList, __VA_ARGS__)
#define raw_parser(...) MDB_POINT(raw_parser, __VA_ARGS__)
#define CreateDestReceiver(...) MDB_POINT(CreateDestReceiver, __VA_ARGS__)
#define SetTuplestoreDestReceiverParams(...)                                   \
	MDB_POINT(SetTuplestoreDestReceiverParams, __VA_ARGS__)
#define SPI_connect(...) MDB_POINT(SPI_connect, __VA_ARGS__)
#define SPI_cursor_fetch(...) MDB_POINT(SPI_cursor_fetch, __VA_ARGS__)
#define SPI_cursor_open_with_args(...)                                         \
	MDB_POINT(SPI_cursor_open_with_args, __VA_ARGS__)
#define SPI_execute(...) MDB_POINT(SPI_execute, __VA_ARGS__)
#define SPI_execute_plan(...) MDB_POINT(SPI_execute_plan, __VA_ARGS__)
#define SPI_execute_plan_extended(...)                                         \
	MDB_POINT(SPI_execute_plan_extended, __VA_ARGS__)
#define SPI_execute_snapshot(...) MDB_POINT(SPI_execute_snapshot, __VA_ARGS__)
#define SPI_execute_with_args(...) MDB_POINT(SPI_execute_with_args, __VA_ARGS__)
#define SPI_getbinval(...) MDB_POINT(SPI_getbinval, __VA_ARGS__)
#define SPI_getvalue(...) MDB_POINT(SPI_getvalue, __VA_ARGS__)
#define SPI_keepplan(...) MDB_POINT(SPI_keepplan, __VA_ARGS__)
#define SPI_prepare_cursor(...) MDB_POINT(SPI_prepare_cursor, __VA_ARGS__)
#define set_config_option(...) MDB_POINT(set_config_option, __VA_ARGS__)
#define set_opfuncid(...) MDB_POINT(set_opfuncid, __VA_ARGS__)
#define eval_const_expressions(...)                                            \
	MDB_POINT(eval_const_expressions, __VA_ARGS__)

/* Transactions, locks and snapshots */
#define AcceptInvalidationMessages(...)                                        \
	MDB_POINT(AcceptInvalidationMessages, __VA_ARGS__)
#define CommandCounterIncrement(...)                                           \
	MDB_POINT(CommandCounterIncrement, __VA_ARGS__)
#define GetCurrentTransactionId(...)                                           \
	MDB_POINT(GetCurrentTransactionId, __VA_ARGS__)
#define GetLatestSnapshot(...) MDB_POINT(GetLatestSnapshot, __VA_ARGS__)
#define GetTransactionSnapshot(...)                                            \
	MDB_POINT(GetTransactionSnapshot, __VA_ARGS__)
#define PushActiveSnapshot(...) MDB_POINT(PushActiveSnapshot, __VA_ARGS__)
#define LockAcquire(...) MDB_POINT(LockAcquire, __VA_ARGS__)
#define LockDatabaseObject(...) MDB_POINT(LockDatabaseObject, __VA_ARGS__)
#define LockRelationOid(...) MDB_POINT(LockRelationOid, __VA_ARGS__)
#define XactLockTableWait(...) MDB_POINT(XactLockTableWait, __VA_ARGS__)
#define LWLockRegisterTranche(...) MDB_POINT(LWLockRegisterTranche, __VA_ARGS__)
#define PredicateLockRelation(...) MDB_POINT(PredicateLockRelation, __VA_ARGS__)
#define HeapCheckForSerializableConflictOut(...)                               \
	MDB_POINT(HeapCheckForSerializableConflictOut, __VA_ARGS__)
#define HeapTupleSatisfiesVisibility(...)                                      \
	MDB_POINT(HeapTupleSatisfiesVisibility, __VA_ARGS__)
#define TransactionIdIsInProgress(...)                                         \
	MDB_POINT(TransactionIdIsInProgress, __VA_ARGS__)
#define XidInMVCCSnapshot(...) MDB_POINT(XidInMVCCSnapshot, __VA_ARGS__)
#define SubTransGetTopmostTransaction(...)                                     \
	MDB_POINT(SubTransGetTopmostTransaction, __VA_ARGS__)
#define TransactionIdDidAbort(...)                                             \
	MDB_POINT(TransactionIdDidAbort, __VA_ARGS__)
#define TransactionIdDidCommit(...)                                            \
	MDB_POINT(TransactionIdDidCommit, __VA_ARGS__)
#define PreventCommandIfReadOnly(...)                                          \
	MDB_POINT(PreventCommandIfReadOnly, __VA_ARGS__)

/* Tables and indexes */
#define ScanKeyEntryInitialize(...)                                            \
	MDB_POINT(ScanKeyEntryInitialize, __VA_ARGS__)
#define ScanKeyInit(...) MDB_POINT(ScanKeyInit, __VA_ARGS__)
#define relation_open(...) MDB_POINT(relation_open, __VA_ARGS__)
#define try_relation_open(...) MDB_POINT(try_relation_open, __VA_ARGS__)
#define table_open(...) MDB_POINT(table_open, __VA_ARGS__)
#define index_open(...) MDB_POINT(index_open, __VA_ARGS__)
#define toast_open_indexes(...) MDB_POINT(toast_open_indexes, __VA_ARGS__)
#define table_slot_callbacks(...) MDB_POINT(table_slot_callbacks, __VA_ARGS__)
#define table_slot_create(...) MDB_POINT(table_slot_create, __VA_ARGS__)
#define table_beginscan_catalog(...)                                           \
	MDB_POINT(table_beginscan_catalog, __VA_ARGS__)
#define systable_beginscan(...) MDB_POINT(systable_beginscan, __VA_ARGS__)
#define systable_getnext(...) MDB_POINT(systable_getnext, __VA_ARGS__)
#define heap_copytuple(...) MDB_POINT(heap_copytuple, __VA_ARGS__)
#define heap_getnext(...) MDB_POINT(heap_getnext, __VA_ARGS__)
#define table_tuple_insert(...) MDB_POINT(table_tuple_insert, __VA_ARGS__)
#define table_multi_insert(...) MDB_POINT(table_multi_insert, __VA_ARGS__)
#define table_tuple_fetch_row_version(...)                                     \
	MDB_POINT(table_tuple_fetch_row_version, __VA_ARGS__)
#define simple_heap_update(...) MDB_POINT(simple_heap_update, __VA_ARGS__)
#define heap_modify_tuple_by_cols(...)                                         \
	MDB_POINT(heap_modify_tuple_by_cols, __VA_ARGS__)
#define index_beginscan(...) MDB_POINT(index_beginscan, __VA_ARGS__)
#define index_rescan(...) MDB_POINT(index_rescan, __VA_ARGS__)
#define index_fetch_heap(...) MDB_POINT(index_fetch_heap, __VA_ARGS__)
#define index_getnext_tid(...) MDB_POINT(index_getnext_tid, __VA_ARGS__)
#define index_getnext_slot(...) MDB_POINT(index_getnext_slot, __VA_ARGS__)
#define index_insert(...) MDB_POINT(index_insert, __VA_ARGS__)
#define nextval_internal(...) MDB_POINT(nextval_internal, __VA_ARGS__)
#define RelationGetNumberOfBlocksInFork(...)                                   \
	MDB_POINT(RelationGetNumberOfBlocksInFork, __VA_ARGS__)
#define ReadBuffer(...) MDB_POINT(ReadBuffer, __VA_ARGS__)
#define visibilitymap_get_status(...)                                          \
	MDB_POINT(visibilitymap_get_status, __VA_ARGS__)

/* The executor */
#define BuildIndexInfo(...) MDB_POINT(BuildIndexInfo, __VA_ARGS__)
#define CreateExecutorState(...) MDB_POINT(CreateExecutorState, __VA_ARGS__)
#define MakePerTupleExprContext(...)                                           \
	MDB_POINT(MakePerTupleExprContext, __VA_ARGS__)
#define ExecPrepareQual(...) MDB_POINT(ExecPrepareQual, __VA_ARGS__)
#define ExecQual(...) MDB_POINT(ExecQual, __VA_ARGS__)
#define FormIndexDatum(...) MDB_POINT(FormIndexDatum, __VA_ARGS__)
#define MakeSingleTupleTableSlot(...)                                          \
	MDB_POINT(MakeSingleTupleTableSlot, __VA_ARGS__)
#define ExecCopySlotHeapTuple(...) MDB_POINT(ExecCopySlotHeapTuple, __VA_ARGS__)
#define ExecForceStoreHeapTuple(...)                                           \
	MDB_POINT(ExecForceStoreHeapTuple, __VA_ARGS__)
#define ExecFetchSlotHeapTuple(...)                                            \
	MDB_POINT(ExecFetchSlotHeapTuple, __VA_ARGS__)
#define tuplestore_gettupleslot(...)                                           \
	MDB_POINT(tuplestore_gettupleslot, __VA_ARGS__)
#define tuplestore_puttupleslot(...)                                           \
	MDB_POINT(tuplestore_puttupleslot, __VA_ARGS__)
#define tuplestore_rescan(...) MDB_POINT(tuplestore_rescan, __VA_ARGS__)
#define tuplestore_putvalues(...) MDB_POINT(tuplestore_putvalues, __VA_ARGS__)

#if PG_VERSION_NUM >= 150000
#define InitMaterializedSRF(...) MDB_POINT(InitMaterializedSRF, __VA_ARGS__)
#else							/* compat.c makes it of these */
#define CreateTupleDescCopy(...) MDB_POINT(CreateTupleDescCopy, __VA_ARGS__)
#define get_call_result_type(...) MDB_POINT(get_call_result_type, __VA_ARGS__)
#define tuplestore_begin_heap(...) MDB_POINT(tuplestore_begin_heap, __VA_ARGS__)
#endif

#endif /* MESSAGE_DB_FAULT_POINTS_H */
