--
-- Row security of the table messages binds every function.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
\set VERBOSITY terse

CREATE ROLE regress_a;
CREATE ROLE regress_b;
SELECT ensure_namespace();
SELECT grant_access('regress_a'), grant_access('regress_b');
-- each role has the streams whose names end with its own
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON messages USING (stream_name LIKE '%' || current_user)
	WITH CHECK (stream_name LIKE '%' || current_user);

SET ROLE regress_a;
SELECT write_message(NULL, 's-regress_a', 'T', '{"of": "a"}');
SELECT write_message(NULL, 's-regress_b', 'T', '{"of": "a"}');
SET ROLE regress_b;
SELECT write_message(NULL, 's-regress_b', 'T', '{"of": "b"}');
SELECT stream_name FROM get_category_messages('s');
SELECT count(*) FROM get_stream_messages('s-regress_a');
SELECT count(*) FROM get_last_stream_message('s-regress_a');
SELECT stream_version('s-regress_a') IS NULL AS unseen;
-- the plans that the session keeps follow the role
SET ROLE regress_a;
SELECT stream_name FROM get_category_messages('s');
SELECT data FROM get_stream_messages('s-regress_a');
SELECT stream_version('s-regress_a'), stream_version('s-regress_b');
-- the owner of the table is not bound
RESET ROLE;
SELECT stream_name FROM get_category_messages('s');
SET row_security = off;
SET ROLE regress_a;
SELECT count(*) FROM get_category_messages('s');
SELECT write_message(NULL, 's-regress_a', 'T', '{}');
RESET ROLE;
RESET row_security;

-- a condition sees no more rows than the policy allows
SET message_store.sql_condition = on;
SET ROLE regress_a;
SELECT stream_name FROM get_category_messages('s', condition => 'false OR true');
RESET ROLE;
RESET message_store.sql_condition;

-- a stream of which a writer sees only a part: the version is what it sees,
-- and the unique index has the last word
DROP POLICY own ON messages;
CREATE POLICY typed ON messages USING (type = current_user) WITH CHECK (true);
SET ROLE regress_a;
SELECT write_message(NULL, 'x-1', 'regress_a', '{}');
SET ROLE regress_b;
SELECT write_message(NULL, 'x-1', 'regress_b', '{}');
RESET ROLE;

-- a policy that calls our functions
DROP POLICY typed ON messages;
CREATE POLICY by_category ON messages
	USING (category(stream_name) = 's' AND cardinal_id(stream_name) = current_user);
SET ROLE regress_a;
SELECT stream_name FROM messages;
SELECT stream_name FROM get_category_messages('s');
SELECT write_message(NULL, 's-regress_b', 'T', '{}');
SELECT write_message(NULL, 's-regress_a+1', 'T', '{}');
RESET ROLE;

SET client_min_messages = warning;
DROP TABLE messages CASCADE;
RESET client_min_messages;
REVOKE ALL ON SCHEMA message_store FROM regress_a, regress_b;
REVOKE ALL ON message_store.message_db_namespace FROM regress_a, regress_b;
DROP ROLE regress_a, regress_b;
