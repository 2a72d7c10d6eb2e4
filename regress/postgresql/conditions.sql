--
-- The readers' argument condition: SQL text with the caller's rights.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
\set VERBOSITY terse
SELECT write_message(NULL, 'c-' || i % 2, CASE WHEN i < 4 THEN 'A' ELSE 'B' END,
	jsonb_build_object('n', i), '{"correlationStreamName": "x-1"}')
FROM generate_series(1, 6) i;

-- off by default; the other checks come first
SELECT position FROM get_stream_messages('c-1', condition => 'true');
SELECT position FROM get_category_messages('c', condition => 'true');
SELECT position FROM get_stream_messages('c', condition => 'true');
SELECT position FROM get_category_messages('c', consumer_group_member => 0, condition => 'true');
\set VERBOSITY default
SELECT position FROM get_stream_messages('c-1', condition => '');
\set VERBOSITY terse

SET message_store.sql_condition = on;
-- columns, messages.column, system columns, subqueries, functions
SELECT position FROM get_stream_messages('c-1', condition => 'type = ''A''');
SELECT position FROM get_stream_messages('c-1', condition => 'messages.type = ''B'' AND "position" > 1');
SELECT position FROM get_stream_messages('c-1', condition => '(data ->> ''n'')::int > 2');
SELECT position FROM get_stream_messages('c-1', condition => 'messages.tableoid = ''messages''::regclass');
SELECT stream_name, position FROM get_category_messages('c',
	condition => 'position = (SELECT max(m.position) FROM messages m WHERE m.stream_name = messages.stream_name)');
SELECT stream_name, position FROM get_category_messages('c',
	condition => 'EXISTS (SELECT FROM (VALUES (5)) AS v (n) WHERE v.n = (data ->> ''n'')::int)');
SELECT position FROM get_category_messages('c', condition => 'cardinal_id(stream_name) = ''0''');
-- together with everything else
SELECT stream_name, position FROM get_category_messages('c', 2, 1, 'x', 0, 1, 'type = ''B''');
SELECT position FROM get_stream_messages('c-0', 1, 1, 'type = ''B''');
SELECT position FROM get_stream_messages('c-0', 0, -1, 'true');
SELECT position FROM get_stream_messages('c-0', 0, 0, 'true');
SELECT position FROM get_category_messages(NULL, condition => 'true');

-- OR does not escape, a comment at the end neither
SELECT stream_name, position FROM get_stream_messages('c-1', condition => 'false OR true');
SELECT position FROM get_stream_messages('c-1', 2, condition => 'true -- all of them');
SELECT position FROM get_stream_messages('c-1', 2, condition => '/* none */ true /* whatever */');
SELECT position FROM get_stream_messages('c-1', 0, 1, 'true /* condition */ and stream_name <> ''@messages@''');
-- NULL is no condition; what is NULL selects nothing
SELECT count(*) FROM get_stream_messages('c-1', condition => NULL);
SELECT count(*) FROM get_stream_messages('c-1', condition => 'NULL');

-- the server's own errors (their position is what the drivers' tests look at)
CREATE FUNCTION public.errors(VARIADIC conditions text[])
RETURNS TABLE (condition text, error text) LANGUAGE plpgsql AS $$
BEGIN
	FOREACH condition IN ARRAY conditions LOOP
		BEGIN
			PERFORM message_store.get_stream_messages('c-1', condition => errors.condition);
			error := 'no error';
		EXCEPTION WHEN OTHERS THEN
			error := SQLSTATE || ': ' || split_part(SQLERRM, E'\n', 1);
		END;
		RETURN NEXT;
		BEGIN
			PERFORM message_store.get_category_messages('c', condition => errors.condition);
			IF error <> 'no error' THEN
				RAISE NOTICE 'get_category_messages takes: %', condition;
			END IF;
		EXCEPTION WHEN OTHERS THEN
			NULL;
		END;
	END LOOP;
END $$;
\pset format unaligned
SELECT * FROM public.errors('no_such_column = 1', 'type', 'position = ''x''',
	'1 / (position - 1) > 0', 'count(*) > 1', 'generate_series(1, 2) = 1',
	'true; SELECT 1', 'true)', ')', '', ' ', '-- nothing', 'true /* never closed',
	'type = ''A', 'position IN (WITH d AS (DELETE FROM messages RETURNING position) SELECT position FROM d)');

-- more than one statement is refused, and none of it was executed
SELECT * FROM public.errors(
	'true); DELETE FROM messages; SELECT FROM messages WHERE (true',
	'true); DROP TABLE messages CASCADE; SELECT type AS t, time AS category FROM messages WHERE (true',
	'true); COMMIT; SELECT FROM messages WHERE (true',
	'true); SET message_store.debug = on; SELECT FROM messages WHERE (true',
	'true); SELECT FROM messages WHERE (true');
SELECT count(*), current_setting('message_store.debug') AS debug FROM messages;

-- nor does another shape of rows come out of it
SELECT condition, error <> 'no error' AS refused FROM public.errors(
	'false) UNION ALL SELECT ''a'', ''b'', ''c'', 1.5, 2.5, ''d'', ''e'', now() WHERE (true',
	'false) UNION ALL SELECT ''a'', ''b'', ''c'', 1, 2, ''d'', ''e'', now()::timestamp WHERE (true',
	'false) UNION ALL SELECT * FROM (SELECT ''a'', ''b'', ''c'', 1.5, 2, ''d'', ''e'', now()) AS messages WHERE (true',
	'true) OR (true', 'true THEN 1 WHEN true', 'true) ORDER BY (position', 'true) LIMIT (1',
	'true) FOR UPDATE OF messages --');
\pset format aligned
DROP FUNCTION public.errors;

-- the caller's search_path finds the caller's functions
CREATE FUNCTION public.is_a(text) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = ''A''';
SELECT position FROM get_stream_messages('c-1', condition => 'is_a(type)');
SET search_path = message_store;
\set VERBOSITY sqlstate
SELECT position FROM get_stream_messages('c-1', condition => 'is_a(type)');
\set VERBOSITY terse
SET search_path = message_store, public;

-- what the parser refuses for another reason than its syntax is told as it is
SET backslash_quote = off;
\set VERBOSITY sqlstate
SELECT position FROM get_stream_messages('c-1', condition => $$type = E'\''$$);
\set VERBOSITY terse
RESET backslash_quote;

-- and the caller's rights apply
CREATE ROLE regress_app;
SELECT grant_access('regress_app');
CREATE TABLE public.secret (n int);
SET ROLE regress_app;
SELECT count(*) FROM get_stream_messages('c-1', condition => 'type = ''A''');
SELECT count(*) FROM get_stream_messages('c-1', condition => 'EXISTS (SELECT FROM secret)');
RESET ROLE;
SELECT revoke_access('regress_app');
DROP ROLE regress_app;
DROP TABLE public.secret;
DROP FUNCTION public.is_a;
