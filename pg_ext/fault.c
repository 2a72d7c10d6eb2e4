/*-------------------------------------------------------------------------
 *
 * fault.c
 *	  Faults on purpose, in test builds only (-DMDB_FAULT_INJECTION).
 *
 * The stress test must fail when a part of the rule that readers never miss
 * a message is switched off, and errors must come where they hardly ever come.
 * These settings do that:
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
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#ifdef MDB_FAULT_INJECTION

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"

bool		mdb_fault_no_brief_lock;
int			mdb_fault_reader = MDB_FAULT_STOP;

static bool brief_lock = true;
static int	delay;
static int	pause_key;
static int	allocation;

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

#endif
