-- list_streams and list_categories

-- Nothing yet
SELECT stream_name FROM list_streams();
SELECT category FROM list_categories();

SELECT write_message(NULL, 'account-1', 'X', '{}');
SELECT write_message(NULL, 'account-1', 'X', '{}');
SELECT write_message(NULL, 'account-1', 'X', '{}');
SELECT write_message(NULL, 'account-2', 'X', '{}');
SELECT write_message(NULL, 'account+x-1', 'X', '{}');
SELECT write_message(NULL, 'account', 'X', '{}');
SELECT write_message(NULL, 'Account-1', 'X', '{}');
SELECT write_message(NULL, 'account-10', 'X', '{}');
SELECT write_message(NULL, 'a%-1', 'X', '{}');
SELECT write_message(NULL, 'a_-1', 'X', '{}');
SELECT write_message(NULL, 'ab-1', 'X', '{}');
SELECT write_message(NULL, 'é-1', 'X', '{}');
SELECT write_message(NULL, 'z-1', 'X', '{}');

-- In the order of bytes
SELECT stream_name, version, messages FROM list_streams();
SELECT category, streams, messages FROM list_categories();

-- A prefix is taken as it is
SELECT stream_name FROM list_streams('account-');
SELECT stream_name FROM list_streams('a%');
SELECT stream_name FROM list_streams('a_');
SELECT stream_name FROM list_streams('A');
SELECT stream_name FROM list_streams('é');
SELECT stream_name FROM list_streams('account-1');
SELECT stream_name FROM list_streams('zz');
SELECT stream_name FROM list_streams(NULL, 2);

-- Page by page
SELECT stream_name FROM list_streams('', 3);
SELECT stream_name FROM list_streams('', 3, 'a_-1');
SELECT stream_name FROM list_streams('', 3, 'account');
SELECT stream_name FROM list_streams('account', 2);
SELECT stream_name FROM list_streams('account', 2, 'account+x-1');
SELECT stream_name FROM list_streams('account', 2, 'account-10');
SELECT stream_name FROM list_streams('account', 2, 'account-2');

-- After a stream that is not there, before the prefix, behind it
SELECT stream_name FROM list_streams('', 2, 'account-11');
SELECT stream_name FROM list_streams('account-', 2, 'A');
SELECT stream_name FROM list_streams('account-', 2, 'b');

-- The stream without a name is one, too
SELECT write_message(NULL, '', 'X', '{}');
SELECT stream_name, version, messages FROM list_streams('', 2);
SELECT stream_name FROM list_streams('', 1, '');
SELECT stream_name FROM list_streams('', 1, NULL);
SELECT category, streams, messages FROM list_categories() WHERE category = '';
SELECT message_count - (SELECT count(*) FROM messages) AS missing, stream_count - (SELECT count(*) FROM list_streams()) AS streams FROM namespace_info('message_store');

-- How many
SELECT count(*) FROM list_streams('', -1);
SELECT count(*) FROM list_streams('', 0);
SELECT count(*) FROM list_streams('', NULL);
SELECT count(*) FROM list_streams('', -2);

-- The last activity is the last message's time
SELECT count(*) FROM list_streams() AS s WHERE last_activity = (SELECT m.time FROM get_last_stream_message(s.stream_name) AS m);

-- Of the current namespace
SELECT create_namespace('tenant_a');
SELECT use_namespace('tenant_a');
SELECT stream_name FROM list_streams();
SELECT category FROM list_categories();
SELECT write_message(NULL, 'tenant-1', 'X', '{}');
SELECT stream_name, version, messages FROM list_streams();
SELECT category, streams, messages FROM list_categories();
SELECT set_config('message_db.namespace', 'unknown', false);
SELECT stream_name FROM list_streams();
SELECT category FROM list_categories();
