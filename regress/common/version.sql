-- stream_version: the position of the stream's last message

SELECT stream_version('account-1');
SELECT write_message(NULL, 'account-1', 'T', '{}');
SELECT stream_version('account-1');
SELECT write_message(NULL, 'account-1', 'T', '{}');
SELECT write_message(NULL, 'account-10', 'T', '{}');
SELECT stream_version('account-1');
SELECT stream_version('account-10');

-- Without messages
SELECT stream_version('account-2');
SELECT stream_version('account');
SELECT stream_version('account-');
SELECT stream_version('account-1 ');
SELECT stream_version('Account-1');
SELECT stream_version('account-%');
SELECT stream_version('');
SELECT stream_version(NULL);

-- Any name will do
SELECT write_message(NULL, 'account', 'T', '{}');
SELECT write_message(NULL, '', 'T', '{}');
SELECT write_message(NULL, 'Ünï''ç"-日本', 'T', '{}');
SELECT stream_version('account'), stream_version(''), stream_version('Ünï''ç"-日本');

-- In larger queries
SELECT DISTINCT stream_name, stream_version(stream_name) FROM messages ORDER BY stream_name;
SELECT write_message(NULL, 'account-1', 'T', '{}', NULL, stream_version('account-1')), stream_version('account-10');

-- It follows what is done to the table by hand
INSERT INTO messages (stream_name, type, position) VALUES ('account-1', 'ByHand', 7);
SELECT stream_version('account-1');
DELETE FROM messages WHERE stream_name = 'account-1' AND position > 0;
SELECT stream_version('account-1');
DELETE FROM messages WHERE stream_name = 'account-1';
SELECT stream_version('account-1');

-- The version of Message DB whose interface this is, and our own
SELECT message_store_version();
SELECT CASE WHEN message_db_version() LIKE '_%._%._%' THEN 'three numbers' ELSE message_db_version() END;
