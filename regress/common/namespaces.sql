-- Namespaces: each is a message store of its own

SELECT current_namespace();
SELECT create_namespace('tenant_a');
SELECT create_namespace('tenant_b', 'The second tenant', '{"plan": "small", "id": 7}');
SELECT CASE WHEN ensure_namespace('tenant_b') THEN 'made' ELSE 'was there' END;
SELECT CASE WHEN ensure_namespace('tenant_c') THEN 'made' ELSE 'was there' END;
SELECT create_namespace();
SELECT name, description, metadata, schema_version FROM list_namespaces();
SELECT name, description, metadata, schema_version FROM get_namespace('tenant_b');
SELECT name FROM get_namespace('unknown');
SELECT count(created_at), count(location) FROM get_namespace('tenant_a');

-- What exists, and what does not
SELECT create_namespace('tenant_a');
SELECT create_namespace();
SELECT use_namespace('unknown');
SELECT delete_namespace('unknown');
SELECT clear_namespace('unknown');
SELECT rename_namespace('unknown', 'other');
SELECT create_namespace('x y', 'no JSON before no name', '{');
SELECT rename_namespace('tenant_a', 'tenant_b');
SELECT rename_namespace('tenant_a', 'tenant_a');
SELECT rename_namespace('tenant_a', 'message_store');
SELECT rename_namespace('message_store', 'other');
SELECT name FROM namespace_info('unknown');
SELECT name FROM namespace_info(NULL);
SELECT migrate_namespace('unknown');
SELECT create_namespace('x y', NULL, '{');
SELECT current_namespace();

-- Names are checked, never changed
SELECT create_namespace('');
SELECT create_namespace(NULL);
SELECT create_namespace('Tenant');
SELECT create_namespace('tenant-a');
SELECT create_namespace('../tenant');
SELECT create_namespace('1tenant');
SELECT create_namespace('main');
SELECT create_namespace('temp');
SELECT create_namespace('public');
SELECT create_namespace('pg_tenant');
SELECT create_namespace('sqlite_tenant');
SELECT create_namespace('information_schema');
SELECT create_namespace('a123456789012345678901234567890123456789012345678901234567890123');
SELECT use_namespace('no such');
SELECT rename_namespace('tenant_a', 'x y');
SELECT set_config('message_db.namespace', 'a/b', false);
SELECT name FROM get_namespace('A');

-- A name of 63 characters is whole
SELECT create_namespace('a12345678901234567890123456789012345678901234567890123456789012');
SELECT create_namespace('a12345678901234567890123456789012345678901234567890123456789013');
SELECT use_namespace('a12345678901234567890123456789012345678901234567890123456789012');
SELECT write_message(NULL, 'account-1', 'Opened', '{}');
SELECT delete_namespace('a12345678901234567890123456789012345678901234567890123456789013');
SELECT stream_version('account-1');
SELECT delete_namespace('a12345678901234567890123456789012345678901234567890123456789012');

-- The same stream in three namespaces
SELECT use_namespace('tenant_a');
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'A0', '{}', NULL, -1);
SELECT write_message(NULL, 'account-1', 'A1', '{}', NULL, 0);
SELECT use_namespace('tenant_b');
SELECT stream_version('account-1');
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'B0', '{}', NULL, -1);
SELECT set_config('message_db.namespace', 'message_store', false);
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-1', 'M0', '{}', NULL, -1);
SELECT type, position, global_position FROM get_stream_messages('account-1');
SELECT set_config('message_db.namespace', 'tenant_a', false);
SELECT type, position, global_position FROM get_category_messages('account');
SELECT type FROM get_last_stream_message('account-1');
SELECT write_message('00000000-0000-4000-8000-000000000001', 'account-2', 'A2', '{}');
SELECT current_setting('message_db.namespace');
SELECT count(*) FROM tenant_a.messages;
SELECT count(*) FROM tenant_b.messages;

-- In one transaction
BEGIN;
SELECT set_config('message_db.namespace', 'tenant_b', true);
SELECT write_message(NULL, 'account-1', 'B1', '{}');
SELECT set_config('message_db.namespace', 'tenant_c', true);
SELECT write_message(NULL, 'account-1', 'C0', '{}');
COMMIT;
SELECT current_namespace();
BEGIN;
SELECT write_message(NULL, 'account-1', 'A2', '{}');
SELECT set_config('message_db.namespace', 'tenant_c', true);
SELECT write_message(NULL, 'account-1', 'C1', '{}');
ROLLBACK;
SELECT current_namespace();
SELECT stream_version('account-1');
SELECT use_namespace('tenant_c');
SELECT type FROM get_stream_messages('account-1');

-- An unknown namespace, unless it may be created
SELECT set_config('message_db.namespace', 'tenant_d', false);
SELECT stream_version('account-1');
SELECT write_message(NULL, 'account-1', 'D0', '{}');
SELECT type FROM get_stream_messages('account-1');
SELECT acquire_lock('account-1');
SELECT acquire_lock(NULL);
SELECT category FROM message_store_writers();
SELECT stream_name FROM list_streams('', -2);
SELECT set_config('message_db.auto_create_namespaces', 'on', false);
SELECT stream_version('account-1');
SELECT write_message(NULL, 'account-1', 'D0', '{}');
SELECT use_namespace('tenant_e');
SELECT set_config('message_db.auto_create_namespaces', 'off', false);
SELECT name FROM list_namespaces() WHERE name LIKE 'tenant_%';

-- Clearing restarts the positions
SELECT use_namespace('tenant_a');
SELECT clear_namespace('tenant_a');
SELECT stream_version('account-1');
SELECT write_message(NULL, 'account-1', 'Anew', '{}', NULL, -1);
SELECT type, position, global_position FROM get_stream_messages('account-1');
SELECT clear_namespace('tenant_e');

-- Renaming takes the messages along
SELECT rename_namespace('tenant_a', 'acme');
SELECT current_namespace();
SELECT stream_version('account-1');
SELECT use_namespace('acme');
SELECT type, position, global_position FROM get_stream_messages('account-1');
SELECT create_namespace('tenant_a');
SELECT use_namespace('tenant_a');
SELECT stream_version('account-1');
SELECT name FROM list_namespaces();

-- Deleting says how many messages are gone
SELECT delete_namespace('tenant_b');
SELECT delete_namespace('tenant_b');
SELECT use_namespace('tenant_b');
SELECT create_namespace('tenant_b');
SELECT use_namespace('tenant_b');
SELECT stream_version('account-1');
SELECT write_message(NULL, 'account-1', 'B0', '{}', NULL, -1);
SELECT delete_namespace('tenant_b');
SELECT write_message(NULL, 'account-1', 'B1', '{}');
SELECT stream_version('account-1');

-- Undone with the transaction
SELECT use_namespace('acme');
BEGIN;
SELECT delete_namespace('acme');
SELECT stream_version('account-1');
ROLLBACK;
SELECT stream_version('account-1');
BEGIN;
SELECT create_namespace('tenant_f');
ROLLBACK;
SELECT use_namespace('tenant_f');
BEGIN;
SELECT rename_namespace('acme', 'emca');
SELECT use_namespace('emca');
SELECT stream_version('account-1');
ROLLBACK;
SELECT use_namespace('acme');
SELECT stream_version('account-1');
BEGIN;
SELECT clear_namespace('acme');
ROLLBACK;
SELECT stream_version('account-1');

-- Counts
SELECT write_message(NULL, 'account-2', 'X', '{}');
SELECT write_message(NULL, 'transfer-1', 'X', '{}');
SELECT name, message_count, stream_count, category_count FROM namespace_info('acme');
SELECT count(*) FROM namespace_info('acme') WHERE size_bytes > 0 AND last_activity IS NOT NULL;
SELECT message_count, stream_count, category_count, last_activity FROM namespace_info('tenant_a');
SELECT state, current_version, wanted_version, namespaces_done, namespaces, last_error FROM message_store_status();
SELECT migrate_namespace('acme');
SELECT migrate_namespace(NULL);
