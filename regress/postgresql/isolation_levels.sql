--
-- REPEATABLE READ and SERIALIZABLE in one session; with several sessions see
-- the isolation specs.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
\set VERBOSITY terse

-- the first write of all, in each level
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT write_message(NULL, 'i-1', 'T', '{}', NULL, -1);
SELECT write_message(NULL, 'i-1', 'T', '{}', NULL, 0);
COMMIT;
SET client_min_messages = warning;
DROP TABLE messages CASCADE;
RESET client_min_messages;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT write_message(NULL, 'i-1', 'T', '{}', NULL, -1);
SELECT write_message(NULL, 'i-1', 'T', '{}', NULL, 0);
COMMIT;

-- one's own writes count, also after the snapshot was taken
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM messages;
SELECT write_message(NULL, 'i-1', 'T', '{}'), write_message(NULL, 'i-1', 'T', '{}', NULL, 2);
SELECT write_message(NULL, 'i-1', 'T', '{}', NULL, 3), stream_version('i-1');
SELECT write_message(NULL, 'i-1', 'T', '{}', NULL, 3);
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM get_stream_messages('i-1');
SELECT write_message(NULL, 'i-1', 'T', '{}') FROM generate_series(1, 3);
SAVEPOINT a;
SELECT write_message(NULL, 'i-1', 'T', '{}');
ROLLBACK TO a;
SELECT write_message(NULL, 'i-1', 'T', '{}', NULL, 4);
SELECT write_message(NULL, 'i-2', 'T', '{}', NULL, -1);
COMMIT;
SELECT count(*) FROM get_category_messages('i');

-- a row deleted by hand within the transaction
BEGIN ISOLATION LEVEL REPEATABLE READ;
DELETE FROM messages WHERE stream_name = 'i-1' AND position > 0;
SELECT write_message(NULL, 'i-1', 'T', '{}', NULL, 0);
ROLLBACK;

-- READ UNCOMMITTED is READ COMMITTED
BEGIN ISOLATION LEVEL READ UNCOMMITTED;
SELECT write_message(NULL, 'i-3', 'T', '{}', NULL, -1);
COMMIT;

-- as a database's default
SET default_transaction_isolation = 'serializable';
SELECT write_message(NULL, 'i-4', 'T', '{}') FROM generate_series(1, 3);
SELECT stream_version('i-4');
