/*-------------------------------------------------------------------------
 *
 * layout.c
 *	  What the catalog says of a table of messages: where its columns are,
 *	  what its indexes are for, and whether it is ordinary.
 *
 * An ordinary table is a local heap with Message DB's four indexes, whose
 * insertion needs nothing but rows and index entries.  These are not ordinary
 * and are recognised here: views, foreign, partitioned, inherited and
 * distributed tables, rules, row security, triggers on INSERT (foreign keys
 * are some), CHECK and exclusion constraints, deferrable unique indexes,
 * generated columns, Message DB's columns without their NOT NULL, and further
 * columns that are NOT NULL or have a default.  Further columns that may be
 * NULL and further indexes are fine.
 *
 * The answer does not depend on the role that asks, so all sessions treat a
 * table alike.  It changes by commands of which the server tells every session
 * (namespace.c), and most of which wait for the writers in progress.  Some do
 * not, and a reader's snapshot may be older than the change.  So a local heap
 * that is read by statements is walked as well, if it has the index (read.c).
 *
 *-------------------------------------------------------------------------
 */
#include "direct.h"

#include "access/heapam.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/sequence.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

static const char *const column_names[MDB_COLUMNS] = {
	[MDB_COLUMN_GLOBAL_POSITION] = "global_position",
	[MDB_COLUMN_POSITION] = "position",
	[MDB_COLUMN_TIME] = "time",
	[MDB_COLUMN_STREAM_NAME] = "stream_name",
	[MDB_COLUMN_TYPE] = "type",
	[MDB_COLUMN_DATA] = "data",
	[MDB_COLUMN_METADATA] = "metadata",
	[MDB_COLUMN_ID] = "id",
};

/* ------------------------------------------------------------------------
 * Expressions
 * ------------------------------------------------------------------------
 */

/* Without what changes nothing but the name of the type. */
static Node *
strip(Node *node)
{
	for (;;)
	{
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else
			return node;
	}
}

static bool
is_column(Node *node, AttrNumber column)
{
	node = strip(node);
	return IsA(node, Var) && ((Var *) node)->varattno == column;
}

static bool
is_text_constant(Node *node, const char *value)
{
	Const	   *constant = (Const *) strip(node);

	return IsA(constant, Const) && constant->consttype == TEXTOID &&
		!constant->constisnull &&
		pg_strcasecmp(TextDatumGetCString(constant->constvalue), value) == 0;
}

/* If node calls the built-in function with that many arguments, they. */
static List *
call_arguments(Node *node, Oid function, int count)
{
	FuncExpr   *call = (FuncExpr *) strip(node);

	if (IsA(call, FuncExpr) && call->funcid == function &&
		list_length(call->args) == count)
		return call->args;
	return NIL;
}

/* split_part(X, '-', 1): X; category(X), too, is turned into that (names.c). */
static Node *
category_of(Node *node)
{
	List	   *arguments = call_arguments(node, F_SPLIT_PART, 3);
	Const	   *field;

	if (arguments == NIL || !is_text_constant(lsecond(arguments), "-"))
		return NULL;
	field = lthird(arguments);
	if (!IsA(field, Const) || field->constisnull ||
		DatumGetInt32(field->constvalue) != 1)
		return NULL;
	return strip(linitial(arguments));
}

/* metadata ->> 'correlationStreamName' */
static bool
is_correlation(const MdbLayout *layout, Node *node)
{
	OpExpr	   *operator = (OpExpr *) node;

	if (!node || !IsA(operator, OpExpr))
		return false;
	set_opfuncid(operator);
	return operator->opfuncid == F_JSONB_OBJECT_FIELD_TEXT &&
		is_column(linitial(operator->args),
				  layout->columns[MDB_COLUMN_METADATA]) &&
		is_text_constant(lsecond(operator->args), "correlationStreamName");
}

/* now() AT TIME ZONE 'utc' */
static bool
is_utc_now(Node *node)
{
	List	   *arguments;

	if (!node)
		return false;
	arguments = call_arguments(node, F_TIMEZONE_TEXT_TIMESTAMPTZ, 2);
	return arguments != NIL && is_text_constant(linitial(arguments), "utc") &&
		call_arguments(lsecond(arguments), F_NOW, 0) == NIL &&
		IsA(lsecond(arguments), FuncExpr) &&
		((FuncExpr *) lsecond(arguments))->funcid == F_NOW;
}

/* nextval() of a sequence, or an identity: the sequence. */
static Oid
sequence_of(Node *node)
{
	List	   *arguments;

	if (!node)
		return InvalidOid;
	if (IsA(node, NextValueExpr))
		return ((NextValueExpr *) node)->seqid;
	arguments = call_arguments(node, F_NEXTVAL, 1);
	if (arguments == NIL || !IsA(linitial(arguments), Const))
		return InvalidOid;
	return DatumGetObjectId(linitial_node(Const, arguments)->constvalue);
}

/* ------------------------------------------------------------------------
 * Indexes
 * ------------------------------------------------------------------------
 */

/* Whether a key of the index is in the column's usual, ascending order. */
static bool
is_usual_order(Relation index, int key, Oid family)
{
	Oid			collation = index->rd_indcollation[key];

	return index->rd_opfamily[key] == family && index->rd_indoption[key] == 0 &&
		(!OidIsValid(collation) || get_collation_isdeterministic(collation));
}

static bool
is_key(const MdbLayout *layout, Relation index, int key, MdbColumn column,
	   Oid family)
{
	return index->rd_index->indkey.values[key] == layout->columns[column] &&
		is_usual_order(index, key, family);
}

/*
 * The index's expressions, simplified now: what the session keeps of the index
 * may have been simplified before category() became ours.
 */
static List *
index_expressions(Relation index)
{
	return castNode(List,
					eval_const_expressions(NULL, (Node *) RelationGetIndexExpressions(index)));
}

static bool
is_category_index(MdbLayout *layout, Relation index)
{
	int			keys = index->rd_index->indnatts;
	List	   *expressions = index_expressions(index);
	Node	   *category;

	if (keys < 2 || keys > 3 || list_length(expressions) != keys - 1 ||
		index->rd_index->indkey.values[0] != 0 ||
		!is_usual_order(index, 0, TEXT_BTREE_FAM_OID) ||
		!is_key(layout, index, 1, MDB_COLUMN_GLOBAL_POSITION,
				INTEGER_BTREE_FAM_OID))
		return false;
	category = category_of(linitial(expressions));
	if (!category ||
		!is_column(category, layout->columns[MDB_COLUMN_STREAM_NAME]))
		return false;
	return keys == 2 ||
		(is_usual_order(index, 2, TEXT_BTREE_FAM_OID) &&
		 is_correlation(layout, category_of(lsecond(expressions))));
}

static MdbIndexKind
index_kind(MdbLayout *layout, Relation index)
{
	Form_pg_index form = index->rd_index;
	int			keys = form->indnatts;

	if (index->rd_rel->relam != BTREE_AM_OID || keys != form->indnkeyatts ||
		RelationGetIndexPredicate(index) != NIL)
		return MDB_INDEX_OTHER;
	if (!form->indisunique)
		return is_category_index(layout, index) ? MDB_INDEX_CATEGORY
			: MDB_INDEX_OTHER;
	if (keys == 1 && is_key(layout, index, 0, MDB_COLUMN_GLOBAL_POSITION,
							INTEGER_BTREE_FAM_OID))
		return MDB_INDEX_GLOBAL_POSITION;
	if (keys == 1 && is_key(layout, index, 0, MDB_COLUMN_ID,
							get_opclass_family(GetDefaultOpClass(UUIDOID, BTREE_AM_OID))))
		return MDB_INDEX_ID;
	if (keys == 2 && is_key(layout, index, 0, MDB_COLUMN_STREAM_NAME,
							TEXT_BTREE_FAM_OID) &&
		is_key(layout, index, 1, MDB_COLUMN_POSITION, INTEGER_BTREE_FAM_OID))
		return MDB_INDEX_STREAM;
	return MDB_INDEX_OTHER;
}

/*
 * Notes what each index is for.  Returns whether they are those of an ordinary
 * table.
 */
static bool
describe_indexes(MdbLayout *layout, Relation table)
{
	bool		there[MDB_INDEX_KINDS] = {false};
	bool		usual = true;
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(table))
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);
		Form_pg_index form = index->rd_index;
		MdbIndexKind kind = index_kind(layout, index);
		bool		special = form->indisexclusion ||
			(form->indisunique && !form->indimmediate);

		usual &= !special && layout->index_count < MDB_MAX_INDEXES;
		if (layout->index_count < MDB_MAX_INDEXES)
			layout->indexes[layout->index_count++] = (MdbIndex) {
				.oid = lfirst_oid(cell),
				.kind = kind,
				.searchable = form->indisvalid,
			};
		there[kind] |= form->indisvalid;
		layout->snapshot_safe &= !form->indcheckxmin;
		index_close(index, AccessShareLock);
	}
	layout->walkable = usual && there[MDB_INDEX_CATEGORY];
	return usual && there[MDB_INDEX_GLOBAL_POSITION] && there[MDB_INDEX_CATEGORY] &&
		there[MDB_INDEX_STREAM] && there[MDB_INDEX_ID];
}

/* ------------------------------------------------------------------------
 * The table
 * ------------------------------------------------------------------------
 */

bool
mdb_is_distributed(Oid table)
{
	Oid			partitions = get_relname_relid("pg_dist_partition",
											   PG_CATALOG_NAMESPACE);
	Relation	relation;
	TableScanDesc scan;
	ScanKeyData key;
	bool		found;

	if (!OidIsValid(partitions))
		return false;
	relation = table_open(partitions, AccessShareLock);
	ScanKeyInit(&key, get_attnum(partitions, "logicalrelid"),
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
	scan = table_beginscan_catalog(relation, 1, &key);
	found = heap_getnext(scan, ForwardScanDirection) != NULL;
	table_endscan(scan);
	table_close(relation, AccessShareLock);
	return found;
}

static bool
has_insert_triggers(const TriggerDesc *triggers)
{
	return triggers &&
		(triggers->trig_insert_before_row || triggers->trig_insert_after_row ||
		 triggers->trig_insert_instead_row ||
		 triggers->trig_insert_before_statement ||
		 triggers->trig_insert_after_statement ||
		 triggers->trig_insert_new_table);
}

static bool
is_local_heap(Relation table)
{
	Form_pg_class form = table->rd_rel;

	return form->relkind == RELKIND_RELATION &&
		form->relam == HEAP_TABLE_AM_OID && !form->relispartition &&
		!mdb_is_distributed(RelationGetRelid(table));
}

/* Whether insertion into the heap needs nothing but a row and index entries. */
static bool
has_plain_insertion(Relation table)
{
	Form_pg_class form = table->rd_rel;
	TupleConstr *constraints = RelationGetDescr(table)->constr;

	return !form->relhassubclass && !form->relrowsecurity &&
		!form->relhasrules &&
		!has_insert_triggers(table->trigdesc) &&
		!(constraints && (constraints->num_check > 0 ||
						  constraints->has_generated_stored));
}

/* Whether the attribute is one of Message DB's columns. */
static bool
is_our_column(const MdbLayout *layout, AttrNumber number)
{
	for (int i = 0; i < MDB_COLUMNS; i++)
		if (layout->columns[i] == number)
			return true;
	return false;
}

/* Whether the column is as Message DB has it. */
static bool
is_usual_column(Form_pg_attribute attribute, MdbColumn column)
{
	return attribute->atttypmod == -1 &&
		(attribute->attnotnull || column == MDB_COLUMN_DATA ||
		 column == MDB_COLUMN_METADATA);
}

/* Finds Message DB's columns; false when one is not as it has them. */
static bool
find_columns(MdbLayout *layout, Relation table)
{
	TupleDesc	desc = RelationGetDescr(table);
	Oid			oid = RelationGetRelid(table);

	for (int i = 0; i < MDB_COLUMNS; i++)
	{
		AttrNumber	number = get_attnum(oid, column_names[i]);

		if (number == InvalidAttrNumber ||
			!is_usual_column(TupleDescAttr(desc, number - 1), i))
			return false;
		layout->columns[i] = number;
	}
	return true;
}

/* Whether the values of all columns are known, and where positions come from. */
static bool
describe_values(MdbLayout *layout, Relation table)
{
	TupleDesc	desc = RelationGetDescr(table);

	for (AttrNumber number = 1; number <= desc->natts; number++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, number - 1);

		if (!attribute->attisdropped && !is_our_column(layout, number) &&
			(attribute->attnotnull || attribute->attgenerated ||
			 get_typtype(attribute->atttypid) == TYPTYPE_DOMAIN ||
			 build_column_default(table, number) != NULL))
			return false;
	}
	layout->sequence = sequence_of(build_column_default(table,
														layout->columns[MDB_COLUMN_GLOBAL_POSITION]));
	return OidIsValid(layout->sequence) &&
		get_rel_relkind(layout->sequence) == RELKIND_SEQUENCE &&
		is_utc_now(build_column_default(table,
										layout->columns[MDB_COLUMN_TIME]));
}

void
mdb_describe_table(Relation table, MdbLayout *layout)
{
	memset(layout, 0, sizeof(*layout));
	layout->snapshot_safe = true;
	if (!is_local_heap(table) || !find_columns(layout, table))
		return;
	layout->ordinary = describe_indexes(layout, table) &&
		has_plain_insertion(table) && describe_values(layout, table);
}
