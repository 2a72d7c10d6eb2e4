/*-------------------------------------------------------------------------
 *
 * faults.c
 *	  See faults.h.
 *
 *-------------------------------------------------------------------------
 */
#include "faults.h"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

static char directory[200];

long
fault_seconds(void)
{
	const char *text = getenv("FAULT_SECONDS");

	return text ? atol(text) : 0;
}

uint64_t
fault_seed(void)
{
	const char *text = getenv("FAULT_SEED");

	return text && *text ? strtoull(text, NULL, 10) : 1;
}

bool
fault_time_is_left(int64_t begin)
{
	return time(NULL) - begin < fault_seconds();
}

/* SplitMix64, by Sebastiano Vigna, who put it in the public domain. */
uint64_t
fault_random(uint64_t *state)
{
	uint64_t	z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

int64_t
fault_random_below(uint64_t *state, int64_t limit)
{
	return (int64_t) (fault_random(state) % (uint64_t) limit);
}

bool
fault_is_due(FaultCountdown *countdown)
{
	if (countdown->n == 0)
		return false;
	if (countdown->n > 1)
	{
		countdown->n--;
		return false;
	}
	if (!countdown->keeps_failing)
		countdown->n = 0;
	countdown->has_failed = true;
	return true;
}

static void
remove_directory(void)
{
	fault_remove_files();
	rmdir(directory);
}

static void
make_directory(void)
{
	const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" :
		getenv("TMPDIR");

	snprintf(directory, sizeof(directory), "%s/message_db_XXXXXX",
			 parent ? parent : "/tmp");
	if (!mkdtemp(directory))
	{
		perror(directory);
		exit(1);
	}
	atexit(remove_directory);
}

const char *
fault_path(const char *name)
{
	static char paths[4][400];
	static int	next;
	char	   *path = paths[next++ % 4];

	if (!*directory)
		make_directory();
	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

void
fault_each_file(void (*visit) (const char *path))
{
	DIR		   *folder = *directory ? opendir(directory) : NULL;
	struct dirent *entry;

	while (folder && (entry = readdir(folder)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			visit(fault_path(entry->d_name));
	if (folder)
		closedir(folder);
}

static void
remove_file(const char *path)
{
	unlink(path);
}

void
fault_remove_files(void)
{
	fault_each_file(remove_file);
}

int
fault_open_files(void)
{
	DIR		   *folder = opendir("/proc/self/fd");
	int			count = 0;

	while (folder && readdir(folder))
		count++;
	if (folder)
		closedir(folder);
	return count;
}

int
run_through(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *query = NULL;
	int			rc = sqlite3_prepare_v2(db, sql, -1, &query, NULL);

	if (rc == SQLITE_OK)
	{
		while (sqlite3_step(query) == SQLITE_ROW)
			;
		rc = sqlite3_finalize(query);
	}
	return rc;
}

void
check_idle(sqlite3 *db, bool in_transaction)
{
	for (sqlite3_stmt *s = sqlite3_next_stmt(db, NULL); s;
		 s = sqlite3_next_stmt(db, s))
		if (!CHECK(!sqlite3_stmt_busy(s)))
			printf("    statement: %s\n", sqlite3_sql(s));
	if (in_transaction && !sqlite3_get_autocommit(db))
		return;
	CHECK(sqlite3_get_autocommit(db));
	CHECK(sqlite3_txn_state(db, NULL) == SQLITE_TXN_NONE);
}
