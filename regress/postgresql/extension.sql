--
-- CREATE and DROP EXTENSION: the code is the extension's, the messages are
-- the user's.
--
SET client_min_messages = warning;
DROP DATABASE IF EXISTS regress_extension;
DROP ROLE IF EXISTS regress_owner, regress_writer;
RESET client_min_messages;
\set VERBOSITY terse
\set home :DBNAME
CREATE DATABASE regress_extension;
CREATE ROLE regress_owner;
CREATE ROLE regress_writer;
\c regress_extension

-- it is trusted: CREATE on the database is enough
SET ROLE regress_writer;
\set VERBOSITY sqlstate
CREATE EXTENSION message_db;
\set VERBOSITY terse
RESET ROLE;
GRANT CREATE ON DATABASE regress_extension TO regress_owner;
SET ROLE regress_owner;
CREATE EXTENSION message_db SCHEMA public;
CREATE EXTENSION message_db;
CREATE EXTENSION IF NOT EXISTS message_db;
SELECT e.extowner::regrole AS extension, n.nspowner::regrole AS schema
FROM pg_extension e JOIN pg_namespace n ON n.nspname = 'message_store'
WHERE extname = 'message_db';
SELECT message_store.write_message(NULL, 'e-1', 'T', '{"n": 1}');
SELECT message_store.grant_access('regress_writer');
SET ROLE regress_writer;
SELECT message_store.write_message(NULL, 'e-1', 'T', '{"n": 2}', NULL, 0);
SET ROLE regress_owner;

-- tables, views and the sequence are no members of it
SELECT relname, relkind FROM pg_class c
WHERE relnamespace = 'message_store'::regnamespace AND relkind <> 'c'
	AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
		AND d.objid = c.oid AND d.refclassid = 'pg_extension'::regclass);
SELECT extconfig IS NULL AS no_dumped_tables FROM pg_extension WHERE extname = 'message_db';

-- it goes without CASCADE, and leaves every message, index and view
DROP EXTENSION message_db;
SELECT relname, relkind FROM pg_class
WHERE relnamespace = 'message_store'::regnamespace
ORDER BY relname COLLATE "C";
SELECT count(*) FROM pg_proc WHERE pronamespace = 'message_store'::regnamespace;
SET search_path = message_store;
SELECT position, data FROM messages ORDER BY position;
SELECT * FROM stream_summary;
SELECT * FROM type_category_summary;
INSERT INTO messages (stream_name, position, type) VALUES ('e-1', 2, 'By hand');
EXPLAIN (COSTS OFF) SELECT * FROM messages WHERE stream_name = 'e-1' AND position = 1;
RESET search_path;

-- it comes back, finds them, and the roles keep their rights
CREATE EXTENSION message_db;
SELECT message_store.ensure_namespace();
SELECT message_store.write_message(NULL, 'e-1', 'T', '{"n": 3}', NULL, 2);
SELECT position, global_position, type FROM message_store.get_category_messages('e');
SET ROLE regress_writer;
SELECT message_store.write_message(NULL, 'e-1', 'T', '{"n": 4}', NULL, 3);
RESET ROLE;

-- in one transaction, also one that rolls back
BEGIN;
DROP EXTENSION message_db;
SELECT message_store.stream_version('e-1');
ROLLBACK;
SELECT message_store.stream_version('e-1');
BEGIN;
DROP EXTENSION message_db;
CREATE EXTENSION message_db;
SELECT message_store.stream_version('e-1');
COMMIT;

-- what uses a function of ours keeps it from going
CREATE VIEW public.uses AS SELECT message_store.category('a-1');
DROP EXTENSION message_db;
DROP VIEW public.uses;

-- CASCADE takes the functions only
DROP EXTENSION message_db CASCADE;
SELECT count(*) FROM message_store.messages;
-- a schema that was there before serves
DROP SCHEMA message_store CASCADE;
CREATE SCHEMA message_store;
CREATE EXTENSION message_db;
SELECT message_store.write_message(NULL, 'e-1', 'T', '{}');
-- a sequence that stands in the way of the name is no obstacle to writers
SET client_min_messages = warning;
DROP TABLE message_store.messages CASCADE;
RESET client_min_messages;
CREATE SEQUENCE message_store.messages_global_position_seq;
SELECT message_store.ensure_namespace();
SELECT message_store.grant_access('regress_writer');
SET ROLE regress_writer;
SELECT message_store.write_message(NULL, 'e-2', 'T', '{}');
RESET ROLE;

\c :home
DROP DATABASE regress_extension;
DROP ROLE regress_owner, regress_writer;
