--
-- Names with what SQL, printf or a shell would take for something: as streams,
-- types, data, correlations and conditions, written directly and by statements;
-- and as namespaces, where each is refused by every function.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
\set VERBOSITY terse
SELECT ensure_namespace();

CREATE TABLE public.names (number serial, name text);
INSERT INTO public.names (name) VALUES
	(''''), (''''''), ('"'), ('""'), ('\'), ('\\'), ('\'''), (';'), ('; DROP TABLE messages; '), ('/*'), ('*/'), ('$$'), ('$1'),
	('$x$'), ('%'), ('%s%n%d'), ('%I%L'), ('%%'), ('@messages@'), ('@namespace@'), ('/* condition */'), (E'\n'), (E'\r\n'), (E'\t'),
	(E'\x01\x7f'), ('E''\'''), ('U&"\0061"'), (':a'), ('?'), ('{'), ('}'), ('['), ('ä'), ('' || chr(128512)), ('NULL'), ('null'),
	(repeat('x', 1500)), ('messages'), ('public.messages'), ('`id`'), ('$(id)'), ('_'), ('"messages".type'), (' ');

-- Writes and reads everything under each name; what is not as it was written.
CREATE FUNCTION public.wrong() RETURNS TABLE (name text, what text) LANGUAGE plpgsql AS $$
DECLARE
	stream text;
	wanted jsonb;
BEGIN
	FOR name IN SELECT n.name FROM public.names AS n ORDER BY number LOOP
		stream := name || '-1';
		wanted := jsonb_build_object(name, name);
		PERFORM write_message(NULL, stream, name, wanted, '{"correlationStreamName": "c-1"}', -1);
		PERFORM write_messages(stream, jsonb_build_array(jsonb_build_object('type', name, 'data', wanted, 'metadata', wanted)), 0);
		SELECT concat_ws(', ',
			CASE WHEN stream_version(stream) IS DISTINCT FROM 1 THEN 'stream_version' END,
			CASE WHEN (SELECT count(*) FROM get_stream_messages(stream) AS m
				WHERE m.stream_name = stream AND m.type = wrong.name AND m.data::jsonb = wanted) <> 2 THEN 'get_stream_messages' END,
			CASE WHEN (SELECT count(*) FROM get_category_messages(wrong.name)) <> 2 THEN 'get_category_messages' END,
			CASE WHEN (SELECT count(*) FROM get_category_messages(wrong.name, correlation => 'c')) <> 1 THEN 'correlation' END,
			CASE WHEN (SELECT max(position) FROM get_last_stream_message(stream, wrong.name)) <> 1 THEN 'get_last_stream_message' END,
			CASE WHEN (SELECT count(*) FROM list_streams(stream)) <> 1 THEN 'list_streams' END,
			CASE WHEN acquire_lock(stream) <> hash_64(category(stream)) THEN 'acquire_lock' END,
			CASE WHEN (SELECT count(*) FROM get_stream_messages(stream, condition => format('type = %L', wrong.name))) <> 2
				THEN 'condition' END)
		INTO what;
		IF what <> '' THEN
			RETURN NEXT;
		END IF;
	END LOOP;
	name := 'categories';
	SELECT CASE WHEN count(*) <> (SELECT count(*) FROM public.names) THEN count(*) END INTO what FROM list_categories();
	IF what > '' THEN
		RETURN NEXT;
	END IF;
END $$;
SET message_store.sql_condition = on;
SELECT * FROM public.wrong();
SELECT count(*) = 2 * (SELECT count(*) FROM public.names) AS all_written FROM messages;
SELECT * FROM verify_namespace();
-- by statements
TRUNCATE messages;
ALTER TABLE messages ADD CONSTRAINT special CHECK (true);
SELECT * FROM public.wrong();
-- with backslashes that escape
TRUNCATE messages;
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SET backslash_quote = on;
SELECT * FROM public.wrong();
TRUNCATE messages;
ALTER TABLE messages DROP CONSTRAINT special;
SELECT * FROM public.wrong();
RESET standard_conforming_strings;
RESET escape_string_warning;
RESET backslash_quote;
RESET message_store.sql_condition;

-- as namespaces
CREATE TABLE public.before AS SELECT nspname FROM pg_namespace;
CREATE FUNCTION public.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT f.call, public.error_of(format(f.call, n.name)) AS state, count(*) AS names
FROM public.names AS n, unnest(ARRAY['SELECT create_namespace(%L)', 'SELECT ensure_namespace(%L)', 'SELECT use_namespace(%L)',
	'SELECT delete_namespace(%L)', 'SELECT clear_namespace(%L)', 'SELECT rename_namespace(%L, ''tenant_x'')',
	'SELECT rename_namespace(''tenant_x'', %L)', 'SELECT migrate_namespace(%L)', 'SELECT grant_access(''public'', %L)',
	'SELECT revoke_access(''public'', %L)', 'SELECT namespace_info(%L)', 'SELECT verify_namespace(%L)', 'SELECT existing_namespace(%L)',
	'SET message_db.namespace = %L', 'SELECT get_namespace(%L)', 'SELECT registration_of(%L)', 'SELECT described_namespace(%L)',
	'SELECT note_migration(%L, ''x'')', 'SELECT streams_of_namespace(%L, '''', NULL, '''')']) AS f (call)
WHERE n.name NOT IN ('messages', 'null') GROUP BY 1, 2 ORDER BY f.call COLLATE "C", 2;
-- system schemas are none
SELECT n AS name, public.error_of(format('SELECT create_namespace(%L)', n)), public.error_of(format('SET message_db.namespace = %L', n))
FROM unnest(ARRAY['pg_catalog', 'pg_temp', 'pg_toast', 'information_schema', 'public', 'main', 'temp', repeat('a', 64)]) AS n;
-- set before the library is loaded, too: by options of a connection, for one
\c -
SET message_db.namespace = 'message_store"; DROP TABLE message_store.messages; --';
SELECT message_store.stream_version('a-1');
SELECT message_store.write_message(NULL, 'a-1', 'T', '1');
RESET message_db.namespace;
SELECT nspname FROM pg_namespace EXCEPT SELECT nspname FROM public.before;
SELECT count(*) = 2 * (SELECT count(*) FROM public.names) AS all_there FROM message_store.messages;
DROP TABLE public.before, public.names;
DROP FUNCTION public.wrong, public.error_of;
SET client_min_messages = warning;
DROP TABLE message_store.messages, message_store.message_db_namespace CASCADE;
