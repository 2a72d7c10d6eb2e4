-- Writes belong to the transaction around them

-- The store itself is made by the first write, and goes with its transaction
BEGIN;
SELECT write_message(NULL, 'account-1', 'Lost', '{}');
SELECT type FROM get_stream_messages('account-1');
ROLLBACK;
SELECT type FROM get_stream_messages('account-1');
SELECT stream_version('account-1');

BEGIN;
SAVEPOINT one;
SELECT write_message(NULL, 'account-1', 'Lost', '{}');
ROLLBACK TO one;
SELECT type FROM get_stream_messages('account-1');
SELECT write_message(NULL, 'account-1', 'Opened', '{}', NULL, -1);
COMMIT;
SELECT type FROM get_stream_messages('account-1');

-- A transaction sees its own writes, and the positions go on from them
BEGIN;
SELECT write_message(NULL, 'account-1', 'Deposited', '{}', NULL, 0);
SELECT write_message(NULL, 'account-1', 'Deposited', '{}', NULL, 1);
SELECT stream_version('account-1');
SELECT type, position FROM get_stream_messages('account-1');
SELECT type, position FROM get_category_messages('account', 1, 2);
SELECT type, position FROM get_last_stream_message('account-1');
COMMIT;

-- A rollback leaves nothing, not even a gap in the stream
BEGIN;
SELECT write_message(NULL, 'account-1', 'Lost', '{}');
SELECT write_message(NULL, 'account-1', 'Lost', '{}');
SELECT write_message(NULL, 'account-2', 'Lost', '{}');
ROLLBACK;
SELECT stream_version('account-1'), stream_version('account-2');
SELECT write_message(NULL, 'account-1', 'Closed', '{}', NULL, 2);
SELECT type, position FROM get_stream_messages('account-1');

-- Savepoints
BEGIN;
SELECT write_message(NULL, 'saved-1', 'First', '{}');
SAVEPOINT one;
SELECT write_message(NULL, 'saved-1', 'Lost', '{}');
SAVEPOINT two;
SELECT write_message(NULL, 'saved-1', 'Lost', '{}');
ROLLBACK TO two;
SELECT stream_version('saved-1');
ROLLBACK TO one;
SELECT stream_version('saved-1');
SELECT write_message(NULL, 'saved-1', 'Second', '{}', NULL, 0);
SAVEPOINT three;
SELECT write_message(NULL, 'saved-1', 'Third', '{}');
RELEASE three;
COMMIT;
SELECT type, position FROM get_stream_messages('saved-1');

-- After an error a transaction goes on from a savepoint
BEGIN;
SELECT write_message('00000000-0000-4000-8000-000000000001', 'error-1', 'First', '{}');
SAVEPOINT one;
SELECT write_message(NULL, 'error-1', 'X', '{}', NULL, 7);
ROLLBACK TO one;
SELECT write_message('bad', 'error-1', 'X', '{}');
ROLLBACK TO one;
SELECT write_message('00000000-0000-4000-8000-000000000001', 'error-2', 'X', '{}');
ROLLBACK TO one;
SELECT write_message(NULL, NULL, 'X', '{}');
ROLLBACK TO one;
SELECT type FROM get_stream_messages('error');
ROLLBACK TO one;
SELECT write_message(NULL, 'error-1', 'Second', '{}');
COMMIT;
SELECT type, position FROM get_category_messages('error');

-- All writes of a transaction carry one time, that of its start
BEGIN;
SELECT write_message(NULL, 'time-1', 'T', '{}');
SELECT write_message(NULL, 'time-2', 'T', '{}');
SAVEPOINT one;
SELECT write_message(NULL, 'time-1', 'T', '{}');
ROLLBACK TO one;
SELECT write_message(NULL, 'time-1', 'T', '{}');
RELEASE one;
WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 100
)
SELECT count(write_message(NULL, 'time-3', 'T', '{}')) FROM n;
COMMIT;
SELECT count(*), count(DISTINCT time) FROM get_category_messages('time');

-- The next one has another
SELECT write_message(NULL, 'time-1', 'T', '{}');
SELECT count(*), count(DISTINCT time) FROM get_category_messages('time');
BEGIN;
SELECT write_message(NULL, 'time-1', 'T', '{}');
ROLLBACK;
BEGIN;
SELECT write_message(NULL, 'time-1', 'T', '{}');
SELECT write_message(NULL, 'time-1', 'T', '{}');
COMMIT;
SELECT count(*), count(DISTINCT time) FROM get_category_messages('time');

-- Times follow the order of writing
SELECT count(*)
FROM messages AS earlier
	JOIN messages AS later ON later.stream_name = earlier.stream_name AND later.position > earlier.position
WHERE later.time < earlier.time;

-- What else the transaction does belongs to it too
CREATE TABLE accounts (id integer PRIMARY KEY, balance integer NOT NULL);
BEGIN;
INSERT INTO accounts VALUES (7, 100);
SELECT write_message(NULL, 'accounts-7', 'Opened', '{"balance": 100}');
COMMIT;
BEGIN;
UPDATE accounts SET balance = 0 WHERE id = 7;
SELECT write_message(NULL, 'accounts-7', 'Withdrawn', '{"amount": 100}');
ROLLBACK;
SELECT id, balance, stream_version('accounts-7') FROM accounts;

-- One write for each row of a query
INSERT INTO accounts VALUES (8, 5), (9, 6);
SELECT id, write_message(NULL, 'accounts-' || id, 'Counted', '{}') FROM accounts ORDER BY id;
SELECT stream_name, type, position FROM get_category_messages('accounts');

-- A statement that reads does not meet what it writes
SELECT write_message(NULL, 'accounts-8', 'Seen', '{}') FROM get_category_messages('accounts', 1, -1);
SELECT write_message(NULL, 'accounts-9', 'Seen', '{}') FROM get_stream_messages('accounts-9', 0, -1);
SELECT count(write_message(NULL, 'accounts-7', 'Seen', '{}'))
FROM get_all_messages(1, -1) AS a, get_stream_messages('accounts-8', 0, 2) AS b
WHERE a.stream_name LIKE 'accounts-%';
SELECT write_messages('accounts-7', '[{"type": "Seen", "data": 1}, {"type": "Seen", "data": 2}]')
FROM get_stream_messages('accounts-7', 9, -1, NULL);
SELECT stream_name, count(*), max(position) FROM messages
WHERE stream_name LIKE 'accounts-%' GROUP BY stream_name ORDER BY stream_name;

-- Writes and a failure in one statement: in a transaction all or nothing
BEGIN;
SAVEPOINT one;
SELECT write_message(NULL, 'both-1', 'T', '{}'), write_message(NULL, 'both-1', 'T', '{}', NULL, 7);
ROLLBACK TO one;
SELECT stream_version('both-1');
COMMIT;
