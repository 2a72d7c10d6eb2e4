--
-- No function depends on search_path, and nothing that stands in it can take
-- the store's place.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on

-- everything once, with qualified names only
\set everything 'SELECT message_store.write_message(NULL, $$p-1$$, $$T$$, $${"n": 1}$$, $${"correlationStreamName": "c-1"}$$, message_store.stream_version($$p-1$$)); SELECT count(*) > 0, max(position) = message_store.stream_version($$p-1$$) FROM message_store.get_stream_messages($$p-1$$); SELECT count(*) > 0 FROM message_store.get_category_messages($$p$$, 1, 100, $$c$$, 0, 1); SELECT position = message_store.stream_version($$p-1$$) FROM message_store.get_last_stream_message($$p-1$$, $$T$$); SELECT message_store.acquire_lock($$p-1$$) = message_store.hash_64(message_store.category($$p-1$$)), message_store.id($$p-1+2$$), message_store.cardinal_id($$p-1+2$$), message_store.is_category($$p$$);'

-- the first write, with an empty path
SET search_path = '';
:everything
:everything
SHOW search_path;

-- the ways in which Message DB's clients call
SET search_path = message_store;
SELECT write_message(NULL, 'p-2', 'T', '{}');
SET search_path = public, message_store;
SELECT count(*) FROM get_stream_messages('p-2');
CREATE ROLE message_store;
SELECT message_store.grant_access('message_store');
SET search_path = "$user", public;
SET ROLE message_store;
SELECT write_message(NULL, 'p-2', 'T', '{}');
SELECT count(*) FROM get_stream_messages('p-2');
RESET ROLE;
SELECT message_store.revoke_access('message_store');
DROP ROLE message_store;

-- temporary objects of the names that the store uses
SET search_path = pg_temp, message_store, public;
CREATE TEMP TABLE messages (LIKE message_store.messages INCLUDING ALL);
CREATE TEMP TABLE stream_summary (stream_name text);
CREATE TEMP SEQUENCE messages_global_position_seq START 1000000;
CREATE TYPE pg_temp.message AS (a int);
SELECT write_message(NULL, 'p-3', 'T', '{}');
:everything
SELECT count(*) FROM pg_temp.messages;
SELECT stream_version('p-3');
SELECT max(global_position) < 1000 FROM message_store.messages;
SET search_path = '';
:everything
DISCARD TEMP;

-- hostile functions, operators and casts in front of everything
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.trap() RETURNS bigint LANGUAGE plpgsql AS
	$$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION hostile.eq(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT hostile.trap() = 1';
CREATE FUNCTION hostile.eq(varchar, varchar) RETURNS boolean LANGUAGE sql AS 'SELECT hostile.trap() = 1';
CREATE FUNCTION hostile.eq(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT hostile.trap() = 1';
CREATE FUNCTION hostile.arrow(jsonb, text) RETURNS text LANGUAGE sql AS 'SELECT hostile.trap()::text';
CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.eq);
CREATE OPERATOR hostile.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = hostile.eq);
CREATE OPERATOR hostile.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = hostile.eq);
CREATE OPERATOR hostile.>= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = hostile.eq);
CREATE OPERATOR hostile.>= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.eq);
CREATE OPERATOR hostile.<= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.eq);
CREATE OPERATOR hostile.->> (LEFTARG = jsonb, RIGHTARG = text, FUNCTION = hostile.arrow);
CREATE FUNCTION hostile.split_part(text, text, int) RETURNS text LANGUAGE sql AS 'SELECT hostile.trap()::text';
CREATE FUNCTION hostile.category(text) RETURNS text LANGUAGE sql AS 'SELECT hostile.trap()::text';
CREATE FUNCTION hostile.category(varchar) RETURNS varchar LANGUAGE sql AS 'SELECT hostile.trap()::varchar';
CREATE FUNCTION hostile.consumer_group_member(text, bigint) RETURNS bigint LANGUAGE sql AS 'SELECT hostile.trap()';
CREATE FUNCTION hostile.gen_random_uuid() RETURNS uuid LANGUAGE sql AS 'SELECT hostile.trap()::text::uuid';
CREATE FUNCTION hostile.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT hostile.trap()::text::timestamptz';
CREATE FUNCTION hostile.nextval(regclass) RETURNS bigint LANGUAGE sql AS 'SELECT hostile.trap()';
CREATE FUNCTION hostile.round(numeric, int) RETURNS numeric LANGUAGE sql AS 'SELECT hostile.trap()::numeric';
CREATE FUNCTION hostile.first(bigint, bigint) RETURNS bigint LANGUAGE sql AS 'SELECT hostile.trap()';
CREATE AGGREGATE hostile.max(bigint) (SFUNC = hostile.first, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE hostile.count(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '777');
CREATE DOMAIN hostile.varchar AS text CHECK (value = 'trapped');
CREATE DOMAIN hostile.text AS pg_catalog.text CHECK (value = 'trapped');
CREATE DOMAIN hostile.bigint AS int CHECK (value = 0);
CREATE TABLE hostile.messages (LIKE message_store.messages INCLUDING ALL);
-- what is trapped here is the caller's own text, which shows that they bite
SET search_path = hostile, pg_catalog;
SELECT 'a'::pg_catalog.text = 'b'::pg_catalog.text;
SELECT message_store.write_message(NULL, 'p-4', 'T', '{"n": 1}',
	'{"correlationStreamName": "c-1"}', -1);
SELECT message_store.stream_version('p-4');
SELECT position, stream_name FROM message_store.get_stream_messages('p-4');
SELECT position, stream_name FROM message_store.get_category_messages('p', 1, 1, 'c', 0, 1);
SELECT position, stream_name FROM message_store.get_last_stream_message('p-4');
SELECT position, stream_name FROM message_store.get_last_stream_message('p-4', 'T');
SELECT message_store.acquire_lock('p-4');
SELECT message_store.category(stream_name) FROM message_store.messages LIMIT 1;
SELECT message_store.grant_access('public');
SELECT message_store.revoke_access('public');
SELECT pg_catalog.count(*) FROM hostile.messages;
-- the table and the views are made with the server's own, too
SET client_min_messages = warning;
DROP TABLE message_store.messages CASCADE;
RESET client_min_messages;
SELECT message_store.write_message(NULL, 'p-5', 'T', '{}');
SELECT stream_name, message_count, percent FROM message_store.stream_summary;
SELECT category, type, message_count, percent FROM message_store.category_type_summary;
SET search_path = '';
SELECT pg_catalog.pg_get_indexdef('message_store.messages_category'::regclass);

-- an overload in the extension's own schema is not taken for ours either
CREATE FUNCTION message_store.consumer_group_member(text, bigint) RETURNS bigint
	LANGUAGE sql AS 'SELECT hostile.trap()';
\c -
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SELECT count(*) FROM message_store.get_category_messages('p',
	consumer_group_member => 0, consumer_group_size => 1);
DROP FUNCTION message_store.consumer_group_member(text, bigint);

-- a hostile path set by the role, within a function that sets its own
CREATE FUNCTION public.post() RETURNS bigint LANGUAGE sql SET search_path = ''
AS $$ SELECT message_store.write_message(NULL, 'p-5', 'T', '{}') $$;
SET search_path = hostile, pg_catalog, public;
SELECT post();
SHOW search_path;
SET search_path = public;
SET client_min_messages = warning;
DROP SCHEMA hostile CASCADE;
DROP FUNCTION post;
