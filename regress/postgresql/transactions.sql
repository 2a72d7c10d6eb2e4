--
-- Transactions: rollback, savepoints, what a statement sees of itself, one
-- time for all, locks, and prepared transactions.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
\set VERBOSITY terse

-- The locks that this session holds on categories.
CREATE VIEW public.locks AS
SELECT n.name AS category, mode, granted
FROM pg_locks JOIN (VALUES ('t'), ('u')) AS n (name)
	ON message_store.hash_64(n.name) = (classid::bigint << 32 | objid::bigint)
WHERE locktype = 'advisory' AND objsubid = 1 AND database = (
	SELECT oid FROM pg_database WHERE datname = current_database());

-- the first write of all, rolled back: the table goes, and comes again
BEGIN;
SELECT write_message(NULL, 't-1', 'T', '{}');
SELECT to_regclass('message_store.messages') IS NOT NULL AS there;
ROLLBACK;
SELECT to_regclass('message_store.messages') IS NOT NULL AS there;
SELECT count(*) FROM get_stream_messages('t-1');
BEGIN;
SAVEPOINT a;
SELECT write_message(NULL, 't-1', 'T', '{}');
ROLLBACK TO a;
SELECT write_message(NULL, 't-1', 'T', '{"after": "savepoint"}');
COMMIT;
SELECT position, data FROM get_stream_messages('t-1');

-- positions given up by a rollback are taken again, global ones are not
BEGIN;
SELECT write_message(NULL, 't-1', 'T', '{}');
ROLLBACK;
SELECT write_message(NULL, 't-1', 'T', '{}');
SELECT position, global_position FROM get_stream_messages('t-1');

-- savepoints
BEGIN;
SELECT write_message(NULL, 't-2', 'First', '{}');
SAVEPOINT a;
SELECT write_message(NULL, 't-2', 'Undone', '{}');
SELECT write_message(NULL, 't-2', 'Undone', '{}', NULL, 1);
ROLLBACK TO a;
SELECT stream_version('t-2');
SELECT write_message(NULL, 't-2', 'Second', '{}', NULL, 0);
SAVEPOINT b;
SELECT write_message(NULL, 't-2', 'Wrong', '{}', NULL, 0);
ROLLBACK TO b;
SELECT write_message(NULL, 't-2', 'Third', '{}', NULL, 1);
COMMIT;
SELECT position, type FROM get_stream_messages('t-2');

-- an error of a write leaves nothing, whatever was written before it
BEGIN;
SELECT write_message(NULL, 't-3', 'T', '{}');
SELECT write_message('bad', 't-3', 'T', '{}');
SELECT write_message(NULL, 't-3', 'T', '{}');
COMMIT;
SELECT stream_version('t-3') IS NULL AS nothing;

-- a block that catches the error goes on
DO $$
BEGIN
	PERFORM message_store.write_message(NULL, 't-4', 'T', '{}');
	BEGIN
		PERFORM message_store.write_message(NULL, 't-4', 'T', '{}', NULL, 7);
	EXCEPTION WHEN raise_exception THEN
		RAISE NOTICE 'caught: %', SQLERRM;
	END;
	PERFORM message_store.write_message(NULL, 't-4', 'T', '{}', NULL, 0);
END $$;
SELECT stream_version('t-4');

-- procedures commit in between
DO $$
BEGIN
	FOR i IN 1 .. 3 LOOP
		PERFORM message_store.write_message(NULL, 't-5', 'T', '{}');
		IF i = 2 THEN ROLLBACK; ELSE COMMIT; END IF;
	END LOOP;
END $$;
SELECT position FROM get_stream_messages('t-5');

-- a statement sees what it wrote itself
SELECT write_message(NULL, 't-6', 'T', '{}') FROM generate_series(1, 3);
SELECT write_message(NULL, 't-6', 'T', '{}'), stream_version('t-6'),
	(SELECT count(*) FROM get_stream_messages('t-6')),
	write_message(NULL, 't-6', 'T', '{}'), stream_version('t-6');
SELECT write_message(NULL, 't-6', 'T', '{}', NULL, v) FROM generate_series(4, 6) v;
WITH w AS MATERIALIZED (SELECT write_message(NULL, 't-6', 'T', '{}') AS position)
SELECT w.position, m.position AS last
FROM w, get_last_stream_message('t-6') AS m;
-- but not the table itself, whose snapshot is the statement's
SELECT write_message(NULL, 't-6', 'T', '{}'),
	(SELECT max(position) FROM messages WHERE stream_name = 't-6');

-- one time for all writes of a transaction, in UTC, whatever the time zone
BEGIN;
SET LOCAL TimeZone = 'Asia/Kolkata';
SELECT write_message(NULL, 't-7', 'T', '{}');
SELECT pg_sleep(0.002);
SET LOCAL TimeZone = 'America/St_Johns';
SELECT write_message(NULL, 't-7', 'T', '{}');
SELECT count(*), count(DISTINCT time), bool_and(time = now() AT TIME ZONE 'utc') AS is_start
FROM get_stream_messages('t-7');
COMMIT;

-- the lock is held until the end, or the savepoint's rollback
BEGIN;
SELECT write_message(NULL, 't-8', 'T', '{}');
TABLE public.locks;
SAVEPOINT a;
SELECT acquire_lock('u-1') = hash_64('u') AS same;
SELECT acquire_lock('u-2') = hash_64('u') AS same;
SELECT acquire_lock(NULL);
TABLE public.locks ORDER BY 1;
ROLLBACK TO a;
TABLE public.locks;
COMMIT;
TABLE public.locks;
-- reads take none
BEGIN;
SELECT count(*) FROM get_category_messages('t', 1, 1);
TABLE public.locks;
COMMIT;
-- no lock for a NULL stream
BEGIN;
SAVEPOINT a;
SELECT write_message(NULL, NULL, 'T', '{}');
ROLLBACK TO a;
TABLE public.locks;
COMMIT;

-- a prepared transaction keeps the lock and its messages to itself
BEGIN;
SELECT write_message(NULL, 't-9', 'T', '{}');
PREPARE TRANSACTION 'regress_message_db';
TABLE public.locks;
SELECT stream_version('t-9') IS NULL AS not_yet;
SET lock_timeout = '10ms';
SELECT write_message(NULL, 't-9', 'T', '{}');
SELECT write_message(NULL, 'u-9', 'T', '{}');
RESET lock_timeout;
COMMIT PREPARED 'regress_message_db';
SELECT write_message(NULL, 't-9', 'T', '{}', NULL, 0);
TABLE public.locks;

-- a wrong version and a bad id burn no global position, a failed insert does
SELECT write_message('00000000-0000-0000-0000-000000000001', 't-10', 'T', '{}');
CREATE TEMP TABLE before AS SELECT last_value FROM messages_global_position_seq;
SELECT write_message(NULL, 't-10', 'T', '{}', NULL, 7);
SELECT write_message('bad', 't-10', 'T', '{}');
SELECT s.last_value - b.last_value AS burnt FROM messages_global_position_seq s, before b;
SELECT write_message('00000000-0000-0000-0000-000000000001', 't-10', 'T', '{}');
SELECT write_message(NULL, 't-10', NULL, '{}');
SELECT s.last_value - b.last_value AS burnt FROM messages_global_position_seq s, before b;

-- a cursor that stays open reads what was there when it was opened
BEGIN;
DECLARE c CURSOR WITH HOLD FOR SELECT position FROM get_stream_messages('t-2');
FETCH 1 FROM c;
SELECT write_message(NULL, 't-2', 'Fourth', '{}');
COMMIT;
FETCH ALL FROM c;
CLOSE c;

DROP VIEW public.locks;
