/*-------------------------------------------------------------------------
 *
 * fault_vfs.c
 *	  See fault_vfs.h.
 *
 * Every method first asks whether it is to fail, then calls the default VFS's.
 * Files of a name are also told to the model of the disk while it is followed;
 * temporary files have none.
 *
 *-------------------------------------------------------------------------
 */
#include "fault_vfs.h"

#include "fault_disk.h"
#include "faults.h"

const char *const fault_names[FAULT_KINDS] = {
	[FAULT_NONE] = "none",
	[FAULT_OPEN] = "open",
	[FAULT_READ] = "read",
	[FAULT_WRITE] = "write",
	[FAULT_TRUNCATE] = "truncate",
	[FAULT_SYNC] = "sync",
	[FAULT_DELETE] = "delete",
	[FAULT_ACCESS] = "access",
	[FAULT_SIZE] = "file size",
	[FAULT_LOCK] = "lock",
	[FAULT_BUSY] = "busy",
	[FAULT_SHARED_MEMORY] = "shared memory",
	[FAULT_DISK_FULL] = "disk full",
};

typedef struct FaultFile
{
	sqlite3_file base;
	sqlite3_file *real;
	DiskFile   *disk;			/* NULL for a file that is not followed */
	bool		syncs_directory;	/* at its first sync, as os_unix.c does */
} FaultFile;

static sqlite3_vfs vfs;
static sqlite3_vfs *real_vfs;
static int	open_files;

/* What is to fail */
static FaultKind armed;
static FaultCountdown countdown;	/* of calls of that kind, or of bytes */
static long calls[FAULT_KINDS];

/* The power */
static bool follows;
static bool is_without_power;
static long changes;
static long last_change;

void
fault_vfs_arm(FaultKind kind, long n, bool keeps_failing)
{
	armed = kind;
	countdown = (FaultCountdown) {n, keeps_failing, false};
	memset(calls, 0, sizeof(calls));
}

long
fault_vfs_calls(FaultKind kind)
{
	return calls[kind];
}

bool
fault_vfs_disarm(void)
{
	armed = FAULT_NONE;
	return countdown.has_failed;
}

/* Whether a call of this kind is to fail now. */
static bool
fails(FaultKind kind)
{
	if (is_without_power)
		return true;
	calls[kind]++;
	return armed == kind && fault_is_due(&countdown);
}

void
fault_vfs_expect_power_loss(long n)
{
	disk_reset();
	fault_each_file(disk_add);
	follows = true;
	is_without_power = false;
	changes = 0;
	last_change = n;
}

bool
fault_vfs_is_without_power(void)
{
	return is_without_power;
}

long
fault_vfs_changes(void)
{
	return changes;
}

int
fault_vfs_open_files(void)
{
	return open_files;
}

void
fault_vfs_lose_power(uint64_t *random)
{
	follows = is_without_power = false;
	fault_remove_files();
	disk_lose_power(random);
}

/* Counts a change; returns whether it is the last one, not to be finished. */
static bool
is_last_change(void)
{
	if (follows && ++changes == last_change)
		is_without_power = true;
	return is_without_power;
}

/* ------------------------------------------------------------------------
 * Files
 * ------------------------------------------------------------------------
 */

static sqlite3_file *
real_file(sqlite3_file *file)
{
	return ((FaultFile *) file)->real;
}

static int
close_file(sqlite3_file *file)
{
	open_files--;
	return real_file(file)->pMethods->xClose(real_file(file));
}

static int
read_file(sqlite3_file *file, void *data, int length, sqlite3_int64 offset)
{
	if (fails(FAULT_READ))
		return SQLITE_IOERR_READ;
	return real_file(file)->pMethods->xRead(real_file(file), data, length,
											offset);
}

/*
 * Takes what a write needs off the space on the disk; returns how many bytes
 * of it fit.
 */
static int
use_space(sqlite3_file *file, int length, sqlite3_int64 offset)
{
	sqlite3_int64 size = 0;
	sqlite3_int64 growth;

	real_file(file)->pMethods->xFileSize(real_file(file), &size);
	growth = offset + length - size;
	if (growth <= 0)
		return length;
	calls[FAULT_DISK_FULL] += (long) growth;
	if (armed != FAULT_DISK_FULL)
		return length;
	if (growth > countdown.n)
	{
		countdown.has_failed = true;
		length -= (int) (growth - countdown.n);
		growth = countdown.n;
	}
	countdown.n -= (long) growth;
	return length;
}

static int
write_file(sqlite3_file *file, const void *data, int length,
		   sqlite3_int64 offset)
{
	DiskFile   *disk = ((FaultFile *) file)->disk;
	int			fits;

	if (fails(FAULT_WRITE))
		return SQLITE_IOERR_WRITE;
	fits = use_space(file, length, offset);
	if (fits < length)
	{
		if (fits > 0)
			real_file(file)->pMethods->xWrite(real_file(file), data, fits,
											  offset);
		return SQLITE_FULL;
	}
	if (disk && follows)
		disk_write(disk, data, (size_t) length, offset);
	if (disk && is_last_change())
		return SQLITE_IOERR_WRITE;
	return real_file(file)->pMethods->xWrite(real_file(file), data, length,
											 offset);
}

static int
truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
	DiskFile   *disk = ((FaultFile *) file)->disk;

	if (fails(FAULT_TRUNCATE))
		return SQLITE_IOERR_TRUNCATE;
	if (disk && follows)
		disk_truncate(disk, size);
	if (disk && is_last_change())
		return SQLITE_IOERR_TRUNCATE;
	return real_file(file)->pMethods->xTruncate(real_file(file), size);
}

static int
sync_file(sqlite3_file *file, int flags)
{
	FaultFile  *fault_file = (FaultFile *) file;

	if (fails(FAULT_SYNC) || (fault_file->disk && is_last_change()))
		return SQLITE_IOERR_FSYNC;
	if (fault_file->disk && follows)
	{
		disk_sync(fault_file->disk);
		if (fault_file->syncs_directory)
			disk_sync_directory();
	}
	fault_file->syncs_directory = false;
	return real_file(file)->pMethods->xSync(real_file(file), flags);
}

static int
file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	if (fails(FAULT_SIZE))
		return SQLITE_IOERR_FSTAT;
	return real_file(file)->pMethods->xFileSize(real_file(file), size);
}

static int
lock_file(sqlite3_file *file, int lock)
{
	if (!is_without_power && fails(FAULT_BUSY))
		return SQLITE_BUSY;
	if (fails(FAULT_LOCK))
		return SQLITE_IOERR_LOCK;
	return real_file(file)->pMethods->xLock(real_file(file), lock);
}

static int
unlock_file(sqlite3_file *file, int lock)
{
	return real_file(file)->pMethods->xUnlock(real_file(file), lock);
}

static int
check_reserved_lock(sqlite3_file *file, int *locked)
{
	if (fails(FAULT_LOCK))
		return SQLITE_IOERR_CHECKRESERVEDLOCK;
	return real_file(file)->pMethods->xCheckReservedLock(real_file(file),
														 locked);
}

static int
file_control(sqlite3_file *file, int operation, void *argument)
{
	return real_file(file)->pMethods->xFileControl(real_file(file), operation,
												   argument);
}

static int
sector_size(sqlite3_file *file)
{
	return real_file(file)->pMethods->xSectorSize(real_file(file));
}

static int
device_characteristics(sqlite3_file *file)
{
	return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

/* The file of shared memory grows on the same disk. */
static int
map_memory(sqlite3_file *file, int region, int size, int extend,
		   void volatile **memory)
{
	if (fails(FAULT_SHARED_MEMORY))
		return SQLITE_IOERR_SHMMAP;
	if (armed == FAULT_DISK_FULL && extend && countdown.n < size)
	{
		countdown.has_failed = true;
		return SQLITE_IOERR_SHMSIZE;
	}
	return real_file(file)->pMethods->xShmMap(real_file(file), region, size,
											  extend, memory);
}

static int
lock_memory(sqlite3_file *file, int offset, int count, int flags)
{
	if (flags & SQLITE_SHM_LOCK)
	{
		if (!is_without_power && fails(FAULT_BUSY))
			return SQLITE_BUSY;
		if (fails(FAULT_SHARED_MEMORY))
			return SQLITE_IOERR_SHMLOCK;
	}
	return real_file(file)->pMethods->xShmLock(real_file(file), offset, count,
											   flags);
}

static void
memory_barrier(sqlite3_file *file)
{
	real_file(file)->pMethods->xShmBarrier(real_file(file));
}

static int
unmap_memory(sqlite3_file *file, int also_delete)
{
	return real_file(file)->pMethods->xShmUnmap(real_file(file), also_delete);
}

/* Of version 2: no memory-mapped reading, which would go round xRead. */
static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = close_file,
	.xRead = read_file,
	.xWrite = write_file,
	.xTruncate = truncate_file,
	.xSync = sync_file,
	.xFileSize = file_size,
	.xLock = lock_file,
	.xUnlock = unlock_file,
	.xCheckReservedLock = check_reserved_lock,
	.xFileControl = file_control,
	.xSectorSize = sector_size,
	.xDeviceCharacteristics = device_characteristics,
	.xShmMap = map_memory,
	.xShmLock = lock_memory,
	.xShmBarrier = memory_barrier,
	.xShmUnmap = unmap_memory,
};

/* ------------------------------------------------------------------------
 * The VFS
 * ------------------------------------------------------------------------
 */

static int
open_file(sqlite3_vfs *unused, const char *path, sqlite3_file *file, int flags,
		  int *flags_out)
{
	const int	journals = SQLITE_OPEN_MAIN_JOURNAL |
		SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
	FaultFile  *opened = (FaultFile *) file;
	int			exists = 0;
	int			rc;

	(void) unused;
	memset(opened, 0, sizeof(FaultFile));
	if (fails(FAULT_OPEN))
		return SQLITE_CANTOPEN;
	if (path && follows)
	{
		real_vfs->xAccess(real_vfs, path, SQLITE_ACCESS_EXISTS, &exists);
		if (!exists && flags & SQLITE_OPEN_CREATE && is_last_change())
			return SQLITE_CANTOPEN;
	}
	opened->real = (sqlite3_file *) (opened + 1);
	rc = real_vfs->xOpen(real_vfs, path, opened->real, flags, flags_out);
	if (rc != SQLITE_OK)
		return rc;
	open_files++;
	opened->base.pMethods = &methods;
	if (path && follows)
		opened->disk = disk_open(path);
	opened->syncs_directory = flags & SQLITE_OPEN_CREATE && flags & journals;
	return SQLITE_OK;
}

static int
delete_file(sqlite3_vfs *unused, const char *path, int sync_directory)
{
	bool		is_last;
	int			rc;

	(void) unused;
	if (fails(FAULT_DELETE))
		return SQLITE_IOERR_DELETE;
	is_last = is_last_change();
	rc = real_vfs->xDelete(real_vfs, path, sync_directory);
	if (follows && rc == SQLITE_OK)
	{
		disk_delete(path);
		if (sync_directory && !is_last)
			disk_sync_directory();
	}
	return is_last ? SQLITE_IOERR_DELETE : rc;
}

static int
access_file(sqlite3_vfs *unused, const char *path, int flags, int *result)
{
	(void) unused;
	if (fails(FAULT_ACCESS))
		return SQLITE_IOERR_ACCESS;
	return real_vfs->xAccess(real_vfs, path, flags, result);
}

static int
full_path(sqlite3_vfs *unused, const char *path, int length, char *result)
{
	(void) unused;
	return real_vfs->xFullPathname(real_vfs, path, length, result);
}

/* Nobody else is there who could let go of a lock. */
static int
sleep_no_time(sqlite3_vfs *unused, int microseconds)
{
	(void) unused;
	return microseconds;
}

void
fault_vfs_register(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	vfs = *real_vfs;
	vfs.pNext = NULL;
	vfs.zName = FAULT_VFS;
	vfs.szOsFile = (int) sizeof(FaultFile) + real_vfs->szOsFile;
	vfs.xOpen = open_file;
	vfs.xDelete = delete_file;
	vfs.xAccess = access_file;
	vfs.xFullPathname = full_path;
	vfs.xSleep = sleep_no_time;
	CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}
