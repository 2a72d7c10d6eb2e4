/*
 * category_indexes.sql
 *	  Has every session look anew at the indexes on category().
 *
 * A session keeps the expressions of an index as its planner has simplified
 * them.  When category() gets its planner support, or loses it, a session from
 * before would no longer find the index for a query: the server tells sessions
 * that a function has changed, but not that an index on it has.  A command
 * that changes the index, even to what it is, has them told.
 *
 * The build appends this to the scripts of adoption and of the way back.
 */

DO $$
DECLARE
	expression record;
BEGIN
	FOR expression IN
		SELECT DISTINCT i.indexrelid::pg_catalog.regclass AS index, a.attnum AS number,
			coalesce(a.attstattarget, -1) AS target
		FROM pg_catalog.pg_depend AS d
			JOIN pg_catalog.pg_index AS i ON i.indexrelid OPERATOR(pg_catalog.=) d.objid
			JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) i.indexrelid
		WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND
			d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass AND
			d.refobjid OPERATOR(pg_catalog.=) '@extschema@.category(pg_catalog.varchar)'::pg_catalog.regprocedure AND
			i.indkey[a.attnum OPERATOR(pg_catalog.-) 1] OPERATOR(pg_catalog.=) 0
	LOOP
		EXECUTE pg_catalog.format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s',
			expression.index, expression.number, expression.target);
	END LOOP;
END;
$$;
