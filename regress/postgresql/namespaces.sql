--
-- Namespaces: every function and error, the ways to set the current one, plans
-- that outlive a namespace, transactions, other tables called messages, status.
-- What two sessions do to one is in isolation/namespaces.spec.
--
SET client_min_messages = warning;
DROP DATABASE IF EXISTS regress_namespaces;
DROP ROLE IF EXISTS regress_tenant;
RESET client_min_messages;
\set VERBOSITY terse
\set home :DBNAME
CREATE DATABASE regress_namespaces;
ALTER DATABASE regress_namespaces SET search_path = message_store, public;
\c regress_namespaces
CREATE EXTENSION message_db;

-- SQLSTATE, text and detail of a statement's error.
CREATE FUNCTION public.error_of(statement text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ': ' || SQLERRM || coalesce(' DETAIL: ' || nullif(detail, ''), '');
END $$;

-- The schemas that are not the server's, with their relations.
CREATE VIEW public.schemas AS
SELECT nspname AS schema, count(c.oid) FILTER (WHERE relkind IN ('r', 'v', 'S', 'i')) AS relations
FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
WHERE nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema', 'public')
	AND nspname NOT LIKE 'pg_temp%' AND nspname NOT LIKE 'pg_toast_temp%'
GROUP BY nspname;

--
-- Status and life of a namespace
--
SELECT * FROM message_store_status();
SELECT * FROM list_namespaces();
SELECT current_namespace();
SELECT create_namespace();
SELECT public.error_of($$SELECT create_namespace()$$);
SELECT ensure_namespace();
SELECT * FROM message_store_status();

SELECT create_namespace('tenant_a', 'The first', '{"token_hash": "0f", "n": 1.50}');
SELECT create_namespace(name => 'tenant_b', metadata => '[]');
SELECT public.error_of($$SELECT create_namespace('tenant_a')$$);
SELECT ensure_namespace('tenant_b'), ensure_namespace('tenant_c');
SELECT name, description, metadata, schema_version, location,
	(now() AT TIME ZONE 'utc') - created_at BETWEEN '0 s' AND '1 h' AS recent
FROM list_namespaces();
SELECT name, description, metadata FROM get_namespace('tenant_a');
SELECT * FROM get_namespace('tenant_z');
SELECT * FROM get_namespace(NULL);
SELECT * FROM public.schemas ORDER BY schema COLLATE "C";

SELECT use_namespace('tenant_a');
SELECT current_namespace();
SELECT write_message(NULL, 'a-1', 'T', '1'), write_message(NULL, 'b-1', 'T', '1'),
	write_message(NULL, 'a-1', 'T', '1');
SELECT use_namespace('tenant_b');
SELECT write_message(NULL, 'a-1', 'T', '2', NULL, -1);
SELECT position, global_position, data FROM get_category_messages('a');
SELECT count(*) FROM tenant_a.messages;
SELECT count(*) FROM message_store.messages;
SELECT stream_name, message_count FROM tenant_a.stream_summary;
SELECT name, message_count, stream_count, category_count,
	last_activity = (SELECT max(time) FROM tenant_a.messages) AS latest,
	size_bytes = pg_total_relation_size('tenant_a.messages') AS size
FROM namespace_info('tenant_a');
SELECT name, message_count, stream_count, category_count, last_activity
FROM namespace_info('tenant_c');
SELECT stream_name, version, messages FROM list_streams();
SELECT * FROM list_categories();
SELECT use_namespace('tenant_a');
SELECT stream_name, version, messages FROM list_streams();
SELECT * FROM list_categories();

-- clearing restarts the positions, also those of a sequence that moved on
SELECT clear_namespace('tenant_a');
SELECT write_message(NULL, 'a-1', 'T', '3');
SELECT position, global_position FROM get_stream_messages('a-1');
SELECT clear_namespace('tenant_a'), clear_namespace('tenant_a');
-- renaming takes the messages along; the session's current name stays
SELECT write_message(NULL, 'a-1', 'T', '4');
SELECT rename_namespace('tenant_a', 'tenant_d');
SELECT current_namespace();
SELECT stream_version('a-1');
SELECT use_namespace('tenant_d');
SELECT stream_version('a-1');
SELECT name, description FROM get_namespace('tenant_d');
-- deleting takes everything
SELECT delete_namespace('tenant_d');
SELECT write_message(NULL, 'a-1', 'T', '5');
SELECT get_stream_messages('a-1');
SELECT * FROM public.schemas ORDER BY schema COLLATE "C";
RESET message_db.namespace;
-- the default one: its schema stays, the next write makes its table
SELECT write_message(NULL, 'a-1', 'T', '6');
SELECT delete_namespace('message_store');
SELECT count(*) FROM get_stream_messages('a-1');
SELECT name FROM list_namespaces();
SELECT write_message(NULL, 'a-1', 'T', '7');
SELECT clear_namespace('message_store');

--
-- Errors, each with its SQLSTATE
--
SELECT f, public.error_of('SELECT ' || f)
FROM unnest(ARRAY[
	$$use_namespace('unknown')$$,
	$$delete_namespace('unknown')$$,
	$$clear_namespace('unknown')$$,
	$$rename_namespace('unknown', 'other')$$,
	$$namespace_info('unknown')$$,
	$$migrate_namespace('unknown')$$,
	$$existing_namespace('unknown')$$,
	$$grant_access(current_user::varchar, 'unknown')$$,
	$$revoke_access(current_user::varchar, 'unknown')$$]) AS f;
SELECT public.error_of($$SELECT rename_namespace('tenant_b', 'tenant_c')$$);
SELECT public.error_of($$SELECT rename_namespace('tenant_b', 'tenant_b')$$);
SELECT public.error_of($$SELECT rename_namespace('tenant_b', 'message_store')$$);
SELECT public.error_of($$SELECT rename_namespace('message_store', 'tenant_e')$$);

-- no name
SELECT f, public.error_of('SELECT ' || f)
FROM unnest(ARRAY['create_namespace(NULL)', 'ensure_namespace(NULL)',
	'use_namespace(NULL)', 'delete_namespace(NULL)', 'clear_namespace(NULL)',
	$$rename_namespace(NULL, 'tenant_e')$$, $$rename_namespace('tenant_b', NULL)$$]) AS f;

-- Names that were changed into others in EventoDB: each is refused, by every
-- function, and nothing is made.  Sanitised names that collide (a-b, a.b, a b
-- and a_b were one schema, as were two names of one foreign letter); names
-- that are equal but for case; paths that leave a directory; the parts of a
-- URI; names that the databases use themselves; quotes.
CREATE VIEW public.wrong_names AS
SELECT n FROM unnest(ARRAY['', ' ', 'a-b', 'a.b', 'a b', U&'\00E9', U&'\00FC',
	'Tenant', 'TENANT_B', '1a', '_a', '../x', '/x', 'a/b', '..', '.', 'a?mode=memory',
	'a&b', 'a#b', 'pg_x', 'pg_catalog', 'sqlite_x', 'main', 'temp', 'public',
	'information_schema', 'a"b', 'a''b', 'a;b', 'a' || chr(10), repeat('a', 64),
	repeat('a', 63) || U&'\00E9', repeat('a', 100000)]) AS n;
SELECT left(n, 20) AS name, left(public.error_of(format('SELECT create_namespace(%L)', n)), 60) AS error
FROM public.wrong_names;
SELECT public.error_of($$SELECT create_namespace('Tenant')$$);
SELECT f, count(*) AS names,
	count(*) FILTER (WHERE public.error_of(format(f, n)) LIKE 'MD003: Invalid namespace name: ' || n || '%') AS refused
FROM public.wrong_names, unnest(ARRAY[
	'SELECT create_namespace(%L)', 'SELECT ensure_namespace(%L)', 'SELECT delete_namespace(%L)',
	'SELECT clear_namespace(%L)', 'SELECT rename_namespace(''tenant_b'', %L)',
	'SELECT rename_namespace(%L, ''tenant_e'')', 'SELECT use_namespace(%L)',
	'SELECT namespace_info(%L)', 'SELECT migrate_namespace(%L)', 'SELECT existing_namespace(%L)',
	'SELECT grant_access(''postgres'', %L)', 'SELECT revoke_access(''postgres'', %L)',
	'SET message_db.namespace = %L']) AS f
GROUP BY f ORDER BY f COLLATE "C";
SELECT count(*) FROM public.wrong_names, get_namespace(n);
SELECT * FROM public.schemas ORDER BY schema COLLATE "C";

-- EventoDB's truncated names shared a schema: names of 63 characters that
-- differ in the last one are two namespaces, longer ones are refused by all,
-- and none finds the one that it would be truncated to
SELECT create_namespace(repeat('x', 62) || 'a') = repeat('x', 62) || 'a' AS created;
SELECT create_namespace(repeat('x', 62) || 'b') = repeat('x', 62) || 'b' AS created;
SELECT set_config('message_db.namespace', repeat('x', 62) || 'a', false) IS NOT NULL AS set;
SELECT write_message(NULL, 'a-1', 'T', '1');
SELECT set_config('message_db.namespace', repeat('x', 62) || 'b', false) IS NOT NULL AS set;
SELECT stream_version('a-1');
RESET message_db.namespace;
SELECT count(*) FROM get_namespace(repeat('x', 62) || 'ab');
SELECT delete_namespace(repeat('x', 62) || 'b'), delete_namespace(repeat('x', 62) || 'a');
-- EventoDB's registry was a namespace's schema, and was deleted with it: there
-- is no registry outside of the namespaces
SELECT create_namespace('store'), create_namespace('eventodb_store'), create_namespace('message_db_namespace');
SELECT delete_namespace('store'), delete_namespace('eventodb_store'), delete_namespace('message_db_namespace');
SELECT name FROM list_namespaces();
-- words of SQL are names
SELECT create_namespace('select'), create_namespace('user');
SELECT use_namespace('select');
SELECT write_message(NULL, 'a-1', 'T', '1');
SELECT rename_namespace('select', 'table'), grant_access('public', 'user'), revoke_access('public', 'user');
RESET message_db.namespace;
SELECT message_count FROM namespace_info('table');
SELECT delete_namespace('table'), clear_namespace('user'), delete_namespace('user');

--
-- Other tables called messages, schemas that are there
--
CREATE SCHEMA mail;
CREATE TABLE mail.messages (id int, body text);
INSERT INTO mail.messages VALUES (1, 'kept');
SELECT f, public.error_of('SELECT ' || f)
FROM unnest(ARRAY[$$create_namespace('mail')$$, $$ensure_namespace('mail')$$,
	$$use_namespace('mail')$$, $$delete_namespace('mail')$$, $$clear_namespace('mail')$$,
	$$rename_namespace('mail', 'post')$$, $$namespace_info('mail')$$,
	$$migrate_namespace('mail')$$, $$grant_access('public', 'mail')$$]) AS f;
SELECT count(*) FROM get_namespace('mail');
SET message_db.namespace = 'mail';
SELECT f, public.error_of('SELECT ' || f)
FROM unnest(ARRAY[$$write_message(NULL, 'a-1', 'T', '1')$$, $$get_stream_messages('a-1')$$,
	$$get_category_messages('a')$$, $$get_last_stream_message('a-1')$$,
	$$stream_version('a-1')$$, 'list_streams()', 'list_categories()',
	'migrate_namespace()']) AS f;
SET message_db.auto_create_namespaces = on;
SELECT public.error_of($$SELECT write_message(NULL, 'a-1', 'T', '1')$$);
SELECT public.error_of($$SELECT use_namespace('mail')$$);
RESET message_db.auto_create_namespaces;
RESET message_db.namespace;
SELECT * FROM mail.messages;
-- the columns are right but for one type
CREATE SCHEMA almost;
CREATE TABLE almost.messages (LIKE tenant_b.messages);
ALTER TABLE almost.messages ALTER data TYPE json USING data::json;
SELECT public.error_of($$SELECT use_namespace('almost')$$);
ALTER TABLE almost.messages ALTER data TYPE jsonb USING data::jsonb;
SELECT use_namespace('almost'), ensure_namespace('almost'), use_namespace('message_store');
-- a checked table that changes is checked again
ALTER TABLE almost.messages RENAME id TO message_id;
SELECT public.error_of($$SELECT use_namespace('almost')$$);
DROP SCHEMA almost CASCADE;
-- an empty schema becomes a namespace, and keeps its privileges
CREATE SCHEMA bare;
CREATE ROLE regress_tenant;
GRANT USAGE ON SCHEMA bare TO regress_tenant;
SELECT public.error_of($$SELECT use_namespace('bare')$$);
SELECT rename_namespace('tenant_b', 'bare');
SELECT count(*) FROM get_namespace('bare');
SELECT create_namespace('bare', 'filled');
SELECT nspacl IS NOT NULL AS kept FROM pg_namespace WHERE nspname = 'bare';
-- other things in a namespace's schema keep it from being deleted, whole
CREATE TABLE bare.mine (c int);
SELECT public.error_of($$SELECT delete_namespace('bare')$$);
DROP TABLE bare.mine;
CREATE VIEW public.uses AS SELECT * FROM bare.messages;
SELECT public.error_of($$SELECT delete_namespace('bare')$$);
SELECT clear_namespace('bare');
DROP VIEW public.uses;
CREATE VIEW public.uses AS SELECT * FROM bare.type_summary;
SELECT public.error_of($$SELECT delete_namespace('bare')$$);
DROP VIEW public.uses;
CREATE TABLE public.refers (id uuid REFERENCES bare.messages (id));
SELECT public.error_of($$SELECT delete_namespace('bare')$$);
SELECT public.error_of($$SELECT clear_namespace('bare')$$);
SELECT name, description FROM get_namespace('bare');
DROP TABLE public.refers;
-- a missing view or registration does not
DROP VIEW bare.stream_summary;
DROP TABLE bare.message_db_namespace;
SELECT name, schema_version FROM get_namespace('bare');
SELECT delete_namespace('bare');

--
-- The current namespace
--
\c -
-- set before the library is loaded
SET message_db.namespace = 'tenant_b';
SELECT current_namespace();
SELECT stream_version('a-1');
\c -
SET message_db.auto_create_namespaces = on;
SET message_db.namespace = 'made_by_setting';
SELECT write_message(NULL, 'a-1', 'T', '1');
RESET message_db.auto_create_namespaces;
SELECT delete_namespace('made_by_setting');
\c -
-- A wrong name that was there before the library is refused at every use: it
-- is not the default namespace.
SET message_db.namespace = 'Tenant_B';
SELECT current_namespace();
SELECT write_message(NULL, 'a-1', 'T', '1');
SELECT stream_version('a-1');
SELECT get_category_messages('a');
SELECT acquire_lock('a-1');
SELECT list_streams();
SELECT migrate_namespace();
-- and stands in nobody's way: parallel workers are given all settings
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT count(*) > 0 FROM pg_class WHERE hash_64(relname::text) <> 0;
SELECT count(*) > 0 FROM pg_class WHERE hash_64(relname::text) <> 0;
COMMIT;
SELECT ensure_namespace('tenant_b');
SET message_db.namespace = 'Tenant_B';
SELECT use_namespace('tenant_b');
SELECT stream_version('a-1');
-- SET LOCAL, as behind a pooler that hands the connection to another client
-- after each transaction; also in the first one, before the library is loaded
\c -
BEGIN;
SET LOCAL message_db.namespace = 'tenant_b';
COMMIT;
SELECT current_namespace();
BEGIN;
SET LOCAL message_db.namespace = 'tenant_b';
SELECT write_message(NULL, 'pool-1', 'T', '1');
COMMIT;
SELECT current_namespace(), stream_version('pool-1');
BEGIN;
SELECT set_config('message_db.namespace', 'tenant_c', true);
SELECT write_message(NULL, 'pool-1', 'T', '1');
SELECT nothing;
ROLLBACK;
SELECT current_namespace();
-- a savepoint gives the name back, for SET and use_namespace alike
BEGIN;
SELECT use_namespace('tenant_b');
SAVEPOINT one;
SELECT use_namespace('tenant_c');
ROLLBACK TO one;
SELECT current_namespace();
ROLLBACK;
SELECT current_namespace();
SELECT use_namespace('tenant_c');
DISCARD ALL;
SELECT current_namespace();
-- a function's own setting
CREATE FUNCTION public.version_in_b(varchar) RETURNS bigint LANGUAGE sql
SET message_db.namespace = 'tenant_b'
AS $$ SELECT message_store.stream_version($1) $$;
SELECT public.version_in_b('pool-1'), current_namespace();
DROP FUNCTION public.version_in_b;
-- a role's, a database's, a connection's
GRANT USAGE ON SCHEMA message_store TO regress_tenant;
SELECT grant_access('regress_tenant', 'tenant_b'), grant_access('regress_tenant', 'tenant_c');
ALTER ROLE regress_tenant LOGIN;
ALTER ROLE regress_tenant SET message_db.namespace = 'tenant_b';
ALTER DATABASE regress_namespaces SET message_db.namespace = 'tenant_c';
ALTER ROLE regress_tenant SET message_db.namespace = 'Tenant_B';
\c -
SELECT current_namespace();
\c - regress_tenant
SELECT current_namespace(), stream_version('pool-1');
\c -reuse-previous=on "options='-c message_db.namespace=tenant_c'"
SELECT current_namespace(), stream_version('pool-1');
\c -reuse-previous=on "user=postgres options='-c message_db.namespace=no_such'"
SELECT message_store.stream_version('pool-1');
\c -reuse-previous=on "options=''"
ALTER DATABASE regress_namespaces RESET message_db.namespace;
\c -

-- first use creates, when that is wanted
SELECT public.error_of($$SELECT use_namespace('on_demand')$$);
SET message_db.auto_create_namespaces = on;
SELECT use_namespace('on_demand');
SELECT write_message(NULL, 'a-1', 'T', '1');
SET message_db.namespace = 'on_demand_read';
SELECT count(*) FROM get_stream_messages('a-1');
SELECT stream_version('a-1');
SET message_db.namespace = 'on_demand_list';
SELECT count(*) FROM list_streams();
RESET message_db.namespace;
-- these are told of a namespace, and do not make one
SELECT public.error_of($$SELECT delete_namespace('unknown')$$);
SELECT public.error_of($$SELECT namespace_info('unknown')$$);
SELECT public.error_of($$SELECT grant_access('public', 'unknown')$$);
-- nor does a read-only transaction
BEGIN READ ONLY;
SELECT use_namespace('unknown');
ROLLBACK;
RESET message_db.auto_create_namespaces;
SELECT name FROM list_namespaces();
SELECT sum(delete_namespace(name)) FROM list_namespaces() WHERE name LIKE 'on\_demand%';

--
-- Plans of a session over the deletion, creation and renaming of a namespace
--
SELECT use_namespace('tenant_c');
PREPARE write AS SELECT write_message(NULL, 'plan-1', 'T', '1');
PREPARE read AS SELECT
	(SELECT count(*) FROM get_stream_messages('plan-1')) AS stream,
	(SELECT count(*) FROM get_category_messages('plan')) AS category,
	(SELECT count(*) FROM get_category_messages('plan', consumer_group_member => 0, consumer_group_size => 1)) AS member,
	(SELECT count(*) FROM get_last_stream_message('plan-1')) AS last,
	stream_version('plan-1') AS version;
EXECUTE write;
EXECUTE read;
SELECT delete_namespace('tenant_c');
SELECT public.error_of('EXECUTE write'), public.error_of('EXECUTE read');
SELECT create_namespace('tenant_c');
EXECUTE read;
EXECUTE write;
EXECUTE read;
-- two change places: the name decides
SELECT rename_namespace('tenant_b', 'tenant_x');
SELECT rename_namespace('tenant_c', 'tenant_b');
SELECT rename_namespace('tenant_x', 'tenant_c');
EXECUTE read;
EXECUTE write;
EXECUTE read;
SELECT use_namespace('tenant_b');
EXECUTE read;
-- cleared under a plan
SELECT clear_namespace('tenant_b');
EXECUTE read;
EXECUTE write;
SELECT position, global_position FROM get_stream_messages('plan-1');
RESET message_db.namespace;
DEALLOCATE ALL;

--
-- Transactions: all or nothing
--
CREATE TABLE public.before AS SELECT * FROM public.schemas;
BEGIN;
SELECT create_namespace('undone', 'x');
SELECT use_namespace('undone');
SELECT write_message(NULL, 'a-1', 'T', '1');
ROLLBACK;
SELECT current_namespace();
SELECT public.error_of($$SELECT use_namespace('undone')$$);
BEGIN;
SELECT delete_namespace('tenant_c');
SELECT create_namespace('tenant_c', 'another');
SELECT rename_namespace('tenant_b', 'undone'), clear_namespace('undone');
SELECT name FROM list_namespaces();
ROLLBACK;
SELECT name, description FROM list_namespaces();
SELECT message_count FROM namespace_info('tenant_b');
-- clearing and its numbering are undone together
SELECT use_namespace('tenant_b');
BEGIN;
SELECT clear_namespace('tenant_b');
SELECT write_message(NULL, 'plan-2', 'T', '1');
ROLLBACK;
SELECT write_message(NULL, 'plan-2', 'T', '1');
SELECT stream_name, position, global_position FROM tenant_b.messages ORDER BY 3;
-- a failed step undoes the whole: the new name is taken
BEGIN;
SAVEPOINT one;
SELECT create_namespace('undone');
SELECT create_namespace('undone');
ROLLBACK TO one;
SELECT ensure_namespace('undone');
ROLLBACK;
RESET message_db.namespace;
TABLE public.before EXCEPT TABLE public.schemas;
TABLE public.schemas EXCEPT TABLE public.before;
DROP TABLE public.before;
-- not in a read-only transaction; what changes nothing may
BEGIN READ ONLY;
SELECT ensure_namespace('tenant_b');
SELECT count(*) FROM list_namespaces();
SELECT state FROM message_store_status();
SELECT use_namespace('tenant_b');
SAVEPOINT one;
SELECT create_namespace('undone');
ROLLBACK TO one;
SELECT delete_namespace('tenant_b');
ROLLBACK TO one;
SELECT clear_namespace('tenant_b');
ROLLBACK TO one;
SELECT rename_namespace('tenant_b', 'undone');
ROLLBACK;

--
-- Schema versions and status
--
SELECT state, current_version, wanted_version, namespaces_done, namespaces FROM message_store_status();
DROP TABLE message_store.message_db_namespace;
SELECT name, schema_version FROM list_namespaces();
SELECT state, current_version, wanted_version, namespaces_done, namespaces FROM message_store_status();
-- it reads and writes before it is migrated
SELECT write_message(NULL, 'old-1', 'T', '1');
SELECT stream_version('old-1');
SELECT migrate_namespace(), migrate_namespace();
SELECT state, current_version, namespaces_done, namespaces FROM message_store_status();
-- one that fails is reported and noted, the others go on; clients are not
-- kept out by what was noted
ALTER TABLE tenant_b.messages RENAME data TO body;
DROP TABLE message_store.message_db_namespace;
CALL migrate_namespaces();
SELECT state, current_version, namespaces_done, namespaces, last_error,
	last_error_at > (now() - interval '1 hour') AT TIME ZONE 'utc' AS recent
FROM message_store_status();
-- also of one that has kept an older version
UPDATE tenant_b.message_db_namespace SET schema_version = 1;
SELECT state, current_version, namespaces_done, namespaces, last_error FROM message_store_status();
UPDATE tenant_b.message_db_namespace SET schema_version = 2;
ALTER TABLE tenant_b.messages RENAME body TO data;
SELECT use_namespace('tenant_b');
CALL migrate_namespaces();
SELECT state, last_error, last_error_at FROM message_store_status();
-- a prepared transaction is at work, too
BEGIN;
SELECT create_namespace('prepared');
PREPARE TRANSACTION 'regress_namespaces';
SELECT state FROM message_store_status();
ROLLBACK PREPARED 'regress_namespaces';
SELECT state FROM message_store_status();
-- a namespace of a newer release is refused and left as it is
UPDATE tenant_c.message_db_namespace SET schema_version = 3;
\c -
CREATE VIEW public.state_of_c AS
SELECT (SELECT count(*) FROM tenant_c.messages) AS messages,
	(SELECT to_jsonb(n) - 'created_at' FROM tenant_c.message_db_namespace n) AS registration;
SELECT * FROM public.state_of_c;
SELECT f, public.error_of('SELECT ' || f)
FROM unnest(ARRAY[$$use_namespace('tenant_c')$$, $$ensure_namespace('tenant_c')$$,
	$$create_namespace('tenant_c')$$, $$clear_namespace('tenant_c')$$,
	$$delete_namespace('tenant_c')$$, $$rename_namespace('tenant_c', 'tenant_d')$$,
	$$namespace_info('tenant_c')$$, $$migrate_namespace('tenant_c')$$]) AS f;
SET message_db.namespace = 'tenant_c';
SELECT f, public.error_of('SELECT ' || f)
FROM unnest(ARRAY[$$write_message(NULL, 'a-1', 'T', '1')$$, $$get_stream_messages('a-1')$$,
	$$get_category_messages('a')$$, $$get_last_stream_message('a-1')$$,
	$$stream_version('a-1')$$, 'list_streams()', 'list_categories()']) AS f;
RESET message_db.namespace;
CALL migrate_namespaces();
SELECT * FROM public.state_of_c;
SELECT name, schema_version FROM list_namespaces();
-- which is no state to serve clients in
SELECT state, current_version, wanted_version, namespaces_done, namespaces, last_error FROM message_store_status();
UPDATE tenant_c.message_db_namespace SET schema_version = 2;
SELECT use_namespace('tenant_c');
-- procedures commit, so not inside a transaction
BEGIN;
CALL migrate_namespaces();
ROLLBACK;

--
-- Whoever may create a schema cannot have code run by those who list
--
CREATE FUNCTION public.run() RETURNS int LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'run by %', current_user; END $$;
CREATE SCHEMA trap;
CREATE TABLE trap.messages (LIKE tenant_b.messages);
CREATE VIEW trap.message_db_namespace AS
SELECT public.run() AS schema_version, NULL::text AS description, NULL::jsonb AS metadata,
	now()::timestamp AS created_at, NULL::text AS last_error, NULL::timestamp AS last_error_at;
SELECT name FROM list_namespaces();
SELECT count(*) FROM get_namespace('trap');
SELECT state FROM message_store_status();
CALL migrate_namespaces();
DROP VIEW trap.message_db_namespace;
-- the same in tables that run something
CREATE FUNCTION public.run_trigger() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'run by %', current_user; END $$;
CREATE TABLE trap.message_db_namespace (LIKE tenant_b.message_db_namespace);
INSERT INTO trap.message_db_namespace (schema_version, created_at) VALUES (2, now());
SELECT count(*) FROM get_namespace('trap');
ALTER TABLE trap.messages RENAME data TO body;
CREATE TRIGGER run BEFORE UPDATE ON trap.message_db_namespace
	FOR EACH STATEMENT EXECUTE FUNCTION public.run_trigger();
SELECT count(*) FROM get_namespace('trap');
CALL migrate_namespaces();
DROP TRIGGER run ON trap.message_db_namespace;
VACUUM trap.message_db_namespace;
CREATE INDEX run ON trap.message_db_namespace ((last_error || 'x'));
SELECT count(*) FROM get_namespace('trap');
DROP INDEX trap.run;
ALTER TABLE trap.message_db_namespace ADD CHECK (last_error <> 'x');
SELECT count(*) FROM get_namespace('trap');
DROP SCHEMA trap CASCADE;

-- A session does not remember what is not there, or no longer.
\c regress_namespaces
SET client_min_messages = warning;
DO $$
BEGIN
	FOR n IN 1..1000 LOOP
		PERFORM set_config('message_db.namespace', 'unknown_' || n, false);
		BEGIN
			PERFORM stream_version('a-1');
		EXCEPTION WHEN SQLSTATE 'MD001' THEN
			NULL;
		END;
		COMMIT;
	END LOOP;
	FOR n IN 1..200 LOOP
		PERFORM create_namespace('passing_' || n), use_namespace('passing_' || n);
		PERFORM write_message(NULL, 'a-1', 'T', '{}');
		EXECUTE format('ALTER TABLE passing_%s.messages ENABLE ROW LEVEL SECURITY', n);
		PERFORM get_last_stream_message('a-1');
		COMMIT;
		PERFORM delete_namespace('passing_' || n), use_namespace('message_store');
		COMMIT;
	END LOOP;
END $$;
SELECT sum(total_bytes) < 100000 AS few FROM pg_backend_memory_contexts
	WHERE name = 'message_db namespaces';
SELECT count(*) < 150 AS few FROM pg_backend_memory_contexts WHERE name = 'CachedPlanSource';

\c :home
DROP DATABASE regress_namespaces;
DROP ROLE regress_tenant;
