--
-- A search_path on which everything is shadowed: every operator and function of
-- pg_catalog on the types that are used here, types, casts, collations, tables.
-- All functions give the same as without it, set before the first call and
-- between calls; and tables, schemas and triggers that wait for them do not bite.
--
SET client_min_messages = warning;
DROP DATABASE IF EXISTS regress_path;
DROP ROLE IF EXISTS regress_app;
RESET client_min_messages;
\set VERBOSITY terse
\set home :DBNAME
CREATE DATABASE regress_path;
\c regress_path
CREATE EXTENSION message_db;
SELECT message_store.create_namespace('tenant_a', 'a', '{"n": 1}');
CREATE ROLE regress_app;
SELECT message_store.grant_access('regress_app', 'tenant_a');

-- What all functions give, without ids, times and what depends on the turn.
CREATE FUNCTION public.everything() RETURNS text LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
DECLARE
	call text;
	query text;
	result text;
	whole text := '';
	functions text[];
BEGIN
	FOREACH call IN ARRAY ARRAY[
		$c$message_store.write_message(NULL, 'p-1', 'T', '{"n": 1}', '{"correlationStreamName": "c-1"}', message_store.stream_version('p-1'))$c$,
		$c$message_store.write_messages('p-2+x', '[{"type": "T", "data": 1}, {"type": "U", "data": 2}]')$c$,
		$c$message_store.get_stream_messages('p-1', 0, 2)$c$,
		$c$message_store.get_category_messages('p', 1, 3, 'c', 0, 1)$c$,
		$c$message_store.get_all_messages(1, 2)$c$,
		$c$message_store.get_last_stream_message('p-2+x', 'T')$c$,
		$c$message_store.stream_version('p-3')$c$,
		$c$message_store.acquire_lock('p-1')$c$,
		$c$message_store.id('p-1+2')$c$, $c$message_store.cardinal_id('p-1+2')$c$,
		$c$message_store.category('p-1')$c$, $c$message_store.is_category('p')$c$,
		$c$message_store.hash_64('p')$c$, $c$message_store.consumer_group_member('p-1', 3)$c$,
		$c$message_store.message_store_version()$c$, $c$message_store.message_db_version()$c$,
		$c$message_store.rows_in_progress()$c$, $c$message_store.message_store_writers()$c$,
		$c$message_store.existing_namespace()$c$, $c$message_store.current_namespace()$c$,
		$c$message_store.use_namespace('tenant_a')$c$,
		$c$message_store.registration_of('tenant_a')$c$, $c$message_store.described_namespace('tenant_a')$c$,
		$c$message_store.get_namespace('tenant_a')$c$, $c$message_store.list_namespaces()$c$,
		$c$message_store.streams_of_namespace('tenant_a', 'p', 1, '')$c$,
		$c$message_store.list_streams('p', 1)$c$, $c$message_store.list_categories()$c$,
		$c$message_store.namespace_info('tenant_a')$c$, $c$message_store.verify_namespace()$c$,
		$c$message_store.message_store_status()$c$, $c$message_store.migrate_namespace()$c$,
		$c$message_store.note_migration('tenant_a', 'x')$c$, $c$message_store.note_migration('tenant_a', NULL)$c$,
		$c$message_store.create_namespace('tenant_b', 'b', '{}')$c$, $c$message_store.ensure_namespace('tenant_b')$c$,
		$c$message_store.grant_access('regress_app', 'tenant_b')$c$, $c$message_store.revoke_access('regress_app', 'tenant_b')$c$,
		$c$message_store.rename_namespace('tenant_b', 'tenant_c')$c$, $c$message_store.clear_namespace('tenant_c')$c$,
		$c$message_store.delete_namespace('tenant_c')$c$]
	LOOP
		functions := functions || substring(call FROM 'message_store\.(\w+)');
		-- the function runs under the path that the caller of everything() has
		query := 'SELECT pg_catalog.json_agg(r) FROM ' || call || ' AS r';
		BEGIN
			PERFORM pg_catalog.set_config('search_path', pg_catalog.current_setting('test.path'), true);
			EXECUTE query INTO result;
			PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);
		EXCEPTION WHEN OTHERS THEN
			PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);
			result := SQLSTATE || ': ' || SQLERRM;
		END;
		result := regexp_replace(result, '[0-9a-f]{8}-[0-9a-f-]{27}', 'ID', 'g');
		result := regexp_replace(result, '\d{4}-\d\d-\d\dT[0-9:.]+', 'TIME', 'g');
		whole := whole || call || ' -> ' || coalesce(result, 'NULL') || E'\n';
	END LOOP;
	SELECT string_agg(proname, ' ') INTO result FROM pg_proc
	WHERE pronamespace = 'message_store'::regnamespace AND proname <> ALL (functions)
		AND proname NOT IN ('category_support', 'migrate_namespaces') AND
		EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e');
	RETURN whole || 'not called: ' || coalesce(result, 'none');
END $$;

CREATE SCHEMA hostile;
CREATE FUNCTION hostile.trap() RETURNS void LANGUAGE plpgsql AS
	$$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
-- what shadows a function must have its name, its arguments and its kind
CREATE PROCEDURE public.shadow_functions() LANGUAGE plpgsql AS $$
DECLARE
	f record;
BEGIN
	FOR f IN
		SELECT DISTINCT p.proname, pg_get_function_identity_arguments(p.oid) AS arguments,
			format_type(p.prorettype, NULL) AS result, p.proretset
		FROM pg_proc AS p
		WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.provariadic = 0 AND
			p.proargmodes IS NULL AND
			p.prorettype::regtype::text !~ '^"?(any|internal|trigger|event|cstring|.*_handler|record|table_am)' AND
			p.proargtypes::regtype[] <@ ARRAY['text', 'varchar', 'name', '"char"', 'bool', 'int4', 'int8', 'oid', 'xid',
				'regclass', 'jsonb', 'uuid', 'timestamp', 'timestamptz', 'interval', 'numeric', 'float8']::regtype[]
	LOOP
		EXECUTE format('CREATE FUNCTION hostile.%I(%s) RETURNS %s%s LANGUAGE plpgsql AS %L', f.proname, f.arguments,
			CASE WHEN f.proretset THEN 'SETOF ' ELSE '' END, f.result, 'BEGIN RAISE EXCEPTION ''trapped''; END');
	END LOOP;
END $$;
CALL public.shadow_functions();
CREATE PROCEDURE public.shadow_operators() LANGUAGE plpgsql AS $$
DECLARE
	types text[] := ARRAY['text', 'varchar', 'name', '"char"', 'bool', 'int4', 'int8', 'oid', 'regclass', 'regtype', 'regnamespace',
		'jsonb', 'uuid', 'timestamp', 'interval', 'numeric'];
	a text;
	b text;
	o text;
BEGIN
	FOREACH a IN ARRAY types LOOP
		FOREACH b IN ARRAY types LOOP
			EXECUTE format('CREATE FUNCTION hostile.o(%s, %s) RETURNS bool LANGUAGE plpgsql AS %L', a, b,
				'BEGIN RAISE EXCEPTION ''trapped''; END');
			FOREACH o IN ARRAY ARRAY['=', '<>', '<', '<=', '>', '>=', '||', '->', '->>', '+', '-', '*', '/', '~~', '!~~', '~', '!~', '@>', '&'] LOOP
				EXECUTE format('CREATE OPERATOR hostile.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = hostile.o)', o, a, b);
			END LOOP;
		END LOOP;
	END LOOP;
	FOREACH a IN ARRAY ARRAY['text', 'varchar', 'bigint', 'integer', 'int8', 'int4', 'bool', 'boolean', 'jsonb', 'uuid', 'name', 'oid',
		'timestamp', 'regclass', 'regtype', 'regcollation'] LOOP
		EXECUTE format('CREATE DOMAIN hostile.%I AS pg_catalog.text CHECK (false)', a);
	END LOOP;
END $$;
CALL public.shadow_operators();
CREATE FUNCTION hostile.first(int8, int8) RETURNS int8 LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE AGGREGATE hostile.max(int8) (SFUNC = hostile.first, STYPE = int8, INITCOND = '0');
CREATE AGGREGATE hostile.sum(int8) (SFUNC = hostile.first, STYPE = int8, INITCOND = '0');
CREATE AGGREGATE hostile.count("any") (SFUNC = int8inc_any, STYPE = int8, INITCOND = '777');
CREATE AGGREGATE hostile.count(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '777');
CREATE COLLATION hostile."C" FROM "POSIX";
CREATE COLLATION hostile."default" FROM "POSIX";
CREATE TABLE hostile.pg_class AS SELECT 'x' AS relname, 1 AS oid, 1 AS relnamespace, 'r' AS relkind;
CREATE TABLE hostile.pg_namespace AS SELECT 'x' AS nspname, 1 AS oid;
CREATE TABLE hostile.pg_attribute AS SELECT 1 AS attrelid, 'x' AS attname, 1 AS attcollation;
CREATE TABLE hostile.pg_locks AS SELECT 'object' AS locktype, 1 AS classid, 28004 AS objsubid, true AS granted, 1 AS pid, 1 AS database;
CREATE TABLE hostile.pg_stat_activity AS SELECT 1 AS pid, now() AS xact_start;
CREATE TABLE hostile.pg_prepared_xacts AS SELECT 'x' AS gid, now() AS prepared, 1 AS transaction;
CREATE TABLE hostile.pg_database AS SELECT 1 AS oid, 'x' AS datname;
CREATE TABLE hostile.pg_roles AS SELECT false AS rolsuper, 'x' AS rolname;
CREATE TABLE hostile.messages (LIKE tenant_a.messages);
CREATE TABLE hostile.message_db_namespace (LIKE tenant_a.message_db_namespace);

-- each try is a session of its own; the store is the same each time
CREATE PROCEDURE public.prepare() LANGUAGE sql AS $$
	TRUNCATE tenant_a.messages RESTART IDENTITY;
$$;
\set settings 'SET message_db.namespace = tenant_a; SET client_min_messages = error'
\c -
:settings;
CALL public.prepare();
SET test.path = '';
SELECT public.everything() AS plain \gset
\echo :plain
-- a hostile path from the first call on
\c -
:settings;
CALL public.prepare();
SET test.path = 'hostile, pg_catalog, public';
SELECT public.everything() AS hostile \gset
SELECT :'plain' = :'hostile' AS same;
\c -
:settings;
-- what is on the path bites those who look there
SET search_path = hostile, pg_catalog;
SELECT 1::pg_catalog.int8 = 1::pg_catalog.int8;
SELECT length('a'::pg_catalog.text);
SELECT 'a'::text;
RESET search_path;
-- with plans made before, and a path set between
CALL public.prepare();
SET test.path = '';
SELECT public.everything() = :'plain' AS same;
CALL public.prepare();
SET test.path = 'hostile, pg_catalog, public';
SELECT public.everything() = :'plain' AS same;
CALL public.prepare();
SET test.path = 'hostile';
SELECT public.everything() = :'plain' AS same;
-- tables that are written and read by statements
ALTER TABLE tenant_a.messages ADD CONSTRAINT special CHECK (global_position > 0);
CALL public.prepare();
SET test.path = '';
SELECT public.everything() AS plain \gset
CALL public.prepare();
SET test.path = 'hostile, pg_catalog, public';
SELECT public.everything() = :'plain' AS same;
\c -
:settings;
CALL public.prepare();
SET test.path = 'hostile, pg_catalog, public';
SELECT public.everything() = :'plain' AS same;
ALTER TABLE tenant_a.messages DROP CONSTRAINT special;
-- the procedure
SET search_path = hostile, pg_catalog;
SET client_min_messages = notice;
CALL message_store.migrate_namespaces();
RESET search_path;

-- temporary objects in place of everything
\c -
:settings;
CREATE TEMP TABLE messages (LIKE tenant_a.messages INCLUDING ALL);
CREATE TEMP TABLE message_db_namespace (LIKE tenant_a.message_db_namespace);
CREATE TEMP TABLE pg_class AS SELECT 'x' AS relname;
CREATE TEMP TABLE pg_namespace AS SELECT 'x' AS nspname;
CREATE TEMP TABLE pg_locks AS SELECT 'x' AS locktype;
CREATE FUNCTION pg_temp.count() RETURNS bigint LANGUAGE sql AS 'SELECT 777::bigint';
CREATE TYPE pg_temp.message AS (a int);
CREATE TYPE pg_temp.namespace AS (a int);
CREATE DOMAIN pg_temp.varchar AS pg_catalog.text CHECK (false);
CALL public.prepare();
SET test.path = '';
SELECT public.everything() AS plain \gset
CALL public.prepare();
SET test.path = 'pg_temp, message_store, pg_catalog, public';
SELECT public.everything() = :'plain' AS same;
SELECT count(*) FROM pg_temp.messages;

-- A schema that hostile hands have made before the extension came: its operators
-- are not baked into what the extension creates, and what stands in the way is
-- an error.
\c -
SET client_min_messages = warning;
DROP EXTENSION message_db;
DROP SCHEMA tenant_a CASCADE;
GRANT CREATE ON DATABASE regress_path TO regress_app;
ALTER SCHEMA hostile OWNER TO regress_app;
DROP SCHEMA message_store CASCADE;
ALTER SCHEMA hostile RENAME TO message_store;
DROP TABLE message_store.messages, message_store.message_db_namespace;
-- types that the extension is about to make
DROP DOMAIN message_store.name;
CREATE EXTENSION message_db;
SELECT message_store.create_namespace('tenant_a', 'a', '{"n": 1}');
SELECT message_store.grant_access('regress_app', 'tenant_a');
\c -
:settings;
SET test.path = '';
SELECT public.everything() AS after \gset
\echo :after
\c -
SET client_min_messages = warning;
DROP EXTENSION message_db;
SET ROLE regress_app;
CREATE FUNCTION message_store.stream_version(stream_name pg_catalog.varchar) RETURNS pg_catalog.int8
	LANGUAGE sql AS 'SELECT 1::pg_catalog.int8';
RESET ROLE;
CREATE EXTENSION message_db;
SET ROLE regress_app;
CREATE EXTENSION message_db;
DROP FUNCTION message_store.stream_version(pg_catalog.varchar);
CREATE TYPE message_store.message AS (a pg_catalog.int4);
CREATE EXTENSION message_db;
RESET ROLE;

\c :home
SET client_min_messages = warning;
DROP DATABASE regress_path;
DROP ROLE regress_app;
