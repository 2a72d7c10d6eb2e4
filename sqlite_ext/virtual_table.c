/*-------------------------------------------------------------------------
 *
 * virtual_table.c
 *	  What the virtual tables have in common: how they are connected, how
 *	  cursors are opened, and how arguments are handed over.
 *
 *-------------------------------------------------------------------------
 */
#include "sqlite_ext.h"

int
mdb_connect_table(sqlite3 *db, MdbSession *session, int kind, int trust,
				  const char *declaration, sqlite3_vtab **table)
{
	MdbTable   *created;
	int			rc = sqlite3_declare_vtab(db, declaration);

	if (rc == SQLITE_OK)
		rc = sqlite3_vtab_config(db, trust);
	if (rc != SQLITE_OK)
		return rc;
	created = sqlite3_malloc64(sizeof(MdbTable));
	if (!created)
		return SQLITE_NOMEM;
	memset(created, 0, sizeof(MdbTable));
	created->session = mdb_share_session(session);
	created->kind = kind;
	*table = &created->base;
	return SQLITE_OK;
}

int
mdb_disconnect_table(sqlite3_vtab *table)
{
	mdb_release_session(mdb_table_session(table));
	sqlite3_free(table);
	return SQLITE_OK;
}

int
mdb_open_cursor(size_t size, sqlite3_vtab_cursor **cursor)
{
	*cursor = sqlite3_malloc64(size);
	if (!*cursor)
		return SQLITE_NOMEM;
	memset(*cursor, 0, size);
	return SQLITE_OK;
}

static int
refuse(sqlite3_vtab *table, const char *message)
{
	MdbFailure	failure = MDB_NO_FAILURE;

	mdb_fail_text(&failure, SQLITE_ERROR, message);
	return mdb_table_failure(table, &failure);
}

int
mdb_refuse_argument(sqlite3_vtab *table)
{
	return refuse(table, "an argument is a column of the function's own "
				  "result");
}

/*
 * SQLite offers nothing for an argument that is a column of the table's own
 * result, as namespace_info(name) in a subselect: the name means the nearest
 * table's.
 */
int
mdb_hand_arguments(sqlite3_vtab *table, sqlite3_index_info *info, int first,
				   int count, bool needs_first)
{
	int			handed = 0;

	for (int argument = 0; argument < count; argument++)
		for (int i = 0; i < info->nConstraint; i++)
		{
			if (info->aConstraint[i].iColumn != first + argument ||
				info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ ||
				info->idxNum & 1 << argument)
				continue;
			if (!info->aConstraint[i].usable)
				return SQLITE_CONSTRAINT;
			info->aConstraintUsage[i].argvIndex = ++handed;
			info->aConstraintUsage[i].omit = 1;
			info->idxNum |= 1 << argument;
		}
	if (needs_first && !(info->idxNum & 1))
		return refuse(table, "the first argument is missing, or a column of "
					  "the function's own result");
	return SQLITE_OK;
}

void
mdb_unpack_arguments(int plan, sqlite3_value **handed,
					 sqlite3_value **arguments, int count)
{
	for (int i = 0; i < count; i++)
		arguments[i] = plan & 1 << i ? *handed++ : NULL;
}
