/*-------------------------------------------------------------------------
 *
 * brief_lock.c
 *	  The lock under which a message gets its global position.
 *
 * Global positions are taken, and rows entered into the indexes that are in
 * the order of global positions, under one exclusive lock a namespace.  So
 * the entries of such an index appear in the order of positions: whoever
 * finds one there finds all before it, too.  It is held for microseconds, and
 * released long before the transaction ends.
 *
 * Lightweight locks in shared memory do that.  There is a fixed number of
 * them, and a table's is chosen by its hash: two namespaces may share one,
 * and lose microseconds.  The library need not be preloaded: before version
 * 17 the locks are put into what the server's shared memory has left over,
 * which it leaves for such uses; from 17 on the server has memory for it.
 *
 * What is left over can be used up by then, because the table of heavyweight
 * locks grows into it.  A heavyweight lock serves instead, in every session:
 * memory that was too little once does not become more while the server runs,
 * and memory that another session found is found by all.
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "common/hashfn.h"
#include "storage/lmgr.h"
#include "storage/lwlock.h"

#define LOCKS 32				/* 4 kB with their padding */
#define NAME "message_db brief locks"

/* The shared memory. */
typedef struct BriefLocks
{
	int			tranche;
	LWLockPadded locks[LOCKS];
} BriefLocks;

struct MdbBriefLock
{
	LWLock	   *light;			/* NULL: the heavyweight one */
	LOCKTAG		heavy;
};

static BriefLocks *brief_locks;
static bool no_memory;

static void
initialize(MDB_INITIALIZER_ARGUMENTS)
{
	BriefLocks *locks = memory;

	locks->tranche = LWLockNewTrancheId();
	for (int i = 0; i < LOCKS; i++)
		LWLockInitialize(&locks->locks[i].lock, locks->tranche);
}

static void
attach(void)
{
	bool		found;

	brief_locks = mdb_named_segment(NAME, sizeof(BriefLocks), initialize,
									&found);
	no_memory = brief_locks == NULL;
	if (brief_locks)
		LWLockRegisterTranche(brief_locks->tranche, "message_db");
}

MdbBriefLock *
mdb_find_brief_lock(Oid table)
{
	static MdbBriefLock lock;

	if (!brief_locks && !no_memory)
		attach();
	if (brief_locks)
	{
		uint32		hash = hash_combine(murmurhash32(MyDatabaseId),
										murmurhash32(table));

		lock.light = &brief_locks->locks[hash % LOCKS].lock;
	}
	else
		SET_LOCKTAG_ADVISORY(lock.heavy, MyDatabaseId, table, 0,
							 MDB_LOCK_MARK_BRIEF);
	return &lock;
}

void
mdb_take_brief_lock(MdbBriefLock *lock)
{
	if (mdb_fault_no_brief_lock)
		return;
	if (lock->light)
		LWLockAcquire(lock->light, LW_EXCLUSIVE);
	else
		(void) LockAcquire(&lock->heavy, ExclusiveLock, false, false);
}

void
mdb_release_brief_lock(MdbBriefLock *lock)
{
	if (mdb_fault_no_brief_lock)
		return;
	if (lock->light)
		LWLockRelease(lock->light);
	else
		LockRelease(&lock->heavy, ExclusiveLock, false);
}
