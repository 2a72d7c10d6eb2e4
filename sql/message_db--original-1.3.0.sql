/*
 * message_db--original-1.3.0.sql
 *	  The first of two steps that adopt a Message DB 1.3.0 in place.
 *
 *		CREATE EXTENSION message_db VERSION 'original-1.3.0';
 *		ALTER EXTENSION message_db UPDATE;
 *
 * This one only takes Message DB's functions and type into the extension, as
 * they are; the second replaces the functions.  The table, its indexes,
 * sequence, views, rows and grants are not touched.
 */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION message_db VERSION 'original-1.3.0'" to load this file. \quit

ALTER EXTENSION message_db ADD TYPE @extschema@.message;
ALTER EXTENSION message_db ADD FUNCTION @extschema@.acquire_lock(pg_catalog.varchar);
ALTER EXTENSION message_db ADD FUNCTION @extschema@.cardinal_id(pg_catalog.varchar);
ALTER EXTENSION message_db ADD FUNCTION @extschema@.category(pg_catalog.varchar);
ALTER EXTENSION message_db ADD FUNCTION @extschema@.get_category_messages(pg_catalog.varchar, pg_catalog.int8, pg_catalog.int8, pg_catalog.varchar, pg_catalog.int8, pg_catalog.int8, pg_catalog.varchar);
ALTER EXTENSION message_db ADD FUNCTION @extschema@.get_last_stream_message(pg_catalog.varchar, pg_catalog.varchar);
ALTER EXTENSION message_db ADD FUNCTION @extschema@.get_stream_messages(pg_catalog.varchar, pg_catalog.int8, pg_catalog.int8, pg_catalog.varchar);
ALTER EXTENSION message_db ADD FUNCTION @extschema@.hash_64(pg_catalog.varchar);
ALTER EXTENSION message_db ADD FUNCTION @extschema@.id(pg_catalog.varchar);
ALTER EXTENSION message_db ADD FUNCTION @extschema@.is_category(pg_catalog.varchar);
ALTER EXTENSION message_db ADD FUNCTION @extschema@.message_store_version();
ALTER EXTENSION message_db ADD FUNCTION @extschema@.stream_version(pg_catalog.varchar);
ALTER EXTENSION message_db ADD FUNCTION @extschema@.write_message(pg_catalog.varchar, pg_catalog.varchar, pg_catalog.varchar, pg_catalog.jsonb, pg_catalog.jsonb, pg_catalog.int8);
