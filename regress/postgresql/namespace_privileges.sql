--
-- A role with access to one namespace reads and writes nothing of another, by
-- any function, any argument that names a namespace, and any setting.  A new
-- function fails this test until it is written down here.
--
SET client_min_messages = warning;
DROP DATABASE IF EXISTS regress_tenants;
DROP ROLE IF EXISTS regress_a, regress_b, regress_maker;
RESET client_min_messages;
\set VERBOSITY terse
\set home :DBNAME
CREATE DATABASE regress_tenants;
ALTER DATABASE regress_tenants SET search_path = message_store, public;
\c regress_tenants
CREATE EXTENSION message_db;
CREATE ROLE regress_a;
CREATE ROLE regress_b;
CREATE ROLE regress_maker;

SELECT ensure_namespace(), create_namespace('tenant_a', 'of a'), create_namespace('tenant_b', 'of b', '{"secret": 1}');
SELECT use_namespace('tenant_b');
SELECT write_message(NULL, 'secret-1', 'T', '{"secret": 2}', '{"correlationStreamName": "secret-0"}');
SELECT use_namespace('tenant_a');
SELECT write_message(NULL, 'secret-1', 'T', '{}', '{"correlationStreamName": "secret-0"}');
RESET message_db.namespace;

-- The privileges of all roles but the owner.
CREATE VIEW public.access AS
SELECT grantee, on_object, string_agg(privilege_type, ', '
	ORDER BY privilege_type COLLATE "C") AS privileges
FROM (
	SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
		AS grantee, o.on_object, a.privilege_type || CASE WHEN is_grantable
		THEN ' WITH GRANT OPTION' ELSE '' END AS privilege_type
	FROM (
		SELECT nspname::text AS on_object, nspowner AS owner, nspacl AS acl
		FROM pg_namespace WHERE nspname ~ '^(message_store|tenant_.)$'
		UNION ALL
		SELECT nspname || '.' || relname, relowner, relacl
		FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE nspname ~ '^(message_store|tenant_.)$'
	) AS o, aclexplode(o.acl) AS a
	WHERE a.grantee <> o.owner
) AS e
GROUP BY grantee, on_object;

--
-- What grant_access gives, and where
--
SELECT * FROM public.access ORDER BY grantee, on_object COLLATE "C";
SELECT grant_access('regress_a', 'tenant_a'), grant_access('regress_b', 'tenant_b');
SELECT * FROM public.access ORDER BY grantee, on_object COLLATE "C";
SELECT revoke_access('regress_a', 'tenant_a');
SELECT * FROM public.access ORDER BY grantee, on_object COLLATE "C";
SELECT revoke_access('regress_a', 'tenant_b');
SELECT grant_access('regress_a', 'tenant_a');

--
-- Every function; %L is a namespace.  Those without one act on the current.
--
CREATE TABLE public.calls (number serial, function text, call text);
GRANT SELECT ON public.calls TO regress_a;
INSERT INTO public.calls (function, call) VALUES
	('write_message', $$write_message(NULL, 'secret-1', 'T', '{}')$$),
	('write_message', $$write_message(NULL, 'secret-1', 'T', '{}', NULL, 0)$$),
	('get_stream_messages', $$get_stream_messages('secret-1')$$),
	('get_category_messages', $$get_category_messages('secret')$$),
	('get_category_messages', $$get_category_messages('secret', correlation => 'secret')$$),
	('get_category_messages', $$get_category_messages('secret', consumer_group_member => 0, consumer_group_size => 1)$$),
	('get_category_messages', $$get_category_messages('secret', correlation => 'secret', consumer_group_member => 0, consumer_group_size => 1)$$),
	('get_all_messages', $$get_all_messages()$$),
	('write_messages', $$write_messages('secret-1', '[{"type": "T", "data": 1}]')$$),
	('message_store_writers', $$message_store_writers()$$),
	('rows_in_progress', $$rows_in_progress()$$),
	('verify_namespace', $$verify_namespace()$$),
	('verify_namespace', $$verify_namespace(%L)$$),
	('get_last_stream_message', $$get_last_stream_message('secret-1')$$),
	('get_last_stream_message', $$get_last_stream_message('secret-1', 'T')$$),
	('stream_version', $$stream_version('secret-1')$$),
	('list_streams', $$list_streams()$$),
	('list_streams', $$list_streams('secret', 1, 'a')$$),
	('list_categories', $$list_categories()$$),
	('streams_of_namespace', $$streams_of_namespace(%L, '', NULL, '')$$),
	('namespace_info', $$namespace_info(%L)$$),
	-- holds a lock of the table
	('existing_namespace', $$existing_namespace()$$),
	('existing_namespace', $$existing_namespace(%L)$$),
	('create_namespace', $$create_namespace(%L)$$),
	('delete_namespace', $$delete_namespace(%L)$$),
	('clear_namespace', $$clear_namespace(%L)$$),
	('rename_namespace', $$rename_namespace(%L, 'tenant_c')$$),
	('note_migration', $$note_migration(%L, 'x')$$),
	('grant_access', $$grant_access('regress_a', %L)$$),
	('revoke_access', $$revoke_access('regress_b', %L)$$),
	-- nothing of the namespace is read or written
	('get_namespace', $$get_namespace(%L)$$),
	('list_namespaces', $$list_namespaces()$$),
	('message_store_status', $$message_store_status()$$),
	('described_namespace', $$described_namespace(%L)$$),
	('registration_of', $$registration_of(%L)$$),
	('ensure_namespace', $$ensure_namespace(%L)$$),
	('migrate_namespace', $$migrate_namespace()$$),
	('migrate_namespace', $$migrate_namespace(%L)$$),
	('use_namespace', $$use_namespace(%L)$$),
	('current_namespace', $$current_namespace()$$),
	-- an advisory lock, which any role may take
	('acquire_lock', $$acquire_lock('secret-1')$$),
	-- no namespace
	('id', $$id('a-1')$$),
	('cardinal_id', $$cardinal_id('a-1')$$),
	('category', $$category('a-1')$$),
	('is_category', $$is_category('a-1')$$),
	('hash_64', $$hash_64('a')$$),
	('consumer_group_member', $$consumer_group_member('a-1', 2)$$),
	('message_store_version', $$message_store_version()$$),
	('message_db_version', $$message_db_version() > ''$$);

-- migrate_namespaces is called below; category_support takes no SQL value
SELECT proname AS not_tested FROM pg_proc
WHERE pronamespace = 'message_store'::regnamespace
	AND proname NOT IN ('migrate_namespaces', 'category_support')
EXCEPT SELECT function FROM public.calls;
SELECT function AS not_there FROM public.calls
EXCEPT SELECT proname FROM pg_proc WHERE pronamespace = 'message_store'::regnamespace;

-- The outcome of a call, undone: its rows, or its SQLSTATE and text.
CREATE FUNCTION public.outcome(call text, namespace text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	BEGIN
		EXECUTE 'SELECT coalesce(json_agg(r)::text, ''no row'') FROM (SELECT '
			|| format(call, namespace) || ' AS r) AS s' INTO result;
		RAISE SQLSTATE 'UNDO0';
	EXCEPTION
		WHEN SQLSTATE 'UNDO0' THEN
			-- what differs from run to run
			RETURN regexp_replace(regexp_replace(result,
				'[0-9a-f]{8}-[0-9a-f-]{27}', 'ID'),
				'\d{4}-\d\d-\d\dT[0-9:.]+', 'TIME', 'g');
		WHEN OTHERS THEN
			RETURN SQLSTATE || ': ' || SQLERRM;
	END;
END $$;

CREATE FUNCTION public.all_of_b() RETURNS text LANGUAGE sql AS $$
	SELECT md5(string_agg(x::text, '' ORDER BY x::text)) FROM (
		SELECT to_jsonb(m) FROM tenant_b.messages m
		UNION ALL SELECT to_jsonb(n) FROM tenant_b.message_db_namespace n
		UNION ALL SELECT to_jsonb(last_value) FROM tenant_b.messages_global_position_seq
		UNION ALL SELECT to_jsonb(a) FROM public.access a WHERE on_object LIKE 'tenant_b%') AS e (x)
$$;
SELECT public.all_of_b() AS before \gset

-- GRANT and REVOKE that achieve nothing only warn
SET client_min_messages = error;
-- in its own namespace the role does what it may
SET ROLE regress_a;
SET message_db.namespace = 'tenant_a';
SELECT call, public.outcome(call, 'tenant_a') FROM public.calls
WHERE function NOT IN ('namespace_info', 'write_message', 'acquire_lock') ORDER BY number;
SELECT public.outcome($$(namespace_info('tenant_a')).message_count$$, '');
SELECT public.outcome($$write_message(NULL, 'secret-1', 'T', '{}', NULL, 0)$$, '');

-- in the other one nothing, neither as an argument nor as the setting (in
-- EventoDB the token of any namespace was good for deleting any other)
SET message_db.namespace = 'tenant_b';
SELECT call, public.outcome(call, 'tenant_b') FROM public.calls
WHERE function <> 'acquire_lock' ORDER BY number;
SELECT count(*) FROM public.calls WHERE public.outcome(call, 'tenant_b') ~ '"?secret"?: ?[0-9]|of b';
SET client_min_messages = notice;
CALL migrate_namespaces();
-- nor by creating what is not there
SET message_db.auto_create_namespaces = on;
SELECT call, public.outcome(call, 'tenant_b') FROM public.calls
WHERE function IN ('write_message', 'get_stream_messages', 'use_namespace') ORDER BY number;
RESET message_db.auto_create_namespaces;
-- nor past its own namespace, from within a condition
SET message_db.namespace = 'tenant_a';
SET message_store.sql_condition = on;
SELECT c, public.outcome(format('get_stream_messages(''secret-1'', condition => %L)', c), ''),
	public.outcome(format('get_category_messages(''secret'', condition => %L)', c), '')
FROM unnest(ARRAY[
	'EXISTS (SELECT FROM tenant_b.messages)',
	$$(SELECT data->>'secret' FROM tenant_b.messages LIMIT 1) IS NULL$$,
	$$CASE WHEN message_store.use_namespace('tenant_b') > ''
		THEN (SELECT count(*) FROM message_store.list_streams()) > 0 END$$,
	$$(SELECT nextval('tenant_b.messages_global_position_seq')) > 0$$]) AS c;
RESET message_store.sql_condition;
-- nor with a name that leads out of the quotes
SELECT public.outcome($$streams_of_namespace('tenant_a".messages m, tenant_b', '', NULL, '')$$, ''),
	public.outcome($$streams_of_namespace('tenant_a', ''' OR true --', NULL, '')$$, ''),
	public.outcome($$get_namespace('tenant_b"')$$, '');
RESET message_db.namespace;
RESET ROLE;
SELECT public.all_of_b() = :'before' AS untouched;

-- USAGE of the schema alone opens nothing
GRANT USAGE ON SCHEMA tenant_b TO regress_a;
SET ROLE regress_a;
SET message_db.namespace = 'tenant_b';
SELECT function, public.outcome(call, 'tenant_b') FROM public.calls
WHERE function IN ('write_message', 'get_stream_messages', 'get_category_messages', 'stream_version',
	'list_streams', 'list_categories', 'namespace_info', 'get_namespace', 'message_store_status', 'note_migration')
ORDER BY number;
SELECT name FROM list_namespaces();
RESET ROLE;
RESET message_db.namespace;
REVOKE USAGE ON SCHEMA tenant_b FROM regress_a;
SELECT public.all_of_b() = :'before' AS untouched;

-- a plan of a session does not keep rights that are taken away
SET message_db.namespace = 'tenant_a';
SET ROLE regress_a;
SELECT write_message(NULL, 'mine-1', 'T', '{}'), stream_version('mine-1');
RESET ROLE;
SELECT revoke_access('regress_a', 'tenant_a');
SET ROLE regress_a;
SELECT public.outcome($$write_message(NULL, 'mine-1', 'T', '{}')$$, ''), public.outcome($$stream_version('mine-1')$$, '');
RESET ROLE;
RESET message_db.namespace;

--
-- A role's own namespaces: CREATE on the database is what it takes
--
GRANT USAGE ON SCHEMA message_store TO regress_maker;
SET ROLE regress_maker;
SELECT public.outcome($$create_namespace('tenant_m')$$, '');
RESET ROLE;
GRANT CREATE ON DATABASE regress_tenants TO regress_maker;
SET ROLE regress_maker;
SELECT create_namespace('tenant_m', 'its own');
SELECT use_namespace('tenant_m');
SELECT write_message(NULL, 'mine-1', 'T', '{}');
SET client_min_messages = error;
SELECT grant_access('regress_b', 'tenant_m');
RESET client_min_messages;
SELECT name FROM list_namespaces();
SELECT f, public.outcome(f, '') FROM unnest(ARRAY[
	$$delete_namespace('tenant_b')$$, $$clear_namespace('tenant_b')$$,
	$$rename_namespace('tenant_b', 'tenant_c')$$, $$rename_namespace('tenant_m', 'tenant_b')$$,
	$$grant_access('regress_maker', 'tenant_b')$$, $$delete_namespace('message_store')$$,
	$$clear_namespace('message_store')$$, $$ensure_namespace('message_store')$$]) AS f;
RESET ROLE;
SET client_min_messages = error;
-- whom it let in may write, and not delete, clear, rename or let others in
SET ROLE regress_b;
SELECT write_message(NULL, 'mine-1', 'T', '{}', NULL, 0);
SELECT f, public.outcome(f, '') FROM unnest(ARRAY[
	$$delete_namespace('tenant_m')$$, $$clear_namespace('tenant_m')$$,
	$$rename_namespace('tenant_m', 'tenant_c')$$, $$grant_access('regress_a', 'tenant_m')$$,
	$$note_migration('tenant_m', 'x')$$, $$create_namespace('tenant_n')$$]) AS f;
RESET ROLE;
RESET client_min_messages;
SET ROLE regress_maker;
SELECT rename_namespace('tenant_m', 'tenant_o');
SELECT clear_namespace('tenant_o');
SELECT delete_namespace('tenant_o');
RESET ROLE;
RESET message_db.namespace;
SELECT public.all_of_b() = :'before' AS untouched;
-- the rights went with the namespace
SELECT * FROM public.access ORDER BY grantee, on_object COLLATE "C";

\c :home
DROP DATABASE regress_tenants;
DROP ROLE regress_a, regress_b, regress_maker;
