/*-------------------------------------------------------------------------
 *
 * statement.c
 *	  The SQL statements of the extension, and those kept prepared.
 *
 * A statement in use belongs to its user: mdb_take_statement() takes it out
 * of the store and mdb_give_statement() puts it back.  Who finds the place
 * empty, because the same statement is in use already (a join of a reader
 * with itself, a trigger that reads), prepares another; who brings a second
 * one back, or finds that nothing may be kept, finalizes it.
 *
 * A category is read by its index whatever ANALYZE has found: statistics from
 * a time with one category would make SQLite walk the whole table.
 *
 * Every text names the namespace's database, so tables of the same name in
 * temp or in attached databases do not matter.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

/* The columns of @columns@. */
static const char *const column_names[MDB_MESSAGE_COLUMNS] = {
	"id", "stream_name", "type", "position", "global_position", "data",
	"metadata", "time"
};

#define READ_MESSAGES \
	"SELECT @columns@ FROM @namespace@.messages AS messages "

/* Less work than max(position), which is an aggregate. */
#define VERSION(stream_name) \
	"SELECT position FROM @namespace@.messages " \
	"WHERE stream_name = " stream_name " ORDER BY position DESC LIMIT 1"

#define INSERT_MESSAGES \
	"INSERT INTO @namespace@.messages (position, time, stream_name, type, " \
	"data, metadata, id) "

/* name is nothing, or one argument more. */
#define INSERT_MESSAGE(name) \
	INSERT_MESSAGES "VALUES (message_db_next_position(?1, " \
	"(" VERSION("?2") ")" name "), ?3, ?2, ?4, ?5, ?6, ?7)"

#define INSERT_BATCH(name) \
	INSERT_MESSAGES "SELECT position, ?3, ?2, type, data, metadata, id " \
	"FROM main.message_db_batch(?1" name ")"

/* As the index messages_category has it, see sql/namespace_sqlite.sql. */
#define CATEGORY "substr(stream_name, 1, instr(stream_name || '-', '-') - 1)"

/*
 * The name that an attached namespace's file has, see namespace.c; NULL when a
 * newer release has migrated it.
 */
#define NAME "(SELECT name FROM @namespace@.message_db_namespace " \
	"WHERE schema_version <= " MDB_STRING(MDB_SCHEMA_VERSION) ")"
#define MDB_STRING(number) MDB_STRING_OF(number)
#define MDB_STRING_OF(text) #text

/* A condition goes between select and order. */
typedef struct StatementText
{
	const char *select;
	const char *order;
} StatementText;

static const StatementText texts[MDB_STATEMENTS] = {
	[MDB_STATEMENT_VERSION] = {VERSION("?1"), ""},
	[MDB_STATEMENT_INSERT] = {INSERT_MESSAGE(""), ""},
	[MDB_STATEMENT_INSERT_CHECKED] = {INSERT_MESSAGE(", " NAME), ""},
	[MDB_STATEMENT_BATCH] = {INSERT_BATCH(""), ""},
	[MDB_STATEMENT_BATCH_CHECKED] = {INSERT_BATCH(", " NAME), ""},
	[MDB_STATEMENT_FIND] = {
		"SELECT position FROM @namespace@.messages WHERE id = ?1 "
		"AND stream_name = ?2 AND type = ?3 AND data IS ?4", ""},
	[MDB_STATEMENT_STREAM] = {
		READ_MESSAGES "WHERE stream_name = ?1 AND position >= ?2",
		" ORDER BY position"},
	[MDB_STATEMENT_CATEGORY] = {
		READ_MESSAGES "INDEXED BY messages_category "
		"WHERE " CATEGORY " = ?1 AND global_position >= ?2",
		" ORDER BY global_position"},
	[MDB_STATEMENT_ALL] = {
		READ_MESSAGES "WHERE global_position >= ?2",
		" ORDER BY global_position"},
	[MDB_STATEMENT_LAST] = {
		READ_MESSAGES "WHERE stream_name = ?1",
		" ORDER BY position DESC LIMIT 1"},
	[MDB_STATEMENT_LAST_OF_TYPE] = {
		READ_MESSAGES "WHERE stream_name = ?1 AND type = ?2",
		" ORDER BY position DESC LIMIT 1"},
	[MDB_STATEMENT_NAME] = {"SELECT " NAME, ""},
};

/* The names of the chosen columns, and NULL in the places of the others. */
static void
append_columns(sqlite3_str *result, int columns)
{
	for (int i = 0; i < MDB_MESSAGE_COLUMNS; i++)
		sqlite3_str_appendf(result, i > 0 ? ", %s" : "%s",
							columns & 1 << i ? column_names[i] : "NULL");
}

/*
 * Appends text with the quoted schema in place of each @namespace@, and the
 * columns in place of @columns@.
 */
static void
append_text(sqlite3_str *result, const char *text, const char *schema,
			int columns)
{
	static const char namespace[] = "@namespace@";
	static const char list[] = "@columns@";
	const char *found;

	while ((found = strchr(text, '@')) != NULL)
	{
		sqlite3_str_append(result, text, (int) (found - text));
		text = found;
		if (strncmp(text, namespace, strlen(namespace)) == 0)
		{
			sqlite3_str_appendf(result, "\"%w\"", schema);
			text += strlen(namespace);
		}
		else if (strncmp(text, list, strlen(list)) == 0)
		{
			append_columns(result, columns);
			text += strlen(list);
		}
		else
			sqlite3_str_append(result, text++, 1);
	}
	sqlite3_str_appendall(result, text);
}

char *
mdb_text_for_schema(const char *text, const char *schema)
{
	sqlite3_str *result = sqlite3_str_new(NULL);

	append_text(result, text, schema, 0);
	return sqlite3_str_finish(result);
}

/*
 * When others have changed the tables, SQLite prepares a statement anew.  If it
 * cannot, and this happens under another statement, recent SQLite leaves the
 * transaction open that it began for it: outside a transaction of the user's
 * that holds the lock until a statement ends that reads.  For lack of memory,
 * and when interrupted, there can be none before the user's next one.
 */
void
mdb_end_leftover(MdbSession *session)
{
	if (sqlite3_get_autocommit(session->db) &&
		sqlite3_txn_state(session->db, NULL) != SQLITE_TXN_NONE)
		sqlite3_exec(session->db, "SELECT 1 FROM main.sqlite_schema LIMIT 0",
					 NULL, NULL, NULL);
}

/*
 * When the table cannot be looked at, that is the reason: SQLite says "no such
 * table" too if it cannot read the schema anew.
 */
void
mdb_fail_statement(MdbSession *session, MdbNamespace *namespace, int code,
				   MdbFailure *failure)
{
	MdbFailure	reason = MDB_NO_FAILURE;
	MdbStore	store = mdb_store_of(session, namespace);

	mdb_fail_database(failure, session->db, code);
	mdb_end_leftover(session);
	if (failure->code != SQLITE_ERROR)
		return;
	namespace->checked = namespace->is_known = false;
	if (namespace != &session->main && !mdb_is_attached(session, namespace))
		mdb_clear_failure(failure);
	else if (!mdb_look_at(&store, &reason).exists)
	{
		mdb_clear_failure(failure);
		*failure = reason;
	}
}

/* Prepares text, NULL for lack of memory, and frees it. */
static sqlite3_stmt *
prepare(MdbSession *session, MdbNamespace *namespace, char *text,
		unsigned flags, MdbFailure *failure)
{
	MdbStore	store = mdb_store_of(session, namespace);
	MdbStoreState state;
	sqlite3_stmt *prepared = NULL;
	int			rc;

	if (!text)
		mdb_fail_memory(failure);
	if (!failure->code && !namespace->checked)
	{
		state = mdb_look_at(&store, failure);
		namespace->checked = state.exists;
		namespace->registered = state.registered;
	}
	if (!failure->code && namespace->checked)
	{
		rc = sqlite3_prepare_v3(session->db, text, -1, flags, &prepared, NULL);
		if (rc != SQLITE_OK)
			mdb_fail_statement(session, namespace, rc, failure);
	}
	sqlite3_free(text);
	return prepared;
}

/* Where a statement is kept; NULL for a choice other than the last one. */
static sqlite3_stmt **
place_of(MdbNamespace *namespace, MdbStatement statement, int columns)
{
	if (columns == MDB_ALL_COLUMNS)
		return &namespace->statements[statement];
	if (columns == namespace->narrow[statement].columns)
		return &namespace->narrow[statement].prepared;
	return NULL;
}

sqlite3_stmt *
mdb_take_select(MdbSession *session, MdbNamespace *namespace,
				MdbStatement statement, int columns, MdbFailure *failure)
{
	sqlite3_stmt **place = place_of(namespace, statement, columns);
	sqlite3_stmt *prepared;
	sqlite3_str *text;

	if (failure->code)
		return NULL;
	if (place && *place)
	{
		prepared = *place;
		*place = NULL;
		return prepared;
	}
	mdb_connect_statements(session);
	text = sqlite3_str_new(NULL);
	append_text(text, texts[statement].select, namespace->schema, columns);
	sqlite3_str_appendall(text, texts[statement].order);
	return prepare(session, namespace, sqlite3_str_finish(text),
				   SQLITE_PREPARE_PERSISTENT, failure);
}

sqlite3_stmt *
mdb_take_statement(MdbSession *session, MdbNamespace *namespace,
				   MdbStatement statement, MdbFailure *failure)
{
	return mdb_take_select(session, namespace, statement, MDB_ALL_COLUMNS,
						   failure);
}

void
mdb_keep_statement(MdbSession *session, sqlite3_stmt **place,
				   sqlite3_stmt *prepared)
{
	if (*place || !session->keeps_statements)
	{
		sqlite3_finalize(prepared);
		return;
	}
	sqlite3_reset(prepared);
	sqlite3_clear_bindings(prepared);
	*place = prepared;
}

void
mdb_give_select(MdbSession *session, MdbNamespace *namespace,
				MdbStatement statement, int columns, sqlite3_stmt *prepared)
{
	sqlite3_stmt **place;

	if (!prepared)
		return;
	place = place_of(namespace, statement, columns);
	if (!place)
	{
		place = &namespace->narrow[statement].prepared;
		sqlite3_finalize(*place);
		*place = NULL;
		namespace->narrow[statement].columns = columns;
	}
	mdb_keep_statement(session, place, prepared);
}

void
mdb_give_statement(MdbSession *session, MdbNamespace *namespace,
				   MdbStatement statement, sqlite3_stmt *prepared)
{
	mdb_give_select(session, namespace, statement, MDB_ALL_COLUMNS, prepared);
}

void
mdb_connect_statements(MdbSession *session)
{
	sqlite3_stmt *statement = NULL;

	if (session->keeps_statements)
		return;
	sqlite3_prepare_v2(session->db, "SELECT " MDB_INTERNAL_COLUMN
					   " FROM main.message_db_statements", -1, &statement,
					   NULL);
	sqlite3_finalize(statement);
}

/*
 * Checks that a condition, which is accepted between parentheses, is one
 * expression without parameters.  It is not when it closes the parenthesis
 * and opens another, but then it is no expression between WHEN and THEN.
 */
static void
check_condition(MdbSession *session, MdbNamespace *namespace,
				const char *condition, MdbFailure *failure)
{
	MdbFailure	refusal = MDB_NO_FAILURE;
	MdbError	error;
	sqlite3_stmt *prepared;

	prepared = prepare(session, namespace, sqlite3_mprintf(
		"SELECT CASE WHEN\n%s\nTHEN 1 END FROM \"%w\".messages AS messages",
		condition, namespace->schema), 0, &refusal);
	if (refusal.code == SQLITE_ERROR ||
		sqlite3_bind_parameter_count(prepared) > 0)
	{
		mdb_fail(&error, MDB_CONDITION_NOT_EXPRESSION, mdb_string(condition),
				 MDB_NULL_INTEGER, MDB_NULL_INTEGER);
		mdb_fail_with(failure, &error);
	}
	else if (refusal.code)
		mdb_fail_text(failure, refusal.code, refusal.message);
	mdb_clear_failure(&refusal);
	sqlite3_finalize(prepared);
}

sqlite3_stmt *
mdb_prepare_with_condition(MdbSession *session, MdbNamespace *namespace,
						   MdbStatement statement, const char *condition,
						   MdbFailure *failure)
{
	sqlite3_str *text;
	sqlite3_stmt *prepared;

	if (failure->code)
		return NULL;
	text = sqlite3_str_new(NULL);
	append_text(text, texts[statement].select, namespace->schema,
				MDB_ALL_COLUMNS);
	sqlite3_str_appendf(text, " AND (\n%s\n)%s", condition,
						texts[statement].order);
	prepared = prepare(session, namespace, sqlite3_str_finish(text), 0, failure);
	if (prepared)
		check_condition(session, namespace, condition, failure);
	if (failure->code)
	{
		sqlite3_finalize(prepared);
		return NULL;
	}
	return prepared;
}

void
mdb_finalize_namespace(MdbNamespace *namespace)
{
	for (int i = 0; i < MDB_STATEMENTS; i++)
	{
		sqlite3_finalize(namespace->statements[i]);
		namespace->statements[i] = NULL;
		sqlite3_finalize(namespace->narrow[i].prepared);
		namespace->narrow[i].prepared = NULL;
	}
}

void
mdb_finalize_statements(MdbSession *session)
{
	sqlite3_finalize(session->delete);
	sqlite3_finalize(session->delete_unjournaled);
	session->delete = session->delete_unjournaled = NULL;
	for (MdbNamespace *n = &session->main; n; n = n->next)
		mdb_finalize_namespace(n);
}
