/*-------------------------------------------------------------------------
 *
 * store.c
 *	  Databases, and the two statements of a message written by hand.
 *
 * Every store is the extension's, with the same tables and indexes; each
 * variant has its own.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const variant_names[VARIANTS] = {"ours", "bare", "locked"};

/* ------------------------------------------------------------------------
 * Stores
 * ------------------------------------------------------------------------
 */

void
check(sqlite3 *db, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return;
	fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static void
run(Store *store, const char *sql)
{
	check(store->db, sqlite3_exec(store->db, sql, NULL, NULL, NULL));
}

sqlite3_stmt *
prepare(Store *store, const char *sql)
{
	sqlite3_stmt *statement;

	check(store->db, sqlite3_prepare_v3(store->db, sql, -1,
										SQLITE_PREPARE_PERSISTENT, &statement,
										NULL));
	return statement;
}

static void
remove_files(const Store *store)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	char		name[1100];

	for (int i = 0; i < 4 && *store->path; i++)
	{
		snprintf(name, sizeof(name), "%s%s", store->path, suffixes[i]);
		unlink(name);
	}
}

static void
open_store(Store *store, Variant variant, Mode mode)
{
	memset(store, 0, sizeof(*store));
	store->variant = variant;
	if (mode != MEMORY)
		snprintf(store->path, sizeof(store->path), "%s/bench-%ld-%s.db",
				 options.directory, (long) getpid(), variant_names[variant]);
	remove_files(store);
	check(store->db, sqlite3_open(mode == MEMORY ? ":memory:" : store->path,
								  &store->db));
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1,
					  NULL);
	check(store->db, sqlite3_load_extension(store->db, options.extension, NULL,
											NULL));
	if (mode != MEMORY)
		run(store, "PRAGMA journal_mode = wal");
	run(store, mode == FULL ? "PRAGMA synchronous = full" :
		"PRAGMA synchronous = normal");
	run(store, "SELECT create_namespace()");

	store->begin = prepare(store, "BEGIN IMMEDIATE");
	store->commit = prepare(store, "COMMIT");
	store->version = prepare(store, "SELECT max(position) FROM messages "
							 "WHERE stream_name = ?1");
	store->insert = prepare(store, "INSERT INTO messages (position, time, "
							"stream_name, type, data, metadata, id) "
							"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
}

static void
close_store(Store *store)
{
	sqlite3_finalize(store->begin);
	sqlite3_finalize(store->commit);
	sqlite3_finalize(store->call);
	sqlite3_finalize(store->version);
	sqlite3_finalize(store->insert);
	check(store->db, sqlite3_close(store->db));
	remove_files(store);
}

void
open_stores(Store *stores, int variants, Mode mode, const char *call)
{
	set_clock(mode);
	for (int i = 0; i < variants; i++)
	{
		open_store(&stores[i], (Variant) i, mode);
		stores[i].call = prepare(&stores[i], call);
	}
}

void
close_stores(Store *stores, int variants)
{
	for (int i = 0; i < variants; i++)
		close_store(&stores[i]);
}

/* ------------------------------------------------------------------------
 * Messages
 * ------------------------------------------------------------------------
 */

#define TIME "2026-01-01 00:00:00.123456"

void
make_message(Message *message, int64_t number, int64_t stream)
{
	uint64_t	random = ((uint64_t) number + 1) *
		UINT64_C(0x9E3779B97F4A7C15);

	snprintf(message->id, sizeof(message->id),
			 "%08x-%04x-4%03x-8%03x-%012llx", (unsigned) (random >> 32),
			 (unsigned) (random >> 16 & 0xffff), (unsigned) (random & 0xfff),
			 (unsigned) (random >> 20 & 0xfff),
			 (unsigned long long) number);
	snprintf(message->stream_name, sizeof(message->stream_name),
			 "account-6f1c2d3e-0000-4000-8000-%012llx",
			 (unsigned long long) stream);
	message->type = number % 2 ? "Deposited" : "Withdrawn";
	snprintf(message->data, sizeof(message->data),
			 "{\"accountId\":\"6f1c2d3e-0000-4000-8000-%012llx\","
			 "\"amount\":%d,\"time\":\"2026-01-01T00:00:00.000Z\"}",
			 (unsigned long long) stream, (int) (number % 1000));
	snprintf(message->metadata, sizeof(message->metadata),
			 "{\"correlationStreamName\":\"transfer-0a1b2c3d-0000-4000-8000-"
			 "%012llx\",\"causationMessageGlobalPosition\":%lld}",
			 (unsigned long long) number, (long long) number);
}

void
bind_text(sqlite3_stmt *statement, int number, const char *text)
{
	sqlite3_bind_text(statement, number, text, -1, SQLITE_STATIC);
}

int64_t
step(Store *store, sqlite3_stmt *statement)
{
	int			rc = sqlite3_step(statement);
	int64_t		value = -1;

	check(store->db, rc);
	if (rc == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
		value = sqlite3_column_int64(statement, 0);
	check(store->db, sqlite3_reset(statement));
	return value;
}

void
insert_message(Store *store, const Message *message, int64_t position)
{
	sqlite3_bind_int64(store->insert, 1, position);
	bind_text(store->insert, 2, TIME);
	bind_text(store->insert, 3, message->stream_name);
	bind_text(store->insert, 4, message->type);
	bind_text(store->insert, 5, message->data);
	bind_text(store->insert, 6, message->metadata);
	bind_text(store->insert, 7, message->id);
	step(store, store->insert);
}

int64_t
read_version(Store *store, const Message *message)
{
	bind_text(store->version, 1, message->stream_name);
	return step(store, store->version);
}
