/*
 * message_db.sql
 *	  The PostgreSQL extension's objects: the type message and the functions.
 *
 * The build copies this file to message_db--VERSION.sql.  The table messages,
 * its indexes, sequence and views are not here: they are the user's, belong
 * to a namespace (namespace_postgresql.sql), and outlive the extension.
 *
 * Names, arguments, defaults, results and volatility of the first part are
 * those of Message DB 1.3.  Nothing is SECURITY DEFINER: every function acts
 * with its caller's rights.
 */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION message_db" to load this file. \quit

CREATE TYPE @extschema@.message AS (
	id pg_catalog.varchar,
	stream_name pg_catalog.varchar,
	type pg_catalog.varchar,
	"position" pg_catalog.int8,
	global_position pg_catalog.int8,
	data pg_catalog.varchar,
	metadata pg_catalog.varchar,
	"time" pg_catalog.timestamp
);

COMMENT ON TYPE @extschema@.message IS
	'A message as the get functions return it; data and metadata are JSON text.';

--
-- Message DB 1.3
--

CREATE FUNCTION @extschema@.write_message(
	id pg_catalog.varchar,
	stream_name pg_catalog.varchar,
	"type" pg_catalog.varchar,
	data pg_catalog.jsonb,
	metadata pg_catalog.jsonb DEFAULT NULL,
	expected_version pg_catalog.int8 DEFAULT NULL)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'message_db_write_message'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.write_message IS
	'Appends a message to a stream, optionally only at an expected version, and returns its position';

CREATE FUNCTION @extschema@.get_stream_messages(
	stream_name pg_catalog.varchar,
	"position" pg_catalog.int8 DEFAULT 0,
	batch_size pg_catalog.int8 DEFAULT 1000,
	condition pg_catalog.varchar DEFAULT NULL)
RETURNS SETOF @extschema@.message
AS 'MODULE_PATHNAME', 'message_db_get_stream_messages'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100 ROWS 100;

COMMENT ON FUNCTION @extschema@.get_stream_messages IS
	'Messages of a stream from a position on, in order of their positions';

CREATE FUNCTION @extschema@.get_category_messages(
	category pg_catalog.varchar,
	"position" pg_catalog.int8 DEFAULT 1,
	batch_size pg_catalog.int8 DEFAULT 1000,
	correlation pg_catalog.varchar DEFAULT NULL,
	consumer_group_member pg_catalog.int8 DEFAULT NULL,
	consumer_group_size pg_catalog.int8 DEFAULT NULL,
	condition pg_catalog.varchar DEFAULT NULL)
RETURNS SETOF @extschema@.message
AS 'MODULE_PATHNAME', 'message_db_get_category_messages'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100 ROWS 100;

COMMENT ON FUNCTION @extschema@.get_category_messages IS
	'Messages of a category''s streams from a global position on, in order of their global positions, optionally one consumer group member''s share';

CREATE FUNCTION @extschema@.get_last_stream_message(
	stream_name pg_catalog.varchar,
	type pg_catalog.varchar DEFAULT NULL)
RETURNS SETOF @extschema@.message
AS 'MODULE_PATHNAME', 'message_db_get_last_stream_message'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100 ROWS 1;

COMMENT ON FUNCTION @extschema@.get_last_stream_message IS
	'The message of a stream with the highest position, optionally of one type';

CREATE FUNCTION @extschema@.stream_version(stream_name pg_catalog.varchar)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'message_db_stream_version'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.stream_version IS
	'The highest position in a stream, NULL when it has no message';

CREATE FUNCTION @extschema@.acquire_lock(stream_name pg_catalog.varchar)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'message_db_acquire_lock'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.acquire_lock IS
	'Keeps every other writer of the stream''s category out until the transaction ends, and returns the key of the lock';

CREATE FUNCTION @extschema@.id(stream_name pg_catalog.varchar)
RETURNS pg_catalog.varchar
AS 'MODULE_PATHNAME', 'message_db_id'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION @extschema@.id IS
	'The part of a stream name after the first "-", NULL when there is none';

CREATE FUNCTION @extschema@.cardinal_id(stream_name pg_catalog.varchar)
RETURNS pg_catalog.varchar
AS 'MODULE_PATHNAME', 'message_db_cardinal_id'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION @extschema@.cardinal_id IS
	'The id of a stream name up to its first "+", NULL when there is no id';

-- Supports category(): lets the planner see it as the expression that the
-- index messages_category is built on.
CREATE FUNCTION @extschema@.category_support(pg_catalog.internal)
RETURNS pg_catalog.internal
AS 'MODULE_PATHNAME', 'message_db_category_support'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION @extschema@.category_support IS
	'Planner support of category()';

CREATE FUNCTION @extschema@.category(stream_name pg_catalog.varchar)
RETURNS pg_catalog.varchar
AS 'MODULE_PATHNAME', 'message_db_category'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
SUPPORT @extschema@.category_support;

COMMENT ON FUNCTION @extschema@.category IS
	'The part of a stream name before the first "-", the whole name when there is none';

CREATE FUNCTION @extschema@.is_category(stream_name pg_catalog.varchar)
RETURNS pg_catalog.bool
AS 'MODULE_PATHNAME', 'message_db_is_category'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

COMMENT ON FUNCTION @extschema@.is_category IS
	'Whether a name has no "-", and so names a category; true for NULL';

CREATE FUNCTION @extschema@.hash_64(value pg_catalog.varchar)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'message_db_hash_64'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION @extschema@.hash_64 IS
	'The first eight bytes of the MD5 of the UTF-8 text, as a number';

CREATE FUNCTION @extschema@.message_store_version()
RETURNS pg_catalog.varchar
AS 'MODULE_PATHNAME', 'message_db_message_store_version'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

COMMENT ON FUNCTION @extschema@.message_store_version IS
	'The version of Message DB whose interface this is';

--
-- Our own
--

CREATE FUNCTION @extschema@.message_db_version()
RETURNS pg_catalog.varchar
AS 'MODULE_PATHNAME', 'message_db_version'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

COMMENT ON FUNCTION @extschema@.message_db_version IS
	'The version of the loaded message_db library';

CREATE FUNCTION @extschema@.consumer_group_member(
	stream_name pg_catalog.varchar,
	consumer_group_size pg_catalog.int8)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'message_db_consumer_group_member'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION @extschema@.consumer_group_member IS
	'The member that reads a stream in a consumer group of a size, NULL for a stream without an id';

CREATE FUNCTION @extschema@.create_namespace()
RETURNS pg_catalog.bool
AS 'MODULE_PATHNAME', 'message_db_create_namespace'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.create_namespace IS
	'Creates the default namespace''s table and views, owned by the caller; false when they exist';

CREATE FUNCTION @extschema@.grant_access(
	role pg_catalog.varchar,
	namespace pg_catalog.varchar DEFAULT 'message_store')
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME', 'message_db_grant_access'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.grant_access IS
	'Gives a role the privileges to write and read the messages of a namespace';

CREATE FUNCTION @extschema@.revoke_access(
	role pg_catalog.varchar,
	namespace pg_catalog.varchar DEFAULT 'message_store')
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME', 'message_db_revoke_access'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.revoke_access IS
	'Takes back what grant_access gave';
