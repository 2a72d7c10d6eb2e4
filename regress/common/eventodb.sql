-- Defects of EventoDB in namespaces, names, listings and conflicts: none is here

-- Names of more than 54 characters were truncated, and shared a schema
SELECT create_namespace('a12345678901234567890123456789012345678901234567890123456789_a');
SELECT create_namespace('a12345678901234567890123456789012345678901234567890123456789_b');
SELECT use_namespace('a12345678901234567890123456789012345678901234567890123456789_a');
SELECT write_message(NULL, 'account-1', 'A', '{}');
SELECT use_namespace('a12345678901234567890123456789012345678901234567890123456789_b');
SELECT stream_version('account-1');
SELECT delete_namespace('a12345678901234567890123456789012345678901234567890123456789_b');
SELECT use_namespace('a12345678901234567890123456789012345678901234567890123456789_a');
SELECT stream_version('account-1');
SELECT delete_namespace('a12345678901234567890123456789012345678901234567890123456789_a');
SELECT create_namespace('a123456789012345678901234567890123456789012345678901234567890123');

-- Names were changed until they fitted, and then some were the same
SELECT create_namespace('a_b');
SELECT create_namespace('a-b');
SELECT create_namespace('a.b');
SELECT create_namespace('é');
SELECT create_namespace('A_b');

-- A name was that of the registry, which was deleted with it
SELECT create_namespace('store');
SELECT create_namespace('metadata');
SELECT delete_namespace('store');
SELECT delete_namespace('metadata');
SELECT name FROM list_namespaces() WHERE name <> 'message_store';

-- Names led out of the directory, or were parts of a URI
SELECT create_namespace('../x');
SELECT create_namespace('a/b');
SELECT create_namespace('a?mode=memory');
SELECT create_namespace('a&b');
SELECT create_namespace('a#b');

-- The description was kept, the metadata was not
SELECT create_namespace('tenant_a', 'The first', '{"plan": "small"}');
SELECT name, description, metadata FROM get_namespace('tenant_a');

-- Namespaces made in the same second were listed in any order
SELECT create_namespace('tenant_c');
SELECT create_namespace('tenant_b');
SELECT name FROM list_namespaces() WHERE name LIKE 'tenant%';

-- An error that could not be told from others: exists, does not exist
SELECT create_namespace('tenant_a');
SELECT use_namespace('unknown');
SELECT set_config('message_db.namespace', 'unknown', false);
SELECT write_message(NULL, 'account-1', 'A', '{}');
SELECT stream_version('account-1');

-- A conflict did not say which version was expected, and which there is
SELECT use_namespace('tenant_a');
SELECT write_message(NULL, 'account-1', 'A', '{}', NULL, 0);
SELECT write_message(NULL, 'account-1', 'A', '{}', NULL, -1);
SELECT write_message(NULL, 'account-1', 'A', '{}', NULL, 5);

-- A prefix was a pattern, in SQLite one that ignores case
SELECT write_message(NULL, 'a%b-1', 'A', '{}');
SELECT write_message(NULL, 'a_b-1', 'A', '{}');
SELECT write_message(NULL, 'a\b-1', 'A', '{}');
SELECT write_message(NULL, 'axb-1', 'A', '{}');
SELECT write_message(NULL, 'AXB-1', 'A', '{}');
SELECT stream_name FROM list_streams('a%');
SELECT stream_name FROM list_streams('a_');
SELECT stream_name FROM list_streams('a\');
SELECT stream_name FROM list_streams('ax');

-- Names were in the order of the database's collation, and pages too
SELECT write_message(NULL, 'Zoo-1', 'A', '{}');
SELECT write_message(NULL, 'a-1', 'A', '{}');
SELECT write_message(NULL, 'é-1', 'A', '{}');
SELECT stream_name FROM list_streams('', 3);
SELECT stream_name FROM list_streams('', 3, 'a%b-1');
SELECT stream_name FROM list_streams('', 3, 'a_b-1');
SELECT stream_name FROM list_streams('', 3, 'é-1');

-- No limit, or a negative one, was another thing in each database
SELECT stream_name FROM list_streams('', 0);
SELECT count(*) FROM list_streams('', -1);
SELECT stream_name FROM list_streams('', -2);

-- The last activity was in whole seconds, the number of streams 0
SELECT message_count, stream_count, category_count FROM namespace_info('tenant_a');
SELECT count(*) FROM namespace_info('tenant_a') AS i WHERE last_activity = (SELECT m.time FROM get_last_stream_message('é-1') AS m);

-- Clearing and restarting the numbers were two steps
BEGIN;
SELECT clear_namespace('tenant_a');
ROLLBACK;
SELECT write_message(NULL, 'account-1', 'A', '{}', NULL, 0);
SELECT global_position FROM get_last_stream_message('account-1');
SELECT clear_namespace('tenant_a');
SELECT write_message(NULL, 'account-1', 'A', '{}', NULL, -1);
SELECT global_position FROM get_last_stream_message('account-1');

-- Deleting said that no message was deleted
SELECT delete_namespace('tenant_a');
SELECT create_namespace('tenant_a');
SELECT stream_version('account-1');

-- The same id in upper case was another message
SELECT write_message('0000000a-0000-4000-8000-000000000001', 'account-1', 'A', '{}');
SELECT write_message('0000000A-0000-4000-8000-000000000001', 'account-1', 'A', '{}');
