/*-------------------------------------------------------------------------
 *
 * listing.c
 *	  list_streams(), list_categories(), message_store_writers(), and the
 *	  table-valued functions that tell of namespaces.
 *
 * Streams and categories are those of the current namespace.  One recursive
 * statement goes from stream to stream through the index messages_stream, so
 * its cost is that of the streams, not of the messages.  Categories are
 * gathered from the streams: those of one do not stand together in the index
 * ("a", "a+b-1", "a-1").
 *
 * The rows of the others come from namespace_rows.c and migration.c, all made
 * before the first is asked for.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

enum
{
	LIST_STREAMS,
	LIST_CATEGORIES,
	GET_NAMESPACE,
	LIST_NAMESPACES,
	NAMESPACE_INFO,
	MESSAGE_STORE_STATUS,
	MIGRATE_NAMESPACES,
	MESSAGE_STORE_WRITERS,
};

const char *const mdb_listing_names[MDB_LISTINGS] = {
	"list_streams", "list_categories", "get_namespace", "list_namespaces",
	"namespace_info", "message_store_status", "migrate_namespaces",
	"message_store_writers",
};

#define NAMESPACE_COLUMNS \
	"name, description, metadata, created_at, schema_version, location"

#define MAX_ARGUMENTS 3

typedef struct ListingSpec
{
	const char *declaration;
	int			columns;
	int			arguments;
	bool		needs_argument;
	int			trust;			/* an option of sqlite3_vtab_config() */
} ListingSpec;

static const ListingSpec specs[MDB_LISTINGS] = {
	[LIST_STREAMS] = {
		"CREATE TABLE x(stream_name, version, last_activity, messages, "
		"arg_prefix HIDDEN, arg_batch_size HIDDEN, arg_after HIDDEN)",
		4, 3, false, SQLITE_VTAB_INNOCUOUS},
	[LIST_CATEGORIES] = {
		"CREATE TABLE x(category, streams, messages)",
		3, 0, false, SQLITE_VTAB_INNOCUOUS},
	[GET_NAMESPACE] = {
		"CREATE TABLE x(" NAMESPACE_COLUMNS ", arg_name HIDDEN)",
		6, 1, true, SQLITE_VTAB_DIRECTONLY},
	[LIST_NAMESPACES] = {
		"CREATE TABLE x(" NAMESPACE_COLUMNS ")",
		6, 0, false, SQLITE_VTAB_DIRECTONLY},
	[NAMESPACE_INFO] = {
		"CREATE TABLE x(" NAMESPACE_COLUMNS ", message_count, stream_count, "
		"category_count, last_activity, size_bytes, arg_name HIDDEN)",
		11, 1, true, SQLITE_VTAB_DIRECTONLY},
	[MESSAGE_STORE_STATUS] = {
		"CREATE TABLE x(state, current_version, wanted_version, "
		"namespaces_done, namespaces, last_error, last_error_at)",
		7, 0, false, SQLITE_VTAB_DIRECTONLY},
	[MIGRATE_NAMESPACES] = {
		"CREATE TABLE x(name, from_version, to_version, error)",
		4, 0, false, SQLITE_VTAB_DIRECTONLY},
	[MESSAGE_STORE_WRITERS] = {
		"CREATE TABLE x(pid, prepared_transaction, since, category, position)",
		5, 0, false, SQLITE_VTAB_INNOCUOUS},
};

#define VERSION "(SELECT max(position) FROM \"%w\".messages " \
	"WHERE stream_name = name)"
#define MESSAGES "version - (SELECT min(position) FROM \"%w\".messages " \
	"WHERE stream_name = name) + 1"

static const char streams_text[] =
MDB_STREAMS "SELECT name, version, (SELECT time FROM \"%w\".messages "
"WHERE stream_name = name AND position = version), " MESSAGES
" FROM (SELECT name, " VERSION " AS version FROM streams "
"WHERE " MDB_HAS_PREFIX ") LIMIT ?3";

static const char categories_text[] =
MDB_STREAMS "SELECT substr(name, 1, instr(name || '-', '-') - 1) AS category, "
"count(*), sum(" MESSAGES ") FROM (SELECT name, " VERSION " AS version "
"FROM streams WHERE name IS NOT NULL) GROUP BY category ORDER BY category";

/* ------------------------------------------------------------------------
 * The virtual table
 * ------------------------------------------------------------------------
 */

typedef struct ListingCursor
{
	sqlite3_vtab_cursor base;
	sqlite3_stmt *select;		/* stands on a row; NULL at the end */
	MdbRows		rows;			/* used when there is no select */
	int64_t		row;
} ListingCursor;

static int
connect_table(sqlite3 *db, void *aux, int argc, const char *const *argv,
			  sqlite3_vtab **table, char **message)
{
	const MdbListing *listing = aux;
	const ListingSpec *spec = &specs[listing->number];

	(void) argc, (void) argv, (void) message;
	return mdb_connect_table(db, listing->session, listing->number,
							 spec->trust, spec->declaration, table);
}

static int
best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	const ListingSpec *spec = &specs[mdb_table_kind(table)];

	info->estimatedCost = 1000;
	info->estimatedRows = 100;
	info->orderByConsumed = info->nOrderBy == 1 &&
		info->aOrderBy[0].iColumn == 0 && !info->aOrderBy[0].desc;
	return mdb_hand_arguments(table, info, spec->columns, spec->arguments,
							  spec->needs_argument);
}

static int
open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
	(void) table;
	return mdb_open_cursor(sizeof(ListingCursor), cursor);
}

static void
end_rows(ListingCursor *cursor)
{
	sqlite3_finalize(cursor->select);
	cursor->select = NULL;
	mdb_free_rows(&cursor->rows);
	cursor->row = 0;
}

static int
close_cursor(sqlite3_vtab_cursor *base)
{
	end_rows((ListingCursor *) base);
	sqlite3_free(base);
	return SQLITE_OK;
}

static void
advance(ListingCursor *cursor, MdbFailure *failure)
{
	int			rc;

	cursor->row++;
	if (!cursor->select)
		return;
	rc = sqlite3_step(cursor->select);
	if (rc == SQLITE_ROW)
		return;
	if (rc != SQLITE_DONE)
		mdb_fail_database(failure, sqlite3_db_handle(cursor->select), rc);
	end_rows(cursor);
}

static int
next(sqlite3_vtab_cursor *base)
{
	MdbFailure	failure = MDB_NO_FAILURE;

	advance((ListingCursor *) base, &failure);
	return mdb_table_failure(base->pVtab, &failure);
}

static int
at_end(sqlite3_vtab_cursor *base)
{
	const ListingCursor *cursor = (ListingCursor *) base;

	return !cursor->select &&
		cursor->row * cursor->rows.columns >= cursor->rows.count;
}

static int
column(sqlite3_vtab_cursor *base, sqlite3_context *context, int number)
{
	const ListingCursor *cursor = (ListingCursor *) base;

	if (number >= specs[mdb_table_kind(base->pVtab)].columns)
		return mdb_refuse_argument(base->pVtab);
	if (cursor->select)
		sqlite3_result_value(context,
							 sqlite3_column_value(cursor->select, number));
	else
		sqlite3_result_value(context, cursor->rows.values
							 [cursor->row * cursor->rows.columns + number]);
	return SQLITE_OK;
}

static int
rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *value)
{
	*value = ((ListingCursor *) base)->row;
	return SQLITE_OK;
}

/* ------------------------------------------------------------------------
 * Starting to list
 * ------------------------------------------------------------------------
 */

/* Steps to the first row of a statement about the current namespace. */
static void
open_select(ListingCursor *cursor, MdbNamespace *namespace, MdbString prefix,
			MdbString after, int64_t limit, MdbFailure *failure)
{
	const MdbTable *table = (MdbTable *) cursor->base.pVtab;
	const char *s = namespace->schema;
	char	   *text;
	int			rc;

	text = sqlite3_mprintf(table->kind == LIST_STREAMS ? streams_text :
						   categories_text, s, s, s, s, s, s);
	if (!text)
	{
		mdb_fail_memory(failure);
		return;
	}
	rc = sqlite3_prepare_v2(table->session->db, text, -1, &cursor->select, NULL);
	sqlite3_free(text);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text64(cursor->select, 1, prefix.data, prefix.length,
								 SQLITE_TRANSIENT, SQLITE_UTF8);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text64(cursor->select, 2, after.data, after.length,
								 SQLITE_TRANSIENT, SQLITE_UTF8);
	if (rc == SQLITE_OK && table->kind == LIST_STREAMS)
		rc = sqlite3_bind_int64(cursor->select, 3, limit);
	if (rc == SQLITE_OK)
		advance(cursor, failure);
	else
		mdb_fail_statement(table->session, namespace, rc, failure);
}

static void
list_messages(ListingCursor *cursor, MdbString prefix, MdbString after,
			  int64_t limit, MdbFailure *failure)
{
	MdbSession *session = mdb_table_session(cursor->base.pVtab);
	MdbNamespace *namespace;
	MdbStore	store;

	for (int i = 0; i < MDB_ATTEMPTS; i++)
	{
		namespace = mdb_namespace_to_read(session, failure);
		if (!namespace)
			return;
		store = mdb_store_of(session, namespace);
		if (namespace == &session->main && !mdb_look_at(&store, failure).exists)
			return;
		open_select(cursor, namespace, prefix, after, limit, failure);
		if (mdb_confirm_namespace(session, namespace, failure))
			return;
		end_rows(cursor);
	}
	mdb_fail_unsettled(failure);
}

static void
take_stream_arguments(ListingCursor *cursor, sqlite3_value **arguments,
					  MdbFailure *failure)
{
	MdbString	prefix = mdb_text_argument(arguments[0], failure);
	MdbInteger	limit = mdb_integer_argument(arguments[1], failure);
	MdbString	after = mdb_text_argument(arguments[2], failure);
	MdbError	error;

	if (!failure->code && !mdb_check_batch_size(&limit, 100, &error))
		mdb_fail_with(failure, &error);
	if (!failure->code)
		list_messages(cursor, prefix, after, limit.value, failure);
}

/* Whether the current namespace is there. */
static void
check_current(MdbSession *session, MdbFailure *failure)
{
	for (int i = 0; i < MDB_ATTEMPTS; i++)
	{
		MdbNamespace *namespace = mdb_namespace_to_read(session, failure);

		if (!namespace || mdb_confirm_namespace(session, namespace, failure))
			return;
	}
	mdb_fail_unsettled(failure);
}

/* What can be no name is the name of no namespace. */
static bool
is_name(sqlite3_value *value)
{
	MdbFailure	refusal = MDB_NO_FAILURE;
	char		name[MDB_NAME_SIZE];
	bool		accepted;

	mdb_name_argument(value, name, &refusal);
	accepted = !refusal.code;
	mdb_clear_failure(&refusal);
	return accepted;
}

static void
start_listing(ListingCursor *cursor, sqlite3_value **arguments,
			  MdbFailure *failure)
{
	const MdbTable *table = (MdbTable *) cursor->base.pVtab;
	MdbSession *session = table->session;
	char		name[MDB_NAME_SIZE] = "";

	if (table->kind == GET_NAMESPACE && !is_name(arguments[0]))
		return;
	if (table->kind == GET_NAMESPACE || table->kind == NAMESPACE_INFO)
		mdb_name_argument(arguments[0], name, failure);
	if (failure->code)
		return;
	switch (table->kind)
	{
		case LIST_STREAMS:
			take_stream_arguments(cursor, arguments, failure);
			break;
		case LIST_CATEGORIES:
			list_messages(cursor, MDB_NULL_STRING, MDB_NULL_STRING, -1, failure);
			break;
		case GET_NAMESPACE:
		case LIST_NAMESPACES:
			mdb_list_namespaces(session, *name ? name : NULL, &cursor->rows,
								failure);
			break;
		case NAMESPACE_INFO:
			mdb_list_info(session, name, &cursor->rows, failure);
			break;
		case MESSAGE_STORE_STATUS:
			mdb_list_status(session, &cursor->rows, failure);
			break;
		case MIGRATE_NAMESPACES:
			mdb_list_migrations(session, &cursor->rows, failure);
			break;
		case MESSAGE_STORE_WRITERS:
			/* no reader ever waits for a writer */
			check_current(session, failure);
			break;
	}
}

static int
filter(sqlite3_vtab_cursor *base, int plan, const char *plan_text,
	   int argc, sqlite3_value **argv)
{
	ListingCursor *cursor = (ListingCursor *) base;
	sqlite3_value *arguments[MAX_ARGUMENTS];
	MdbFailure	failure = MDB_NO_FAILURE;

	(void) plan_text, (void) argc;
	mdb_unpack_arguments(plan, argv, arguments, MAX_ARGUMENTS);
	end_rows(cursor);
	start_listing(cursor, arguments, &failure);
	return mdb_table_failure(base->pVtab, &failure);
}

const sqlite3_module mdb_listing_module = {
	.xConnect = connect_table,
	.xBestIndex = best_index,
	.xDisconnect = mdb_disconnect_table,
	.xOpen = open_cursor,
	.xClose = close_cursor,
	.xFilter = filter,
	.xNext = next,
	.xEof = at_end,
	.xColumn = column,
	.xRowid = rowid,
};
