/*-------------------------------------------------------------------------
 *
 * fault_steps.c
 *	  Makes the steps of a history, from its seed.
 *
 * Each kind of step is a function that adds SQL to a plan.  The plan knows what
 * there is in the store then, so that most steps succeed.  A step for which the
 * choice finds nothing, as a tenant to delete, is a write.
 *
 *-------------------------------------------------------------------------
 */
#include "fault_history.h"

#include <stdarg.h>

/* What the generator knows of the store that its steps make. */
typedef struct Plan
{
	uint64_t	random;
	bool		exists[3];		/* tenants a, b and c */
	int			current;		/* one of them, or -1 for the default one */
	bool		default_exists;
	int			writes;
	sqlite3_str *sql;
	bool		spans;
} Plan;

static const char *const tenants[] = {"ta", "tb", "tc"};

static void
add_sql(Plan *plan, const char *format, ...)
{
	va_list		arguments;

	va_start(arguments, format);
	sqlite3_str_vappendf(plan->sql, format, arguments);
	va_end(arguments);
	sqlite3_str_appendall(plan->sql, ";");
}

static int
choose(Plan *plan, int limit)
{
	return (int) fault_random_below(&plan->random, limit);
}

/* A tenant that exists, or one that does not; -1 when there is none. */
static int
choose_tenant(Plan *plan, bool exists)
{
	int			first = choose(plan, 3);

	for (int i = 0; i < 3; i++)
		if (plan->exists[(first + i) % 3] == exists)
			return (first + i) % 3;
	return -1;
}

/* A write; now and then one of some pages, or with the version expected. */
static void
add_write(Plan *plan)
{
	int			number = plan->writes++;
	int			stream = choose(plan, 3);
	int			size = choose(plan, 6) == 0 ? 3000 + choose(plan, 9000) : 3;

	plan->default_exists = plan->default_exists || plan->current < 0;
	sqlite3_str_appendf(plan->sql, "SELECT write_message("
						"'00000000-0000-7000-8000-%012x', 'account-%d', "
						"'Opened', '{\"n\": %d, \"pad\": \"%.*c\"}', NULL",
						number, stream, number, size, 'x');
	if (choose(plan, 3) == 0)
		sqlite3_str_appendf(plan->sql, ", "
							"(SELECT ifnull(stream_version('account-%d'), -1))",
							stream);
	add_sql(plan, ")");
}

static void
add_writes(Plan *plan, int count)
{
	for (int i = 0; i < count; i++)
		add_write(plan);
}

/* A batch, when there is the function for it. */
static void
add_batch(Plan *plan)
{
	int			number = plan->writes;

	plan->writes += 4;
	plan->default_exists = plan->default_exists || plan->current < 0;
	add_sql(plan, "SELECT write_messages('account-%d', "
			"(SELECT json_group_array(json_object('type', 'Opened', 'data', "
			"json_object('n', column1), 'id', "
			"printf('00000000-0000-7000-8000-%%012x', column1))) "
			"FROM (VALUES (%d), (%d), (%d), (%d))))", choose(plan, 3), number,
			number + 1, number + 2, number + 3);
}

static void
add_use(Plan *plan, int tenant)
{
	plan->current = tenant;
	add_sql(plan, "SELECT use_namespace('%s')",
			tenant < 0 ? "message_store" : tenants[tenant]);
}

static void
add_create(Plan *plan)
{
	int			tenant = choose_tenant(plan, false);

	if (tenant < 0)
		return;
	plan->exists[tenant] = true;
	add_sql(plan, "SELECT create_namespace('%s', 'number %d', '{\"b\": 1}')",
			tenants[tenant], plan->writes);
	if (choose(plan, 2))
		add_use(plan, tenant);
}

static void
add_delete(Plan *plan)
{
	int			tenant = choose_tenant(plan, true);

	if (tenant < 0)
		return;
	plan->exists[tenant] = false;
	if (plan->current == tenant)
		add_use(plan, -1);
	add_sql(plan, "SELECT delete_namespace('%s')", tenants[tenant]);
}

static void
add_rename(Plan *plan)
{
	int			old = choose_tenant(plan, true);
	int			new = choose_tenant(plan, false);

	if (old < 0 || new < 0)
		return;
	plan->exists[old] = false;
	plan->exists[new] = true;
	add_sql(plan, "SELECT rename_namespace('%s', '%s')", tenants[old],
			tenants[new]);
	if (plan->current == old)
		add_use(plan, new);
}

static void
add_clear(Plan *plan)
{
	int			tenant = choose(plan, 4) ? choose_tenant(plan, true) : -1;

	if (tenant >= 0)
		add_sql(plan, "SELECT clear_namespace('%s')", tenants[tenant]);
	else if (plan->default_exists)
		add_sql(plan, "SELECT clear_namespace('message_store')");
}

/* Back to schema version 1, and forward again in a later step or at a write. */
static void
add_version_1(Plan *plan)
{
	if (choose(plan, 2))
		add_sql(plan, "SELECT count(*) FROM migrate_namespaces()");
	else
		add_sql(plan, "DROP TABLE IF EXISTS main.message_db_namespace");
}

/* Writes to two namespaces in one transaction. */
static void
add_span(Plan *plan)
{
	int			tenant = choose_tenant(plan, true);

	if (tenant < 0)
		return;
	plan->spans = true;
	add_sql(plan, "BEGIN IMMEDIATE");
	add_use(plan, -1);
	add_writes(plan, 1 + choose(plan, 2));
	add_use(plan, tenant);
	add_writes(plan, 1 + choose(plan, 2));
	add_sql(plan, "COMMIT");
}

static void
add_savepoints(Plan *plan)
{
	add_sql(plan, "BEGIN IMMEDIATE");
	add_write(plan);
	add_sql(plan, "SAVEPOINT s");
	add_writes(plan, 2);
	add_sql(plan, "ROLLBACK TO s");
	add_write(plan);
	add_sql(plan, "COMMIT");
}

/* What is rolled back must leave nothing, so the plan forgets it. */
static void
add_rolled_back(Plan *plan)
{
	Plan		before = *plan;

	add_sql(plan, "BEGIN IMMEDIATE");
	add_write(plan);
	switch (choose(plan, 4))
	{
		case 0:
			add_create(plan);
			break;
		case 1:
			add_delete(plan);
			break;
		case 2:
			add_rename(plan);
			break;
		case 3:
			add_clear(plan);
			break;
	}
	add_sql(plan, "ROLLBACK");
	before.random = plan->random;
	before.writes = plan->writes;
	*plan = before;
	add_use(plan, plan->current);
}

/* Namespaces change in a transaction that also writes. */
static void
add_large_transaction(Plan *plan)
{
	plan->spans = true;
	add_sql(plan, "BEGIN IMMEDIATE");
	add_write(plan);
	switch (choose(plan, 3))
	{
		case 0:
			add_create(plan);
			add_write(plan);
			break;
		case 1:
			add_rename(plan);
			add_write(plan);
			break;
		case 2:
			add_delete(plan);
			break;
	}
	add_sql(plan, "COMMIT");
}

static void
add_step(Plan *plan, bool has_batches)
{
	switch (choose(plan, 16))
	{
		case 0:
			add_use(plan, choose_tenant(plan, true));
			break;
		case 1:
		case 2:
			add_create(plan);
			break;
		case 3:
			add_delete(plan);
			break;
		case 4:
			add_rename(plan);
			break;
		case 5:
			add_clear(plan);
			break;
		case 6:
			add_version_1(plan);
			break;
		case 7:
			add_span(plan);
			break;
		case 8:
			add_savepoints(plan);
			break;
		case 9:
			add_rolled_back(plan);
			break;
		case 10:
			add_large_transaction(plan);
			break;
		case 11:
			if (choose(plan, 2))
				add_sql(plan, "PRAGMA wal_checkpoint");
			else if (plan->default_exists)
				add_sql(plan, "SELECT count(*) FROM "
						"verify_namespace('message_store')");
			break;
		case 12:
			if (has_batches)
				add_batch(plan);
			break;
		default:
			add_write(plan);
	}
}

void
history_make_steps(History *history, bool has_batches)
{
	Plan		plan = {.random = history->seed, .current = -1};

	history->count = HISTORY_STEPS;
	for (int i = 0; i < history->count; i++)
	{
		plan.sql = sqlite3_str_new(NULL);
		plan.spans = false;
		add_step(&plan, has_batches);
		if (sqlite3_str_length(plan.sql) == 0)
			add_write(&plan);
		history->steps[i].spans = plan.spans;
		history->steps[i].current = plan.current < 0 ? "message_store" :
			tenants[plan.current];
		history->steps[i].sql = sqlite3_str_finish(plan.sql);
	}
}
