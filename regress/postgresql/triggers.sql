--
-- Triggers and rules of the table messages do what they do for any INSERT.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
\set VERBOSITY terse
SELECT ensure_namespace();

-- a BEFORE trigger that changes the row
CREATE FUNCTION public.change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.type := NEW.type || '!';
	NEW.data := NEW.data || '{"by": "trigger"}';
	RETURN NEW;
END $$;
CREATE TRIGGER change BEFORE INSERT ON messages
	FOR EACH ROW EXECUTE FUNCTION public.change();
SELECT write_message(NULL, 't-1', 'T', '{"a": 1}');
SELECT write_message(NULL, 't-1', 'T', '{"a": 2}');
SELECT position, type, data FROM get_stream_messages('t-1');
DROP TRIGGER change ON messages;

-- one that drops it: the position is returned all the same, and free
CREATE FUNCTION public.suppress() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RETURN CASE WHEN NEW.type = 'Dropped' THEN NULL ELSE NEW END;
END $$;
CREATE TRIGGER suppress BEFORE INSERT ON messages
	FOR EACH ROW EXECUTE FUNCTION public.suppress();
SELECT write_message(NULL, 't-2', 'Kept', '{}');
SELECT write_message(NULL, 't-2', 'Dropped', '{}');
SELECT write_message(NULL, 't-2', 'Kept', '{}', NULL, 0);
SELECT position, type FROM get_stream_messages('t-2');
DROP TRIGGER suppress ON messages;

-- one that moves the message to another stream
CREATE FUNCTION public.move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.stream_name := NEW.stream_name || '+moved';
	RETURN NEW;
END $$;
CREATE TRIGGER move BEFORE INSERT ON messages
	FOR EACH ROW EXECUTE FUNCTION public.move();
SELECT write_message(NULL, 't-3', 'T', '{}');
SELECT stream_version('t-3'), stream_version('t-3+moved');
DROP TRIGGER move ON messages;

-- AFTER triggers see the row; an error in one undoes the write
CREATE TABLE public.log (entry text);
CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO public.log
	SELECT tg_when || ' ' || tg_level || ' ' || count(*) FROM message_store.messages
	WHERE stream_name = 't-4';
	IF tg_level = 'ROW' AND NEW.type = 'Bad' THEN
		RAISE EXCEPTION 'no bad messages';
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER note_row AFTER INSERT ON messages
	FOR EACH ROW EXECUTE FUNCTION public.note();
CREATE TRIGGER note_statement AFTER INSERT ON messages
	FOR EACH STATEMENT EXECUTE FUNCTION public.note();
SELECT write_message(NULL, 't-4', 'T', '{}');
SELECT write_message(NULL, 't-4', 'Bad', '{}');
SELECT write_message(NULL, 't-4', 'T', '{}', NULL, 0);
TABLE public.log;
DROP TRIGGER note_row ON messages;
DROP TRIGGER note_statement ON messages;

-- a deferred constraint trigger speaks at COMMIT
CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'refused at commit';
END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON messages
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.refuse();
BEGIN;
SELECT write_message(NULL, 't-5', 'T', '{}');
COMMIT;
SELECT stream_version('t-5') IS NULL AS gone;
DROP TRIGGER refuse ON messages;

-- a transition table has the row
CREATE FUNCTION public.count_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE '% new', (SELECT count(*) FROM fresh);
	RETURN NULL;
END $$;
CREATE TRIGGER count_new AFTER INSERT ON messages REFERENCING NEW TABLE AS fresh
	FOR EACH STATEMENT EXECUTE FUNCTION public.count_new();
SELECT write_message(NULL, 't-6', 'T', '{}');
DROP TRIGGER count_new ON messages;

-- a trigger that itself writes a message, of another and of the same category
CREATE FUNCTION public.echo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.type = 'Call' THEN
		PERFORM message_store.write_message(NULL, 'echo-1', 'Echo', '{}');
		PERFORM message_store.write_message(NULL, NEW.stream_name, 'Echo', '{}');
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER echo AFTER INSERT ON messages
	FOR EACH ROW EXECUTE FUNCTION public.echo();
SELECT write_message(NULL, 't-7', 'Call', '{}');
SELECT position, type FROM get_stream_messages('t-7');
SELECT write_message(NULL, 't-7', 'Call', '{}', NULL, 1);
SELECT stream_name, position, type FROM get_category_messages('echo');
DROP TRIGGER echo ON messages;

-- triggers that are off in this session, and always
SET session_replication_role = replica;
CREATE TRIGGER refuse BEFORE INSERT ON messages
	FOR EACH ROW EXECUTE FUNCTION public.refuse();
SELECT write_message(NULL, 't-8', 'T', '{}');
RESET session_replication_role;
SELECT write_message(NULL, 't-8', 'T', '{}');
DROP TRIGGER refuse ON messages;
SELECT write_message(NULL, 't-8', 'T', '{}');

-- a rule instead of the INSERT: the position is returned all the same
\c -
SET search_path = message_store, public;
CREATE RULE none AS ON INSERT TO messages DO INSTEAD NOTHING;
SELECT write_message(NULL, 't-9', 'T', '{}');
SELECT stream_version('t-9') IS NULL AS nothing;
-- and when it is gone messages are stored again, in the same session too
DROP RULE none ON messages;
SELECT write_message(NULL, 't-9', 'T', '{}');
SELECT stream_version('t-9');
-- a rule in addition to it
CREATE RULE also AS ON INSERT TO messages
	DO ALSO INSERT INTO public.log VALUES ('also ' || NEW.type);
SELECT write_message(NULL, 't-9', 'T', '{}');
SELECT * FROM public.log WHERE entry LIKE 'also%';
DROP RULE also ON messages;

DROP TABLE public.log;
DROP FUNCTION public.change, public.suppress, public.move, public.note,
	public.refuse, public.count_new, public.echo;
