--
-- Messages that were rolled back or deleted stay in the table and its indexes
-- until VACUUM comes.  What they had in the TOAST table may be gone before,
-- because that is vacuumed by itself.  Readers pass them over all the same.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
SELECT ensure_namespace();
ALTER TABLE messages SET (autovacuum_enabled = off);

-- A text that TOAST cannot compress.
CREATE FUNCTION public.noise(length int) RETURNS text LANGUAGE sql
AS $$ SELECT left(string_agg(md5(i::text), ''), length) FROM generate_series(1, length / 32 + 1) AS i $$;

SELECT write_message(NULL, 'gone-1', 'T', '{}', '{"correlationStreamName": "cause-1"}');
BEGIN;
SELECT write_message(NULL, 'gone-2', 'T', '{}',
	jsonb_build_object('correlationStreamName', 'cause-1', 'noise', public.noise(10000)));
SELECT write_message(NULL, 'gone-' || public.noise(2040), 'T', '{}');
ROLLBACK;
SELECT write_message(NULL, 'gone-3', 'T', '{}',
	jsonb_build_object('correlationStreamName', 'cause-1', 'noise', public.noise(10000)));
DELETE FROM messages WHERE stream_name = 'gone-3';
SELECT write_message(NULL, 'gone-1', 'T', '{}', '{"correlationStreamName": "cause-1"}');

SELECT reltoastrelid::regclass AS toast FROM pg_class WHERE oid = 'messages'::regclass \gset
VACUUM :toast;

SELECT stream_name, position FROM get_category_messages('gone');
SELECT stream_name, position FROM get_category_messages('gone', correlation => 'cause');
SELECT stream_name, position FROM get_category_messages('gone', consumer_group_member => 0, consumer_group_size => 1);
SELECT stream_name, position FROM get_all_messages();
SET message_store.sql_condition = on;
SELECT stream_name, position FROM get_category_messages('gone', correlation => 'cause', condition => 'true');
SELECT write_message(NULL, 'gone-2', 'T', '{}');
SELECT write_message(NULL, 'gone-' || public.noise(2040), 'T', '{}');

DROP FUNCTION public.noise;
