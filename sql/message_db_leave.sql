/*
 * message_db_leave.sql
 *	  The way back: makes a Message DB 1.3.0 of the default namespace.
 *
 *		ALTER EXTENSION message_db UPDATE TO 'original-1.3.0';
 *		DROP EXTENSION message_db;
 *
 * and then Message DB's own scripts, which replace the functions by its own
 * (database/install-functions.sh and install-views.sh).  The messages stay
 * where they are.  This script drops what Message DB does not have, lets go of
 * the functions and the type that it has, and gives a table that was created
 * by this extension the index that Message DB's queries look for.
 *
 * The build makes message_db--VERSION--original-1.3.0.sql of this file and
 * category_indexes.sql.
 */

-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION message_db UPDATE TO 'original-1.3.0'" to load this file. \quit

DROP FUNCTION @extschema@.revoke_access;
DROP FUNCTION @extschema@.grant_access;
DROP FUNCTION @extschema@.note_migration;
DROP PROCEDURE @extschema@.migrate_namespaces;
DROP FUNCTION @extschema@.migrate_namespace;
DROP FUNCTION @extschema@.message_store_status;
DROP FUNCTION @extschema@.verify_namespace;
DROP FUNCTION @extschema@.namespace_info;
DROP FUNCTION @extschema@.list_categories;
DROP FUNCTION @extschema@.list_streams;
DROP FUNCTION @extschema@.streams_of_namespace;
DROP FUNCTION @extschema@.list_namespaces;
DROP FUNCTION @extschema@.get_namespace;
DROP FUNCTION @extschema@.described_namespace;
DROP FUNCTION @extschema@.registration_of;
DROP FUNCTION @extschema@.existing_namespace;
DROP FUNCTION @extschema@.current_namespace;
DROP FUNCTION @extschema@.use_namespace;
DROP FUNCTION @extschema@.rename_namespace;
DROP FUNCTION @extschema@.clear_namespace;
DROP FUNCTION @extschema@.delete_namespace;
DROP FUNCTION @extschema@.ensure_namespace;
DROP FUNCTION @extschema@.create_namespace;
DROP FUNCTION @extschema@.message_store_writers;
DROP FUNCTION @extschema@.rows_in_progress;
DROP FUNCTION @extschema@.get_all_messages;
DROP FUNCTION @extschema@.write_messages;
DROP FUNCTION @extschema@.consumer_group_member;
DROP FUNCTION @extschema@.message_db_version;
DROP TYPE @extschema@.namespace;
DROP TYPE @extschema@.namespace_details;
DROP TABLE IF EXISTS @extschema@.message_db_namespace;

-- category() without its planner support, which goes
CREATE OR REPLACE FUNCTION @extschema@.category(stream_name pg_catalog.varchar)
RETURNS pg_catalog.varchar
AS 'MODULE_PATHNAME', 'message_db_category'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
DROP FUNCTION @extschema@.category_support;

DO $$
BEGIN
	IF EXISTS (
		SELECT FROM pg_catalog.pg_indexes
		WHERE schemaname = '@extschema@' AND indexname = 'messages_category' AND
			pg_catalog.strpos(indexdef, 'split_part') > 0)
	THEN
		DROP INDEX @extschema@.messages_category;
		CREATE INDEX messages_category ON @extschema@.messages (
			@extschema@.category(stream_name),
			global_position,
			@extschema@.category(metadata OPERATOR(pg_catalog.->>) 'correlationStreamName'));
	END IF;
END;
$$;

ALTER EXTENSION message_db DROP TYPE @extschema@.message;
ALTER EXTENSION message_db DROP FUNCTION @extschema@.acquire_lock(pg_catalog.varchar);
ALTER EXTENSION message_db DROP FUNCTION @extschema@.cardinal_id(pg_catalog.varchar);
ALTER EXTENSION message_db DROP FUNCTION @extschema@.category(pg_catalog.varchar);
ALTER EXTENSION message_db DROP FUNCTION @extschema@.get_category_messages(pg_catalog.varchar, pg_catalog.int8, pg_catalog.int8, pg_catalog.varchar, pg_catalog.int8, pg_catalog.int8, pg_catalog.varchar);
ALTER EXTENSION message_db DROP FUNCTION @extschema@.get_last_stream_message(pg_catalog.varchar, pg_catalog.varchar);
ALTER EXTENSION message_db DROP FUNCTION @extschema@.get_stream_messages(pg_catalog.varchar, pg_catalog.int8, pg_catalog.int8, pg_catalog.varchar);
ALTER EXTENSION message_db DROP FUNCTION @extschema@.hash_64(pg_catalog.varchar);
ALTER EXTENSION message_db DROP FUNCTION @extschema@.id(pg_catalog.varchar);
ALTER EXTENSION message_db DROP FUNCTION @extschema@.is_category(pg_catalog.varchar);
ALTER EXTENSION message_db DROP FUNCTION @extschema@.message_store_version();
ALTER EXTENSION message_db DROP FUNCTION @extschema@.stream_version(pg_catalog.varchar);
ALTER EXTENSION message_db DROP FUNCTION @extschema@.write_message(pg_catalog.varchar, pg_catalog.varchar, pg_catalog.varchar, pg_catalog.jsonb, pg_catalog.jsonb, pg_catalog.int8);
