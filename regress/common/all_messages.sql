-- get_all_messages: every message of the namespace, from a global position on

SELECT count(*) FROM get_all_messages();

SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'Opened', '{"owner": "Ada"}', '{"causedBy": 7}');
SELECT write_messages('signup-1', '[{"type": "Started", "data": {}}, {"type": "Ended", "data": null}]');
SELECT write_message(NULL, 'account-1', 'Deposited', '{"amount": 5}');
SELECT write_message(NULL, 'noid', 'Noted', '{}');
SELECT write_message(NULL, '-', 'Odd', '{}');
SELECT write_message(NULL, 'account-2+x', 'Opened', '{"owner": "Bob"}');

SELECT global_position, stream_name, position, type, data, metadata FROM get_all_messages();
SELECT id FROM get_all_messages(1, 1);
SELECT count(*), count(time), count(DISTINCT id) FROM get_all_messages();
SELECT count(*)
FROM messages JOIN get_all_messages() AS got ON got.global_position = messages.global_position
WHERE CAST(messages.time AS text) = CAST(got.time AS text) AND CAST(messages.id AS text) = got.id;

-- From a position on
SELECT global_position, type FROM get_all_messages(5);
SELECT global_position, type FROM get_all_messages(7);
SELECT global_position, type FROM get_all_messages(8);
SELECT count(*) FROM get_all_messages(0);
SELECT count(*) FROM get_all_messages(-1);
SELECT count(*) FROM get_all_messages(NULL);
SELECT count(*) FROM get_all_messages(9223372036854775807);
SELECT count(*) FROM get_all_messages('6');
SELECT count(*) FROM get_all_messages('x');

-- Some of them
SELECT global_position FROM get_all_messages(1, 2);
SELECT global_position FROM get_all_messages(3, 2);
SELECT global_position FROM get_all_messages(7, 2);
SELECT count(*) FROM get_all_messages(1, 0);
SELECT count(*) FROM get_all_messages(2, -1);
SELECT count(*) FROM get_all_messages(2, NULL);
SELECT count(*) FROM get_all_messages(1, 9223372036854775807);
SELECT count(*) FROM get_all_messages(1, -2);

-- With a condition
SELECT count(*) FROM get_all_messages(1, 1000, NULL);
SELECT count(*) FROM get_all_messages(1, 1000, 'position = 0');
SELECT count(*) FROM get_all_messages(1, -2, 'position = 0');
SELECT set_config('message_store.sql_condition', 'on', false);
SELECT count(*) FROM get_all_messages(1, -2, 'position = 0');
SELECT global_position, type FROM get_all_messages(1, 1000, 'type = ''Opened'' OR position = 1');
SELECT global_position, type FROM get_all_messages(2, 1, 'messages.type = ''Opened'' OR position = 1');
SELECT count(*) FROM get_all_messages(1, 1000, '1 = 1) OR (1 = 1');
SELECT set_config('message_store.sql_condition', 'off', false);

-- Other clauses
SELECT type, count(*) FROM get_all_messages() GROUP BY type ORDER BY type;
SELECT global_position FROM get_all_messages() WHERE stream_name = 'account-1' ORDER BY global_position DESC;
SELECT type FROM get_all_messages() ORDER BY global_position LIMIT 2;
SELECT a.type, b.type
FROM get_all_messages(1, 2) AS a CROSS JOIN get_all_messages(2, 2) AS b
ORDER BY a.global_position, b.global_position;

-- A reader sees what its transaction has written
BEGIN;
SELECT write_messages('account-3', '[{"type": "A", "data": 1}, {"type": "B", "data": 2}]');
SELECT type FROM get_all_messages(8);
ROLLBACK;
SELECT count(*) FROM get_all_messages(8);

-- Each namespace has its own
SELECT create_namespace('tenant_a');
SELECT use_namespace('tenant_a');
SELECT count(*) FROM get_all_messages();
SELECT write_message(NULL, 'account-1', 'Other', '{}');
SELECT global_position, type FROM get_all_messages();
SELECT use_namespace('message_store');
SELECT count(*) FROM get_all_messages();

-- The transactions that hold readers back: none
SELECT pid, prepared_transaction, since, category, position FROM message_store_writers();
SELECT count(*) FROM message_store_writers();
