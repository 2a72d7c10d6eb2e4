-- The setting that says how long a write keeps its category locked

SELECT message_store_version();
SELECT current_setting('message_db.category_lock');
SELECT set_config('message_db.category_lock', 'commit', false);
SELECT current_setting('message_db.category_lock');

-- What is written and read is the same with both
SELECT write_message(NULL, 'account-1', 'A', '{}');
BEGIN;
SELECT write_messages('account-1', '[{"type": "B", "data": 1}, {"type": "C", "data": 2}]', 0);
SELECT write_message(NULL, 'account-2', 'D', '{}');
COMMIT;
SELECT set_config('message_db.category_lock', 'insert', false);
BEGIN;
SELECT write_messages('account-1', '[{"type": "E", "data": 1}, {"type": "F", "data": 2}]', 2);
SELECT write_message(NULL, 'account-2', 'G', '{}');
COMMIT;
SELECT stream_name, position, type FROM get_category_messages('account');

-- Its words
SELECT set_config('message_db.category_lock', 'COMMIT', false);
SELECT current_setting('message_db.category_lock');
SELECT set_config('message_db.category_lock', NULL, false);
SELECT current_setting('message_db.category_lock');
SELECT set_config('message_db.category_lock', 'comm', false);
SELECT set_config('message_db.category_lock', '', false);
SELECT set_config('message_db.category_lock', 'on', false);
SELECT set_config('message_db.category_lock', ' insert', false);
SELECT current_setting('message_db.category_lock');

-- For a transaction only
BEGIN;
SELECT set_config('message_db.category_lock', 'commit', true);
SELECT current_setting('message_db.category_lock');
COMMIT;
SELECT current_setting('message_db.category_lock');
