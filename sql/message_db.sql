/*
 * message_db.sql
 *	  The PostgreSQL extension's objects: types and functions.
 *
 * The build copies this file to message_db--VERSION.sql, and makes of it the
 * update script that turns an adopted Message DB's functions into ours (see
 * message_db--original-1.3.0.sql and category_indexes.sql).  The table messages,
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

CREATE TYPE @extschema@.namespace AS (
	name pg_catalog.varchar,
	description pg_catalog.varchar,
	metadata pg_catalog.varchar,
	created_at pg_catalog.timestamp,
	schema_version pg_catalog.int8,
	location pg_catalog.varchar
);

COMMENT ON TYPE @extschema@.namespace IS
	'A namespace as get_namespace and list_namespaces return it; location is its schema.';

CREATE TYPE @extschema@.namespace_details AS (
	name pg_catalog.varchar,
	description pg_catalog.varchar,
	metadata pg_catalog.varchar,
	created_at pg_catalog.timestamp,
	schema_version pg_catalog.int8,
	location pg_catalog.varchar,
	message_count pg_catalog.int8,
	stream_count pg_catalog.int8,
	category_count pg_catalog.int8,
	last_activity pg_catalog.timestamp,
	size_bytes pg_catalog.int8
);

COMMENT ON TYPE @extschema@.namespace_details IS
	'A namespace and what is in it, as namespace_info returns it.';

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

--
-- Batches, and reading all messages
--

CREATE FUNCTION @extschema@.write_messages(
	stream_name pg_catalog.varchar,
	messages pg_catalog.jsonb,
	expected_version pg_catalog.int8 DEFAULT NULL)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'message_db_write_messages'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.write_messages IS
	'Appends several messages to a stream, all or none, and returns the position of the last one';

CREATE FUNCTION @extschema@.get_all_messages(
	"position" pg_catalog.int8 DEFAULT 1,
	batch_size pg_catalog.int8 DEFAULT 1000,
	condition pg_catalog.varchar DEFAULT NULL)
RETURNS SETOF @extschema@.message
AS 'MODULE_PATHNAME', 'message_db_get_all_messages'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100 ROWS 100;

COMMENT ON FUNCTION @extschema@.get_all_messages IS
	'All messages of the namespace from a global position on, in order of their global positions';

CREATE FUNCTION @extschema@.rows_in_progress(
	OUT transaction pg_catalog.xid,
	OUT pid pg_catalog.int4,
	OUT category pg_catalog.varchar,
	OUT "position" pg_catalog.int8)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'message_db_rows_in_progress'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000 ROWS 10;

COMMENT ON FUNCTION @extschema@.rows_in_progress IS
	'Internal: the first global position of each transaction in progress in each category';

CREATE FUNCTION @extschema@.message_store_writers(
	OUT pid pg_catalog.int4,
	OUT prepared_transaction pg_catalog.varchar,
	OUT since pg_catalog.timestamp,
	OUT category pg_catalog.varchar,
	OUT "position" pg_catalog.int8)
RETURNS SETOF pg_catalog.record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY
		SELECT r.pid, p.gid::varchar,
			coalesce(a.xact_start, p.prepared) AT TIME ZONE 'utc',
			r.category, r.position
		FROM @extschema@.rows_in_progress() AS r
			LEFT JOIN pg_stat_activity AS a ON a.pid = r.pid
			LEFT JOIN pg_prepared_xacts AS p ON p.transaction = r.transaction
		ORDER BY r.position;
END;
$$;

COMMENT ON FUNCTION @extschema@.message_store_writers IS
	'The transactions in progress that hold readers back, with their first global position in each category';

--
-- Namespaces
--

CREATE FUNCTION @extschema@.create_namespace(
	name pg_catalog.varchar DEFAULT 'message_store',
	description pg_catalog.varchar DEFAULT NULL,
	metadata pg_catalog.jsonb DEFAULT NULL)
RETURNS pg_catalog.varchar
AS 'MODULE_PATHNAME', 'message_db_create_namespace'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.create_namespace IS
	'Creates a namespace, a schema with a table of messages, owned by the caller, and returns its name';

CREATE FUNCTION @extschema@.ensure_namespace(
	name pg_catalog.varchar DEFAULT 'message_store')
RETURNS pg_catalog.bool
AS 'MODULE_PATHNAME', 'message_db_ensure_namespace'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.ensure_namespace IS
	'Creates a namespace unless it exists; tells whether it did';

CREATE FUNCTION @extschema@.delete_namespace(name pg_catalog.varchar)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'message_db_delete_namespace'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.delete_namespace IS
	'Deletes a namespace with all its messages, and returns their number';

CREATE FUNCTION @extschema@.clear_namespace(name pg_catalog.varchar)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'message_db_clear_namespace'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.clear_namespace IS
	'Deletes all messages of a namespace, restarts its positions, and returns their number';

CREATE FUNCTION @extschema@.rename_namespace(
	old_name pg_catalog.varchar,
	new_name pg_catalog.varchar)
RETURNS pg_catalog.varchar
AS 'MODULE_PATHNAME', 'message_db_rename_namespace'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.rename_namespace IS
	'Gives a namespace another name, and returns that';

CREATE FUNCTION @extschema@.use_namespace(name pg_catalog.varchar)
RETURNS pg_catalog.varchar
AS 'MODULE_PATHNAME', 'message_db_use_namespace'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.use_namespace IS
	'Makes a namespace the one that this session''s functions act on';

CREATE FUNCTION @extschema@.current_namespace()
RETURNS pg_catalog.varchar
AS 'MODULE_PATHNAME', 'message_db_current_namespace'
LANGUAGE C STABLE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.current_namespace IS
	'The namespace that this session''s functions act on';

--
-- What namespaces there are, and what is in them
--
-- These are PL/pgSQL, because they are for people and health checks, and are
-- mostly SQL.  Each sets search_path for itself, so that names and operators
-- in it are the server's.
--

-- For the functions below: the name of a namespace that exists, by default the
-- current one, and is not deleted or renamed before the transaction ends.  NULL
-- when it is the default one and does not exist yet.
CREATE FUNCTION @extschema@.existing_namespace(
	name pg_catalog.varchar DEFAULT NULL)
RETURNS pg_catalog.varchar
AS 'MODULE_PATHNAME', 'message_db_existing_namespace'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.existing_namespace IS
	'Internal: checks that a namespace exists, by default the current one, and returns its name';

-- It runs nothing that the owner of the table may have put there, see
-- registration.c.
CREATE FUNCTION @extschema@.registration_of(
	namespace pg_catalog.varchar,
	OUT schema_version pg_catalog.int8,
	OUT description pg_catalog.varchar,
	OUT metadata pg_catalog.varchar,
	OUT created_at pg_catalog.timestamp,
	OUT last_error pg_catalog.varchar,
	OUT last_error_at pg_catalog.timestamp)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'message_db_registration_of'
LANGUAGE C STABLE PARALLEL UNSAFE COST 100 ROWS 1;

COMMENT ON FUNCTION @extschema@.registration_of IS
	'Internal: the row of a namespace''s table message_db_namespace, none when the caller may not read it';

CREATE FUNCTION @extschema@.described_namespace(name pg_catalog.varchar)
RETURNS SETOF @extschema@.namespace
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- in the statement's snapshot, in which the namespace was found or not
	relations name[] := ARRAY(
		SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE n.nspname = name AND c.relname IN ('messages', 'message_db_namespace'));
BEGIN
	IF relations = '{messages}' THEN
		-- Message DB's table, if that is what existing_namespace() finds
		RETURN QUERY SELECT @extschema@.existing_namespace(name), NULL::varchar,
			NULL::varchar, NULL::timestamp, 1::bigint, name;
	ELSIF 'messages' = ANY (relations) THEN
		RETURN QUERY SELECT name, r.description, r.metadata, r.created_at, r.schema_version, name
			FROM @extschema@.registration_of(name) AS r;
	END IF;
EXCEPTION
	-- a table of another kind
	WHEN SQLSTATE 'MD004' THEN
		NULL;
	-- it is being deleted; the last with a lock_timeout
	WHEN undefined_table OR invalid_schema_name OR lock_not_available THEN
		NULL;
END;
$$;

COMMENT ON FUNCTION @extschema@.described_namespace IS
	'Internal: what a namespace says of itself, one row or none';

CREATE FUNCTION @extschema@.get_namespace(name pg_catalog.varchar)
RETURNS SETOF @extschema@.namespace
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- names are compared, so that a longer one is not truncated to this one
	RETURN QUERY
		SELECT d.*
		FROM pg_namespace AS n, @extschema@.described_namespace(n.nspname::varchar) AS d
		WHERE n.nspname = get_namespace.name AND has_schema_privilege(n.oid, 'USAGE');
EXCEPTION
	-- a schema that can be no namespace
	WHEN SQLSTATE 'MD003' THEN
		NULL;
END;
$$;

COMMENT ON FUNCTION @extschema@.get_namespace IS
	'A namespace and its description, one row or none';

CREATE FUNCTION @extschema@.list_namespaces()
RETURNS SETOF @extschema@.namespace
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found record;
BEGIN
	FOR found IN
		SELECT n.nspname AS name
		FROM pg_namespace AS n
		WHERE (n.nspname = '@extschema@' OR n.oid IN (
				SELECT c.relnamespace FROM pg_class AS c
				WHERE c.relname = 'message_db_namespace' AND c.relkind = 'r')) AND
			has_schema_privilege(n.oid, 'USAGE')
		ORDER BY n.nspname
	LOOP
		RETURN QUERY SELECT * FROM @extschema@.described_namespace(found.name::varchar);
	END LOOP;
END;
$$;

COMMENT ON FUNCTION @extschema@.list_namespaces IS
	'The namespaces that the caller may look at, in order of their names';

-- Streams are found by skipping through the index (stream_name, position): a
-- probe for the next name, one for the stream's first message and one for its
-- last, however many are between.  Positions have no gaps, so the two tell
-- the number.  A table that came from Message DB may have another collation;
-- its index is not in the order of bytes, and all names are sorted.
CREATE FUNCTION @extschema@.streams_of_namespace(
	namespace pg_catalog.varchar,
	prefix pg_catalog.varchar,
	batch_size pg_catalog.int8,
	after pg_catalog.varchar)
RETURNS TABLE (
	stream_name pg_catalog.varchar,
	version pg_catalog.int8,
	last_activity pg_catalog.timestamp,
	messages pg_catalog.int8)
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	in_byte_order boolean := EXISTS (
		SELECT FROM pg_attribute
		WHERE attrelid = format('%I.messages', namespace)::regclass AND
			attname = 'stream_name' AND attcollation = '"C"'::regcollation);
	names text;
BEGIN
	IF in_byte_order THEN
		names := '
			WITH RECURSIVE names (name, number) AS (
				(SELECT m.stream_name, 1::bigint FROM %1$I.messages AS m
				WHERE m.stream_name >= $1 AND ($2 IS NULL OR m.stream_name > $2)
				ORDER BY m.stream_name LIMIT 1)
				UNION ALL
				SELECT
					(SELECT m.stream_name FROM %1$I.messages AS m
					WHERE m.stream_name > name
					ORDER BY m.stream_name LIMIT 1),
					number + 1
				FROM names
				WHERE starts_with(name, $1) AND ($3 IS NULL OR number < $3))';
	ELSE
		names := '
			WITH RECURSIVE every (name) AS (
				(SELECT m.stream_name FROM %1$I.messages AS m
				ORDER BY m.stream_name LIMIT 1)
				UNION ALL
				SELECT
					(SELECT m.stream_name FROM %1$I.messages AS m
					WHERE m.stream_name > name
					ORDER BY m.stream_name LIMIT 1)
				FROM every WHERE name IS NOT NULL),
			names AS (
				SELECT name COLLATE "C" FROM every
				WHERE starts_with(name, $1) AND ($2 IS NULL OR name COLLATE "C" > $2)
				ORDER BY name COLLATE "C" LIMIT $3)';
	END IF;
	RETURN QUERY EXECUTE format(names || '
		SELECT name::varchar, final.position, final.time, final.position - initial.position + 1
		FROM
			names,
			LATERAL (SELECT m.position, m.time FROM %1$I.messages AS m
				WHERE m.stream_name = name ORDER BY m.position DESC LIMIT 1) AS final,
			LATERAL (SELECT m.position FROM %1$I.messages AS m
				WHERE m.stream_name = name ORDER BY m.position LIMIT 1) AS initial
		WHERE starts_with(name, $1)
		ORDER BY name COLLATE "C"
		LIMIT $3', namespace)
		USING prefix::text, after::text, batch_size;
END;
$$;

COMMENT ON FUNCTION @extschema@.streams_of_namespace IS
	'Internal: the streams of a namespace in the order of their names'' bytes';

CREATE FUNCTION @extschema@.list_streams(
	prefix pg_catalog.varchar DEFAULT '',
	batch_size pg_catalog.int8 DEFAULT 100,
	after pg_catalog.varchar DEFAULT NULL)
RETURNS TABLE (
	stream_name pg_catalog.varchar,
	version pg_catalog.int8,
	last_activity pg_catalog.timestamp,
	messages pg_catalog.int8)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	namespace varchar;
BEGIN
	batch_size := coalesce(batch_size, 100);
	IF batch_size < -1 THEN
		RAISE 'LIMIT must not be negative' USING
			ERRCODE = '2201W', HINT = 'A batch_size of -1 reads all messages.';
	END IF;
	namespace := @extschema@.existing_namespace();
	IF namespace IS NOT NULL THEN
		RETURN QUERY SELECT * FROM @extschema@.streams_of_namespace(
			namespace, coalesce(prefix, ''), nullif(batch_size, -1), after);
	END IF;
END;
$$;

COMMENT ON FUNCTION @extschema@.list_streams IS
	'Streams whose names begin with a prefix, in the order of bytes, after a name; with version, last activity and number of messages';

CREATE FUNCTION @extschema@.list_categories()
RETURNS TABLE (
	category pg_catalog.varchar,
	streams pg_catalog.int8,
	messages pg_catalog.int8)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	namespace varchar := @extschema@.existing_namespace();
BEGIN
	IF namespace IS NOT NULL THEN
		RETURN QUERY
			SELECT
				split_part(s.stream_name, '-', 1)::varchar COLLATE "C",
				count(*),
				sum(s.messages)::bigint
			FROM @extschema@.streams_of_namespace(namespace, '', NULL, NULL) AS s
			GROUP BY 1
			ORDER BY 1;
	END IF;
END;
$$;

COMMENT ON FUNCTION @extschema@.list_categories IS
	'Categories in the order of bytes, with the numbers of their streams and messages';

CREATE FUNCTION @extschema@.namespace_info(name pg_catalog.varchar)
RETURNS SETOF @extschema@.namespace_details
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- NULL is no name; it stands in the error as in those of the C functions
	namespace varchar := @extschema@.existing_namespace(coalesce(name, '<NULL>'));
	latest timestamp;
BEGIN
	IF namespace IS NULL THEN
		RETURN;
	END IF;
	EXECUTE format(
		'SELECT m.time FROM %I.messages AS m ORDER BY m.global_position DESC LIMIT 1',
		namespace) INTO latest;
	RETURN QUERY
		SELECT
			n.*,
			coalesce(sum(s.messages), 0)::bigint,
			count(s.stream_name),
			count(DISTINCT split_part(s.stream_name, '-', 1)),
			latest,
			pg_total_relation_size(format('%I.messages', namespace)::regclass)
		FROM @extschema@.get_namespace(namespace) AS n
		LEFT JOIN @extschema@.streams_of_namespace(namespace, '', NULL, NULL) AS s ON true
		GROUP BY n.name, n.description, n.metadata, n.created_at, n.schema_version, n.location;
END;
$$;

COMMENT ON FUNCTION @extschema@.namespace_info IS
	'A namespace with the numbers of its messages, streams and categories, its last activity and its size in bytes';

CREATE FUNCTION @extschema@.verify_namespace(
	name pg_catalog.varchar DEFAULT NULL,
	OUT violation pg_catalog.varchar,
	OUT stream_name pg_catalog.varchar,
	OUT "position" pg_catalog.int8,
	OUT global_position pg_catalog.int8,
	OUT detail pg_catalog.varchar)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'message_db_verify_namespace'
LANGUAGE C STABLE PARALLEL UNSAFE COST 1000000 ROWS 10;

COMMENT ON FUNCTION @extschema@.verify_namespace IS
	'What is wrong with the messages of a namespace, by default the current one, its indexes and its sequence; no rows when it is sound';

--
-- Migration
--

CREATE FUNCTION @extschema@.message_store_status()
RETURNS TABLE (
	state pg_catalog.varchar,
	current_version pg_catalog.int8,
	wanted_version pg_catalog.int8,
	namespaces_done pg_catalog.int8,
	namespaces pg_catalog.int8,
	last_error pg_catalog.varchar,
	last_error_at pg_catalog.timestamp)
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '10ms'
AS $$
DECLARE
	namespace record;
BEGIN
	wanted_version := 2;
	namespaces_done := 0;
	namespaces := 0;
	FOR namespace IN
		SELECT n.name, n.schema_version, r.last_error, r.last_error_at
		FROM @extschema@.list_namespaces() AS n
		LEFT JOIN @extschema@.registration_of(n.name) AS r ON true
	LOOP
		namespaces := namespaces + 1;
		current_version := least(current_version, namespace.schema_version);
		IF namespace.schema_version = wanted_version THEN
			namespaces_done := namespaces_done + 1;
		END IF;
		IF namespace.schema_version > wanted_version THEN
			last_error := coalesce(last_error,
				'Namespace has a newer schema version: ' || namespace.name);
		ELSIF namespace.last_error_at > coalesce(last_error_at, '-infinity') THEN
			last_error := namespace.last_error;
			last_error_at := namespace.last_error_at;
		END IF;
	END LOOP;

	-- the lock of a namespace's name, see namespace_ddl.c
	state := CASE
		WHEN EXISTS (
			SELECT FROM pg_locks AS l
			WHERE l.locktype = 'object' AND l.classid = 'pg_namespace'::regclass AND
				l.objsubid = 28004 AND l.granted AND
				-- no pid: a prepared transaction's
				l.pid IS DISTINCT FROM pg_backend_pid() AND
				l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
			THEN 'migrating'
		WHEN last_error IS NOT NULL THEN 'error'
		WHEN namespaces = 0 OR namespaces_done < namespaces THEN 'uninitialized'
		ELSE 'ready'
		END;
	RETURN NEXT;
END;
$$;

COMMENT ON FUNCTION @extschema@.message_store_status IS
	'Whether the namespaces that the caller may look at are ready for this release, for health checks: uninitialized, migrating, ready or error';

CREATE FUNCTION @extschema@.migrate_namespace(
	name pg_catalog.varchar DEFAULT NULL)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'message_db_migrate_namespace'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.migrate_namespace IS
	'Brings a namespace, by default the current one, to this release''s schema version, which it returns';

-- It commits, so it cannot set search_path for itself; all names are qualified.
CREATE PROCEDURE @extschema@.migrate_namespaces()
LANGUAGE plpgsql
AS $$
DECLARE
	names pg_catalog.varchar[] := ARRAY(SELECT n.name FROM @extschema@.list_namespaces() AS n);
	namespace pg_catalog.varchar;
	version pg_catalog.int8;
	failure pg_catalog.text;
BEGIN
	FOREACH namespace IN ARRAY names LOOP
		failure := NULL;
		BEGIN
			version := @extschema@.migrate_namespace(namespace);
			RAISE NOTICE 'namespace % has schema version %', namespace, version;
		EXCEPTION WHEN OTHERS THEN
			failure := SQLERRM;
			RAISE WARNING 'namespace % was not migrated: %', namespace, failure;
		END;
		BEGIN
			PERFORM @extschema@.note_migration(namespace, failure);
		EXCEPTION WHEN OTHERS THEN
			RAISE NOTICE 'namespace %: the outcome was not noted: %', namespace, SQLERRM;
		END;
		COMMIT;
	END LOOP;
END;
$$;

COMMENT ON PROCEDURE @extschema@.migrate_namespaces IS
	'Brings all namespaces to this release''s schema version, one transaction each; one that fails is reported and the others go on';

CREATE FUNCTION @extschema@.note_migration(
	namespace pg_catalog.varchar,
	failure pg_catalog.text)
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME', 'message_db_note_migration'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.note_migration IS
	'Internal: notes the outcome of a migration in the namespace, for message_store_status';

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
