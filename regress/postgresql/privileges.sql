--
-- Who may do what: grant_access and revoke_access, roles without rights,
-- column privileges, the first write, odd role names.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
\set VERBOSITY terse

CREATE ROLE regress_app;
CREATE ROLE regress_other;

-- The SQLSTATE, text and hint of a statement's error.
CREATE FUNCTION public.error_of(statement text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ': ' || SQLERRM || coalesce(' HINT: ' || nullif(hint, ''), '');
END $$;

-- The privileges of all roles but the owner.
CREATE VIEW public.access AS
SELECT grantee, on_object, string_agg(privilege_type, ', '
	ORDER BY privilege_type COLLATE "C") AS privileges
FROM (
	SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
		AS grantee, o.on_object, a.privilege_type || CASE WHEN is_grantable
		THEN ' WITH GRANT OPTION' ELSE '' END AS privilege_type
	FROM (
		SELECT 'schema' AS on_object, nspowner AS owner, nspacl AS acl
		FROM pg_namespace WHERE nspname = 'message_store'
		UNION ALL
		SELECT relname, relowner, relacl FROM pg_class
		WHERE relnamespace = 'message_store'::regnamespace
		UNION ALL
		SELECT relname || '.' || attname, relowner, attacl
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE relnamespace = 'message_store'::regnamespace
	) AS o, aclexplode(o.acl) AS a
	WHERE a.grantee <> o.owner
) AS e
GROUP BY grantee, on_object;

-- nobody has anything at first
SELECT * FROM public.access ORDER BY 1, 2;
SET ROLE regress_app;
SELECT message_store.write_message(NULL, 's-1', 'T', '{}');
SELECT message_store.category('s-1');
RESET ROLE;

-- without a table there is nothing to grant; without a namespace neither
SELECT public.error_of($$SELECT grant_access('regress_app')$$);
SELECT public.error_of($$SELECT revoke_access('regress_app')$$);
SELECT public.error_of($$SELECT grant_access('regress_app', 'no_such_namespace')$$);
SELECT public.error_of($$SELECT grant_access('regress_app', 'public')$$);

-- the first write of a role that may not create the table
GRANT USAGE ON SCHEMA message_store TO regress_app;
SET ROLE regress_app;
SELECT public.error_of($$SELECT write_message(NULL, 's-1', 'T', '{}')$$);
SELECT public.error_of($$SELECT ensure_namespace()$$);
-- it reads a store without messages
SELECT count(*) FROM get_stream_messages('s-1');
SELECT count(*) FROM get_category_messages('s');
SELECT count(*) FROM get_last_stream_message('s-1');
SELECT stream_version('s-1') IS NULL AS no_version;
-- with wrong arguments it is told so all the same
SELECT public.error_of($$SELECT get_stream_messages('s')$$);
SELECT public.error_of($$SELECT get_category_messages('s-1')$$);
RESET ROLE;
-- one that may creates it and owns it
GRANT CREATE ON SCHEMA message_store TO regress_app;
SET ROLE regress_app;
SELECT write_message(NULL, 's-1', 'T', '{}');
RESET ROLE;
SELECT relname, relowner::regrole FROM pg_class
WHERE relnamespace = 'message_store'::regnamespace AND relkind IN ('r', 'v', 'S')
ORDER BY relname COLLATE "C";
SET client_min_messages = warning;
DROP TABLE messages CASCADE;
RESET client_min_messages;
REVOKE ALL ON SCHEMA message_store FROM regress_app;

-- exactly what Message DB's role has
SELECT ensure_namespace();
SELECT grant_access('regress_app');
SELECT * FROM public.access ORDER BY 1, 2;
SELECT grant_access('regress_app');
SET ROLE regress_app;
SELECT write_message(NULL, 's-1', 'T', '{}', '{"correlationStreamName": "c-1"}', -1);
SELECT write_message(NULL, 's-1', 'T', '{}', NULL, 0);
SELECT count(*) FROM get_stream_messages('s-1');
SELECT count(*) FROM get_category_messages('s', correlation => 'c',
	consumer_group_member => 0, consumer_group_size => 1);
SELECT count(*) FROM get_last_stream_message('s-1', 'T');
SELECT stream_version('s-1');
SELECT acquire_lock('s-1') = hash_64('s') AS locked;
SELECT stream_name, message_count FROM stream_summary;
SELECT category, type, message_count FROM category_type_summary;
-- and nothing more
UPDATE messages SET type = 'U';
DELETE FROM messages;
TRUNCATE messages;
SELECT setval('messages_global_position_seq', 1);
ALTER TABLE messages ADD COLUMN c int;
DROP VIEW stream_summary;
CREATE TABLE message_store.t (c int);
SELECT message_store.grant_access('regress_other');
RESET ROLE;
SELECT * FROM public.access WHERE grantee = 'regress_other';

-- taken back; again is no error
SELECT revoke_access('regress_app');
SELECT revoke_access('regress_app');
SELECT * FROM public.access ORDER BY 1, 2;

-- EXECUTE and USAGE alone: the table decides
GRANT USAGE ON SCHEMA message_store TO regress_app;
SET ROLE regress_app;
SELECT write_message(NULL, 's-1', 'T', '{}');
SELECT * FROM get_stream_messages('s-1');
SELECT * FROM get_category_messages('s');
SELECT * FROM get_last_stream_message('s-1');
SELECT stream_version('s-1');
SELECT acquire_lock('s-1') = hash_64('s') AS locked;
SELECT ensure_namespace();
RESET ROLE;

-- INSERT without SELECT, SELECT without INSERT, no sequence
GRANT INSERT ON messages TO regress_app;
SET ROLE regress_app;
SELECT write_message(NULL, 's-1', 'T', '{}');
RESET ROLE;
REVOKE INSERT ON messages FROM regress_app;
GRANT SELECT ON messages TO regress_app;
SET ROLE regress_app;
SELECT write_message(NULL, 's-1', 'T', '{}');
SELECT count(*) FROM get_stream_messages('s-1');
SELECT write_message(NULL, 's-1', 'T', '{}', NULL, 7);
RESET ROLE;
GRANT INSERT ON messages TO regress_app;
SET ROLE regress_app;
SELECT write_message(NULL, 's-1', 'T', '{}');
RESET ROLE;

-- privileges of columns are enough, and one missing is not
REVOKE ALL ON messages FROM regress_app;
GRANT USAGE ON SEQUENCE messages_global_position_seq TO regress_app;
GRANT INSERT (id, stream_name, type, position, data, metadata) ON messages TO regress_app;
GRANT SELECT (stream_name, position) ON messages TO regress_app;
SET ROLE regress_app;
SELECT write_message(NULL, 's-1', 'T', '{}');
SELECT stream_version('s-1');
SELECT count(*) FROM get_stream_messages('s-1');
RESET ROLE;
REVOKE INSERT (metadata) ON messages FROM regress_app;
SET ROLE regress_app;
SELECT write_message(NULL, 's-1', 'T', '{}');
RESET ROLE;

-- rights taken away count at once, within a session and its saved plans
SELECT grant_access('regress_app');
SET ROLE regress_app;
SELECT write_message(NULL, 's-2', 'T', '{}');
RESET ROLE;
SELECT revoke_access('regress_app');
REVOKE ALL (id, stream_name, type, position, data, metadata) ON messages FROM regress_app;
GRANT USAGE ON SCHEMA message_store TO regress_app;
SET ROLE regress_app;
SELECT write_message(NULL, 's-2', 'T', '{}');
SELECT count(*) FROM get_stream_messages('s-2');
RESET ROLE;

-- a function of an owner with rights lends them, ours never do
CREATE FUNCTION public.post(varchar) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog
AS $$ SELECT message_store.write_message(NULL, $1, 'T', '{}') $$;
SET ROLE regress_app;
SELECT public.post('s-2');
SELECT write_message(NULL, 's-2', 'T', '{}');
RESET ROLE;
DROP FUNCTION public.post;

-- who may not grant, cannot
GRANT USAGE ON SCHEMA message_store TO regress_other;
SET ROLE regress_other;
SELECT grant_access('regress_other');
SELECT revoke_access('regress_app');
RESET ROLE;
SELECT * FROM public.access WHERE grantee = 'regress_other';
REVOKE ALL ON SCHEMA message_store FROM regress_app, regress_other;

-- odd names
CREATE ROLE "regress ""odd"" role; --";
CREATE ROLE "REGRESS_Upper";
CREATE ROLE "regress_user";
CREATE ROLE "current_user";
SELECT grant_access('regress "odd" role; --');
SELECT grant_access('REGRESS_Upper');
SELECT grant_access('current_user');
SELECT grantee, count(*) FROM public.access GROUP BY 1 ORDER BY 1;
SELECT public.error_of($$SELECT grant_access('regress_upper')$$);
SELECT public.error_of($$SELECT grant_access('"REGRESS_Upper"')$$);
SELECT public.error_of($$SELECT grant_access('regress_app, regress_other')$$);
SELECT public.error_of($$SELECT grant_access('')$$);
SELECT public.error_of($$SELECT grant_access('none')$$);
SELECT public.error_of($$SELECT grant_access(repeat('x', 100))$$);
SELECT public.error_of($$SELECT revoke_access('no_such_role')$$);
SELECT revoke_access('regress "odd" role; --');
SELECT revoke_access('REGRESS_Upper');
SELECT revoke_access('current_user');
-- everybody
SELECT grant_access('public');
SELECT * FROM public.access ORDER BY 1, 2;
SET ROLE regress_other;
SELECT write_message(NULL, 's-9', 'T', '{}');
RESET ROLE;
SELECT revoke_access('public');
SELECT * FROM public.access ORDER BY 1, 2;
-- NULL does nothing
SELECT grant_access(NULL), grant_access('regress_app', NULL), revoke_access(NULL);
SELECT * FROM public.access ORDER BY 1, 2;

DROP VIEW public.access;
DROP FUNCTION public.error_of;
DROP ROLE regress_app, regress_other, "regress ""odd"" role; --",
	"REGRESS_Upper", "regress_user", "current_user";
