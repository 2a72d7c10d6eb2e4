--
-- verify_namespace(): indexes, sequences and tables that have gone wrong
--
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS message_db CASCADE;
DROP SCHEMA IF EXISTS message_store CASCADE;
CREATE EXTENSION message_db;
SET search_path = message_store, public;
SELECT * FROM verify_namespace();
SELECT * FROM verify_namespace('tenant_a');
SELECT count(write_message(NULL, 'account-' || i % 3, 'Opened', '{}')) FROM generate_series(1, 30) AS i;
SELECT * FROM verify_namespace();

--
-- Each index: a row that it does not know, one too many, and one that was
-- changed behind its back
--
CREATE FUNCTION blind(index regclass, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	UPDATE pg_index SET indisready = false WHERE indexrelid = index;
	EXECUTE statement;
	UPDATE pg_index SET indisready = true WHERE indexrelid = index;
END;
$$;
CREATE TABLE public.statements (number serial, statement text);
INSERT INTO public.statements (statement) VALUES
	($$INSERT INTO messages (position, stream_name, type) VALUES (0, 'order-1', 'T')$$),
	($$UPDATE messages SET stream_name = 'order-9', position = 0, type = 'U' WHERE global_position = 10$$);

BEGIN;
SELECT blind('messages_pkey', (SELECT statement FROM public.statements WHERE number = 1));
SELECT * FROM verify_namespace();
ROLLBACK;
BEGIN;
SELECT blind('messages_id', (SELECT statement FROM public.statements WHERE number = 1));
SELECT * FROM verify_namespace();
ROLLBACK;
BEGIN;
SELECT blind('messages_stream', (SELECT statement FROM public.statements WHERE number = 1));
SELECT * FROM verify_namespace();
ROLLBACK;
BEGIN;
SELECT blind('messages_category', (SELECT statement FROM public.statements WHERE number = 1));
SELECT * FROM verify_namespace();
ROLLBACK;
BEGIN;
SELECT blind('messages_category', (SELECT statement FROM public.statements WHERE number = 2));
SELECT * FROM verify_namespace();
ROLLBACK;
SELECT * FROM verify_namespace();

-- a row in the place of another, which the index still knows
UPDATE pg_index SET indisready = false WHERE indexrelid = 'messages_pkey'::regclass;
DELETE FROM messages WHERE global_position = 30;
VACUUM messages;
INSERT INTO messages (global_position, position, stream_name, type) VALUES (31, 0, 'order-1', 'T');
UPDATE pg_index SET indisready = true WHERE indexrelid = 'messages_pkey'::regclass;
VACUUM messages;
SELECT * FROM verify_namespace();
UPDATE messages SET global_position = 30, stream_name = 'account-0', position = 9 WHERE stream_name = 'order-1';
REINDEX TABLE messages;
SELECT * FROM verify_namespace();

--
-- Twice the same, where no unique index forbids it any more
--
BEGIN;
DROP INDEX messages_stream;
UPDATE messages SET position = 3 WHERE stream_name = 'account-1' AND position = 4;
CREATE INDEX messages_stream ON messages (stream_name, position);
SELECT * FROM verify_namespace();
ROLLBACK;
BEGIN;
DROP INDEX messages_id;
UPDATE messages SET id = '00000000-0000-4000-8000-000000000001' WHERE global_position IN (7, 8, 9);
CREATE INDEX messages_id ON messages (id);
SELECT * FROM verify_namespace();
ROLLBACK;
BEGIN;
ALTER TABLE messages DROP CONSTRAINT messages_pkey;
UPDATE messages SET global_position = 1 WHERE global_position = 2;
CREATE INDEX messages_pkey ON messages (global_position);
SELECT * FROM verify_namespace();
ROLLBACK;

--
-- NULLs
--
BEGIN;
ALTER TABLE messages ALTER COLUMN stream_name DROP NOT NULL, ALTER COLUMN type DROP NOT NULL,
	ALTER COLUMN position DROP NOT NULL;
UPDATE messages SET type = NULL WHERE global_position = 28;
UPDATE messages SET stream_name = NULL WHERE global_position = 29;
UPDATE messages SET position = NULL WHERE global_position = 30;
SELECT * FROM verify_namespace();
ROLLBACK;

--
-- The sequence
--
BEGIN;
SELECT setval('messages_global_position_seq', 30);
SELECT * FROM verify_namespace();
SELECT setval('messages_global_position_seq', 30, false);
SELECT * FROM verify_namespace();
SELECT setval('messages_global_position_seq', 5);
SELECT * FROM verify_namespace();
SELECT setval('messages_global_position_seq', 9223372036854775807);
SELECT * FROM verify_namespace();
SELECT setval('messages_global_position_seq', 1, false);
DELETE FROM messages;
SELECT * FROM verify_namespace();
ROLLBACK;
SELECT setval('messages_global_position_seq', 30);
BEGIN;
ALTER SEQUENCE messages_global_position_seq OWNED BY NONE;
SELECT setval('messages_global_position_seq', 5);
SELECT * FROM verify_namespace();
ROLLBACK;
SELECT setval('messages_global_position_seq', 30);

--
-- Settings of the caller's stay as they are, whatever they are
--
SET enable_indexscan = off;
SET enable_seqscan = off;
SELECT * FROM verify_namespace();
SELECT current_setting('enable_indexscan'), current_setting('enable_seqscan'), current_setting('enable_sort');
RESET enable_indexscan;
RESET enable_seqscan;
SET search_path = pg_catalog;
SELECT * FROM message_store.verify_namespace();
SET search_path = message_store, public;
BEGIN READ ONLY;
SELECT * FROM verify_namespace();
COMMIT;

--
-- The caller's rights
--
CREATE ROLE regress_verify;
GRANT USAGE ON SCHEMA message_store TO regress_verify;
SET ROLE regress_verify;
SELECT * FROM verify_namespace();
RESET ROLE;
GRANT SELECT ON messages TO regress_verify;
SET ROLE regress_verify;
SELECT * FROM verify_namespace();
RESET ROLE;
SELECT grant_access('regress_verify');
SET ROLE regress_verify;
SELECT * FROM verify_namespace();
SELECT * FROM verify_namespace('public');
RESET ROLE;

-- of rows that a policy hides nothing is said, and their places are gaps
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY part ON messages TO regress_verify USING (stream_name = 'account-1' AND position <> 4);
SET ROLE regress_verify;
SELECT * FROM verify_namespace();
RESET ROLE;
ALTER TABLE messages DISABLE ROW LEVEL SECURITY;
DROP POLICY part ON messages;

--
-- Columns of varchar, of another collation, and an index on category()
--
BEGIN;
DROP INDEX messages_category;
DROP VIEW stream_summary, type_summary, type_stream_summary, stream_type_summary, type_category_summary,
	category_type_summary;
ALTER TABLE messages ALTER COLUMN stream_name TYPE varchar COLLATE "default", ALTER COLUMN type TYPE varchar;
CREATE INDEX messages_category ON messages (category(stream_name), global_position);
SELECT * FROM verify_namespace();
SELECT blind('messages_category', (SELECT statement FROM public.statements WHERE number = 1));
SELECT * FROM verify_namespace();
ROLLBACK;

--
-- Not in the middle of an insert: what the statement's snapshot has not is not
-- there, nor in the indexes
--
SELECT count(write_message(NULL, 'account-4', 'Opened', '{}')), (SELECT count(*) FROM verify_namespace())
FROM generate_series(1, 3);
SELECT * FROM verify_namespace();

DROP TABLE public.statements;
REVOKE ALL ON ALL TABLES IN SCHEMA message_store FROM regress_verify;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA message_store FROM regress_verify;
REVOKE ALL ON SCHEMA message_store FROM regress_verify;
DROP ROLE regress_verify;
