--
-- Every error of our own and those that the server raises for us: SQLSTATE,
-- text, detail and hint.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
\pset format unaligned
\pset tuples_only on

CREATE FUNCTION public.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM,
		'DETAIL: ' || nullif(regexp_replace(detail, '^Failing row.*', 'Failing row'), ''),
		'HINT: ' || nullif(hint, ''));
END $$;

SELECT write_message('00000000-0000-0000-0000-00000000000a', 's-1', 'T', '{}');
SELECT write_message(NULL, 's-1', 'T', '{}'), write_message(NULL, 's-1', 'T', '{}');

-- expected versions
SELECT public.error_of($$SELECT write_message(NULL, 's-1', 'T', '{}', NULL, 9)$$);
SELECT public.error_of($$SELECT write_message(NULL, 's-1', 'T', '{}', NULL, -1)$$);
SELECT public.error_of($$SELECT write_message(NULL, 's-1', 'T', '{}', NULL, -2)$$);
SELECT public.error_of($$SELECT write_message(NULL, 's-2', 'T', '{}', NULL, 0)$$);
SELECT public.error_of($$SELECT write_message(NULL, 's-100% %s %d', 'T', '{}', NULL, -9223372036854775808)$$);
SELECT public.error_of($$SELECT write_message(NULL, E'-\n''"\\', 'T', '{}', NULL, 9223372036854775807)$$);
SELECT public.error_of($$SELECT write_message(NULL, NULL, 'T', '{}', NULL, 0)$$);
-- the version is checked before the id, the id before the columns
SELECT public.error_of($$SELECT write_message('bad', NULL, NULL, '{}', NULL, 99)$$);
SELECT public.error_of($$SELECT write_message('bad', NULL, NULL, '{}', NULL, -1)$$);
SELECT public.error_of($$SELECT write_message(NULL, NULL, NULL, '{}', NULL, -1)$$);
SELECT public.error_of($$SELECT write_message(NULL, 's-1', NULL, '{}')$$);
SELECT public.error_of($$SELECT write_message('00000000-0000-0000-0000-00000000000a', 's-1', NULL, '{}')$$);
SELECT public.error_of($$SELECT write_message('{0000000000000000-000000000000000A}', 's-1', 'T', '{}')$$);
SELECT public.error_of($$SELECT write_message('', 's-1', 'T', '{}')$$);
SELECT public.error_of($$SELECT write_message(' 00000000-0000-0000-0000-00000000000b', 's-1', 'T', '{}')$$);
SELECT public.error_of($$SELECT write_message('urn:uuid:00000000-0000-0000-0000-00000000000b', 's-1', 'T', '{}')$$);
SELECT public.error_of($$SELECT write_message('00000000-0000-0000-0000-00000000000%s', 's-1', 'T', '{}')$$);
-- data
SELECT public.error_of($$SELECT write_message(NULL, 's-1', 'T', '{')$$) ~ '^22P02: invalid input syntax for type json';
SELECT public.error_of($$SELECT write_message(NULL, 's-1', 'T', '{"a": "\u0000"}')$$);
-- a name that no index takes
SELECT public.error_of($$SELECT write_message(NULL, 's-' || repeat('x', 2046), 'T', '{}')$$);
SELECT public.error_of($$SELECT write_message(NULL, 's-' || repeat('x', 2047), 'T', '{}')$$);
SELECT public.error_of($$SELECT write_message(NULL, 's-' || repeat('x', 100000), 'T', '{}')$$);
SELECT public.error_of($$SELECT write_message(NULL, 's-' || string_agg(md5(i::text), ''), 'T', '{}') FROM generate_series(1, 1000) i$$);
-- a table's position that ends
INSERT INTO messages (stream_name, position, type) VALUES ('s-3', 9223372036854775807, 'T');
SELECT public.error_of($$SELECT write_message(NULL, 's-3', 'T', '{}')$$);
SELECT public.error_of($$SELECT write_message(NULL, 's-3', 'T', '{}', NULL, 0)$$);
SELECT setval('messages_global_position_seq', 9223372036854775807);
SELECT public.error_of($$SELECT write_message(NULL, 's-1', 'T', '{}')$$);
SELECT setval('messages_global_position_seq', 1);
SELECT public.error_of($$SELECT write_message(NULL, 's-1', 'T', '{}')$$);

-- reading a stream
SELECT public.error_of($$SELECT get_stream_messages('account')$$);
SELECT public.error_of($$SELECT get_stream_messages('')$$);
SELECT public.error_of($$SELECT get_stream_messages(NULL)$$);
SELECT public.error_of($$SELECT get_stream_messages('s-1', batch_size => -2)$$);
SELECT public.error_of($$SELECT get_stream_messages('s-1', batch_size => -9223372036854775808)$$);
SELECT public.error_of($$SELECT get_stream_messages('s-1', condition => 'true')$$);
SELECT public.error_of($$SELECT get_stream_messages('s-1', condition => 'true', batch_size => -2)$$);
SELECT public.error_of($$SELECT get_stream_messages('s', condition => 'true', batch_size => -2)$$);

-- reading a category: the order is name, correlation, group, condition
SELECT public.error_of($$SELECT get_category_messages('account-1')$$);
SELECT public.error_of($$SELECT get_category_messages('-')$$);
SELECT public.error_of($$SELECT get_category_messages('s', correlation => 'a-1')$$);
SELECT public.error_of($$SELECT get_category_messages('s', consumer_group_member => 0)$$);
SELECT public.error_of($$SELECT get_category_messages('s', consumer_group_size => 1)$$);
SELECT public.error_of($$SELECT get_category_messages('s', consumer_group_member => 0, consumer_group_size => 0)$$);
SELECT public.error_of($$SELECT get_category_messages('s', consumer_group_member => 0, consumer_group_size => -1)$$);
SELECT public.error_of($$SELECT get_category_messages('s', consumer_group_member => -1, consumer_group_size => 1)$$);
SELECT public.error_of($$SELECT get_category_messages('s', consumer_group_member => 1, consumer_group_size => 1)$$);
SELECT public.error_of($$SELECT get_category_messages('s', condition => 'true')$$);
SELECT public.error_of($$SELECT get_category_messages('s', batch_size => -2)$$);
SELECT public.error_of($$SELECT get_category_messages('s-1', 1, -2, 'a-1', -1, NULL, 'true')$$);
SELECT public.error_of($$SELECT get_category_messages('s', 1, -2, 'a-1', -1, NULL, 'true')$$);
SELECT public.error_of($$SELECT get_category_messages('s', 1, -2, 'a', -1, NULL, 'true')$$);
SELECT public.error_of($$SELECT get_category_messages('s', 1, -2, 'a', -1, 0, 'true')$$);
SELECT public.error_of($$SELECT get_category_messages('s', 1, -2, 'a', 0, 1, 'true')$$);
-- without a category the rest is checked all the same
SELECT public.error_of($$SELECT get_category_messages(NULL, correlation => 'a-1')$$);
SELECT public.error_of($$SELECT get_category_messages(NULL)$$);

-- the others
SELECT public.error_of($$SELECT consumer_group_member('s-1', 0)$$);
SELECT public.error_of($$SELECT get_last_stream_message('s')$$);
SET message_store.sql_condition = on;
SELECT public.error_of($$SELECT get_stream_messages('s-1', condition => 'nothing = 1')$$);
SELECT public.error_of($$SELECT get_stream_messages('s-1', condition => 'true); SELECT FROM messages WHERE (true')$$);
RESET message_store.sql_condition;
SELECT public.error_of($$SELECT grant_access('nobody at all')$$);
SELECT public.error_of($$SELECT revoke_access('nobody at all')$$);
SELECT public.error_of($$SELECT grant_access('public', 'nowhere')$$);
SELECT public.error_of($$SELECT revoke_access('public', 'nowhere')$$);
SELECT public.error_of($$SELECT set_config('message_store.debug', 'x', false)$$);
SET client_min_messages = warning;
DROP TABLE messages CASCADE;
CREATE TABLE messages ();
SELECT public.error_of($$SELECT stream_version('s-1')$$);
DROP TABLE messages;
DROP FUNCTION public.error_of;
