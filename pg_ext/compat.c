/*-------------------------------------------------------------------------
 *
 * compat.c
 *	  What newer servers offer and older ones lack.
 *
 *-------------------------------------------------------------------------
 */
#include "compat.h"

#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/tuplestore.h"

#ifdef MDB_LACKS_MATERIALIZED_SRF

/*
 * Prepares a set-returning function to hand over its rows in a tuplestore, as
 * the function of this name does from PostgreSQL 15 on.  No flag is known.
 */
void
InitMaterializedSRF(FunctionCallInfo fcinfo, bits32 flags)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext caller;
	TupleDesc	description;

	Assert(flags == 0);
	if (result == NULL || !IsA(result, ReturnSetInfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	if (!(result->allowedModes & SFRM_Materialize))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("materialize mode required, but it is not allowed in this context")));
	if (get_call_result_type(fcinfo, NULL, &description) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");

	caller = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
	result->returnMode = SFRM_Materialize;
	result->setDesc = CreateTupleDescCopy(description);
	result->setResult = tuplestore_begin_heap(
		(result->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
	MemoryContextSwitchTo(caller);
}

#endif

#ifdef MDB_LACKS_NAMED_SEGMENTS

/*
 * Takes the memory from what the server has left over, which it leaves for such
 * uses.  ShmemInitStruct() raises an error when that is too little, and has
 * changed nothing then.
 */
void *
GetNamedDSMSegment(const char *name, size_t size,
				   void (*initialize) (void *memory), bool *found)
{
	MemoryContext caller = CurrentMemoryContext;
	void	   *volatile memory = NULL;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	PG_TRY();
	{
		void	   *segment = ShmemInitStruct(name, size, found);

		if (!*found)
			initialize(segment);
		memory = segment;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		if (geterrcode() != ERRCODE_OUT_OF_MEMORY)
			PG_RE_THROW();
		FlushErrorState();
		HOLD_INTERRUPTS();		/* the error let them go; the release does, too */
	}
	PG_END_TRY();
	LWLockRelease(AddinShmemInitLock);
	return memory;
}

#endif
