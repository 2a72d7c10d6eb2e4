/*-------------------------------------------------------------------------
 *
 * security_test.c
 *	  A program that gives every connection functions of its own, and files
 *	  that call them.
 *
 * Listings and creations open namespaces' files in connections of their own.
 * The program's functions are there as well (sqlite3_auto_extension), but the
 * program could not say of these connections that it does not trust the file.
 *
 *-------------------------------------------------------------------------
 */
#include "faults.h"

static int	calls;

static void
boom(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	(void) argc, (void) argv;
	calls++;
	sqlite3_result_text(context, "boom", -1, SQLITE_STATIC);
}

static int
add_boom(sqlite3 *db, const char **message, const void *api)
{
	(void) message, (void) api;
	return sqlite3_create_function(db, "boom", 0,
								   SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, boom,
								   NULL, NULL);
}

/* A namespace's file, whose description is computed by the program. */
static void
set_trap(void)
{
	sqlite3    *db = NULL;

	CHECK(sqlite3_open(fault_path("store.db-namespace-1.db"),
					   &db) == SQLITE_OK);
	CHECK(run(db, "DROP TABLE message_db_namespace; "
			  "CREATE TABLE message_db_namespace (schema_version, metadata, "
			  "created_at, last_error, last_error_at, name, "
			  "description AS (boom())); "
			  "INSERT INTO message_db_namespace VALUES "
			  "(2, NULL, '', NULL, NULL, 'tenant_a')") == SQLITE_OK);
	CHECK(run(db, "CREATE TRIGGER t AFTER UPDATE ON message_db_namespace "
			  "BEGIN SELECT boom(); END") == SQLITE_OK);
	sqlite3_close(db);
}

static sqlite3 *
open_untrusting(void)
{
	sqlite3    *db = open_store(fault_path("store.db"));

	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return db;
}

static void
test_files_beside(void)
{
	static const char *const queries[] = {
		"SELECT * FROM list_namespaces()",
		"SELECT * FROM get_namespace('tenant_a')",
		"SELECT * FROM message_store_status()",
		"SELECT * FROM migrate_namespaces()",
		"SELECT * FROM namespace_info('tenant_a')",
		"SELECT ensure_namespace('tenant_a')",
		"SELECT rename_namespace('tenant_a', 'tenant_b')",
		"SELECT delete_namespace('tenant_a')",
		"SELECT create_namespace('tenant_c')",
	};
	sqlite3    *db = open_untrusting();

	UNIT_CASE("files of namespaces are not trusted");
	CHECK_STRING(answer(db, "SELECT create_namespace('tenant_a')"), "tenant_a");
	CHECK(sqlite3_close(db) == SQLITE_OK);
	set_trap();
	calls = 0;
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
	{
		db = open_untrusting();
		answer(db, queries[i]);
		CHECK(calls == 0);
		CHECK(sqlite3_get_autocommit(db));
		CHECK(sqlite3_close(db) == SQLITE_OK);
	}

	/* the trap works: the program itself calls it */
	db = open_store(fault_path("store.db"));
	CHECK_STRING(answer(db, "SELECT boom()"), "boom");
	CHECK(calls == 1);
	sqlite3_close(db);
}

int
main(void)
{
	sqlite3_auto_extension((void (*) (void)) add_boom);
	test_files_beside();
	sqlite3_cancel_auto_extension((void (*) (void)) add_boom);
	return unit_report();
}
