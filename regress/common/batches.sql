-- write_messages: several messages to one stream, all or nothing

-- It returns the position of the last one
SELECT write_messages('account-1', '[{"type": "Opened", "data": {"owner": "Ada"}}]');
SELECT write_messages('account-1', '[
	{"type": "Deposited", "data": {"amount": 10}, "metadata": {"causedBy": 1}, "id": "00000000-0000-4000-8000-000000000001"},
	{"type": "Withdrawn", "data": {"amount": 4}},
	{"data": {}, "id": "00000000-0000-4000-8000-000000000002", "type": "Closed"}
]');
SELECT write_message(NULL, 'account-1', 'Reopened', '{}');
SELECT write_messages('account-2', '[{"type": "Opened", "data": {}}, {"type": "Closed", "data": {}}]');

SELECT global_position, stream_name, position, type, data, metadata
FROM messages
ORDER BY global_position;

SELECT id, type FROM get_stream_messages('account-1') WHERE id LIKE '00000000-%';
SELECT count(DISTINCT id), count(DISTINCT CAST(time AS text)) FROM get_stream_messages('account-2');

-- The expected version is that before the first one
SELECT write_messages('version-1', '[{"type": "A", "data": 0}, {"type": "B", "data": 1}]', -1);
SELECT write_messages('version-1', '[{"type": "C", "data": 2}, {"type": "D", "data": 3}]', 1);
SELECT write_messages('version-1', '[{"type": "E", "data": 4}]', NULL);
SELECT write_messages('version-1', '[{"type": "F", "data": 5}, {"type": "G", "data": 6}]', 3);
SELECT write_messages('version-1', '[{"type": "F", "data": 5}]', 5);
SELECT write_messages('version-1', '[{"type": "F", "data": 5}]', -1);
SELECT write_messages('version-1', '[{"type": "F", "data": 5}]', -2);
SELECT write_messages('version-2', '[{"type": "F", "data": 5}]', 0);
SELECT position, type, data FROM get_stream_messages('version-1');
SELECT stream_version('version-1'), stream_version('version-2');

-- Data may be any JSON; null is NULL, and other keys may be null or absent
SELECT write_messages('data-1', '[
	{"type": "null", "data": null},
	{"type": "string", "data": "a \"quoted\" \u0041\n\\"},
	{"type": "number", "data": 1.50},
	{"type": "large", "data": 1e3},
	{"type": "boolean", "data": true},
	{"type": "array", "data": [1, [2], {"b": 1, "a": []}]},
	{"type": "object", "data": {"type": "x", "data": null, "id": 7}},
	{"type": "", "data": {"x": 1, "x": 2}, "metadata": null, "id": null},
	{"type": "metadata", "data": null, "metadata": "text"}
]');
SELECT position, type, data, metadata FROM get_stream_messages('data-1');

-- Types and ids in escapes and other spellings
SELECT write_messages('spelling-1', '[{"type": "say \"\u00e4\" \/ \\ \t\ud83d\ude42", "data": {}, "\u0069d": "{\u0030000000000004000A000-00000000000F}"}]');
SELECT type, id FROM get_stream_messages('spelling-1');

-- Of equal keys the last counts, blanks and order do not
SELECT write_messages('keys-1', ' [ { "type" : "A" , "data" : 1 , "type":"B","data":2,"metadata":{"m":1},"metadata":null } ] ');
SELECT type, data, metadata FROM get_stream_messages('keys-1');

-- What is no batch
SELECT write_messages('wrong-1', NULL);
SELECT write_messages('wrong-1', 'null');
SELECT write_messages('wrong-1', '{}');
SELECT write_messages('wrong-1', '"[]"');
SELECT write_messages('wrong-1', '1');
SELECT write_messages('wrong-1', 'true');
SELECT write_messages('wrong-1', '[]');
SELECT write_messages('wrong-1', ' [ ] ', 7);
SELECT write_messages('wrong-1', '[');
SELECT write_messages('wrong-1', '');
SELECT write_messages('wrong-1', '[{"type": "\u0000", "data": 1}]');

-- A wrong message is named by its index
SELECT write_messages('wrong-1', '[1]');
SELECT write_messages('wrong-1', '[null]');
SELECT write_messages('wrong-1', '[[]]');
SELECT write_messages('wrong-1', '["type"]');
SELECT write_messages('wrong-1', '[{}]');
SELECT write_messages('wrong-1', '[{"type": "A"}]');
SELECT write_messages('wrong-1', '[{"data": 1}]');
SELECT write_messages('wrong-1', '[{"type": null, "data": 1}]');
SELECT write_messages('wrong-1', '[{"type": 1, "data": 1}]');
SELECT write_messages('wrong-1', '[{"type": ["A"], "data": 1}]');
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1, "id": 1}]');
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1, "id": ""}]');
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1, "id": "00000000-0000-4000-8000-00000000000"}]');
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1, "metaData": 1}]');
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1, "Type": "B"}]');
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1, "": 1}]');
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1, "two\nlines\"": 1}]');
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1}, {"type": "B", "data": 2}, 3, {"type": 4}]');
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1}, {"type": "B"}]');

-- It comes before the version; of several mistakes in a message the one in the shortest key is named
SELECT write_messages('wrong-1', '[{"type": "A"}]', 7);
SELECT write_messages('wrong-1', '[{"position": 1, "type": 1, "id": "a"}]');
SELECT write_messages('wrong-1', '[{"position": 1, "type": 1}]');
SELECT write_messages('wrong-1', '[{"position": 1, "time": 1}]');

-- The errors of write_message
SELECT write_messages(NULL, '[{"type": "A", "data": 1}]');
SELECT write_messages(NULL, '[{"type": "A", "data": 1}]', 3);
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1}]', 3);
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1}, {"type": "B", "data": 1, "id": "00000000-0000-4000-8000-000000000001"}]', 3);
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1}, {"type": "B", "data": 1, "id": "00000000-0000-4000-8000-000000000001"}]');
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1, "id": "00000000-0000-4000-8000-00000000000a"}, {"type": "A", "data": 1, "id": "00000000-0000-4000-8000-00000000000A"}]');
SELECT write_messages('wrong-1', '[{"type": "A", "data": 1}]', 'x');

-- Nothing of all that was written
SELECT stream_version('wrong-1');
SELECT count(*) FROM messages WHERE stream_name = 'wrong-1' OR stream_name IS NULL;

-- In a transaction
BEGIN;
SELECT write_messages('transaction-1', '[{"type": "A", "data": 1}, {"type": "B", "data": 2}]');
SELECT write_message(NULL, 'transaction-1', 'C', '3', NULL, 1);
SELECT write_messages('transaction-1', '[{"type": "D", "data": 4}, {"type": "E", "data": 5}]', 2);
SELECT position, type FROM get_stream_messages('transaction-1');
ROLLBACK;
SELECT stream_version('transaction-1');

BEGIN;
SELECT write_messages('transaction-1', '[{"type": "A", "data": 1}, {"type": "B", "data": 2}]');
SAVEPOINT s;
SELECT write_messages('transaction-1', '[{"type": "C", "data": 3}, {"type": "D", "data": 4, "id": "00000000-0000-4000-8000-000000000001"}]');
ROLLBACK TO SAVEPOINT s;
SELECT write_messages('transaction-1', '[{"type": "C", "data": 3}]');
SELECT write_messages('transaction-2', '[{"type": "A", "data": 1}]');
COMMIT;
SELECT position, type FROM get_stream_messages('transaction-1');
SELECT count(DISTINCT CAST(time AS text)) FROM messages WHERE stream_name LIKE 'transaction-%';

-- Several in a statement
WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 4
)
SELECT write_messages('many-1', '[{"type": "A", "data": 1}, {"type": "B", "data": 2}, {"type": "C", "data": 3}]') FROM n;
SELECT count(*), count(DISTINCT position), max(position) FROM messages WHERE stream_name = 'many-1';

-- In a namespace
SELECT create_namespace('tenant_a');
SELECT use_namespace('tenant_a');
SELECT write_messages('account-1', '[{"type": "A", "data": 1, "id": "00000000-0000-4000-8000-000000000001"}, {"type": "B", "data": 2}]', -1);
SELECT position, type, global_position FROM get_category_messages('account');
SELECT use_namespace('message_store');
SELECT stream_version('account-1');
