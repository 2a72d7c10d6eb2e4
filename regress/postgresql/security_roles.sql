--
-- A role without rights gets nothing from any function in any namespace: not
-- a message, not a name, not whether there is one.
--
-- The functions are the catalog's, so a new one is tried by itself.  Each is
-- called with arguments that hit what is hidden, in a namespace that is full
-- and in its twin that is empty: the outcomes, errors with their details,
-- hints and contexts included, must be the same, and nothing may change.
--
SET client_min_messages = warning;
DROP DATABASE IF EXISTS regress_roles;
DROP ROLE IF EXISTS regress_nobody;
RESET client_min_messages;
\set VERBOSITY terse
\set home :DBNAME
CREATE DATABASE regress_roles;
\c regress_roles
CREATE EXTENSION message_db;
CREATE ROLE regress_nobody;
SELECT message_store.create_namespace('vault_a', 'hidden', '{"hidden": 1}'),
	message_store.create_namespace('vault_b', 'hidden', '{"hidden": 1}'),
	message_store.create_namespace('other', 'its own');
SET message_db.namespace = 'vault_a';
SELECT message_store.write_message(lpad(n::text, 8, '0') || '-0000-4000-8000-000000000000', 'hidden-1', 'hidden', '{"hidden": 2}',
	'{"correlationStreamName": "hidden-0"}') FROM generate_series(0, 6) AS n;
SELECT message_store.write_message(NULL, 'veiled-1', 'hidden', '{"hidden": 3}');
RESET message_db.namespace;
UPDATE vault_a.message_db_namespace SET last_error = 'hidden', last_error_at = now();

-- A value for each argument, by its name: what hits.
CREATE TABLE public.samples (argument text, value text);
INSERT INTO public.samples VALUES
	('id', $$'00000000-0000-4000-8000-000000000000'$$),
	('stream_name', $$'hidden-1'$$),
	('category', $$'hidden'$$),
	('type', $$'hidden'$$),
	('data', $$'{"guess": 2}'$$),
	('metadata', 'NULL'),
	('messages', $$'[{"type": "hidden", "data": {"guess": 2}, "id": "00000000-0000-4000-8000-000000000000"}]'$$),
	('expected_version', '6'), ('expected_version', '-1'), ('expected_version', 'NULL'),
	('position', '0'),
	('batch_size', '-1'),
	('correlation', 'NULL'), ('correlation', $$'hidden'$$),
	('consumer_group_member', 'NULL'),
	('consumer_group_size', 'NULL'),
	('condition', 'NULL'), ('condition', $$'true'$$),
	('condition', $$'EXISTS (SELECT FROM %1$I.messages)'$$),
	('name', '%1$L'), ('namespace', '%1$L'), ('old_name', '%1$L'),
	('new_name', $$'taken_over'$$),
	('description', 'NULL'),
	('role', $$'regress_nobody'$$),
	('prefix', $$''$$), ('prefix', $$'hidden'$$),
	('after', $$''$$),
	('failure', 'NULL'), ('failure', $$'x'$$),
	('value', $$'hidden'$$);

-- Every call: each function with every choice of values.
CREATE TABLE public.calls (function text, call text);
WITH RECURSIVE arguments AS (
	SELECT p.oid, p.proname, a.name, a.number
	FROM pg_proc AS p, unnest(p.proargnames) WITH ORDINALITY AS a (name, number)
	WHERE p.pronamespace = 'message_store'::regnamespace AND
		coalesce(p.proargmodes[a.number], 'i') = 'i'
), texts AS (
	SELECT p.oid, p.proname, '' AS text, 0 AS number
	FROM pg_proc AS p
	WHERE p.pronamespace = 'message_store'::regnamespace AND p.prokind = 'f' AND p.proname <> 'category_support'
	UNION ALL
	SELECT t.oid, t.proname, t.text || CASE WHEN t.text > '' THEN ', ' ELSE '' END
		|| quote_ident(a.name) COLLATE "default" || ' => ' || s.value, t.number + 1
	FROM texts AS t JOIN arguments AS a ON a.oid = t.oid AND a.number = t.number + 1
		JOIN public.samples AS s ON s.argument = a.name
)
INSERT INTO public.calls
SELECT t.proname, format('SELECT * FROM message_store.%I(', t.proname) || t.text || ')'
FROM texts AS t JOIN pg_proc AS p USING (oid) WHERE t.number = p.pronargs;
-- a function with an argument that has no sample, and what is no function for SQL
SELECT proname AS not_tried FROM pg_proc WHERE pronamespace = 'message_store'::regnamespace
EXCEPT SELECT function FROM public.calls;

-- What comes of a call: its rows, or all of its error.  Nothing is left of it.
CREATE FUNCTION public.outcome(role regrole, namespace text, call text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	result text;
	detail text;
	hint text;
	context text;
	names text;
BEGIN
	BEGIN
		PERFORM set_config('role', role::text, true);
		PERFORM set_config('message_db.namespace', namespace, true);
		PERFORM set_config('message_store.sql_condition', 'on', true);
		EXECUTE format('SELECT coalesce(json_agg(r)::text, ''no row'') FROM (' || call || ') AS r', namespace)
			INTO result;
		RAISE SQLSTATE 'UNDO0';
	EXCEPTION
		WHEN SQLSTATE 'UNDO0' THEN
			RETURN result;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
				context = PG_EXCEPTION_CONTEXT, names = TABLE_NAME;
			-- PL/pgSQL's, when the expression has failed before in the transaction
			context := regexp_replace(context, '(SQL expression|PL/pgSQL assignment) "[^"]*"\n', '', 'g');
			RETURN concat_ws(' | ', SQLSTATE, SQLERRM, detail, hint, context, names);
	END;
END $$;

-- All that is in the full one, and who holds locks.
CREATE FUNCTION public.contents() RETURNS text LANGUAGE sql AS $$
	SELECT md5(string_agg(x::text, '' ORDER BY x::text)) FROM (
		SELECT to_jsonb(m) FROM vault_a.messages m
		UNION ALL SELECT to_jsonb(n) FROM vault_a.message_db_namespace n
		UNION ALL SELECT to_jsonb(n) - 'oid' FROM pg_namespace n
		UNION ALL SELECT to_jsonb(c.relacl::text) FROM pg_class c WHERE relnamespace = 'vault_a'::regnamespace
		UNION ALL SELECT to_jsonb(l.mode) FROM pg_locks l
			WHERE pid = pg_backend_pid() AND locktype IN ('advisory', 'object')) AS e (x)
$$;

-- What the two say to a role with these rights, where it differs or shows something.
CREATE FUNCTION public.leaks(kind text) RETURNS TABLE (rights text, call text, a text, b text)
LANGUAGE plpgsql AS $$
DECLARE
	before text := public.contents();
BEGIN
	rights := kind;
	FOR call, a, b IN
		SELECT c.call, public.outcome('regress_nobody', 'vault_a', c.call),
			public.outcome('regress_nobody', 'vault_b', c.call)
		FROM public.calls AS c WHERE c.function <> 'acquire_lock'
	LOOP
		IF replace(a, 'vault_a', 'vault_b') <> b OR a ~ '"?hidden"?: ?[123]' OR a ~ '"description":"hidden|veiled' THEN
			RETURN NEXT;
		END IF;
	END LOOP;
	IF public.contents() <> before THEN
		call := 'something has changed';
		RETURN NEXT;
	END IF;
END $$;
-- messages of one namespace, or of both, are direct or by statements
CREATE PROCEDURE public.as_statements(yes boolean) LANGUAGE plpgsql AS $$
DECLARE
	namespace text;
BEGIN
	FOREACH namespace IN ARRAY ARRAY['vault_a', 'vault_b'] LOOP
		EXECUTE format(CASE WHEN yes THEN 'ALTER TABLE %I.messages ADD CONSTRAINT special CHECK (true)'
			ELSE 'ALTER TABLE %I.messages DROP CONSTRAINT special' END, namespace);
	END LOOP;
END $$;
CREATE PROCEDURE public.allow(what text) LANGUAGE plpgsql AS $$
DECLARE
	namespace text;
BEGIN
	FOREACH namespace IN ARRAY ARRAY['vault_a', 'vault_b'] LOOP
		EXECUTE format(what, namespace);
	END LOOP;
END $$;

-- the comparison finds what there is to find: to one who may, most of them differ
SELECT count(DISTINCT function) > 12 AS would_differ FROM public.calls
WHERE replace(public.outcome(current_user::regrole, 'vault_a', call), 'vault_a', 'vault_b')
	<> public.outcome(current_user::regrole, 'vault_b', call);
SELECT count(*) AS calls FROM public.calls;
SELECT last_value AS before FROM vault_a.messages_global_position_seq \gset
-- GRANT and REVOKE that achieve nothing only warn
SET client_min_messages = error;
SELECT * FROM public.leaks('none');
CALL public.allow('GRANT USAGE ON SCHEMA message_store TO regress_nobody');
SELECT * FROM public.leaks('those of whoever calls the functions');
CALL public.allow('SELECT message_store.grant_access(''regress_nobody'', ''other'')');
SELECT * FROM public.leaks('all, in another namespace');
CALL public.as_statements(true);
SELECT * FROM public.leaks('the same, with a table that is written by statements');
CALL public.as_statements(false);
CALL public.allow('GRANT USAGE ON SCHEMA %I TO regress_nobody');
SELECT * FROM public.leaks('USAGE of the schema');
CALL public.as_statements(true);
SELECT * FROM public.leaks('USAGE of the schema, statements');
CALL public.as_statements(false);
CALL public.allow('GRANT USAGE, SELECT ON SEQUENCE %1$I.messages_global_position_seq TO regress_nobody;
	GRANT INSERT ON %1$I.messages TO regress_nobody; REVOKE SELECT ON %1$I.messages_global_position_seq FROM regress_nobody');
SELECT * FROM public.leaks('INSERT without SELECT');
CALL public.as_statements(true);
SELECT * FROM public.leaks('INSERT without SELECT, statements');
CALL public.as_statements(false);
-- columns that say nothing of the rows
CALL public.allow('GRANT SELECT ("time", id, data) ON %I.messages TO regress_nobody');
SELECT * FROM public.leaks('SELECT of other columns');
CALL public.allow('REVOKE ALL ON %1$I.messages FROM regress_nobody; REVOKE ALL ("time", id, data) ON %1$I.messages FROM regress_nobody');
-- USAGE taken away, and everything else given
CALL public.allow('REVOKE USAGE ON SCHEMA %1$I FROM regress_nobody;
	GRANT ALL ON ALL TABLES IN SCHEMA %1$I TO regress_nobody; GRANT ALL ON ALL SEQUENCES IN SCHEMA %1$I TO regress_nobody');
SELECT * FROM public.leaks('all but USAGE of the schema');
CALL public.as_statements(true);
SELECT * FROM public.leaks('all but USAGE of the schema, statements');
CALL public.as_statements(false);
-- none of these has drawn a position
SELECT last_value = :before AS untouched FROM vault_a.messages_global_position_seq;
-- row security: all rights, but no policy; an INSERT by hand draws a position, too
CALL public.allow('GRANT USAGE ON SCHEMA %1$I TO regress_nobody; REVOKE SELECT ON ALL SEQUENCES IN SCHEMA %1$I FROM regress_nobody;
	REVOKE UPDATE, TRUNCATE ON ALL TABLES IN SCHEMA %1$I FROM regress_nobody;
	ALTER TABLE %1$I.messages ENABLE ROW LEVEL SECURITY; ALTER TABLE %1$I.message_db_namespace ENABLE ROW LEVEL SECURITY');
SELECT * FROM public.leaks('all, with row security');
RESET client_min_messages;

-- the procedure
\c -
SET ROLE regress_nobody;
CALL message_store.migrate_namespaces();
RESET ROLE;
SELECT last_error FROM vault_a.message_db_namespace;

-- No function is leakproof, so none is called with rows that a view with a
-- barrier, or row security, is still to hide; and EXECUTE is everybody's only
-- because all act with the caller's rights.
SELECT proname FROM pg_proc WHERE pronamespace = 'message_store'::regnamespace
	AND (proleakproof OR prosecdef OR proacl IS NOT NULL OR proowner <> 10);
GRANT USAGE ON SCHEMA vault_a, public TO regress_nobody;
CREATE VIEW public.barrier WITH (security_barrier) AS
SELECT stream_name, type FROM vault_a.messages WHERE stream_name = 'veiled-1';
GRANT SELECT ON public.barrier TO regress_nobody;
CREATE FUNCTION public.peek(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS
	$$ BEGIN RAISE NOTICE 'sees %', $1; RETURN true; END $$;
SET ROLE regress_nobody;
SELECT count(*) FROM public.barrier WHERE public.peek(message_store.category(stream_name))
	AND message_store.is_category(stream_name) IS NOT NULL
	AND message_store.consumer_group_member(stream_name, 2) >= 0;
RESET ROLE;

\c :home
DROP DATABASE regress_roles;
DROP ROLE regress_nobody;
