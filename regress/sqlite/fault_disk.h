/*-------------------------------------------------------------------------
 *
 * fault_disk.h
 *	  What a disk may hold after the power has failed.
 *
 * The model of a disk that keeps its promises and no more.  What was written
 * to a file is there for sure when the file has been synced since, and a
 * name in the directory when the directory has.  Until then every sector that
 * was written is, independently of the others and of their order, there or not;
 * now and then it holds garbage.  A truncation is there or not.  Of the
 * changes to one name (created, deleted, created again) any number of the
 * first is there.
 *
 * The model is told of all changes while SQLite makes them in real files;
 * disk_lose_power() replaces the files by what the disk would hold.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FAULT_DISK_H
#define FAULT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_SECTOR 512

typedef struct DiskFile DiskFile;

/* Forgets all files. */
extern void disk_reset(void);

/* Takes a file as it is, synced. */
extern void disk_add(const char *path);

/* The file that has this name now; a new one for a name that nobody has. */
extern DiskFile *disk_open(const char *path);

extern void disk_delete(const char *path);
extern void disk_write(DiskFile *file, const void *data, size_t length,
					   int64_t offset);
extern void disk_truncate(DiskFile *file, int64_t size);
extern void disk_sync(DiskFile *file);
extern void disk_sync_directory(void);

/*
 * Writes the files as the disk may hold them, and forgets them.  *random is
 * the state of fault_random().
 */
extern void disk_lose_power(uint64_t *random);

#endif							/* FAULT_DISK_H */
