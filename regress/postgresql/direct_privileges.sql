--
-- Direct access asks for the rights that a statement asks for: every function,
-- with every set of privileges, on an ordinary table and on one that is
-- written by statements.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
\set VERBOSITY terse
SELECT ensure_namespace();
SELECT write_message('00000000-0000-0000-0000-000000000001', 'p-1', 'T', '1');
CREATE ROLE regress_direct;

-- What a call gives: ok, or its error.  Nothing is left of it.
CREATE FUNCTION public.outcome(call text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	BEGIN
		SET LOCAL ROLE regress_direct;
		EXECUTE call;
		RAISE EXCEPTION USING ERRCODE = 'ZZ000';
	EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
		RETURN 'ok';
	WHEN OTHERS THEN
		RETURN SQLSTATE || ' ' || SQLERRM;
	END;
END $$;

-- The outcome of every call with these privileges, on both kinds of tables.
CREATE FUNCTION public.outcomes(privileges text)
RETURNS TABLE (call text, direct text, statement text)
LANGUAGE plpgsql AS $$
DECLARE
	calls text[] := ARRAY[
		$c$SELECT message_store.write_message(NULL, 'p-2', 'T', '{}')$c$,
		$c$SELECT message_store.write_message(NULL, 'p-2', 'T', '{}', NULL, 7)$c$,
		$c$SELECT message_store.write_message('bad', 'p-2', 'T', '{}')$c$,
		$c$SELECT message_store.write_message('00000000-0000-0000-0000-000000000001', 'p-2', 'T', '{}')$c$,
		$c$SELECT message_store.write_message(NULL, 'p-2', NULL, '{}')$c$,
		$c$SELECT message_store.write_messages('p-2', '[{"type": "T", "data": 1}, {"type": "T", "data": 2}]')$c$,
		$c$SELECT count(*) FROM message_store.get_stream_messages('p-1')$c$,
		$c$SELECT count(*) FROM message_store.get_category_messages('p')$c$,
		$c$SELECT count(*) FROM message_store.get_category_messages('p', 1, 10, 'c', 0, 2)$c$,
		$c$SELECT count(*) FROM message_store.get_last_stream_message('p-1')$c$,
		$c$SELECT message_store.stream_version('p-1')$c$,
		$c$SELECT count(*) FROM message_store.get_all_messages()$c$
	];
BEGIN
	REVOKE ALL ON SCHEMA message_store FROM regress_direct;
	REVOKE ALL ON message_store.messages FROM regress_direct;
	REVOKE ALL (id, stream_name, type, "position", global_position, data, metadata, "time")
		ON message_store.messages FROM regress_direct;
	REVOKE ALL ON SEQUENCE message_store.messages_global_position_seq FROM regress_direct;
	EXECUTE privileges;
	FOREACH call IN ARRAY calls LOOP
		direct := public.outcome(call);
		ALTER TABLE message_store.messages ADD CONSTRAINT special CHECK (true);
		statement := public.outcome(call);
		ALTER TABLE message_store.messages DROP CONSTRAINT special;
		IF statement = direct THEN
			statement := 'the same';
		END IF;
		call := substring(call FROM 'message_store\.(.*)');
		RETURN NEXT;
	END LOOP;
END $$;

\pset format unaligned
\pset footer off
\set usage 'GRANT USAGE ON SCHEMA message_store TO regress_direct;'
\set sequence 'GRANT USAGE ON SEQUENCE messages_global_position_seq TO regress_direct;'
-- none
SELECT * FROM public.outcomes('SELECT');
-- the schema alone
SELECT * FROM public.outcomes(:'usage');
-- reading
SELECT * FROM public.outcomes(:'usage' || 'GRANT SELECT ON messages TO regress_direct');
-- writing without reading
SELECT * FROM public.outcomes(:'usage' || :'sequence' || 'GRANT INSERT ON messages TO regress_direct');
-- both without the sequence
SELECT * FROM public.outcomes(:'usage' || 'GRANT SELECT, INSERT ON messages TO regress_direct');
-- all that is needed
SELECT * FROM public.outcomes(:'usage' || :'sequence' || 'GRANT SELECT, INSERT ON messages TO regress_direct');
-- the sequence by UPDATE, and by SELECT
SELECT * FROM public.outcomes(:'usage' || 'GRANT UPDATE ON SEQUENCE messages_global_position_seq TO regress_direct;
	GRANT SELECT, INSERT ON messages TO regress_direct') WHERE call LIKE 'write%{}%)';
SELECT * FROM public.outcomes(:'usage' || 'GRANT SELECT ON SEQUENCE messages_global_position_seq TO regress_direct;
	GRANT SELECT, INSERT ON messages TO regress_direct') WHERE call LIKE 'write%{}%)';
-- no schema
SELECT * FROM public.outcomes(:'sequence' || 'GRANT SELECT, INSERT ON messages TO regress_direct');
-- columns: those that are written, and those that the version needs
SELECT * FROM public.outcomes(:'usage' || :'sequence' ||
	'GRANT INSERT (id, stream_name, "position", type, data, metadata) ON messages TO regress_direct;
	GRANT SELECT (stream_name, "position") ON messages TO regress_direct');
-- one of them missing
SELECT * FROM public.outcomes(:'usage' || :'sequence' ||
	'GRANT INSERT (id, stream_name, "position", type, data) ON messages TO regress_direct;
	GRANT SELECT ON messages TO regress_direct');
SELECT * FROM public.outcomes(:'usage' || :'sequence' ||
	'GRANT INSERT ON messages TO regress_direct;
	GRANT SELECT (id, stream_name, type, "position", global_position, data, "time") ON messages TO regress_direct');
-- all columns one by one
SELECT * FROM public.outcomes(:'usage' || :'sequence' ||
	'GRANT INSERT (id, stream_name, type, "position", global_position, data, metadata, "time"),
	SELECT (id, stream_name, type, "position", global_position, data, metadata, "time")
	ON messages TO regress_direct');
-- through PUBLIC and a group
CREATE ROLE regress_direct_group;
GRANT regress_direct_group TO regress_direct;
SELECT * FROM public.outcomes('GRANT USAGE ON SCHEMA message_store TO PUBLIC;
	GRANT SELECT, INSERT ON messages TO regress_direct_group;
	GRANT ALL ON SEQUENCE messages_global_position_seq TO regress_direct_group');
REVOKE USAGE ON SCHEMA message_store FROM PUBLIC;
REVOKE ALL ON messages, messages_global_position_seq FROM regress_direct_group;
-- one's own table, with the rights of the owner taken away
ALTER TABLE messages OWNER TO regress_direct;
SELECT * FROM public.outcomes(:'usage' || 'REVOKE INSERT ON messages FROM regress_direct');
ALTER TABLE messages OWNER TO CURRENT_USER;

-- a read-only transaction: after the version
SELECT public.outcomes(:'usage' || :'sequence' || 'GRANT SELECT, INSERT ON messages TO regress_direct') IS NULL AS none LIMIT 1;
BEGIN READ ONLY;
SAVEPOINT a;
SELECT write_message(NULL, 'p-1', 'T', '{}');
ROLLBACK TO a;
SELECT write_message(NULL, 'p-1', 'T', '{}', NULL, 7);
ROLLBACK TO a;
SELECT write_messages('p-1', '[{"type": "T", "data": 1}]');
ROLLBACK TO a;
SELECT stream_version('p-1');
SELECT count(*) FROM get_all_messages();
COMMIT;

-- rights that change while a session has the table in mind
SET ROLE regress_direct;
SELECT write_message(NULL, 'p-3', 'T', '{}');
RESET ROLE;
REVOKE INSERT ON messages FROM regress_direct;
SET ROLE regress_direct;
SELECT write_message(NULL, 'p-3', 'T', '{}');
SELECT count(*) FROM get_stream_messages('p-3');
RESET ROLE;
REVOKE SELECT ON messages FROM regress_direct;
SET ROLE regress_direct;
SELECT count(*) FROM get_stream_messages('p-3');
RESET ROLE;

SET client_min_messages = warning;
DROP TABLE messages CASCADE;
DROP OWNED BY regress_direct, regress_direct_group;
RESET client_min_messages;
DROP FUNCTION public.outcomes, public.outcome;
DROP ROLE regress_direct, regress_direct_group;
