-- write_message returns the position of the message in its stream

SELECT write_message('11111111-1111-4111-8111-111111111111', 'account-123', 'Opened', '{"owner": "Ada"}', '{"correlationStreamName": "signup-7"}', -1);
SELECT write_message('22222222-2222-4222-8222-222222222222', 'account-123', 'Deposited', '{"amount": 10}', '{}');
SELECT write_message('33333333-3333-4333-8333-333333333333', 'account-123', 'Closed', '{}');

-- Every stream counts for itself
SELECT write_message(NULL, 'account-456', 'Opened', '{"owner": "Bob"}');
SELECT write_message(NULL, 'account-123', 'Reopened', '{"owner": "Ada"}');

-- The table
SELECT id, stream_name, type, position, global_position, data, metadata
FROM messages
WHERE position < 3 AND stream_name = 'account-123'
ORDER BY global_position;

SELECT global_position, position, stream_name, type
FROM messages
ORDER BY global_position;

-- Data and metadata may be absent, and JSON's null is something else
SELECT write_message(NULL, 'null-1', 'T', NULL);
SELECT write_message(NULL, 'null-1', 'T', 'null', 'null');
SELECT write_message(NULL, 'null-1', 'T', NULL, NULL, NULL);

SELECT position, CASE WHEN data IS NULL THEN 'absent' ELSE 'JSON ' || CAST(data AS text) END,
	CASE WHEN metadata IS NULL THEN 'absent' ELSE 'JSON ' || CAST(metadata AS text) END
FROM messages
WHERE stream_name = 'null-1'
ORDER BY position;

-- Names and types are not validated
SELECT write_message(NULL, '', '', '{}');
SELECT write_message(NULL, ' ', ' ', '{}');
SELECT write_message(NULL, 'noid', 'T', '{}');
SELECT write_message(NULL, '-', 'T', '{}');
SELECT write_message(NULL, 'it''s-"x"', '%s''"\', '{}');
SELECT write_message(NULL, 'two
lines-1', 'three
lines
!', '{}');
SELECT write_message(NULL, 'Ünïçödé-日本', '🙂', '{"ключ": "значение"}');
SELECT write_message(NULL, 'a;b-c''; DROP TABLE messages; --', 'T', '{}');

SELECT '<' || stream_name || '>', '<' || type || '>', position, data
FROM messages
WHERE global_position > 8
ORDER BY global_position;

-- Names that differ in case or blanks only are different streams
SELECT write_message(NULL, 'Account-123', 'T', '{}');
SELECT write_message(NULL, 'account-123 ', 'T', '{}');
SELECT write_message(NULL, 'account-0123', 'T', '{}');

-- A long name and a type of a megabyte
WITH RECURSIVE long(n, part) AS (
	SELECT 0, 'x'
	UNION ALL
	SELECT n + 1, part || part FROM long WHERE n < 20
)
SELECT write_message(NULL, 'long-' || (SELECT part FROM long WHERE n = 10), (SELECT part FROM long WHERE n = 20), '{}');

SELECT length(stream_name), length(type) FROM messages WHERE stream_name LIKE 'long-%';

-- Several writes in a statement see each other
WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 5
)
SELECT write_message(NULL, 'many-1', 'T', '{}') FROM n;

WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 300
)
SELECT max(write_message(NULL, CASE WHEN i < 151 THEN 'many-2' ELSE 'many-3' END, 'T', '{}')) FROM n;

SELECT stream_name, count(*), count(DISTINCT position), max(position)
FROM messages
WHERE stream_name LIKE 'many-%'
GROUP BY stream_name
ORDER BY stream_name;

-- Each message has an id and a time of its own making
SELECT count(*) - count(DISTINCT id), count(*) - count(time) FROM messages;

-- Time is UTC, written like a timestamp
SELECT substr(CAST(time AS text), 5, 1), substr(CAST(time AS text), 8, 1), substr(CAST(time AS text), 11, 1),
	substr(CAST(time AS text), 14, 1), substr(CAST(time AS text), 17, 1),
	CASE WHEN length(CAST(time AS text)) BETWEEN 19 AND 26 THEN 'length' ELSE CAST(time AS text) END,
	CASE WHEN CAST(time AS text) LIKE '%.%0' THEN CAST(time AS text) ELSE 'no trailing zeros' END
FROM messages
WHERE global_position = 1;

-- A row put in by hand gets its defaults and counts
INSERT INTO messages (stream_name, type, position) VALUES ('hand-1', 'T', 0);
INSERT INTO messages (stream_name, type, position, data) VALUES ('hand-1', 'T', 7, '{"by": "hand"}');
SELECT write_message(NULL, 'hand-1', 'T', '{}');

SELECT position, length(CAST(id AS text)), CASE WHEN time IS NULL THEN 'no time' ELSE 'time' END, data
FROM messages
WHERE stream_name = 'hand-1'
ORDER BY position;

-- A message removed by hand: the next one takes its place
DELETE FROM messages WHERE stream_name = 'hand-1' AND position > 6;
SELECT write_message(NULL, 'hand-1', 'T', '{}');

-- Global positions rise, also after the highest was removed
SELECT max(global_position) FROM messages;
DELETE FROM messages WHERE stream_name = 'hand-1';
SELECT write_message(NULL, 'after-1', 'T', '{}');
SELECT max(global_position) FROM messages;
