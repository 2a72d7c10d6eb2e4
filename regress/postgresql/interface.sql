--
-- Every object of Message DB's interface, and our own: names, arguments,
-- defaults, results and properties, as the catalogues have them.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;

-- the extension itself
SELECT extname, nspname AS schema, extrelocatable, extconfig, extcondition
FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
WHERE extname = 'message_db';
SELECT trusted, superuser, relocatable, schema, requires
FROM pg_available_extension_versions
WHERE name = 'message_db' AND installed;

-- what it consists of
CREATE VIEW public.members AS
SELECT d.classid, d.objid
FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND e.extname = 'message_db'
	AND d.objid NOT IN (SELECT typarray FROM pg_type);
SELECT pg_describe_object(classid, objid, 0) COLLATE "C" AS object
FROM public.members ORDER BY 1;

-- the functions
SELECT p.proname AS function,
	pg_get_function_arguments(p.oid) AS arguments
FROM public.members m JOIN pg_proc p ON p.oid = m.objid
WHERE m.classid = 'pg_proc'::regclass
ORDER BY p.proname COLLATE "C";
SELECT p.proname AS function,
	pg_get_function_result(p.oid) AS result,
	p.provolatile AS volatility,
	p.proisstrict AS strict,
	p.proparallel AS parallel,
	p.procost AS cost,
	p.prorows AS rows,
	p.prosupport AS support
FROM public.members m JOIN pg_proc p ON p.oid = m.objid
WHERE m.classid = 'pg_proc'::regclass
ORDER BY p.proname COLLATE "C";
-- all in C, none with its owner's rights or settings, all for PUBLIC
SELECT l.lanname, p.prosecdef, p.proconfig, p.proleakproof,
	has_function_privilege('public', p.oid, 'EXECUTE') AS public_may,
	count(*)
FROM public.members m
	JOIN pg_proc p ON p.oid = m.objid
	JOIN pg_language l ON l.oid = p.prolang
WHERE m.classid = 'pg_proc'::regclass
GROUP BY 1, 2, 3, 4, 5;
-- no overloads: literals of unknown type stay unambiguous
SELECT p.proname, count(*)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'message_store'
GROUP BY p.proname HAVING count(*) > 1;

-- the type
SELECT attname AS attribute, format_type(atttypid, atttypmod) AS type
FROM pg_attribute
WHERE attrelid = 'message_store.message'::regclass
ORDER BY attnum;

-- no table comes with the extension
SELECT relname, relkind
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'message_store' AND c.relkind <> 'c';

-- it is made once
SELECT ensure_namespace();
SELECT ensure_namespace();

SELECT attname AS column, format_type(atttypid, atttypmod) AS type,
	attnotnull AS not_null, pg_get_expr(adbin, adrelid) AS default,
	collname AS collation
FROM pg_attribute a
	LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE attrelid = 'messages'::regclass AND attnum > 0
ORDER BY attnum;
SELECT indexdef FROM pg_indexes
WHERE schemaname = 'message_store' AND tablename = 'messages'
ORDER BY indexname COLLATE "C";
SELECT conname, contype FROM pg_constraint
WHERE conrelid = 'messages'::regclass AND contype <> 'n'
ORDER BY conname COLLATE "C";
SELECT pg_get_serial_sequence('messages', 'global_position');
SELECT data_type, start_value, increment_by, max_value, cache_size, cycle
FROM pg_sequences
WHERE schemaname = 'message_store'
	AND sequencename = 'messages_global_position_seq';

-- the views, and the types of their columns
SELECT c.relname AS view,
	string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', '
		ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'message_store'::regnamespace AND c.relkind = 'v'
GROUP BY c.relname ORDER BY c.relname COLLATE "C";

-- the user's objects use nothing of the extension, and are no members of it
SELECT pg_describe_object(d.classid, d.objid, d.objsubid) COLLATE "C" AS object
FROM pg_depend d
WHERE (d.refclassid, d.refobjid) IN (SELECT classid, objid FROM public.members)
	AND (d.classid, d.objid) NOT IN (SELECT classid, objid FROM public.members)
	AND d.deptype <> 'i'
ORDER BY 1;

-- named notation with every argument, in any order
SELECT write_message(expected_version => -1, metadata => NULL, data => '{}',
	type => 'T', stream_name => 's-1',
	id => '00000000-0000-0000-0000-000000000001');
SELECT count(*) FROM get_stream_messages(condition => NULL, batch_size => 1,
	"position" => 0, stream_name => 's-1');
SELECT count(*) FROM get_category_messages(condition => NULL,
	consumer_group_size => NULL, consumer_group_member => NULL,
	correlation => NULL, batch_size => 1, "position" => 1, category => 's');
SELECT count(*) FROM get_last_stream_message(type => 'T', stream_name => 's-1');
SELECT stream_version(stream_name => 's-1'), hash_64(value => 's'),
	acquire_lock(stream_name => 's-1');
SELECT id(stream_name => 's-1+2'), cardinal_id(stream_name => 's-1+2'),
	category(stream_name => 's-1+2'), is_category(stream_name => 's-1+2'),
	consumer_group_member(consumer_group_size => 1, stream_name => 's-1+2');

-- in the select list, where rows are made one at a time
SELECT (get_stream_messages('s-1')).position;
-- joined laterally, and read backwards
SELECT s.name, m.position
FROM (VALUES ('s-1'), ('s-2')) AS s (name),
	get_stream_messages(s.name) AS m;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT position FROM get_stream_messages('s-1');
FETCH LAST FROM c;
FETCH PRIOR FROM c;
FETCH NEXT FROM c;
COMMIT;

-- versions
SELECT message_store_version();
SELECT message_db_version() = extversion AS same
FROM pg_extension WHERE extname = 'message_db';

DROP VIEW public.members;
