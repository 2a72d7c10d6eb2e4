/*-------------------------------------------------------------------------
 *
 * fault_disk.c
 *	  See fault_disk.h.
 *
 *-------------------------------------------------------------------------
 */
#include "fault_disk.h"

#include "faults.h"

#include <unistd.h>

/* A change that is not synced. */
typedef struct Change
{
	struct Change *next;
	bool		is_truncation;
	int64_t		offset;
	size_t		length;
	unsigned char data[];
} Change;

struct DiskFile
{
	DiskFile   *next;
	unsigned char *bytes;		/* synced */
	size_t		length;
	Change	   *first;
	Change	  **last;
};

/*
 * A name in the directory: the file that it stands for, or none, when the
 * directory was synced, and after each change since.
 */
typedef struct DiskName
{
	struct DiskName *next;
	DiskFile   *synced;
	int			changes;
	DiskFile  **changed;
	char		path[];
} DiskName;

static DiskFile *files;
static DiskName *names;

static void *
get_memory(void *pointer, size_t size)
{
	void	   *result = realloc(pointer, size);

	if (!result)
		abort();
	return result;
}

/* ------------------------------------------------------------------------
 * Files
 * ------------------------------------------------------------------------
 */

static DiskFile *
new_file(void)
{
	DiskFile   *file = get_memory(NULL, sizeof(DiskFile));

	memset(file, 0, sizeof(DiskFile));
	file->last = &file->first;
	file->next = files;
	files = file;
	return file;
}

static void
set_length(DiskFile *file, size_t length)
{
	file->bytes = get_memory(file->bytes, length + 1);
	if (length > file->length)
		memset(file->bytes + file->length, 0, length - file->length);
	file->length = length;
}

static void
put(DiskFile *file, const unsigned char *data, size_t length, size_t offset)
{
	if (offset + length > file->length)
		set_length(file, offset + length);
	memcpy(file->bytes + offset, data, length);
}

static void
add_change(DiskFile *file, bool is_truncation, const void *data, size_t length,
		   int64_t offset)
{
	Change	   *change = get_memory(NULL, sizeof(Change) + length);

	change->next = NULL;
	change->is_truncation = is_truncation;
	change->offset = offset;
	change->length = length;
	if (length > 0)
		memcpy(change->data, data, length);
	*file->last = change;
	file->last = &change->next;
}

void
disk_write(DiskFile *file, const void *data, size_t length, int64_t offset)
{
	add_change(file, false, data, length, offset);
}

void
disk_truncate(DiskFile *file, int64_t size)
{
	add_change(file, true, NULL, 0, size);
}

/* Takes the oldest change out; the caller frees it. */
static Change *
take_change(DiskFile *file)
{
	Change	   *change = file->first;

	if (change)
		file->first = change->next;
	if (!file->first)
		file->last = &file->first;
	return change;
}

void
disk_sync(DiskFile *file)
{
	Change	   *change;

	while ((change = take_change(file)) != NULL)
	{
		if (change->is_truncation)
			set_length(file, (size_t) change->offset);
		else
			put(file, change->data, change->length, (size_t) change->offset);
		free(change);
	}
}

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------
 */

static DiskName *
find_name(const char *path)
{
	DiskName   *name = names;

	while (name && strcmp(name->path, path) != 0)
		name = name->next;
	if (!name)
	{
		name = get_memory(NULL, sizeof(DiskName) + strlen(path) + 1);
		memset(name, 0, sizeof(DiskName));
		strcpy(name->path, path);
		name->next = names;
		names = name;
	}
	return name;
}

static DiskFile *
current_file(const DiskName *name)
{
	return name->changes > 0 ? name->changed[name->changes - 1] : name->synced;
}

static void
change_name(DiskName *name, DiskFile *file)
{
	name->changed = get_memory(name->changed, sizeof(DiskFile *) *
							   (size_t) (name->changes + 1));
	name->changed[name->changes++] = file;
}

DiskFile *
disk_open(const char *path)
{
	DiskName   *name = find_name(path);

	if (!current_file(name))
		change_name(name, new_file());
	return current_file(name);
}

void
disk_delete(const char *path)
{
	DiskName   *name = find_name(path);

	if (current_file(name))
		change_name(name, NULL);
}

void
disk_sync_directory(void)
{
	for (DiskName *name = names; name; name = name->next)
	{
		name->synced = current_file(name);
		name->changes = 0;
	}
}

void
disk_add(const char *path)
{
	FILE	   *real = fopen(path, "rb");
	DiskName   *name = find_name(path);
	long		length;

	if (!real || fseek(real, 0, SEEK_END) != 0 || (length = ftell(real)) < 0)
		abort();
	rewind(real);
	name->synced = new_file();
	set_length(name->synced, (size_t) length);
	if (fread(name->synced->bytes, 1, (size_t) length, real) != (size_t) length)
		abort();
	fclose(real);
}

void
disk_reset(void)
{
	DiskFile   *file;
	DiskName   *name;
	Change	   *change;

	while ((file = files) != NULL)
	{
		while ((change = take_change(file)) != NULL)
			free(change);
		files = file->next;
		free(file->bytes);
		free(file);
	}
	while ((name = names) != NULL)
	{
		names = name->next;
		free(name->changed);
		free(name);
	}
}

/* ------------------------------------------------------------------------
 * Losing power
 * ------------------------------------------------------------------------
 */

/*
 * How many of a hundred unsynced changes have reached the disk: often all or
 * none, because that is what the worst orders are made of.
 */
static int64_t
choose_share(uint64_t *random)
{
	static const int64_t shares[] = {0, 0, 5, 50, 50, 95, 100, 100};

	return shares[fault_random_below(random, 8)];
}

static bool
happens(uint64_t *random, int64_t share)
{
	return fault_random_below(random, 100) < share;
}

/* Of a write, each sector by itself. */
static void
keep_sectors(DiskFile *file, Change *change, uint64_t *random, int64_t share)
{
	size_t		done = 0;

	while (done < change->length)
	{
		size_t		offset = (size_t) change->offset + done;
		size_t		piece = DISK_SECTOR - offset % DISK_SECTOR;

		if (piece > change->length - done)
			piece = change->length - done;
		if (share < 100 && happens(random, 2))
			for (size_t i = 0; i < piece; i++)
				change->data[done + i] = (unsigned char) fault_random(random);
		if (happens(random, share))
			put(file, change->data + done, piece, offset);
		done += piece;
	}
}

static void
keep_some(DiskFile *file, uint64_t *random)
{
	int64_t		share = choose_share(random);
	Change	   *change;

	while ((change = take_change(file)) != NULL)
	{
		if (!change->is_truncation)
			keep_sectors(file, change, random, share);
		else if (happens(random, share))
			set_length(file, (size_t) change->offset);
		free(change);
	}
}

static void
write_file(const char *path, const DiskFile *file)
{
	FILE	   *real = fopen(path, "wb");

	if (!real || (file->length > 0 &&
				  fwrite(file->bytes, file->length, 1, real) != 1) ||
		fclose(real) != 0)
		abort();
}

void
disk_lose_power(uint64_t *random)
{
	int64_t		share = choose_share(random);

	for (DiskName *name = names; name; name = name->next)
	{
		DiskFile   *file = name->synced;

		for (int i = 0; i < name->changes && happens(random, share); i++)
			file = name->changed[i];
		unlink(name->path);
		if (!file)
			continue;
		keep_some(file, random);
		write_file(name->path, file);
	}
	disk_reset();
}
