-- Every error that both databases have, in one place. Applications compare
-- these texts.

SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'Opened', '{}');

-- Writing
SELECT write_message(NULL, 'account-1', 'T', '{}', NULL, 9);
SELECT write_message(NULL, 'account-1', 'T', '{}', NULL, -1);
SELECT write_message(NULL, 'account-2', 'T', '{}', NULL, 0);
SELECT write_message('bad', 'account-1', 'T', '{}');
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'T', '{}');
SELECT write_message(NULL, NULL, 'T', '{}');
SELECT write_message(NULL, 'account-1', NULL, '{}');
SELECT write_message(NULL, NULL, NULL, '{}');
SELECT write_message(NULL, 'account-1', 'T', '{');
SELECT write_message(NULL, 'account-1', 'T', '{}', 'x');
SELECT write_message(NULL, 'account-1', 'T', '"\u0000"');
SELECT write_message(NULL, 'account-1', 'T', '"\ud800"');
SELECT write_message(NULL, 'account-1', 'T', '1e200000');
SELECT write_message(NULL, 'account-1', 'T', '{}', NULL, 'x');
SELECT write_message(NULL, 'account-1', 'T', '{}', NULL, '9223372036854775808');

-- In the order: JSON, version, id, NULL, uniqueness
SELECT write_message('bad', NULL, NULL, '{', NULL, 9);
SELECT write_message('bad', NULL, NULL, '{}', NULL, 9);
SELECT write_message('bad', NULL, NULL, '{}');
SELECT write_message('00000000-0000-4000-8000-000000000001', NULL, NULL, '{}');
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', NULL, '{}');

-- A name may have 2048 bytes
WITH RECURSIVE long(n, part) AS (
	SELECT 0, 'x'
	UNION ALL
	SELECT n + 1, part || part FROM long WHERE n < 11
)
SELECT write_message(NULL, substr(part, 1, 2046) || '-1', 'T', '{}') FROM long WHERE n = 11;

WITH RECURSIVE long(n, part) AS (
	SELECT 0, 'x'
	UNION ALL
	SELECT n + 1, part || part FROM long WHERE n < 11
)
SELECT write_message(NULL, substr(part, 1, 2047) || '-1', 'T', '{}') FROM long WHERE n = 11;

WITH RECURSIVE long(n, part) AS (
	SELECT 0, 'é'
	UNION ALL
	SELECT n + 1, part || part FROM long WHERE n < 11
)
SELECT write_message(NULL, substr(part, 1, 1024), 'T', '{}') FROM long WHERE n = 11;

WITH RECURSIVE long(n, part) AS (
	SELECT 0, 'é'
	UNION ALL
	SELECT n + 1, part || part FROM long WHERE n < 11
)
SELECT write_message(NULL, substr(part, 1, 1025), 'T', '{}') FROM long WHERE n = 11;

-- Reading
SELECT type FROM get_stream_messages('account');
SELECT type FROM get_stream_messages(NULL);
SELECT type FROM get_stream_messages('account-1', 0, -2);
SELECT type FROM get_stream_messages('account-1', 0, 1, '1 = 1');
SELECT type FROM get_stream_messages('account-1', 'x');
SELECT type FROM get_stream_messages('account-1', 0, 'x');
SELECT type FROM get_stream_messages('account-1', '');
SELECT type FROM get_stream_messages('account-1', ' ');
SELECT type FROM get_stream_messages('account-1', '2.0');
SELECT type FROM get_stream_messages('account-1', '1e1');
SELECT type FROM get_stream_messages('account-1', '1 2');
SELECT type FROM get_stream_messages('account-1', '-');
SELECT type FROM get_stream_messages('account-1', '-9223372036854775809');
SELECT type FROM get_stream_messages('account-1', 0, '99999999999999999999');
SELECT type FROM get_category_messages('account-1');
SELECT type FROM get_category_messages('account', 1, -2);
SELECT type FROM get_category_messages('account', 1, 1, 'signup-1');
SELECT type FROM get_category_messages('account', 1, 1, NULL, 0);
SELECT type FROM get_category_messages('account', 1, 1, NULL, NULL, 1);
SELECT type FROM get_category_messages('account', 1, 1, NULL, 0, 0);
SELECT type FROM get_category_messages('account', 1, 1, NULL, -1, 1);
SELECT type FROM get_category_messages('account', 1, 1, NULL, 1, 1);
SELECT type FROM get_category_messages('account', 1, 1, NULL, NULL, NULL, '1 = 1');
SELECT type FROM get_category_messages('account', 'x');

-- In the order: name, correlation, group, condition, batch size
SELECT type FROM get_category_messages('account-1', 1, -2, 'signup-1', 0, 0, '1 = 1');
SELECT type FROM get_category_messages('account', 1, -2, 'signup-1', 0, 0, '1 = 1');
SELECT type FROM get_category_messages('account', 1, -2, 'signup', 0, 0, '1 = 1');
SELECT type FROM get_category_messages('account', 1, -2, 'signup', 0, 1, '1 = 1');
SELECT type FROM get_category_messages('account', 1, -2, 'signup', 0, 1);

-- What an error quotes is quoted as it is
SELECT type FROM get_stream_messages('%s %d %1 "x" ''y'' \n é 日本');
SELECT type FROM get_stream_messages('two
lines');
SELECT type FROM get_category_messages('%s-%1');
SELECT write_message('%s', 'account-1', 'T', '{}');

-- The rest
SELECT consumer_group_member('account-1', 0);
SELECT current_setting('message_store.nothing');
SELECT set_config('message_store.debug', 'x', false);

-- None of them has written anything or is in the way of a write
SELECT count(*) FROM messages;
SELECT write_message(NULL, 'account-1', 'Closed', '{}', NULL, 0);
SELECT type, position FROM get_stream_messages('account-1');

-- A condition is one expression
SELECT set_config('message_store.sql_condition', 'on', false);
SELECT type FROM get_stream_messages('account-1', 0, 10, 'false) OR (true');
SELECT type FROM get_category_messages('account', 1, 10, NULL, NULL, NULL, 'false) OR (true');
SELECT set_config('message_store.sql_condition', 'off', false);
