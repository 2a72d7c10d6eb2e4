--
-- Prepared statements, kinds of arguments, and what the session keeps when
-- the table changes or goes.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
\set VERBOSITY terse
\set fresh 'SET client_min_messages = warning; DROP TABLE messages CASCADE; RESET client_min_messages;'

-- literals of unknown type, as parameters and with casts
PREPARE write AS SELECT write_message($1, $2, $3, $4, $5, $6);
SELECT parameter_types FROM pg_prepared_statements WHERE name = 'write';
EXECUTE write(NULL, 'p-1', 'T', '{"n": 1}', NULL, NULL);
EXECUTE write('00000000-0000-0000-0000-00000000000a', 'p-1', 'T', NULL, '{"m": 1}', 0);
PREPARE write_text(text, text, text, text, text, int) AS
	SELECT write_message($1, $2, $3, $4::jsonb, $5::jsonb, $6);
EXECUTE write_text(NULL, 'p-1', 'T', '{"n": 3}', NULL, 1);
PREPARE write_clients(varchar, varchar, varchar, jsonb, jsonb, bigint) AS
	SELECT write_message($1::varchar, $2::varchar, $3::varchar, $4::jsonb, $5::jsonb, $6::bigint);
EXECUTE write_clients(NULL, 'p-1', 'T', '{"n": 4}', NULL, NULL);
SELECT write_message(gen_random_uuid()::text, 'p-1'::text, 'T'::name, '"x"'::jsonb, NULL, 3::smallint);
SELECT write_message('00000000-0000-0000-0000-00000000000b'::uuid, 'p-1', 'T', '{}');
SELECT write_message('00000000-0000-0000-0000-00000000000b', 'p-1', 'T', '{}'::json);
SELECT write_message('00000000-0000-0000-0000-00000000000b', 'p-1', 'T', '{}'::text);
PREPARE stream AS SELECT position, type, data, metadata FROM get_stream_messages($1, $2, $3, $4);
EXECUTE stream('p-1', 0, -1, NULL);
PREPARE category AS SELECT stream_name, position
	FROM get_category_messages($1, $2, $3, $4, $5, $6, $7);
EXECUTE category('p', 1, NULL, NULL, 0, 1, NULL);
PREPARE last AS SELECT position FROM get_last_stream_message($1, $2);
EXECUTE last('p-1', NULL);
EXECUTE last('p-1', 'T');
PREPARE version AS SELECT stream_version($1);
EXECUTE version('p-1');

-- often enough for a generic plan, with both settings of the planner
SET plan_cache_mode = force_generic_plan;
EXECUTE write(NULL, 'p-2', 'T', '{}', NULL, -1);
EXECUTE version('p-2');
EXECUTE category('p', 1, 2, NULL, NULL, NULL, NULL);
SET plan_cache_mode = force_custom_plan;
EXECUTE write(NULL, 'p-2', 'T', '{}', NULL, 0);
EXECUTE version('p-2');
EXECUTE category('p', 1, 2, NULL, NULL, NULL, NULL);
RESET plan_cache_mode;
SELECT count(*), sum(v) FROM generate_series(1, 20) i,
	LATERAL (SELECT write_message(NULL, 'p-3', 'T', '{}') AS v, i) AS w;

-- ALTER TABLE
ALTER TABLE messages ADD COLUMN note text DEFAULT 'n';
EXECUTE write(NULL, 'p-2', 'T', '{}', NULL, 1);
EXECUTE stream('p-2', 0, 1000, NULL);
ALTER TABLE messages DROP COLUMN note;
EXECUTE write(NULL, 'p-2', 'T', '{}', NULL, 2);
EXECUTE version('p-2');
CREATE INDEX more ON messages (type);
EXECUTE write(NULL, 'p-2', 'T', '{}', NULL, 3);
DROP INDEX messages_category, messages_stream;
EXECUTE write(NULL, 'p-2', 'T', '{}', NULL, 4);
EXECUTE category('p', 1, 1, NULL, NULL, NULL, NULL);

-- TRUNCATE, as the clients' test suites do
TRUNCATE messages;
EXECUTE version('p-2');
EXECUTE write(NULL, 'p-2', 'T', '{}', NULL, -1);
TRUNCATE messages RESTART IDENTITY;
EXECUTE write(NULL, 'p-2', 'T', '{}', NULL, -1);
SELECT global_position FROM messages;

-- dropped, and made again by the next write
:fresh
EXECUTE version('p-2');
EXECUTE stream('p-2', 0, 1000, NULL);
EXECUTE write(NULL, 'p-2', 'T', '{}', NULL, -1);
EXECUTE version('p-2');
EXECUTE category('p', 1, 1000, NULL, 0, 1, NULL);
-- dropped within a transaction that rolls back
BEGIN;
:fresh
EXECUTE write(NULL, 'p-2', 'T', '{}', NULL, -1);
ROLLBACK;
EXECUTE write(NULL, 'p-2', 'T', '{}', NULL, 0);
-- with other columns in another order
:fresh
CREATE TABLE messages (extra int DEFAULT 1, id uuid NOT NULL, metadata jsonb, data jsonb,
	gone int, type varchar NOT NULL, stream_name varchar NOT NULL,
	time timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	position bigint NOT NULL, global_position bigserial PRIMARY KEY);
ALTER TABLE messages DROP COLUMN gone;
EXECUTE write(NULL, 'p-2', 'T', '{"n": 1}', '{"correlationStreamName": "c"}', -1);
EXECUTE write(NULL, 'p-2', 'T', '{"n": 2}', NULL, 0);
EXECUTE stream('p-2', 0, 1000, NULL);
EXECUTE category('p', 1, 1000, 'c', 0, 1, NULL);
EXECUTE last('p-2', 'T');
DROP TABLE messages;

-- the extension itself goes and comes back: the messages stay
EXECUTE write(NULL, 'p-2', 'T', '{"before": true}', NULL, -1);
DROP EXTENSION message_db;
SELECT stream_name, position, data FROM messages;
EXECUTE write(NULL, 'p-2', 'T', '{}', NULL, 0);
CREATE EXTENSION message_db;
EXECUTE write(NULL, 'p-2', 'T', '{"after": true}', NULL, 0);
EXECUTE stream('p-2', 0, 1000, NULL);
EXECUTE category('p', 1, 1000, NULL, 0, 1, NULL);
SET message_store.sql_condition = on;
EXECUTE stream('p-2', 0, 1000, 'position = 1');

-- DISCARD ALL, as poolers do
DISCARD ALL;
SET search_path = message_store, public;
SELECT write_message(NULL, 'p-2', 'T', '{}', NULL, 1);
SHOW message_store.sql_condition;
