-- get_last_stream_message: the message with the highest position, or with the
-- highest position of its type

SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'Opened', '{"owner": "Ada"}');
SELECT write_message('00000000-0000-4000-8000-000000000002', 'account-1', 'Deposited', '{"amount": 5}', '{"by": 1}');
SELECT write_message('00000000-0000-4000-8000-000000000003', 'account-1', 'Deposited', '{"amount": 7}');
SELECT write_message('00000000-0000-4000-8000-000000000004', 'account-1', 'Closed', NULL, '{"b":1,"a":2}');
SELECT write_message('00000000-0000-4000-8000-000000000005', 'account-10', 'Opened', '{}');
SELECT write_message('00000000-0000-4000-8000-000000000006', 'account', 'Counted', '{}');
SELECT write_message('00000000-0000-4000-8000-000000000007', '', 'Nameless', '{}');

SELECT id, stream_name, type, position, global_position, data, metadata FROM get_last_stream_message('account-1');
SELECT id, stream_name, type, position, global_position, data, metadata FROM get_last_stream_message('account-10');
SELECT count(*), count(time) FROM get_last_stream_message('account-1');

-- Of a type
SELECT type, position, data FROM get_last_stream_message('account-1', 'Deposited');
SELECT type, position, data FROM get_last_stream_message('account-1', 'Opened');
SELECT type, position, data FROM get_last_stream_message('account-1', 'Closed');
SELECT type, position, data FROM get_last_stream_message('account-1', NULL);
SELECT type, position, data FROM get_last_stream_message('account-1', 'deposited');
SELECT type, position, data FROM get_last_stream_message('account-1', '');
SELECT type, position, data FROM get_last_stream_message('account-1', 'Dep%');

-- No message
SELECT position FROM get_last_stream_message('account-2');
SELECT position FROM get_last_stream_message('account-');
SELECT position FROM get_last_stream_message(NULL);
SELECT position FROM get_last_stream_message(NULL, 'Opened');
SELECT position FROM get_last_stream_message('account-10', 'Closed');

-- The name is not checked: a stream may be called like a category
SELECT stream_name, type FROM get_last_stream_message('account');
SELECT stream_name, type FROM get_last_stream_message('');
SELECT stream_name, type FROM get_last_stream_message('accounts');

-- After a write, and after a removal by hand
SELECT write_message(NULL, 'account-1', 'Reopened', '{}');
SELECT type, position FROM get_last_stream_message('account-1');
DELETE FROM messages WHERE stream_name = 'account-1' AND position > 1;
SELECT type, position FROM get_last_stream_message('account-1');
SELECT type, position FROM get_last_stream_message('account-1', 'Closed');

-- In larger queries
WITH streams(name) AS (VALUES ('account-1'), ('account-2'), ('account-10'))
SELECT streams.name, got.type, got.position
FROM streams, get_last_stream_message(streams.name) AS got
ORDER BY streams.name;

SELECT write_message(NULL, 'account-1', 'Next', '{}', NULL, (SELECT position FROM get_last_stream_message('account-1')));
