/*-------------------------------------------------------------------------
 *
 * fault_vfs.h
 *	  A VFS over the default one that fails when it is told to.
 *
 * It can fail the n-th call of a kind, or that and all later ones; behave as
 * a disk that is full; and simulate that the power fails at the n-th change,
 * which is a write, truncation, sync, creation or deletion.  From then on every
 * call fails.  When all connections are closed, fault_vfs_lose_power() leaves
 * the files as a disk may hold them that was synced only when SQLite said so,
 * see fault_disk.h.  Then they are opened with the default VFS.
 *
 * For one thread at a time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FAULT_VFS_H
#define FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

#define FAULT_VFS "fault"

typedef enum FaultKind
{
	FAULT_NONE,
	FAULT_OPEN,
	FAULT_READ,
	FAULT_WRITE,
	FAULT_TRUNCATE,
	FAULT_SYNC,
	FAULT_DELETE,
	FAULT_ACCESS,
	FAULT_SIZE,
	FAULT_LOCK,
	FAULT_BUSY,					/* a lock that another process has */
	FAULT_SHARED_MEMORY,
	FAULT_DISK_FULL,
	FAULT_KINDS					/* their number */
} FaultKind;

extern const char *const fault_names[FAULT_KINDS];

/* Registers the VFS under the name FAULT_VFS. */
extern void fault_vfs_register(void);

/*
 * Fails the n-th call of the kind from now on, and all later ones if
 * keeps_failing is set.  With FAULT_DISK_FULL n is the number of bytes by which
 * files can still grow.
 */
extern void fault_vfs_arm(FaultKind kind, long n, bool keeps_failing);

/* Ends it, and returns whether a call has failed. */
extern bool fault_vfs_disarm(void);

/* How many calls of the kind there were since then; or bytes of growth. */
extern long fault_vfs_calls(FaultKind kind);

/*
 * Follows the files from now on; there must be none open.  The power fails at
 * the n-th change, or when it is lost, if n is 0.
 */
extern void fault_vfs_expect_power_loss(long n);

/* Whether the power has failed. */
extern bool fault_vfs_is_without_power(void);

/* Leaves the files as the disk may hold them.  No file may be open. */
extern void fault_vfs_lose_power(uint64_t *random);

/* The number of files that are open, and of changes since they are followed. */
extern int	fault_vfs_open_files(void);
extern long fault_vfs_changes(void);

#endif							/* FAULT_VFS_H */
