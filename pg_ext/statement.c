/*-------------------------------------------------------------------------
 *
 * statement.c
 *	  The SQL statements inside the functions: their text for a namespace,
 *	  and the plans that a session keeps.
 *
 * Plans are kept for every namespace that the session has used, as the server
 * keeps what it knows of every table, until it is gone (namespace.c).
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/guc.h"

char *
mdb_table_name(const MdbNamespace *namespace)
{
	return quote_qualified_identifier(NameStr(namespace->name), "messages");
}

char *
mdb_substitute(const char *text, const char *placeholder, const char *value)
{
	StringInfoData result;
	const char *found;

	initStringInfo(&result);
	while ((found = strstr(text, placeholder)) != NULL)
	{
		appendBinaryStringInfo(&result, text, (int) (found - text));
		appendStringInfoString(&result, value);
		text = found + strlen(placeholder);
	}
	appendStringInfoString(&result, text);
	return result.data;
}

SPIPlanPtr
mdb_plan(const char *text, int arguments, const Oid *types)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(text, arguments,
										  unconstify(Oid *, types),
										  CURSOR_OPT_GENERIC_PLAN);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor failed: %s",
			 SPI_result_code_string(SPI_result));
	return plan;
}

SPIPlanPtr
mdb_prepared(MdbNamespace *namespace, MdbStatement statement,
			 const char *text, int arguments, const Oid *types)
{
	SPIPlanPtr	plan = namespace->plans[statement];
	int			code;

	/* USAGE is looked at when a statement is parsed, for whoever it was then */
	mdb_require_usage(mdb_namespace_schema(namespace));
	if (plan)
		return plan;
	text = mdb_substitute(text, "@messages@", mdb_table_name(namespace));
	plan = mdb_plan(text, arguments, types);
	code = SPI_keepplan(plan);
	if (code != 0)
		elog(ERROR, "SPI_keepplan failed: %s", SPI_result_code_string(code));
	namespace->plans[statement] = plan;
	return plan;
}

void
mdb_forget_prepared(MdbNamespace *namespace, MdbStatement statement)
{
	SPIPlanPtr	plan = namespace->plans[statement];

	namespace->plans[statement] = NULL;
	if (plan)
		SPI_freeplan(plan);
}

void
mdb_run_script(const char *text, const MdbNamespace *namespace)
{
	int			nest_level = NewGUCNestLevel();
	int			code;

	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	text = mdb_substitute(text, "@namespace@",
						  quote_identifier(NameStr(namespace->name)));
	SPI_connect();
	code = SPI_execute(text, false, 0);
	if (code < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(code));
	SPI_finish();
	AtEOXact_GUC(true, nest_level);
}

int64
mdb_select_integer(const char *text, const MdbNamespace *namespace)
{
	MdbInteger	result = mdb_integer(0);
	int			code;

	text = mdb_substitute(text, "@namespace@",
						  quote_identifier(NameStr(namespace->name)));
	SPI_connect();
	code = SPI_execute(text, true, 1);
	if (code != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(code));
	if (SPI_processed > 0)
	{
		bool		is_null;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[0],
										  SPI_tuptable->tupdesc, 1, &is_null);

		result = mdb_datum_integer(value, is_null);
	}
	SPI_finish();
	return result.is_null ? 0 : result.value;
}
