-- Correlation: only messages whose metadata name, as correlationStreamName, a
-- stream of that category

SELECT write_message(NULL, 'account-1', 'A', '{}', '{"correlationStreamName": "signup-7"}');
SELECT write_message(NULL, 'account-1', 'B', '{}', '{"correlationStreamName": "signup-8", "other": 1}');
SELECT write_message(NULL, 'account-1', 'C', '{}', '{"correlationStreamName": "transfer-1"}');
SELECT write_message(NULL, 'account-2', 'D', '{}', '{"correlationStreamName": "signup"}');
SELECT write_message(NULL, 'account-2', 'E', '{}', '{"correlationStreamName": "signups-7"}');
SELECT write_message(NULL, 'account-2', 'F', '{}', '{"CorrelationStreamName": "signup-7"}');
SELECT write_message(NULL, 'account-2', 'G', '{}', '{"metadata": {"correlationStreamName": "signup-7"}}');
SELECT write_message(NULL, 'account-2', 'H', '{}');
SELECT write_message(NULL, 'account-2', 'I', '{"correlationStreamName": "signup-7"}', '{}');
SELECT write_message(NULL, 'other-1', 'J', '{}', '{"correlationStreamName": "signup-7"}');
SELECT write_message(NULL, 'account-3', 'K', '{}', '{"correlationStreamName": "signup-7+1-2", "correlationStreamName ": "x-1"}');
SELECT write_message(NULL, 'account-3', 'L', '{}', '{"correlationStreamName": "x-1", "correlationStreamName": "signup-9"}');
SELECT write_message(NULL, 'account-3', 'M', '{}', '{"correlationStreamName": "Signup-7"}');

SELECT type, stream_name, metadata FROM get_category_messages('account', 1, 1000, 'signup');
SELECT type FROM get_category_messages('account', 1, 1000, 'transfer');
SELECT type FROM get_category_messages('account', 1, 1000, 'signups');
SELECT type FROM get_category_messages('account', 1, 1000, 'Signup');
SELECT type FROM get_category_messages('account', 1, 1000, 'nothing');
SELECT type FROM get_category_messages('other', 1, 1000, 'signup');
SELECT type FROM get_category_messages('account', 1, 1000, 'sign%');

-- NULL means all
SELECT count(*) FROM get_category_messages('account', 1, 1000, NULL);

-- Position and batch size count what remains
SELECT type FROM get_category_messages('account', 2, 1000, 'signup');
SELECT type FROM get_category_messages('account', 1, 2, 'signup');
SELECT type FROM get_category_messages('account', 3, 2, 'signup');
SELECT type FROM get_category_messages('account', 1, 0, 'signup');
SELECT type FROM get_category_messages('account', 1, -1, 'signup');

-- It must be a category
SELECT type FROM get_category_messages('account', 1, 1000, 'signup-7');
SELECT type FROM get_category_messages('account', 1, 1000, '-');
SELECT type FROM get_category_messages('account', 1, 1000, 'it''s "here"-%s');
SELECT type FROM get_category_messages('account-1', 1, 1000, 'signup-7');
SELECT type FROM get_category_messages(NULL, 1, 1000, 'signup-7');

-- It is read as text, whatever it is in JSON
SELECT write_message(NULL, 'odd-1', 'number', '{}', '{"correlationStreamName": 12}');
SELECT write_message(NULL, 'odd-1', 'negative', '{}', '{"correlationStreamName": -12}');
SELECT write_message(NULL, 'odd-1', 'fraction', '{}', '{"correlationStreamName": 1.50}');
SELECT write_message(NULL, 'odd-1', 'exponent', '{}', '{"correlationStreamName": 1e2}');
SELECT write_message(NULL, 'odd-1', 'true', '{}', '{"correlationStreamName": true}');
SELECT write_message(NULL, 'odd-1', 'false', '{}', '{"correlationStreamName": false}');
SELECT write_message(NULL, 'odd-1', 'null', '{}', '{"correlationStreamName": null}');
SELECT write_message(NULL, 'odd-1', 'null as text', '{}', '{"correlationStreamName": "null-1"}');
SELECT write_message(NULL, 'odd-1', 'object', '{}', '{"correlationStreamName": {"b":1,"a":2}}');
SELECT write_message(NULL, 'odd-1', 'array', '{}', '{"correlationStreamName": [1,"x-1"]}');
SELECT write_message(NULL, 'odd-1', 'empty', '{}', '{"correlationStreamName": ""}');
SELECT write_message(NULL, 'odd-1', 'dash', '{}', '{"correlationStreamName": "-7"}');
SELECT write_message(NULL, 'odd-1', 'escapes', '{}', '{"correlationStreamName": "\u00fc \"x\"\\\n-7"}');
SELECT write_message(NULL, 'odd-1', 'key with escapes', '{}', '{"\u0063orrelationStreamName": "escaped-7"}');
SELECT write_message(NULL, 'odd-1', 'JSON null', '{}', 'null');
SELECT write_message(NULL, 'odd-1', 'JSON array', '{}', '["correlationStreamName", "array-1"]');
SELECT write_message(NULL, 'odd-1', 'JSON string', '{}', '"correlationStreamName"');
SELECT write_message(NULL, 'odd-1', 'in an array', '{}', '[{"correlationStreamName": "array-1"}]');
SELECT write_message(NULL, 'odd-1', 'key in a value', '{}', '{"a": "\"correlationStreamName\": \"array-1\""}');

SELECT type FROM get_category_messages('odd', 1, 1000, '12');
SELECT type FROM get_category_messages('odd', 1, 1000, '1.50');
SELECT type FROM get_category_messages('odd', 1, 1000, '1.5');
SELECT type FROM get_category_messages('odd', 1, 1000, '100');
SELECT type FROM get_category_messages('odd', 1, 1000, 'true');
SELECT type FROM get_category_messages('odd', 1, 1000, 'false');
SELECT type FROM get_category_messages('odd', 1, 1000, '1');
SELECT type FROM get_category_messages('odd', 1, 1000, 'null');
SELECT type FROM get_category_messages('odd', 1, 1000, '{"a": 2, "b": 1}');
SELECT type FROM get_category_messages('odd', 1, 1000, '[1, "x');
SELECT type FROM get_category_messages('odd', 1, 1000, '');
SELECT type FROM get_category_messages('odd', 1, 1000, 'ü "x"\
');
SELECT type FROM get_category_messages('odd', 1, 1000, 'escaped');
SELECT type FROM get_category_messages('odd', 1, 1000, 'array');

-- Together with a consumer group
SELECT type FROM get_category_messages('account', 1, 1000, 'signup', 0, 2);
SELECT type FROM get_category_messages('account', 1, 1000, 'signup', 1, 2);
SELECT type FROM get_category_messages('account', 1, 1000, 'signup', 0, 1);
