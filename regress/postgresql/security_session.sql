--
-- What a session remembers of one role does nothing for the next one: layouts,
-- versions of streams, plans.  Functions that lend rights (SECURITY DEFINER)
-- and call ours; the settings that they should fix.
--
SET client_min_messages = warning;
DROP DATABASE IF EXISTS regress_session;
DROP ROLE IF EXISTS regress_rich, regress_poor, regress_lender;
RESET client_min_messages;
\set VERBOSITY terse
\set home :DBNAME
CREATE DATABASE regress_session;
\c regress_session
CREATE EXTENSION message_db;
CREATE ROLE regress_rich;
CREATE ROLE regress_poor;
CREATE ROLE regress_lender;
SELECT message_store.create_namespace('tenant_a'), message_store.create_namespace('tenant_b');
SELECT message_store.grant_access('regress_rich', 'tenant_a'), message_store.grant_access('regress_lender', 'tenant_a'),
	message_store.grant_access('regress_lender', 'tenant_b');
GRANT USAGE ON SCHEMA message_store TO regress_poor;
GRANT CREATE ON SCHEMA public TO regress_lender;

-- Everything that keeps something, several times.
CREATE FUNCTION public.all_outcomes() RETURNS TABLE (call text, outcome text) LANGUAGE plpgsql AS $$
BEGIN
	FOREACH call IN ARRAY ARRAY[
		$c$message_store.write_message(NULL, 'a-1', 'T', '1')$c$,
		$c$message_store.write_messages('a-1', '[{"type": "T", "data": 1}]')$c$,
		$c$message_store.stream_version('a-1')$c$,
		$c$(SELECT count(*) FROM message_store.get_stream_messages('a-1'))$c$,
		$c$(SELECT count(*) FROM message_store.get_category_messages('a'))$c$,
		$c$(SELECT count(*) FROM message_store.get_last_stream_message('a-1'))$c$,
		$c$(SELECT count(*) FROM message_store.list_streams())$c$,
		$c$(SELECT count(*) FROM message_store.verify_namespace())$c$]
	LOOP
		BEGIN
			EXECUTE 'SELECT ' || call INTO outcome;
		EXCEPTION WHEN OTHERS THEN
			outcome := SQLSTATE || ' ' || SQLERRM;
		END;
		call := substring(call FROM 'message_store\.(\w+)');
		RETURN NEXT;
	END LOOP;
END $$;
SET message_db.namespace = 'tenant_a';
\pset format unaligned
\pset tuples_only on
-- direct, and by statements, whose plans are kept
SET ROLE regress_rich;
SELECT * FROM public.all_outcomes();
SET ROLE regress_poor;
SELECT * FROM public.all_outcomes();
SET ROLE regress_rich;
SELECT outcome FROM public.all_outcomes();
RESET ROLE;
ALTER TABLE tenant_a.messages ADD CONSTRAINT special CHECK (true);
SET ROLE regress_rich;
SELECT outcome FROM public.all_outcomes();
SET ROLE regress_poor;
SELECT outcome FROM public.all_outcomes();
SET SESSION AUTHORIZATION regress_rich;
SELECT outcome FROM public.all_outcomes();
SET SESSION AUTHORIZATION regress_poor;
SELECT outcome FROM public.all_outcomes();
RESET SESSION AUTHORIZATION;
-- USAGE of the schema counts, although another role had the statements parsed
GRANT ALL ON ALL TABLES IN SCHEMA tenant_a TO regress_poor;
GRANT ALL ON ALL SEQUENCES IN SCHEMA tenant_a TO regress_poor;
SET ROLE regress_rich;
SELECT outcome FROM public.all_outcomes();
SET ROLE regress_poor;
SELECT outcome FROM public.all_outcomes();
RESET ROLE;
REVOKE ALL ON ALL TABLES IN SCHEMA tenant_a FROM regress_poor;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA tenant_a FROM regress_poor;
ALTER TABLE tenant_a.messages DROP CONSTRAINT special;
-- the same prepared statements under each role
PREPARE w AS SELECT message_store.write_message(NULL, 'p-1', 'T', '1');
PREPARE r AS SELECT count(*) FROM message_store.get_stream_messages('p-1');
SET ROLE regress_rich;
EXECUTE w; EXECUTE r;
SET ROLE regress_poor;
EXECUTE w; EXECUTE r;
SET ROLE regress_rich;
EXECUTE w; EXECUTE r;
RESET ROLE;
-- a cursor that was opened with rights is read without them, as the server has it
BEGIN;
SET LOCAL ROLE regress_rich;
DECLARE c CURSOR FOR SELECT position FROM message_store.get_stream_messages('p-1');
FETCH c;
SET LOCAL ROLE regress_poor;
FETCH c;
SELECT count(*) FROM message_store.get_stream_messages('p-1');
ROLLBACK;
-- rights that are taken away, and a role that changes, inside a transaction
BEGIN;
SET LOCAL ROLE regress_rich;
SELECT message_store.write_message(NULL, 'p-1', 'T', '1');
SAVEPOINT one;
RESET ROLE;
REVOKE ALL ON SCHEMA tenant_a FROM regress_rich;
SET LOCAL ROLE regress_rich;
SELECT message_store.write_message(NULL, 'p-1', 'T', '1');
ROLLBACK TO one;
SELECT message_store.write_message(NULL, 'p-1', 'T', '1');
ROLLBACK;
-- row security goes by the role of the moment, also in plans that are kept
ALTER TABLE tenant_a.messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tenant_a.messages USING (type = current_user);
SELECT message_store.grant_access('regress_poor', 'tenant_a');
SET ROLE regress_poor;
SELECT message_store.write_message(NULL, 'r-1', 'regress_poor', '1');
SET ROLE regress_rich;
SELECT message_store.stream_version('r-1'), (SELECT count(*) FROM message_store.get_category_messages('r'));
SELECT message_store.write_message(NULL, 'r-2', 'regress_rich', '1');
SET ROLE regress_poor;
SELECT message_store.stream_version('r-1'), message_store.stream_version('r-2'),
	(SELECT count(*) FROM message_store.get_category_messages('r'));
RESET ROLE;
DROP POLICY own ON tenant_a.messages;
ALTER TABLE tenant_a.messages DISABLE ROW LEVEL SECURITY;
SELECT message_store.revoke_access('regress_poor', 'tenant_a');

--
-- Triggers run with the rights of whoever writes, or of their function's owner
-- if it lends them; an event trigger with those of whoever creates a namespace.
--
CREATE FUNCTION public.whose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE '% fires as %', tg_name, current_user;
	RETURN new;
END $$;
CREATE TRIGGER own BEFORE INSERT ON tenant_a.messages FOR EACH ROW EXECUTE FUNCTION public.whose();
SET ROLE regress_rich;
SELECT message_store.write_message(NULL, 't-1', 'T', '1');
INSERT INTO tenant_a.messages (stream_name, position, type) VALUES ('t-1', 1, 'by hand');
RESET ROLE;
ALTER FUNCTION public.whose() SECURITY DEFINER;
ALTER FUNCTION public.whose() OWNER TO regress_lender;
SET ROLE regress_rich;
SELECT message_store.write_message(NULL, 't-1', 'T', '1');
RESET ROLE;
DROP TRIGGER own ON tenant_a.messages;
CREATE FUNCTION public.whose_event() RETURNS event_trigger LANGUAGE plpgsql AS
	$$ BEGIN RAISE NOTICE '% fires as %', tg_tag, current_user; END $$;
CREATE EVENT TRIGGER own ON ddl_command_end WHEN TAG IN ('CREATE SCHEMA') EXECUTE FUNCTION public.whose_event();
GRANT CREATE ON DATABASE regress_session TO regress_rich;
SET ROLE regress_rich;
SELECT message_store.create_namespace('tenant_c');
SELECT message_store.delete_namespace('tenant_c');
RESET ROLE;
DROP EVENT TRIGGER own;

--
-- Functions that lend rights
--
SET ROLE regress_lender;
CREATE FUNCTION public.post(text) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog SET message_db.namespace = 'tenant_a'
AS $$ SELECT message_store.write_message(NULL, $1, 'T', '1') $$;
CREATE FUNCTION public.peek(text, condition text) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog SET message_db.namespace = 'tenant_a' SET message_store.sql_condition = off
AS $$ SELECT count(*) FROM message_store.get_stream_messages($1, condition => condition) $$;
-- this one forgets to fix the namespace: the caller chooses it, among the lender's
CREATE FUNCTION public.careless(text) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog
AS $$ SELECT message_store.write_message(NULL, $1, 'T', '1') $$;
RESET ROLE;
GRANT USAGE ON SCHEMA public TO regress_poor;
SET ROLE regress_poor;
SET message_db.namespace = 'tenant_b';
SELECT public.post('lent-1'), public.post('lent-1');
SHOW message_db.namespace;
-- before, after and between, the borrower has no rights of his own
SELECT message_store.write_message(NULL, 'lent-1', 'T', '1');
SET message_db.namespace = 'tenant_a';
SELECT message_store.write_message(NULL, 'lent-1', 'T', '1');
SELECT public.post('lent-1');
SELECT message_store.stream_version('lent-1');
SELECT count(*) FROM message_store.get_stream_messages('lent-1');
-- he cannot switch the condition on from outside
SET message_store.sql_condition = on;
SELECT public.peek('lent-1', NULL);
SELECT public.peek('lent-1', 'true');
RESET message_store.sql_condition;
-- an error inside leaves the namespace as it was
SELECT public.post(NULL);
SHOW message_db.namespace;
SET message_db.namespace = 'tenant_b';
SELECT public.careless('chosen-1');
RESET ROLE;
SELECT (SELECT count(*) FROM tenant_a.messages WHERE stream_name LIKE 'chosen%') AS a,
	(SELECT count(*) FROM tenant_b.messages WHERE stream_name LIKE 'chosen%') AS b;
RESET message_db.namespace;

--
-- condition is off unless somebody with the session's say has it on
--
\c -
\set VERBOSITY terse
SET message_db.namespace = 'tenant_a';
SHOW message_store.sql_condition;
SELECT count(*) FROM message_store.get_stream_messages('a-1', condition => 'true');
-- nothing that a condition, a name or data says switches it on
SELECT count(*) FROM message_store.get_stream_messages('a-1',
	condition => 'set_config(''message_store.sql_condition'', ''on'', false) = ''on''');
SHOW message_store.sql_condition;
-- local to a function, a transaction, a savepoint: off again behind it
CREATE FUNCTION public.with_condition() RETURNS bigint LANGUAGE sql SET message_store.sql_condition = on
AS $$ SELECT count(*) FROM message_store.get_stream_messages('a-1', condition => 'true') $$;
SELECT public.with_condition() > 0;
SELECT count(*) FROM message_store.get_stream_messages('a-1', condition => 'true');
BEGIN;
SAVEPOINT one;
SET LOCAL message_store.sql_condition = on;
SELECT count(*) > 0 FROM message_store.get_stream_messages('a-1', condition => 'true');
ROLLBACK TO one;
SELECT count(*) FROM message_store.get_stream_messages('a-1', condition => 'true');
ROLLBACK;
-- for a role or a database it can be set, as any such setting: by whom the server lets
ALTER ROLE regress_rich SET message_store.sql_condition = on;
SET ROLE regress_poor;
\set VERBOSITY sqlstate
ALTER ROLE regress_rich SET message_store.sql_condition = off;
\set VERBOSITY terse
ALTER DATABASE regress_session SET message_store.sql_condition = on;
RESET ROLE;
ALTER ROLE regress_rich RESET ALL;
-- values that are no boolean leave it off
SET message_store.sql_condition = 'perhaps';
SHOW message_store.sql_condition;

-- With it on, a condition does what a SELECT of the caller's can, and no more.
SET message_store.sql_condition = on;
SET ROLE regress_rich;
CREATE FUNCTION pg_temp.tried(condition text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT count(*) FROM message_store.get_stream_messages('a-1', condition => condition))::text;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || split_part(SQLERRM, E'\n', 1);
END $$;
SELECT c, pg_temp.tried(c) FROM unnest(ARRAY[
	'EXISTS (SELECT FROM tenant_b.messages)',
	'(SELECT count(*) FROM pg_authid) > 0',
	'pg_read_file(''/etc/passwd'') > ''''',
	'setval(''tenant_a.messages_global_position_seq'', 1) = 1',
	'lo_import(''/etc/passwd'') > 0',
	'(WITH d AS (DELETE FROM tenant_a.messages RETURNING 1) SELECT count(*) FROM d) > 0',
	'true; DELETE FROM tenant_a.messages',
	'true); DELETE FROM tenant_a.messages; --',
	'true); DELETE FROM tenant_a.messages; SELECT * FROM tenant_a.messages WHERE (true',
	'true) UNION ALL SELECT * FROM message_store.get_stream_messages(''a-1'') --',
	'true /* ', 'true --', '$$', '$x$ true', '''', '"', 'E''\''''', 'true'||chr(13)||'--', 'true \g', E'true\\',
	'U&"d\0061ta" IS NOT NULL', '(((((true', 'true)))))', ') OR (true', '1', 'NULL', 'ROW(1)', '$1 IS NOT NULL', '$9 = 1',
	'stream_name = $1', '@messages@', '@namespace@', '%s%s%n', ':a', '?1']) AS c;
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SELECT c, pg_temp.tried(c) FROM unnest(ARRAY[$$type = 'T\' -- $$, $$type = '\' OR true --'$$, $$type <> '\\'$$,
	$$type = '\'; DELETE FROM tenant_a.messages; --'$$, $$type <> 'x' -- '$$]) AS c;
RESET standard_conforming_strings;
SELECT count(*) > 0 FROM tenant_a.messages;
RESET ROLE;

\c :home
DROP DATABASE regress_session;
DROP ROLE regress_rich, regress_poor, regress_lender;
