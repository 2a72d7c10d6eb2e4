--
-- Databases that are not UTF-8: names are hashed as UTF-8 all the same, so
-- consumer groups of all databases agree.  SQL_ASCII has to hold UTF-8.
--
SET client_min_messages = warning;
DROP DATABASE IF EXISTS regress_latin1;
DROP DATABASE IF EXISTS regress_ascii;
RESET client_min_messages;
\set utf8 :DBNAME
SET search_path = message_store, public;
SELECT hash_64(U&'caf\00e9'), consumer_group_member(U&'a-caf\00e9', 1000),
	consumer_group_member(U&'caf\00e9', 1000) IS NULL AS none;
SELECT string_agg(consumer_group_member('a-' || repeat('1', i), 1000)::text, ' ' ORDER BY i)
FROM generate_series(1, 20) i;

CREATE DATABASE regress_latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c regress_latin1
CREATE EXTENSION message_db;
SET search_path = message_store, public;
SHOW server_encoding;
SELECT hash_64(U&'caf\00e9'), consumer_group_member(U&'a-caf\00e9', 1000),
	consumer_group_member(U&'caf\00e9', 1000) IS NULL AS none;
SELECT string_agg(consumer_group_member('a-' || repeat('1', i), 1000)::text, ' ' ORDER BY i)
FROM generate_series(1, 20) i;
SELECT consumer_group_member('', 7) IS NULL AS none, hash_64('');
SELECT write_message(NULL, U&'caf\00e9-\00fc', 'T', '{"a": "\u00e9"}');
SELECT category(stream_name) = U&'caf\00e9' AS category, id(stream_name) = U&'\00fc' AS id,
	octet_length(stream_name), octet_length(data)
FROM get_category_messages(U&'caf\00e9', consumer_group_member => 0, consumer_group_size => 1);
SET message_store.debug_write = on;
SET client_encoding = 'UTF8';
SELECT acquire_lock('x-1');
RESET message_store.debug_write;

CREATE DATABASE regress_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\c regress_ascii
CREATE EXTENSION message_db;
SET search_path = message_store, public;
SHOW server_encoding;
SELECT hash_64(E'caf\xc3\xa9'), consumer_group_member(E'a-caf\xc3\xa9', 1000),
	consumer_group_member(E'caf\xc3\xa9', 1000) IS NULL AS none;
SELECT string_agg(consumer_group_member('a-' || repeat('1', i), 1000)::text, ' ' ORDER BY i)
FROM generate_series(1, 20) i;
SELECT consumer_group_member('', 7) IS NULL AS none, hash_64('');
-- members of stored names, too
SELECT count(write_message(NULL, 'a-' || i, 'T', '{}')) FROM generate_series(1, 20) i;
SELECT m, count(*) FROM generate_series(0, 2) m,
	get_category_messages('a', consumer_group_member => m, consumer_group_size => 3)
GROUP BY m ORDER BY m;
-- bytes that are no UTF-8 are refused: they have no hash, and SQLite has no such text
SELECT write_message(NULL, E'\xe9-1', 'T', '{}');
SELECT hash_64(E'\xe9');
SELECT consumer_group_member(E'a-\xe9', 7);
SELECT count(*) FROM get_stream_messages(E'\xe9-1');

\c :utf8
DROP DATABASE regress_latin1;
DROP DATABASE regress_ascii;
