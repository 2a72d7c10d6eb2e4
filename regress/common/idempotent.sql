-- Idempotent writes: what was written already is not an error

SELECT message_store_version();
SELECT current_setting('message_db.idempotent_writes');

SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'Opened', '{"owner": "Ada", "no": 1}', '{"try": 1}');

-- Without the setting it is one
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'Opened', '{"owner": "Ada", "no": 1}', '{"try": 1}');
SELECT write_messages('account-1', '[{"id": "00000000-0000-4000-8000-000000000001", "type": "Opened", "data": {"owner": "Ada", "no": 1}}]');

SELECT set_config('message_db.idempotent_writes', 'maybe', false);
SELECT set_config('message_db.idempotent_writes', 'on', false);
SELECT current_setting('message_db.idempotent_writes');

-- A new message is written as ever
SELECT write_message('00000000-0000-4000-8000-000000000002', 'account-1', 'Deposited', '{"amount": 10}', NULL, 0);
SELECT write_message(NULL, 'account-1', 'Deposited', '{"amount": 10}');
SELECT write_message(NULL, 'account-1', 'Deposited', '{"amount": 10}');
SELECT write_message(NULL, 'account-1', 'Deposited', '{"amount": 10}', NULL, 2);

-- The same again: its position, whatever came later
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'Opened', '{"owner": "Ada", "no": 1}', '{"try": 1}');
SELECT write_message('00000000-0000-4000-8000-000000000002', 'account-1', 'Deposited', '{"amount": 10}');

-- before the expected version is looked at
SELECT write_message('00000000-0000-4000-8000-000000000002', 'account-1', 'Deposited', '{"amount": 10}', NULL, 0);
SELECT write_message('00000000-0000-4000-8000-000000000002', 'account-1', 'Deposited', '{"amount": 10}', NULL, 77);

-- in another spelling, with other metadata
SELECT write_message('{00000000000040008000000000000001}', 'account-1', 'Opened', '{"no":1,"owner":"Ad\u0061"}', '{"try": 2}');
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'Opened', '{"owner": "Ada", "no": 1}');

-- Not the same: another type, other data, another stream
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'opened', '{"owner": "Ada", "no": 1}');
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'Opened', '{"owner": "Ada", "no": 2}');
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'Opened', NULL);
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-2', 'Opened', '{"owner": "Ada", "no": 1}');
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'Opened', '{"owner": "Ada", "no": 2}', NULL, 77);

-- numbers are what they are written as
SELECT write_message('00000000-0000-4000-8000-000000000009', 'number-1', 'T', '1.0');
SELECT write_message('00000000-0000-4000-8000-000000000009', 'number-1', 'T', '1.0');
SELECT write_message('00000000-0000-4000-8000-000000000009', 'number-1', 'T', '1.00');

-- NULL is not JSON's null
SELECT write_message('00000000-0000-4000-8000-000000000003', 'null-1', 'T', NULL);
SELECT write_message('00000000-0000-4000-8000-000000000004', 'null-1', 'T', 'null');
SELECT write_message('00000000-0000-4000-8000-000000000003', 'null-1', 'T', NULL);
SELECT write_message('00000000-0000-4000-8000-000000000004', 'null-1', 'T', 'null');
SELECT write_message('00000000-0000-4000-8000-000000000003', 'null-1', 'T', 'null');
SELECT write_message('00000000-0000-4000-8000-000000000004', 'null-1', 'T', NULL);

-- Other errors are those without the setting
SELECT write_message('bad', 'account-1', 'T', '{}', NULL, 77);
SELECT write_message('bad', 'account-1', 'T', '{}');
SELECT write_message(NULL, 'account-1', 'T', '{}', NULL, 77);
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', NULL, '{"owner": "Ada", "no": 1}');
SELECT write_message('00000000-0000-4000-8000-000000000001', NULL, 'Opened', '{"owner": "Ada", "no": 1}');

SELECT position, type, data, metadata FROM get_stream_messages('account-1');

-- Batches
SELECT write_messages('batch-1', '[
	{"id": "00000000-0000-4000-8000-00000000000a", "type": "A", "data": {"n": 1}},
	{"id": "00000000-0000-4000-8000-00000000000b", "type": "B", "data": null},
	{"id": "00000000-0000-4000-8000-00000000000c", "type": "C", "data": {"n": 3}, "metadata": {"m": 1}}]', -1);
SELECT write_message('00000000-0000-4000-8000-00000000000d', 'batch-1', 'D', '{}');

-- The same again: the position of its last message
SELECT write_messages('batch-1', '[
	{"id": "00000000-0000-4000-8000-00000000000a", "type": "A", "data": {"n": 1}},
	{"id": "00000000-0000-4000-8000-00000000000b", "type": "B", "data": null},
	{"id": "00000000-0000-4000-8000-00000000000c", "type": "C", "data": {"n": 3}, "metadata": {"m": 2}}]', -1);

-- A part of it, and more than it, if they stand in a row
SELECT write_messages('batch-1', '[
	{"id": "00000000-0000-4000-8000-00000000000b", "type": "B", "data": null},
	{"id": "00000000-0000-4000-8000-00000000000c", "type": "C", "data": {"n": 3}},
	{"id": "00000000-0000-4000-8000-00000000000d", "type": "D", "data": {}}]');
SELECT write_messages('batch-1', '[{"id": "00000000-0000-4000-8000-00000000000b", "type": "B", "data": null}]', 77);
SELECT write_message('00000000-0000-4000-8000-00000000000b', 'batch-1', 'B', NULL);

-- In another order, with a gap, twice, or with one that is new or has no id: not the same
SELECT write_messages('batch-1', '[
	{"id": "00000000-0000-4000-8000-00000000000b", "type": "B", "data": null},
	{"id": "00000000-0000-4000-8000-00000000000a", "type": "A", "data": {"n": 1}}]');
SELECT write_messages('batch-1', '[
	{"id": "00000000-0000-4000-8000-00000000000a", "type": "A", "data": {"n": 1}},
	{"id": "00000000-0000-4000-8000-00000000000c", "type": "C", "data": {"n": 3}}]');
SELECT write_messages('batch-1', '[
	{"id": "00000000-0000-4000-8000-00000000000a", "type": "A", "data": {"n": 1}},
	{"id": "00000000-0000-4000-8000-00000000000a", "type": "A", "data": {"n": 1}}]');
SELECT write_messages('batch-1', '[
	{"id": "00000000-0000-4000-8000-00000000000d", "type": "D", "data": {}},
	{"id": "00000000-0000-4000-8000-00000000000e", "type": "E", "data": {}}]');
SELECT write_messages('batch-1', '[
	{"id": "00000000-0000-4000-8000-00000000000d", "type": "D", "data": {}},
	{"type": "E", "data": {}}]');
SELECT write_messages('batch-2', '[{"id": "00000000-0000-4000-8000-00000000000a", "type": "A", "data": {"n": 1}}]');

-- After a message that is not the same the version counts
SELECT write_messages('batch-1', '[
	{"id": "00000000-0000-4000-8000-00000000000a", "type": "A", "data": {"n": 1}},
	{"id": "00000000-0000-4000-8000-00000000000b", "type": "B", "data": {}}]', -1);

-- Without ids everything is new
SELECT write_messages('batch-1', '[{"type": "E", "data": {}}, {"type": "F", "data": {}}]');
SELECT write_messages('batch-1', '[{"type": "E", "data": {}}, {"type": "F", "data": {}}]');

SELECT position, type, data, metadata FROM get_stream_messages('batch-1');
SELECT stream_version('batch-2');

-- In the transaction that wrote them
BEGIN;
SELECT write_message('00000000-0000-4000-8000-000000000011', 'transaction-1', 'A', '1');
SELECT write_message('00000000-0000-4000-8000-000000000011', 'transaction-1', 'A', '1');
SELECT write_messages('transaction-1', '[{"id": "00000000-0000-4000-8000-000000000012", "type": "B", "data": 2}]');
SELECT write_messages('transaction-1', '[{"id": "00000000-0000-4000-8000-000000000012", "type": "B", "data": 2}]');
COMMIT;
SELECT position, type FROM get_stream_messages('transaction-1');

-- Each namespace has its own messages
SELECT create_namespace('tenant_a');
SELECT use_namespace('tenant_a');
SELECT write_message('00000000-0000-4000-8000-000000000002', 'account-1', 'Deposited', '{"amount": 10}');
SELECT write_message('00000000-0000-4000-8000-000000000002', 'account-1', 'Deposited', '{"amount": 10}', NULL, 9);
SELECT write_messages('account-1', '[{"id": "00000000-0000-4000-8000-000000000002", "type": "Deposited", "data": {"amount": 10}}]', 9);
SELECT use_namespace('message_store');

-- For a transaction only
SELECT set_config('message_db.idempotent_writes', 'off', false);
BEGIN;
SELECT set_config('message_db.idempotent_writes', 'on', true);
SELECT write_message('00000000-0000-4000-8000-000000000002', 'account-1', 'Deposited', '{"amount": 10}');
COMMIT;
SELECT write_message('00000000-0000-4000-8000-000000000002', 'account-1', 'Deposited', '{"amount": 10}');
