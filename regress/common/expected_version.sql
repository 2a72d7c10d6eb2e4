-- expected_version: the position of the stream's last message, -1 for none

SELECT write_message(NULL, 'account-1', 'A', '{}', NULL, -1);
SELECT write_message(NULL, 'account-1', 'B', '{}', NULL, 0);
SELECT write_message(NULL, 'account-1', 'C', '{}', '{}', 1);
SELECT write_message(NULL, 'account-1', 'D', '{}', '{}', NULL);
SELECT write_message(NULL, 'account-1', 'E', '{}', '{}', 3);

-- Wrong ones
SELECT write_message(NULL, 'account-1', 'X', '{}', NULL, -1);
SELECT write_message(NULL, 'account-1', 'X', '{}', NULL, 3);
SELECT write_message(NULL, 'account-1', 'X', '{}', NULL, 5);
SELECT write_message(NULL, 'account-1', 'X', '{}', NULL, -2);
SELECT write_message(NULL, 'account-1', 'X', '{}', NULL, 9223372036854775807);
SELECT write_message(NULL, 'account-1', 'X', '{}', NULL, -9223372036854775807);
SELECT write_message(NULL, 'account-2', 'X', '{}', NULL, 0);
SELECT write_message(NULL, 'account-2', 'X', '{}', NULL, -2);

-- Nothing came of them
SELECT stream_name, type, position, global_position FROM messages ORDER BY global_position;

-- The right one still works
SELECT write_message(NULL, 'account-1', 'F', '{}', NULL, 4);
SELECT write_message(NULL, 'account-2', 'A', '{}', NULL, -1);

-- A wrong version uses up no global position
SELECT max(global_position) FROM messages;

-- The stream's name is printed as it is
SELECT write_message(NULL, '', 'X', '{}', NULL, 1);
SELECT write_message(NULL, 'it''s "here"-%s', 'X', '{}', NULL, 1);
SELECT write_message(NULL, 'Ünïçödé-日本', 'X', '{}', NULL, 1);
SELECT write_message(NULL, 'two
lines-1', 'X', '{}', NULL, 1);
SELECT write_message(NULL, NULL, 'X', '{}', NULL, 1);

-- The version is looked at before the id, and before what may not be NULL
SELECT write_message('bad', 'account-1', 'X', '{}', NULL, 99);
SELECT write_message('bad', 'account-1', NULL, '{}', NULL, 99);
SELECT write_message('bad', NULL, NULL, NULL, NULL, 99);

-- A text that holds a number
SELECT write_message(NULL, 'account-1', 'G', '{}', NULL, '5');
SELECT write_message(NULL, 'account-1', 'X', '{}', NULL, '5');
SELECT write_message(NULL, 'account-1', 'X', '{}', NULL, 'five');

-- From a query
SELECT write_message(NULL, 'account-1', 'H', '{}', NULL, stream_version('account-1'));
SELECT write_message(NULL, 'account-1', 'X', '{}', NULL, stream_version('account-1') - 1);

-- Two writers with the same expectation: one is too late
SELECT write_message(NULL, 'race-1', 'First', '{}', NULL, -1);
SELECT write_message(NULL, 'race-1', 'Second', '{}', NULL, -1);
SELECT type FROM messages WHERE stream_name = 'race-1';

-- It follows the table
DELETE FROM messages WHERE stream_name = 'account-1' AND position > 1;
SELECT write_message(NULL, 'account-1', 'X', '{}', NULL, 7);
SELECT write_message(NULL, 'account-1', 'I', '{}', NULL, 1);
SELECT type, position FROM messages WHERE stream_name = 'account-1' ORDER BY position;
