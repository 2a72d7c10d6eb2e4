-- What is wrong with a namespace

-- Nothing
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'Opened', '{"b": 1, "a": [1.50, "ä"]}');
SELECT write_message(NULL, 'account-1', 'Deposited', 'null', '{"correlationStreamName": "s-1"}');
SELECT write_message('{00000000-0000-4000-8000-00000000000A}', 'account-2', 'Opened', NULL);
SELECT write_messages('account-2', '[{"type": "Deposited", "data": 1}, {"type": "Closed", "data": {"b": 1, "a": 2}}]');
SELECT violation FROM verify_namespace();
SELECT violation FROM verify_namespace(NULL);
SELECT violation FROM verify_namespace('message_store');

-- Messages that somebody has deleted, or written by hand
DELETE FROM messages WHERE global_position = 1;
SELECT * FROM verify_namespace();
INSERT INTO messages (position, stream_name, type) VALUES (5, 'account-2', 'Opened');
INSERT INTO messages (position, stream_name, type) VALUES (9, 'account-2', 'Opened');
SELECT * FROM verify_namespace();
DELETE FROM messages WHERE stream_name = 'account-1';
UPDATE messages SET position = position - 2 WHERE position > 2;
SELECT * FROM verify_namespace();
UPDATE messages SET position = 4 WHERE position = 7;
SELECT * FROM verify_namespace();

-- Positions that tell another order than global positions
UPDATE messages SET position = position + 10;
UPDATE messages SET position = 14 - position;
SELECT * FROM verify_namespace();

-- Positions that readers do not find
SELECT clear_namespace('message_store');
INSERT INTO messages (global_position, position, stream_name, type) VALUES (0, 0, 'account-0', 'Opened');
SELECT write_message(NULL, 'account-1', 'Opened', '{}');
INSERT INTO messages (position, stream_name, type) VALUES (-1, 'account-3', 'Opened');
INSERT INTO messages (position, stream_name, type) VALUES (0, 'account-3', 'Opened');
SELECT * FROM verify_namespace();

-- In the order of names' bytes
DELETE FROM messages;
INSERT INTO messages (position, stream_name, type) VALUES (1, 'b', 'T');
INSERT INTO messages (position, stream_name, type) VALUES (1, 'B', 'T');
INSERT INTO messages (position, stream_name, type) VALUES (1, 'é', 'T');
INSERT INTO messages (position, stream_name, type) VALUES (1, '', 'T');
INSERT INTO messages (position, stream_name, type) VALUES (1, 'b-1', 'T');
SELECT stream_name, position FROM verify_namespace();
SELECT clear_namespace('message_store');
SELECT violation FROM verify_namespace();

-- Other namespaces
SELECT verify_namespace.violation FROM verify_namespace('tenant_a');
SELECT verify_namespace.violation FROM verify_namespace('no name');
SELECT create_namespace('tenant_a');
SELECT use_namespace('tenant_a');
SELECT write_message(NULL, 'account-1', 'Opened', '{}');
SELECT write_message(NULL, 'account-1', 'Closed', '{}');
SELECT violation FROM verify_namespace();
DELETE FROM tenant_a.messages WHERE position = 0;
SELECT * FROM verify_namespace();
SELECT * FROM verify_namespace('message_store');
SELECT use_namespace('message_store');
SELECT * FROM verify_namespace('tenant_a');
SELECT * FROM verify_namespace();
SELECT count(*) AS violations, min(position) AS first FROM verify_namespace('tenant_a') WHERE violation = 'gap in the stream';
