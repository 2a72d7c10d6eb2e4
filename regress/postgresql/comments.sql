--
-- Every object of ours has a comment, and every comment stays with it.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
SELECT ensure_namespace();

-- members of the extension without one
SELECT pg_describe_object(d.classid, d.objid, 0) COLLATE "C" AS object
FROM pg_depend d
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'message_db')
	AND d.objid NOT IN (SELECT typarray FROM pg_type)
	AND coalesce(obj_description(d.objid, d.classid::regclass::name), '') = ''
ORDER BY 1;
-- tables and views of a namespace without one
SELECT relname FROM pg_class
WHERE relnamespace = 'message_store'::regnamespace AND relkind IN ('r', 'v')
	AND coalesce(obj_description(oid, 'pg_class'), '') = ''
ORDER BY relname COLLATE "C";
-- the extension's own
SELECT obj_description(oid, 'pg_extension') <> '' AS described
FROM pg_extension WHERE extname = 'message_db';
-- the settings
SELECT message_db_version() <> '' AS loaded;
SELECT name FROM pg_settings
WHERE name ~ '^message_(store|db)\.' AND coalesce(short_desc, '') = '';
-- each in one line, functions without a full stop
SELECT p.proname FROM pg_proc p
WHERE p.pronamespace = 'message_store'::regnamespace
	AND obj_description(p.oid, 'pg_proc') ~ E'[\n.]$|\n'
ORDER BY p.proname COLLATE "C";
