-- get_category_messages: the messages of all streams of a category, in the
-- order in which they were written

SELECT write_message(NULL, 'account-1', 'Opened', '{"owner": "Ada"}', '{"causedBy": 7}');
SELECT write_message(NULL, 'account-2', 'Opened', '{"owner": "Bob"}');
SELECT write_message(NULL, 'accounts-1', 'Opened', '{}');
SELECT write_message(NULL, 'account-1', 'Closed', '{}');
SELECT write_message(NULL, 'account', 'Counted', '{}');
SELECT write_message(NULL, 'account:command-1', 'Open', '{}');
SELECT write_message(NULL, 'Account-1', 'Opened', '{}');
SELECT write_message(NULL, 'acc-1', 'Opened', '{}');
SELECT write_message(NULL, 'account-', 'Opened', '{}');
SELECT write_message(NULL, 'account-1-2', 'Opened', '{}');
SELECT write_message(NULL, '-account', 'Opened', '{}');
SELECT write_message(NULL, '', 'Opened', '{}');
SELECT write_message(NULL, '--', 'Opened', '{}');
SELECT write_message(NULL, 'account+1', 'Opened', '{}');
SELECT write_message(NULL, 'account-2', 'Closed', NULL, 'null');

-- Its columns
SELECT stream_name, type, position, global_position, data, metadata FROM get_category_messages('account');
SELECT count(*), count(id), count(time), count(DISTINCT id) FROM get_category_messages('account');

-- Other categories
SELECT stream_name, global_position FROM get_category_messages('accounts');
SELECT stream_name, global_position FROM get_category_messages('Account');
SELECT stream_name, global_position FROM get_category_messages('account:command');
SELECT stream_name, global_position FROM get_category_messages('acc');
SELECT stream_name, global_position FROM get_category_messages('account+1');

-- Those without a name: streams that begin with a dash, or are empty
SELECT stream_name, global_position FROM get_category_messages('');

-- Categories without messages
SELECT stream_name FROM get_category_messages('nothing');
SELECT stream_name FROM get_category_messages('account ');
SELECT stream_name FROM get_category_messages('%');
SELECT stream_name FROM get_category_messages('acc_unt');
SELECT stream_name FROM get_category_messages(NULL);

-- No category
SELECT stream_name FROM get_category_messages('account-1');
SELECT stream_name FROM get_category_messages('account-');
SELECT stream_name FROM get_category_messages('-');

-- From a global position on
SELECT global_position FROM get_category_messages('account', 1);
SELECT global_position FROM get_category_messages('account', 4);
SELECT global_position FROM get_category_messages('account', 6);
SELECT global_position FROM get_category_messages('account', 15);
SELECT global_position FROM get_category_messages('account', 16);
SELECT global_position FROM get_category_messages('account', 0);
SELECT global_position FROM get_category_messages('account', -5);
SELECT global_position FROM get_category_messages('account', NULL);
SELECT global_position FROM get_category_messages('account', 9223372036854775807);
SELECT global_position FROM get_category_messages('account', '9');

-- Some of them
SELECT global_position FROM get_category_messages('account', 1, 3);
SELECT global_position FROM get_category_messages('account', 5, 3);
SELECT global_position FROM get_category_messages('account', 10, 3);
SELECT global_position FROM get_category_messages('account', 1, 0);
SELECT global_position FROM get_category_messages('account', 10, -1);
SELECT global_position FROM get_category_messages('account', 10, NULL);
SELECT global_position FROM get_category_messages('account', NULL, NULL, NULL, NULL, NULL, NULL);
SELECT global_position FROM get_category_messages('account', 1, -2);

-- As a consumer reads: from the last global position plus one on
SELECT max(global_position) FROM get_category_messages('account', 1, 2);
SELECT max(global_position) FROM get_category_messages('account', 3, 2);
SELECT max(global_position) FROM get_category_messages('account', 6, 2);
SELECT max(global_position) FROM get_category_messages('account', 11, 2);
SELECT max(global_position) FROM get_category_messages('account', 16, 2);

-- 1000 messages are the default, -1 means all
WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 1005
)
SELECT count(write_message(NULL, CASE WHEN i < 500 THEN 'many-1' ELSE 'many-2' END, 'T', '{}')) FROM n;

SELECT count(*), max(global_position) - min(global_position) FROM get_category_messages('many');
SELECT count(*), max(global_position) - min(global_position) FROM get_category_messages('many', 1, -1);
SELECT count(*), count(DISTINCT stream_name) FROM get_category_messages('many', 16, 500);

-- Odd names
SELECT write_message(NULL, 'Ünï''ç" 日本:
%s-1', 'T', '{}');
SELECT position, stream_name FROM get_category_messages('Ünï''ç" 日本:
%s');

-- In larger queries
SELECT type, count(*) FROM get_category_messages('account') GROUP BY type ORDER BY type;
SELECT global_position FROM get_category_messages('account') WHERE stream_name = 'account-1';
SELECT global_position FROM get_category_messages('account') ORDER BY global_position DESC LIMIT 2;

WITH categories(name) AS (VALUES ('account'), ('accounts'), ('nothing'), ('acc'))
SELECT categories.name, got.stream_name, got.position
FROM categories, get_category_messages(categories.name, 1, 2) AS got
ORDER BY categories.name, got.global_position;

-- A query by hand finds the same messages
SELECT global_position FROM messages WHERE category(stream_name) = 'account' ORDER BY global_position;
