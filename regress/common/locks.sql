-- acquire_lock: keeps other writers out of a category until the transaction
-- ends, and returns the hash of the category

SELECT acquire_lock('account-1');
SELECT acquire_lock('account-2');
SELECT acquire_lock('account');
SELECT hash_64('account');
SELECT acquire_lock('other-1');
SELECT hash_64('other');

-- Any name will do
SELECT acquire_lock('');
SELECT acquire_lock('-');
SELECT acquire_lock('-1');
SELECT hash_64('');
SELECT acquire_lock('Ünï''ç"-日本'), hash_64('Ünï''ç"');

-- NULL locks nothing
SELECT acquire_lock(NULL);

-- It neither writes nor stands in its own way
BEGIN;
SELECT acquire_lock('account-1');
SELECT acquire_lock('account-1');
SELECT acquire_lock('account-2');
SELECT write_message(NULL, 'account-1', 'Opened', '{}', NULL, -1);
SELECT acquire_lock('account-1');
SELECT write_message(NULL, 'account-2', 'Opened', '{}', NULL, -1);
COMMIT;
SELECT stream_name, position FROM get_category_messages('account');

-- What it is for: read, decide, write
BEGIN;
SELECT acquire_lock('account-1');
SELECT stream_version('account-1');
SELECT write_message(NULL, 'account-1', 'Closed', '{}', NULL, 0);
COMMIT;

-- With savepoints and rollbacks
BEGIN;
SAVEPOINT one;
SELECT acquire_lock('account-1');
ROLLBACK TO one;
SELECT acquire_lock('account-1');
SELECT write_message(NULL, 'account-1', 'Reopened', '{}');
ROLLBACK;

BEGIN;
SELECT acquire_lock('account-1');
ROLLBACK;

SELECT type, position FROM get_stream_messages('account-1');

-- For several streams at once
WITH streams(name) AS (VALUES ('a-1'), ('b-1'), ('a-2'))
SELECT name, CASE WHEN acquire_lock(name) = hash_64(category(name)) THEN 'hash of the category' ELSE 'other' END
FROM streams;
