--
-- The table messages with what its owner adds to it, and other kinds of
-- relations under its name.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
\set VERBOSITY terse
SELECT ensure_namespace();
SELECT write_message(NULL, 'c-1', 'T', '{"n": 1}');

-- a CHECK constraint
ALTER TABLE messages ADD CONSTRAINT types CHECK (type <> 'Bad');
SELECT write_message(NULL, 'c-1', 'Bad', '{}');
SELECT write_message(NULL, 'c-1', 'T', '{}', NULL, 0);
ALTER TABLE messages DROP CONSTRAINT types;

-- more columns: with a default, generated, an identity
ALTER TABLE messages ADD COLUMN tenant text NOT NULL DEFAULT 'ours';
ALTER TABLE messages ADD COLUMN n int GENERATED ALWAYS AS ((data ->> 'n')::int) STORED;
ALTER TABLE messages ADD COLUMN serial int GENERATED ALWAYS AS IDENTITY;
SELECT write_message(NULL, 'c-1', 'T', '{"n": 7}');
SELECT position, tenant, n, serial FROM messages ORDER BY global_position;
SELECT position, type, data FROM get_stream_messages('c-1', 2);
SELECT write_message(NULL, 'c-1', 'T', '{"n": "seven"}');
-- one that has none, and is gone again
ALTER TABLE messages ADD COLUMN needed text NOT NULL DEFAULT 'x';
ALTER TABLE messages ALTER COLUMN needed DROP DEFAULT;
SELECT write_message(NULL, 'c-1', 'T', '{}');
ALTER TABLE messages DROP COLUMN needed;
SELECT write_message(NULL, 'c-1', 'T', '{}');
SELECT count(*) FROM get_category_messages('c');

-- one more index, unique ones too
CREATE INDEX ON messages (type, time);
CREATE UNIQUE INDEX one_start ON messages (stream_name) WHERE type = 'Started';
SELECT write_message(NULL, 'c-2', 'Started', '{}');
SELECT write_message(NULL, 'c-2', 'Started', '{}');
SELECT write_message(NULL, 'c-2', 'T', '{}');
-- an index whose expression fails
CREATE INDEX fails ON messages ((1 / length(type)));
SELECT write_message(NULL, 'c-2', '', '{}');
DROP INDEX fails;
-- an exclusion constraint
ALTER TABLE messages ADD CONSTRAINT one_end
	EXCLUDE USING btree (stream_name WITH =) WHERE (type = 'Ended');
SELECT write_message(NULL, 'c-2', 'Ended', '{}');
SELECT write_message(NULL, 'c-2', 'Ended', '{}');

-- a foreign key to it and from it
CREATE TABLE public.types (name text PRIMARY KEY);
INSERT INTO public.types SELECT DISTINCT type FROM messages;
ALTER TABLE messages ADD CONSTRAINT known_type
	FOREIGN KEY (type) REFERENCES public.types;
SELECT write_message(NULL, 'c-2', 'Unknown', '{}');
SELECT write_message(NULL, 'c-2', 'T', '{}', NULL, 2);
ALTER TABLE messages DROP CONSTRAINT known_type;
DROP TABLE public.types;

-- rows by hand count: a stream's version is its highest position
INSERT INTO messages (stream_name, position, type) VALUES ('c-3', 41, 'T');
SELECT write_message(NULL, 'c-3', 'T', '{}', NULL, 41);
DELETE FROM messages WHERE stream_name = 'c-3' AND position = 42;
SELECT write_message(NULL, 'c-3', 'T', '{}', NULL, 41);
INSERT INTO messages (stream_name, position, type) VALUES ('c-4', 9223372036854775807, 'T');
SELECT write_message(NULL, 'c-4', 'T', '{}');
INSERT INTO messages (stream_name, position, type) VALUES ('c-5', -5, 'T');
SELECT stream_version('c-5'), write_message(NULL, 'c-5', 'T', '{}', NULL, -5);
SELECT position FROM get_stream_messages('c-5', -9);

-- columns that change under a session's feet: never a wrong answer
\set fresh 'SET client_min_messages = warning; DROP TABLE messages CASCADE; RESET client_min_messages; SELECT ensure_namespace();'
ALTER TABLE messages DROP COLUMN metadata CASCADE;
SELECT count(*) FROM get_stream_messages('c-1');
SELECT write_message(NULL, 'c-1', 'T', '{}');
:fresh
SELECT write_message(NULL, 'c-1', 'T', '{}');
SELECT count(*) FROM get_stream_messages('c-1');
ALTER TABLE messages ALTER COLUMN position TYPE numeric;
SELECT position FROM get_stream_messages('c-1');
SELECT position FROM get_last_stream_message('c-1');
SELECT stream_version('c-1');
SELECT write_message(NULL, 'c-1', 'T', '{}');
:fresh
SELECT write_message(NULL, 'c-1', 'T', '{}');
SELECT count(*) FROM get_category_messages('c');
ALTER TABLE messages ALTER COLUMN time TYPE timestamptz;
SELECT time FROM get_category_messages('c');
ALTER TABLE messages ALTER COLUMN time TYPE timestamp;
SELECT count(*) FROM get_category_messages('c');
ALTER TABLE messages ALTER COLUMN data TYPE json;
SELECT data FROM get_category_messages('c');
:fresh
SELECT write_message(NULL, 'c-1', 'T', '{}');
-- within a transaction, and back
BEGIN;
ALTER TABLE messages RENAME COLUMN position TO place;
SAVEPOINT a;
SELECT stream_version('c-1');
ROLLBACK;
SELECT stream_version('c-1');
SET client_min_messages = warning;
DROP TABLE messages CASCADE;
RESET client_min_messages;

-- unlogged, and with varchar columns
SELECT ensure_namespace();
ALTER TABLE messages SET UNLOGGED;
DROP VIEW stream_summary, type_summary, stream_type_summary, type_stream_summary,
	category_type_summary, type_category_summary;
ALTER TABLE messages ALTER COLUMN stream_name TYPE varchar(20) COLLATE "C",
	ALTER COLUMN type TYPE varchar;
SELECT write_message(NULL, 'u-1', 'T', '{}');
SELECT write_message(NULL, 'u-1', 'T', '{}', NULL, 0);
SELECT write_message(NULL, 'u-' || repeat('x', 20), 'T', '{}');
SELECT position FROM get_stream_messages('u-1');
SELECT position FROM get_last_stream_message('u-1', 'T');
SELECT stream_name FROM get_category_messages('u');
DROP TABLE messages;

-- partitioned by stream
CREATE SEQUENCE messages_global_position_seq;
CREATE TABLE messages (
	global_position bigint NOT NULL DEFAULT nextval('messages_global_position_seq'),
	position bigint NOT NULL,
	time timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	stream_name text COLLATE "C" NOT NULL,
	type text NOT NULL,
	data jsonb,
	metadata jsonb,
	id uuid NOT NULL
) PARTITION BY HASH (stream_name);
CREATE TABLE messages_0 PARTITION OF messages FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE messages_1 PARTITION OF messages FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE UNIQUE INDEX messages_stream ON messages (stream_name, position);
SELECT sum(write_message(NULL, 'p-' || i % 50, 'T', '{}')) FROM generate_series(1, 150) i;
SELECT stream_name, position FROM get_category_messages('p', 48, 6);
SELECT position FROM get_stream_messages('p-1');
SELECT write_message(NULL, 'p-1', 'T', '{}', NULL, 1);
SELECT count(DISTINCT tableoid) AS partitions FROM messages;
DROP TABLE messages;
DROP SEQUENCE messages_global_position_seq;

-- with a child table: what inherits is read as well
SELECT ensure_namespace();
CREATE TABLE public.old_messages () INHERITS (messages);
INSERT INTO public.old_messages (stream_name, position, type) VALUES ('i-1', 0, 'Old');
SELECT write_message(NULL, 'i-1', 'New', '{}');
SELECT position, type FROM get_stream_messages('i-1');
DROP TABLE public.old_messages;
SET client_min_messages = warning;
DROP TABLE messages CASCADE;
RESET client_min_messages;

-- a view of the right shape
SELECT ensure_namespace();
ALTER TABLE messages RENAME TO stored;
CREATE VIEW messages AS SELECT * FROM stored WHERE type <> 'Hidden';
SELECT write_message(NULL, 'v-1', 'T', '{}');
SELECT write_message(NULL, 'v-1', 'Hidden', '{}');
SELECT position, type FROM get_stream_messages('v-1');
SET client_min_messages = warning;
DROP TABLE stored CASCADE;
RESET client_min_messages;

-- what has the name but not the columns
CREATE TABLE messages (id int);
\set VERBOSITY default
SELECT write_message(NULL, 'x-1', 'T', '{}');
\set VERBOSITY terse
SELECT * FROM get_stream_messages('x-1');
SELECT * FROM get_category_messages('x');
SELECT * FROM get_last_stream_message('x-1');
SELECT stream_version('x-1');
SELECT ensure_namespace();
SELECT grant_access('public');
DROP TABLE messages;
CREATE VIEW messages AS SELECT 1 AS position;
SELECT write_message(NULL, 'x-1', 'T', '{}');
DROP VIEW messages;
CREATE SEQUENCE messages;
SELECT write_message(NULL, 'x-1', 'T', '{}');
DROP SEQUENCE messages;
CREATE TABLE messages (global_position bigint, position bigint, time timestamptz,
	stream_name text, type text, data jsonb, metadata jsonb, id uuid);
SELECT write_message(NULL, 'x-1', 'T', '{}');
ALTER TABLE messages ALTER COLUMN time TYPE timestamp;
SELECT stream_version('x-1') IS NULL AS right_now;
DROP TABLE messages;
CREATE TYPE messages AS (id int);
SELECT write_message(NULL, 'x-1', 'T', '{}');
DROP TYPE messages;
-- out of the way, a store can be made
SELECT write_message(NULL, 'x-1', 'T', '{}');
