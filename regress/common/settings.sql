-- Settings, and the SQL condition that one of them allows

-- A session knows the settings after its first call of a function
SELECT message_store_version();

-- Off by default
SELECT current_setting('message_store.sql_condition'), current_setting('message_store.debug'),
	current_setting('message_store.debug_write'), current_setting('message_store.debug_get');

-- set_config returns what it has set
SELECT set_config('message_store.sql_condition', 'on', false);
SELECT current_setting('message_store.sql_condition');
SELECT set_config('message_store.sql_condition', 'off', false);
SELECT current_setting('message_store.sql_condition');

-- They are boolean
SELECT set_config('message_store.sql_condition', 'true', false), set_config('message_store.sql_condition', 'FALSE', false);
SELECT set_config('message_store.sql_condition', 'yes', false), set_config('message_store.sql_condition', 'No', false);
SELECT set_config('message_store.sql_condition', '1', false), set_config('message_store.sql_condition', '0', false);
SELECT set_config('message_store.sql_condition', 't', false), set_config('message_store.sql_condition', 'fal', false);
SELECT set_config('message_store.sql_condition', 'ON', false), set_config('message_store.sql_condition', 'of', false);
SELECT set_config('message_store.sql_condition', 'maybe', false);
SELECT set_config('message_store.sql_condition', '', false);
SELECT set_config('message_store.sql_condition', 'o', false);
SELECT set_config('message_store.sql_condition', '2', false);
SELECT set_config('message_store.debug', 'on ', false);
SELECT current_setting('message_store.sql_condition'), current_setting('message_store.debug');

-- Upper and lower case are the same in their names
SELECT set_config('Message_Store.SQL_Condition', 'on', false), current_setting('MESSAGE_STORE.SQL_CONDITION');
SELECT current_setting('message_store.sql_condition');

-- NULL sets the default
SELECT set_config('message_store.sql_condition', NULL, false);
SELECT current_setting('message_store.sql_condition');

-- Those that do not exist
SELECT current_setting('message_store.nothing');
SELECT current_setting('nothing');
SELECT set_config('nothing', 'on', false);

-- For a transaction only
SELECT set_config('message_store.sql_condition', 'on', true);
SELECT current_setting('message_store.sql_condition');

BEGIN;
SELECT set_config('message_store.sql_condition', 'on', true);
SELECT current_setting('message_store.sql_condition');
COMMIT;
SELECT current_setting('message_store.sql_condition');

BEGIN;
SELECT set_config('message_store.sql_condition', 'on', true);
ROLLBACK;
SELECT current_setting('message_store.sql_condition');

BEGIN;
SELECT set_config('message_store.sql_condition', 'on', false);
COMMIT;
SELECT current_setting('message_store.sql_condition');

SELECT set_config('message_store.sql_condition', 'off', false);

-- A condition needs the setting
SELECT write_message(NULL, 'account-1', 'Opened', '{"owner": "Ada"}');
SELECT write_message(NULL, 'account-1', 'Deposited', '{"amount": 5}');
SELECT write_message(NULL, 'account-2', 'Opened', '{"owner": "Bob"}');
SELECT write_message(NULL, 'account-1', 'Closed', '{}');
SELECT write_message(NULL, 'other-1', 'Opened', '{}');

SELECT position FROM get_stream_messages('account-1', 0, 1000, 'position = 1');
SELECT position FROM get_category_messages('account', 1, 1000, NULL, NULL, NULL, 'position = 1');
SELECT position FROM get_stream_messages('account-1', 0, 1000, NULL);

SELECT set_config('message_store.sql_condition', 'on', false);
SELECT position, type FROM get_stream_messages('account-1', 0, 1000, 'position = 1');
SELECT position, type FROM get_stream_messages('account-1', 0, 1000, 'messages.type = ''Closed''');
SELECT position, type FROM get_stream_messages('account-1', 1, 1, 'global_position > 1');
SELECT position, type FROM get_stream_messages('account-1', 0, 1000, NULL);
SELECT stream_name, type FROM get_category_messages('account', 1, 1000, NULL, NULL, NULL, 'type = ''Opened''');

-- An OR does not reach beyond the condition
SELECT stream_name, type FROM get_stream_messages('account-1', 1, 1000, 'type = ''Opened'' OR 1 = 1');
SELECT stream_name, type FROM get_category_messages('account', 1, 1000, NULL, NULL, NULL, 'type = ''Opened'' OR 1 = 1');

-- Subqueries, and comments at the end
SELECT type FROM get_stream_messages('account-1', 0, 1000, 'position = (SELECT max(position) FROM messages WHERE stream_name = ''account-1'')');
SELECT type FROM get_stream_messages('account-1', 0, 1000, 'position = 1 -- the second');
SELECT type FROM get_stream_messages('account-1', 0, 1000, 'EXISTS (SELECT 1 FROM messages AS other WHERE other.type = messages.type AND other.stream_name = ''account-2'')');

-- Together with everything else
SELECT global_position FROM get_category_messages('account', 1, 1000, NULL, 0, 1, 'position = 0');
SELECT global_position FROM get_category_messages('account', 2, 1, NULL, 0, 1, 'position = 0');
SELECT type FROM get_stream_messages('account-1', 0, 0, 'position = 0');

-- Switched off it is refused again
SELECT set_config('message_store.sql_condition', 'off', false);
SELECT position FROM get_stream_messages('account-1', 0, 1000, 'position = 1');
SELECT position FROM get_stream_messages('account-1', 0, 1000, '');

-- It is looked at after name, correlation and group, before the batch size
SELECT position FROM get_stream_messages('account', 0, 1000, '1 = 1');
SELECT position FROM get_stream_messages('account-1', 0, -2, '1 = 1');
SELECT position FROM get_category_messages('account', 1, 1000, 'a-1', NULL, NULL, '1 = 1');
SELECT position FROM get_category_messages('account', 1, 1000, NULL, 1, 1, '1 = 1');
SELECT position FROM get_category_messages(NULL, 1, 1000, NULL, NULL, NULL, '1 = 1');

-- The debug settings change no result
SELECT set_config('message_store.debug', 'on', false), set_config('message_store.debug_write', 'on', false),
	set_config('message_store.debug_get', 'on', false);
SELECT write_message(NULL, 'debug-1', 'Opened', '{}');
SELECT write_message(NULL, 'debug-1', 'X', '{}', NULL, 7);
SELECT type FROM get_stream_messages('debug-1');
SELECT type FROM get_category_messages('debug', 1, 1000, NULL, 0, 1);
SELECT type FROM get_last_stream_message('debug-1');
