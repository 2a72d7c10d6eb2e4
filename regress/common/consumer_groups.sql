-- Consumer groups: each member reads the streams whose cardinal id falls to it

WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 12
)
SELECT count(write_message(NULL, 'account-' || i, 'Opened', '{}')) FROM n;

SELECT stream_name, global_position FROM get_category_messages('account', 1, 1000, NULL, 0, 3);
SELECT stream_name, global_position FROM get_category_messages('account', 1, 1000, NULL, 1, 3);
SELECT stream_name, global_position FROM get_category_messages('account', 1, 1000, NULL, 2, 3);

-- A group of one reads everything
SELECT count(*) FROM get_category_messages('account', 1, 1000, NULL, 0, 1);

-- The same id in another category falls to the same member
SELECT write_message(NULL, 'account:command-3', 'Open', '{}');
SELECT consumer_group_member('account-3', 3), consumer_group_member('account:command-3', 3);
SELECT stream_name FROM get_category_messages('account:command', 1, 1000, NULL, consumer_group_member('account-3', 3), 3);

-- Compound ids: the cardinal id decides, so these stay together
SELECT write_message(NULL, 'order-7+1', 'T', '{}');
SELECT write_message(NULL, 'order-7+2', 'T', '{}');
SELECT write_message(NULL, 'order-7', 'T', '{}');
SELECT write_message(NULL, 'order-7+1+9', 'T', '{}');
SELECT write_message(NULL, 'order-7-1', 'T', '{}');
SELECT count(*) FROM get_category_messages('order', 1, 1000, NULL, consumer_group_member('order-7', 64), 64);
SELECT consumer_group_member('order-7', 64), consumer_group_member('order-7+1', 64), consumer_group_member('order-7-1', 64);

-- The member is |hash_64(cardinal id)| mod size
SELECT consumer_group_member('account-123', 1), consumer_group_member('account-123', 2), consumer_group_member('account-123', 3),
	consumer_group_member('account-123', 7), consumer_group_member('account-123', 1000);

WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 1000
)
SELECT count(*)
FROM n
WHERE consumer_group_member('account-' || i, 13) =
	CASE WHEN hash_64(CAST(i AS text)) < 0 THEN - hash_64(CAST(i AS text)) ELSE hash_64(CAST(i AS text)) END % 13;

-- Odd ids
SELECT consumer_group_member('account-', 1000), consumer_group_member('-', 1000), consumer_group_member('a-+b', 1000);
SELECT consumer_group_member('account-Ünïçödé', 1000), consumer_group_member('account-日本+語', 1000), consumer_group_member('account- ', 1000);

-- A stream without an id belongs to no member of any group
SELECT write_message(NULL, 'account', 'Counted', '{}');
SELECT consumer_group_member('account', 3), consumer_group_member('', 1), consumer_group_member(NULL, 3);
SELECT count(*) FROM get_category_messages('account', 1, 1000, NULL, 0, 1);
SELECT count(*) FROM get_category_messages('account');

-- A stream with an empty id belongs to one
SELECT write_message(NULL, 'account-', 'Opened', '{}');
SELECT count(*) FROM get_category_messages('account', 1, 1000, NULL, 0, 1);

-- Sizes of any kind
SELECT consumer_group_member('account-1', 32767), consumer_group_member('account-1', 32768), consumer_group_member('account-1', 65536);
SELECT consumer_group_member('account-1', 4294967296), consumer_group_member('account-1', 9223372036854775807);
SELECT consumer_group_member('account-2', 4294967296), consumer_group_member('account-2', 9223372036854775807);

SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, consumer_group_member('account-5', 32767), 32767);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, consumer_group_member('account-5', 32768), 32768);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, consumer_group_member('account-5', 1000000007), 1000000007);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, consumer_group_member('account-5', 9223372036854775807), 9223372036854775807);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, 9223372036854775806, 9223372036854775807);

-- Each message is read by exactly one member
WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 500
)
SELECT count(write_message(NULL, 'many-' || (i % 97), 'T', '{}')) FROM n;

WITH RECURSIVE members(member) AS (
	SELECT 0
	UNION ALL
	SELECT member + 1 FROM members WHERE member < 6
)
SELECT member, count(*), count(DISTINCT got.stream_name), sum(CASE WHEN consumer_group_member(got.stream_name, 7) = member THEN 0 ELSE 1 END)
FROM members, get_category_messages('many', 1, 1000, NULL, member, 7) AS got
GROUP BY member
ORDER BY member;

WITH RECURSIVE members(member) AS (
	SELECT 0
	UNION ALL
	SELECT member + 1 FROM members WHERE member < 6
)
SELECT count(*), count(DISTINCT global_position)
FROM members, get_category_messages('many', 1, 1000, NULL, member, 7) AS got;

-- Position and batch size count what falls to the member
SELECT global_position FROM get_category_messages('account', 1, 2, NULL, 0, 3);
SELECT global_position FROM get_category_messages('account', 5, 2, NULL, 0, 3);
SELECT global_position FROM get_category_messages('account', 5, 0, NULL, 0, 3);
SELECT global_position FROM get_category_messages('account', 9, -1, NULL, 0, 3);
SELECT count(*), min(global_position) FROM get_category_messages('many', 100, 50, NULL, 2, 7);

-- What is wrong with a group, in this order
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, 0, NULL);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, NULL, 1);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, -1, NULL);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, NULL, 0);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, 0, 0);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, -1, 0);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, 5, -1);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, -1, 1);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, 1, 1);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, 4, 3);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, 9223372036854775807, 9223372036854775807);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, -9223372036854775807, 1);

-- It is looked at after category and correlation, before condition and batch size
SELECT stream_name FROM get_category_messages('account-1', 1, 1000, NULL, 0, 0);
SELECT stream_name FROM get_category_messages('account', 1, 1000, 'signup-1', 0, 0);
SELECT stream_name FROM get_category_messages('account', 1, 1000, NULL, 0, 0, '1 = 1');
SELECT stream_name FROM get_category_messages('account', 1, -2, NULL, 0, 0);
SELECT stream_name FROM get_category_messages(NULL, 1, 1000, NULL, 0, 0);

-- The function by itself
SELECT consumer_group_member('account-1', 0);
SELECT consumer_group_member('account-1', -1);
SELECT consumer_group_member('account', 0);
SELECT consumer_group_member('account-1', NULL);
