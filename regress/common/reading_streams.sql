-- get_stream_messages: the messages of a stream from a position on

SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'Opened', '{"owner": "Ada"}', '{"causedBy": 7}');
SELECT write_message('00000000-0000-4000-8000-000000000002', 'account-10', 'Opened', '{}');
SELECT write_message('00000000-0000-4000-8000-000000000003', 'account-1', 'Deposited', '{"amount": 5}');
SELECT write_message('00000000-0000-4000-8000-000000000004', 'account-1', 'Deposited', '{"amount": 7}');
SELECT write_message('00000000-0000-4000-8000-000000000005', 'accounts-1', 'Opened', '{}');
SELECT write_message('00000000-0000-4000-8000-000000000006', 'account-1', 'Closed', NULL);

-- Its columns
SELECT id, stream_name, type, position, global_position, data, metadata FROM get_stream_messages('account-1');
SELECT count(*), count(time), count(DISTINCT id) FROM get_stream_messages('account-1');
SELECT count(*)
FROM messages JOIN get_stream_messages('account-1') AS got ON got.global_position = messages.global_position
WHERE CAST(messages.time AS text) = CAST(got.time AS text) AND CAST(messages.id AS text) = got.id;

-- From a position on
SELECT position, type FROM get_stream_messages('account-1', 0);
SELECT position, type FROM get_stream_messages('account-1', 2);
SELECT position, type FROM get_stream_messages('account-1', 3);
SELECT position, type FROM get_stream_messages('account-1', 4);
SELECT position, type FROM get_stream_messages('account-1', -1);
SELECT position, type FROM get_stream_messages('account-1', NULL);
SELECT position, type FROM get_stream_messages('account-1', 9223372036854775807);
SELECT position, type FROM get_stream_messages('account-1', -9223372036854775807);
SELECT position, type FROM get_stream_messages('account-1', '2');
SELECT position, type FROM get_stream_messages('account-1', '+2');
SELECT position, type FROM get_stream_messages('account-1', ' 2 ');
SELECT position, type FROM get_stream_messages('account-1', '-9223372036854775808', '9223372036854775807');

-- Some of them
SELECT position FROM get_stream_messages('account-1', 0, 2);
SELECT position FROM get_stream_messages('account-1', 1, 2);
SELECT position FROM get_stream_messages('account-1', 3, 2);
SELECT position FROM get_stream_messages('account-1', 0, 0);
SELECT position FROM get_stream_messages('account-1', 2, -1);
SELECT position FROM get_stream_messages('account-1', 2, NULL);
SELECT position FROM get_stream_messages('account-1', NULL, NULL, NULL);
SELECT position FROM get_stream_messages('account-1', 0, 9223372036854775807);
SELECT position FROM get_stream_messages('account-1', 0, -2);
SELECT position FROM get_stream_messages('account-1', 0, -9223372036854775807);

-- Streams without messages
SELECT position FROM get_stream_messages('account-2');
SELECT position FROM get_stream_messages('account-');
SELECT position FROM get_stream_messages('-');
SELECT position FROM get_stream_messages('account-%');
SELECT position FROM get_stream_messages('Account-1');
SELECT position FROM get_stream_messages('account-1 ');

-- No stream
SELECT position FROM get_stream_messages('account');
SELECT position FROM get_stream_messages('');
SELECT position FROM get_stream_messages(NULL);
SELECT position FROM get_stream_messages('it''s "here" %s');

-- A stream with an odd name
SELECT write_message('00000000-0000-4000-8000-000000000007', 'Ünï''ç"-日本
+%s', 'T', '{}');
SELECT position, type, stream_name FROM get_stream_messages('Ünï''ç"-日本
+%s');

-- 1000 messages are the default, -1 means all
WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 1005
)
SELECT count(write_message(NULL, 'many-1', 'T', '{}')) FROM n;

SELECT count(*), min(position), max(position) FROM get_stream_messages('many-1');
SELECT count(*), min(position), max(position) FROM get_stream_messages('many-1', 3);
SELECT count(*), min(position), max(position) FROM get_stream_messages('many-1', 3, NULL);
SELECT count(*), min(position), max(position) FROM get_stream_messages('many-1', 0, 1004);
SELECT count(*), min(position), max(position) FROM get_stream_messages('many-1', 0, -1);
SELECT count(*), min(position), max(position) FROM get_stream_messages('many-1', 1000, -1);

-- Page by page
SELECT min(position), max(position) FROM get_stream_messages('many-1', 0, 500);
SELECT min(position), max(position) FROM get_stream_messages('many-1', 500, 500);
SELECT min(position), max(position) FROM get_stream_messages('many-1', 1000, 500);

-- In larger queries
SELECT position FROM get_stream_messages('account-1') WHERE type = 'Deposited';
SELECT position FROM get_stream_messages('account-1') ORDER BY position DESC;
SELECT position FROM get_stream_messages('account-1') ORDER BY position LIMIT 2 OFFSET 1;
SELECT type, count(*) FROM get_stream_messages('account-1') GROUP BY type ORDER BY type;
SELECT sum(got.position + 100) FROM get_stream_messages('account-1') AS got;
SELECT position FROM get_stream_messages('account-1', (SELECT max(position) FROM messages WHERE stream_name = 'account-1'));
SELECT position FROM get_stream_messages('account-1', 0, 3) WHERE position > 0;

SELECT one.position, other.position
FROM get_stream_messages('account-1') AS one, get_stream_messages('account-1', 2) AS other
ORDER BY one.position, other.position;

SELECT one.position, two.stream_name
FROM get_stream_messages('account-1') AS one LEFT JOIN get_stream_messages('account-10') AS two ON two.position = one.position
ORDER BY one.position;

-- Once for each row of another table
WITH streams(name) AS (VALUES ('account-1'), ('account-10'), ('account-2'), ('accounts-1'))
SELECT streams.name, got.position, got.type
FROM streams, get_stream_messages(streams.name) AS got
ORDER BY streams.name, got.position;

SELECT CASE WHEN EXISTS (SELECT 1 FROM get_stream_messages('account-1')) THEN 'yes' ELSE 'no' END,
	CASE WHEN EXISTS (SELECT 1 FROM get_stream_messages('account-2')) THEN 'yes' ELSE 'no' END;

-- In a view
CREATE TEMPORARY VIEW account AS SELECT position, type, data FROM get_stream_messages('account-1');
SELECT * FROM account;
SELECT write_message(NULL, 'account-1', 'Reopened', '{}');
SELECT position, type FROM account WHERE position > 2;

-- Messages that were put in or removed by hand
DELETE FROM messages WHERE stream_name = 'account-1' AND position IN (0, 2);
INSERT INTO messages (stream_name, type, position) VALUES ('account-1', 'ByHand', 40);
SELECT position, type FROM get_stream_messages('account-1');
SELECT position, type FROM get_stream_messages('account-1', 2, 2);
