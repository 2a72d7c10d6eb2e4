-- The default namespace: made by the first write, or by ensure_namespace

-- A store that does not exist yet is an empty one
SELECT stream_version('account-1');
SELECT type FROM get_stream_messages('account-1');
SELECT type FROM get_category_messages('account');
SELECT type FROM get_category_messages('account', 1, 1000, 'signup', 0, 2);
SELECT type FROM get_last_stream_message('account-1');

-- What is wrong is wrong there too
SELECT type FROM get_stream_messages('account');
SELECT type FROM get_category_messages('account-1');
SELECT type FROM get_category_messages('account', 1, 1000, NULL, 1, 1);
SELECT type FROM get_stream_messages('account-1', 0, -2);

-- Made once; the second time there is nothing to do
SELECT CASE WHEN ensure_namespace() THEN 'made' ELSE 'was there' END;
SELECT CASE WHEN ensure_namespace() THEN 'made' ELSE 'was there' END;
SELECT count(*) FROM messages;
SELECT write_message(NULL, 'account-1', 'Opened', '{}', NULL, -1);
SELECT CASE WHEN ensure_namespace() THEN 'made' ELSE 'was there' END;
SELECT type FROM get_stream_messages('account-1');

-- Dropped by hand, it is made again by the next write
DROP VIEW stream_summary;
DROP VIEW type_summary;
DROP VIEW stream_type_summary;
DROP VIEW type_stream_summary;
DROP VIEW category_type_summary;
DROP VIEW type_category_summary;
DROP TABLE messages;
SELECT type FROM get_stream_messages('account-1');
SELECT stream_version('account-1');
SELECT write_message(NULL, 'account-1', 'Anew', '{}', NULL, -1);
SELECT type, position FROM get_stream_messages('account-1');
SELECT stream_name, message_count FROM stream_summary;

-- A first write that fails does not stand in the way of the next one
DROP VIEW stream_summary;
DROP VIEW type_summary;
DROP VIEW stream_type_summary;
DROP VIEW type_stream_summary;
DROP VIEW category_type_summary;
DROP VIEW type_category_summary;
DROP TABLE messages;
SELECT write_message(NULL, 'account-1', 'X', '{}', NULL, 7);
SELECT write_message('bad', 'account-1', 'X', '{}');
SELECT write_message(NULL, 'account-1', NULL, '{}');
SELECT write_messages('account-1', '[{"type": "X", "data": 1}]', 0);
SELECT name FROM get_namespace('message_store');
SELECT write_message(NULL, 'account-1', 'Opened', '{}');
SELECT name FROM get_namespace('message_store');
SELECT type, position FROM get_stream_messages('account-1');
