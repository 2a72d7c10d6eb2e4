-- The six views that count messages

-- An empty store
SELECT write_message(NULL, 'account-1', 'Opened', '{}');
DELETE FROM messages;
SELECT * FROM stream_summary;
SELECT * FROM type_summary;
SELECT * FROM stream_type_summary;
SELECT * FROM type_stream_summary;
SELECT * FROM category_type_summary;
SELECT * FROM type_category_summary;

-- One message is all of them
SELECT write_message(NULL, 'account-1', 'Opened', '{}');
SELECT stream_name, message_count, CAST(percent AS integer) FROM stream_summary;
SELECT category, type, message_count, CAST(percent AS integer) FROM category_type_summary;

SELECT write_message(NULL, 'account-1', 'Deposited', '{}');
SELECT write_message(NULL, 'account-1', 'Deposited', '{}');
SELECT write_message(NULL, 'account-10', 'Opened', '{}');
SELECT write_message(NULL, 'account-2', 'Opened', '{}');
SELECT write_message(NULL, 'signup-1', 'Opened', '{}');
SELECT write_message(NULL, 'signup-1', 'Finished', '{}');

-- The share is a percentage, rounded to two places; here it is multiplied by a
-- hundred because the databases print it differently
SELECT stream_name, message_count, CAST(round(percent * 100) AS integer) FROM stream_summary;
SELECT type, message_count, CAST(round(percent * 100) AS integer) FROM type_summary;
SELECT stream_name, type, message_count, CAST(round(percent * 100) AS integer) FROM stream_type_summary;
SELECT type, stream_name, message_count, CAST(round(percent * 100) AS integer) FROM type_stream_summary;
SELECT category, type, message_count, CAST(round(percent * 100) AS integer) FROM category_type_summary;
SELECT type, category, message_count, CAST(round(percent * 100) AS integer) FROM type_category_summary;

-- Names in every alphabet, ordered by their bytes
SELECT write_message(NULL, 'Zoo-1', 'opened', '{}');
SELECT write_message(NULL, '_zoo-1', 'Opened ', '{}');
SELECT write_message(NULL, 'éclair-1', 'Öffnen', '{}');
SELECT write_message(NULL, '日本-1', '開く', '{}');
SELECT write_message(NULL, '', '', '{}');
SELECT write_message(NULL, '-1', 'Opened', '{}');
SELECT write_message(NULL, 'noid', 'Opened', '{}');
SELECT write_message(NULL, 'a-b-c', 'Opened', '{}');
SELECT write_message(NULL, 'a''b"%-1', 'Opened', '{}');

SELECT '<' || stream_name || '>', message_count FROM stream_summary;
SELECT '<' || type || '>', message_count FROM type_summary;
SELECT '<' || category || '>', '<' || type || '>', message_count FROM category_type_summary;
SELECT '<' || type || '>', '<' || category || '>', message_count FROM type_category_summary;

-- Halves are rounded up: 1 of 32 is 3.125, 1 of 800 is 0.125
DELETE FROM messages WHERE stream_name = 'noid';
WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 17
)
SELECT count(write_message(NULL, 'filler-1', 'Filled', '{}')) FROM n;
SELECT stream_name, message_count, CAST(round(percent * 1000) AS integer) FROM stream_summary WHERE message_count <> 2;

WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 768
)
SELECT count(write_message(NULL, 'filler-1', 'Filled', '{}')) FROM n;
SELECT type, message_count, CAST(round(percent * 1000) AS integer) FROM type_summary;

-- They are ordinary views
SELECT count(*), sum(message_count) FROM stream_summary;
SELECT category, sum(message_count) FROM category_type_summary GROUP BY category HAVING sum(message_count) > 2 ORDER BY category;
SELECT stream_name FROM stream_summary ORDER BY message_count DESC, stream_name LIMIT 3;
