--
-- Read-only transactions: readers work, a write gets 25006 after the checks
-- that come before the insert.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
\set VERBOSITY sqlstate
\set ON_ERROR_ROLLBACK on

-- without a table
BEGIN READ ONLY;
SELECT write_message(NULL, 'r-1', 'T', '{}');
SELECT ensure_namespace();
SELECT count(*) FROM get_stream_messages('r-1');
SELECT count(*) FROM get_category_messages('r');
SELECT stream_version('r-1') IS NULL AS nothing;
COMMIT;
SELECT to_regclass('message_store.messages') IS NULL AS none;

SELECT write_message(NULL, 'r-1', 'T', '{}');
BEGIN READ ONLY;
SELECT write_message(NULL, 'r-1', 'T', '{}');
-- the wrong version and the wrong id come first
SELECT write_message(NULL, 'r-1', 'T', '{}', NULL, 7);
SELECT write_message('bad', 'r-1', 'T', '{}');
-- NULLs of the columns do not
SELECT write_message(NULL, 'r-1', NULL, '{}');
SELECT ensure_namespace();
SELECT grant_access('public');
SELECT acquire_lock('r-1') = hash_64('r') AS locked;
SELECT count(*) FROM get_stream_messages('r-1');
SELECT count(*) FROM get_category_messages('r', consumer_group_member => 0,
	consumer_group_size => 1);
SELECT count(*) FROM get_last_stream_message('r-1');
SELECT stream_version('r-1');
-- a condition cannot write either
SET LOCAL message_store.sql_condition = on;
SELECT count(*) FROM get_stream_messages('r-1',
	condition => $$ message_store.write_message(NULL, 'r-2', 'T', '{}') = 0 $$);
COMMIT;

\set VERBOSITY terse
SET default_transaction_read_only = on;
SELECT write_message(NULL, 'r-1', 'T', '{}');
SELECT stream_version('r-1');
RESET default_transaction_read_only;
SELECT write_message(NULL, 'r-1', 'T', '{}', NULL, 0);
-- deferrable, as reports are read
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT count(*) FROM get_category_messages('r');
SELECT stream_version('r-1');
COMMIT;
