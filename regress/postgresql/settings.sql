--
-- The four settings are real booleans, off by default; what else an
-- application keeps below "message_store." is its own.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
ALTER DATABASE :DBNAME SET search_path = message_store, public;
\set VERBOSITY terse
\c -

SELECT message_db_version() IS NOT NULL AS loaded;
SELECT name, setting, boot_val, vartype, context
FROM pg_settings WHERE name LIKE 'message\_store.%'
ORDER BY name COLLATE "C";
SELECT write_message(NULL, 's-1', 'T', '{}');

-- every spelling of a boolean
SET message_store.sql_condition = 'TRUE';
SHOW message_store.sql_condition;
SET message_store.sql_condition = 0;
SHOW message_store.sql_condition;
SET message_store.sql_condition = yes;
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');
SET message_store.sql_condition = no;
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');

-- anything else is refused, and changes nothing
SET message_store.sql_condition = '';
SET message_store.sql_condition = 'maybe';
SELECT set_config('message_store.debug', '', false);
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');

-- RESET, NULL and SET LOCAL go back to the default
SET message_store.sql_condition = on;
RESET message_store.sql_condition;
SHOW message_store.sql_condition;
SET message_store.sql_condition = on;
SELECT set_config('message_store.sql_condition', NULL, false);
BEGIN;
SET LOCAL message_store.sql_condition = on;
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');
SAVEPOINT a;
SET LOCAL message_store.sql_condition = off;
ROLLBACK TO a;
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');
COMMIT;
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');
SELECT current_setting('message_store.sql_condition');

-- a function that allows it for itself alone
CREATE FUNCTION public.count_with_condition(text) RETURNS bigint
LANGUAGE sql SET message_store.sql_condition = on
AS $$ SELECT count(*) FROM message_store.get_stream_messages('s-1', condition => $1) $$;
SELECT public.count_with_condition('position = 0');
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');
DROP FUNCTION public.count_with_condition;

-- before the library is loaded a setting is a placeholder
\c -
SELECT current_setting('message_store.sql_condition', true) IS NULL AS unknown;
SET message_store.sql_condition = 'on';
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');

-- what SET LOCAL leaves behind in a placeholder allows nothing
\c -
BEGIN;
SET LOCAL message_store.sql_condition = 'on';
COMMIT;
SELECT '[' || current_setting('message_store.sql_condition') || ']' AS leftover;
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');
SHOW message_store.sql_condition;
\c -
SET message_store.sql_condition = 'false';
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');
\c -
SET message_store.sql_condition = 'maybe';
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');

-- kept by a database or role
ALTER DATABASE :DBNAME SET message_store.sql_condition = on;
\c -
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');
SET message_store.sql_condition = off;
SELECT count(*) FROM get_stream_messages('s-1', condition => 'true');
RESET message_store.sql_condition;
SHOW message_store.sql_condition;
ALTER DATABASE :DBNAME RESET message_store.sql_condition;
\c -

-- the application's own settings, before and after loading
SET message_store.tenant = 'a';
SELECT stream_version('s-1');
SHOW message_store.tenant;
SET message_store.tenant = '';
SET message_store.sql_condition_2 = 'anything';
SET message_store.debug_benchmark = 'on';
SELECT current_setting('message_store.debug_benchmark') AS benchmark,
	current_setting('message_store.sql_condition_2') AS other,
	'[' || current_setting('message_store.tenant') || ']' AS tenant;

-- the default of the argument and NULL need no setting
SELECT count(*) FROM get_stream_messages('s-1', condition => NULL);
SELECT count(*) FROM get_category_messages('s', condition => NULL);

ALTER DATABASE :DBNAME RESET search_path;
