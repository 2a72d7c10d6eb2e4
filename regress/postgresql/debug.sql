--
-- The notices that message_store.debug, debug_write and debug_get ask for.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
\set VERBOSITY terse
SELECT ensure_namespace();

-- writes: the lock's lines come first
SET message_store.debug_write = on;
SELECT write_message('{00000000-0000-0000-0000-00000000000A}', 'd-1', 'T',
	'{"b": 1, "a": null}', 'null', -1);
SELECT write_message('00000000-0000-0000-0000-00000000000b', 'd-1', 'T', NULL);
SELECT acquire_lock('d-1');
SELECT acquire_lock(NULL);

-- also when the write then fails
SELECT write_message('00000000-0000-0000-0000-00000000000c', 'd-1', 'T', '{}', NULL, 7);
SELECT write_message('bad', 'd-1', 'T', '{}');
SELECT write_message('00000000-0000-0000-0000-00000000000b', 'd-1', 'T', '{}');
SELECT write_message('00000000-0000-0000-0000-00000000000d', NULL, 'T', '{}');

-- reads are silent here
SELECT stream_version('d-1');
SELECT count(*) FROM get_stream_messages('d-1');
SELECT count(*) FROM get_category_messages('d');
SELECT count(*) FROM get_last_stream_message('d-1');
SET message_store.debug_write = off;

-- reads
SET message_store.debug_get = on;
SELECT count(*) FROM get_stream_messages('d-1');
SELECT count(*) FROM get_stream_messages('d-1', 1, -1);
SELECT count(*) FROM get_category_messages('d');
SELECT count(*) FROM get_category_messages('d', 2, 10, 'c', 0, 4);
SELECT count(*) FROM get_last_stream_message('d-1');
SELECT count(*) FROM get_last_stream_message('d-1', 'T');
SELECT count(*) FROM get_last_stream_message(NULL);
SET message_store.sql_condition = on;
SELECT count(*) FROM get_stream_messages('d-1', 0, 10, 'type = ''T''');
SELECT count(*) FROM get_category_messages('d', condition => 'type = ''T''');
-- a refused read says nothing but its error
SELECT count(*) FROM get_stream_messages('d');
SELECT count(*) FROM get_category_messages('d', consumer_group_member => 1);
-- writes are silent here
SELECT acquire_lock('d-1');
SELECT write_message('00000000-0000-0000-0000-00000000000e', 'd-1', 'T', '{}');
SET message_store.debug_get = off;

-- both
SET message_store.debug = on;
SELECT write_message('00000000-0000-0000-0000-00000000000f', 'd-2', 'T', '{}');
SELECT count(*) FROM get_last_stream_message('d-2');
SET message_store.debug = off;
SELECT write_message('00000000-0000-0000-0000-000000000010', 'd-2', 'T', '{}');

-- a text with a percent sign is not a format
SET message_store.debug_write = on;
SELECT acquire_lock('100%s-%d');
RESET message_store.debug_write;

-- a reader shows the defaults in place of NULLs
SET message_store.debug_get = on;
SELECT count(*) FROM message_store.get_stream_messages('s-1', NULL, NULL);
SELECT count(*) FROM message_store.get_category_messages('s', NULL, NULL);
SELECT count(*) FROM message_store.get_all_messages(1, 2);
RESET message_store.debug_get;
