/*-------------------------------------------------------------------------
 *
 * fault.c
 *	  Faults on purpose, in test builds only (-DMDB_FAULT_INJECTION).
 *
 * The stress test must fail when a part of the rule that readers never miss
 * a message is switched off, the soak when something is left behind, and errors
 * must come where they hardly ever come.  These settings do that:
 *
 *	message_db.test_reader		stop, pass_over, blind
 *	message_db.test_brief_lock	on, off
 *	message_db.test_delay		microseconds: the most that a writer sleeps
 *								between the steps under the brief lock
 *	message_db.test_pause		key of an advisory lock that a walk waits for
 *								behind each message
 *	message_db.test_allocation	how many points from now (fault_points.h) memory
 *								runs out, once; it counts down to 0, so after a
 *								statement it tells whether that has happened
 *	message_db.test_leak		bytes that a write leaves in the session
 *	message_db.test_lost_lock	off, on: whether a write leaves a lock
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#ifdef MDB_FAULT_INJECTION

#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/memutils.h"

bool		mdb_fault_no_brief_lock;
int			mdb_fault_reader = MDB_FAULT_STOP;

static bool brief_lock = true;
static int	delay;
static int	pause_key;
static int	allocation;
static int	leak;
static bool lost_lock;

static const struct config_enum_entry readers[] = {
	{"stop", MDB_FAULT_STOP, false},
	{"pass_over", MDB_FAULT_PASS_OVER, false},
	{"blind", MDB_FAULT_BLIND, false},
	{NULL, 0, false}
};

static void
assign_brief_lock(bool value, void *extra)
{
	mdb_fault_no_brief_lock = !value;
}

void
mdb_define_fault_settings(void)
{
	DefineCustomEnumVariable("message_db.test_reader",
							 "How a reader treats a row whose fate is not known.",
							 NULL, &mdb_fault_reader, MDB_FAULT_STOP, readers,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("message_db.test_brief_lock",
							 "Whether a writer takes the brief lock.", NULL,
							 &brief_lock, true, PGC_USERSET, 0, NULL,
							 assign_brief_lock, NULL);
	DefineCustomIntVariable("message_db.test_delay",
							"The most that a writer sleeps between two steps.",
							NULL, &delay, 0, 0, 10000000, PGC_USERSET, 0, NULL,
							NULL, NULL);
	DefineCustomIntVariable("message_db.test_pause",
							"The advisory lock that a walk waits for behind each message.",
							NULL, &pause_key, 0, 0, PG_INT32_MAX, PGC_USERSET,
							0, NULL, NULL, NULL);
	DefineCustomIntVariable("message_db.test_allocation",
							"How many points from now memory runs out.", NULL,
							&allocation, 0, 0, PG_INT32_MAX, PGC_USERSET, 0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("message_db.test_leak",
							"Bytes that a write leaves behind.", NULL, &leak, 0,
							0, 1000000, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("message_db.test_lost_lock",
							 "Whether a write leaves a lock behind.", NULL,
							 &lost_lock, false, PGC_USERSET, 0, NULL, NULL,
							 NULL);
}

void
mdb_fault_delay(void)
{
	if (delay > 0)
		pg_usleep(random() % delay);
}

void
mdb_fault_pause(void)
{
	if (pause_key == 0)
		return;
	DirectFunctionCall1(pg_advisory_lock_int8, Int64GetDatum(pause_key));
	DirectFunctionCall1(pg_advisory_unlock_int8, Int64GetDatum(pause_key));
}

void
mdb_fault_point(const char *function)
{
	if (allocation == 0 || CritSectionCount > 0 || --allocation > 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY),
			 errmsg("out of memory"),
			 errdetail("Failed on purpose before %s().", function)));
}

void
mdb_fault_leak(void)
{
	LOCKTAG		tag;

	if (leak > 0)
		(void) MemoryContextAlloc(TopMemoryContext, leak);
	if (!lost_lock)
		return;
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, 0, MyProcPid, 2);
	(void) LockAcquire(&tag, ExclusiveLock, true, false);
}

#endif
