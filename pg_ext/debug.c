/*-------------------------------------------------------------------------
 *
 * debug.c
 *	  The notices that the settings message_store.debug, debug_write and
 *	  debug_get ask for.
 *
 *-------------------------------------------------------------------------
 */
#include "message_db_pg.h"

#include "mb/pg_wchar.h"
#include "utils/lsyscache.h"

bool
mdb_debugging(MdbCall call)
{
	return mdb_setting(MDB_SETTING_DEBUG) ||
		mdb_setting(mdb_call_texts[call].setting);
}

static void
notice(const char *label, const char *value)
{
	ereport(NOTICE,
			(errmsg_internal("%s: %s", label, value ? value : "<NULL>")));
}

void
mdb_debug_title(MdbCall call)
{
	const char *title = mdb_call_texts[call].title;

	/* It is UTF-8; the database may be something else. */
	ereport(NOTICE,
			(errmsg_internal("%s", pg_any_to_server(title, strlen(title),
													PG_UTF8))));
}

void
mdb_debug_text(MdbCall call, int label, MdbString value)
{
	notice(mdb_call_texts[call].labels[label],
		   value.data ? pnstrdup(value.data, value.length) : NULL);
}

void
mdb_debug_integer(MdbCall call, int label, MdbInteger value)
{
	notice(mdb_call_texts[call].labels[label],
		   value.is_null ? NULL : psprintf(INT64_FORMAT, value.value));
}

/* An argument as its type prints it; NULL for NULL. */
static char *
argument_text(FunctionCallInfo fcinfo, int number, Oid type)
{
	Oid			output;
	bool		is_varlena;

	if (PG_ARGISNULL(number))
		return NULL;
	getTypeOutputInfo(type, &output, &is_varlena);
	return OidOutputFunctionCall(output, PG_GETARG_DATUM(number));
}

void
mdb_debug_call(MdbCall call, FunctionCallInfo fcinfo)
{
	const MdbCallText *texts = &mdb_call_texts[call];
	Oid		   *types;
	int			count;

	mdb_debug_title(call);
	get_func_signature(fcinfo->flinfo->fn_oid, &types, &count);
	for (int i = 0; i < count; i++)
		notice(texts->labels[i], argument_text(fcinfo, i, types[i]));
}

void
mdb_debug_position(MdbCall call, MdbInteger version, int64 position)
{
	int			labels = 0;

	if (!mdb_debugging(call))
		return;
	while (mdb_call_texts[call].labels[labels])
		labels++;
	mdb_debug_integer(call, labels - 2,
					  version.is_null ? mdb_integer(-1) : version);
	mdb_debug_integer(call, labels - 1, mdb_integer(position));
}
