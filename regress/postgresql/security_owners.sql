--
-- What the owner of a namespace has put there runs with his own rights when
-- others list, look and migrate: listings look into everybody's schemas, in
-- the name of whoever lists, often a superuser.
--
SET client_min_messages = warning;
DROP DATABASE IF EXISTS regress_owners;
DROP ROLE IF EXISTS regress_evil, regress_monitor;
RESET client_min_messages;
\set VERBOSITY terse
\set home :DBNAME
CREATE DATABASE regress_owners;
\c regress_owners
CREATE EXTENSION message_db;
CREATE ROLE regress_evil;
CREATE ROLE regress_monitor;
GRANT CREATE ON DATABASE regress_owners TO regress_evil;
GRANT USAGE ON SCHEMA message_store TO regress_evil, regress_monitor;
GRANT CREATE ON SCHEMA public TO regress_evil;
SELECT message_store.ensure_namespace();

-- Immutable, so that it stands wherever a function can, and the planner calls it.
SET ROLE regress_evil;
CREATE FUNCTION public.note(arg text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF current_user = 'regress_evil' THEN
		RAISE NOTICE '% runs as %', arg, current_user;
	ELSE
		RAISE WARNING '% runs as %', arg, current_user;
	END IF;
	RETURN arg;
END $$;
CREATE FUNCTION public.note_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM public.note('trigger');
	RETURN new;
END $$;
RESET ROLE;

-- What all who list do, as one who owns the database and as a plain role.
CREATE PROCEDURE public.look() LANGUAGE plpgsql AS $$
DECLARE
	listed text;
BEGIN
	SELECT string_agg(name, ' ') FROM message_store.list_namespaces() INTO listed;
	RAISE NOTICE 'as % listed: %', current_user, listed;
	PERFORM message_store.get_namespace('trap');
	PERFORM state FROM message_store.message_store_status();
	PERFORM message_store.registration_of('trap');
	PERFORM message_store.described_namespace('trap');
	SET LOCAL message_db.namespace = 'trap';
	PERFORM message_store.existing_namespace();
	PERFORM message_store.current_namespace();
	RESET message_db.namespace;
END $$;

-- The trap, set by its owner; then others come by.
CREATE PROCEDURE public.try(trap text) LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL client_min_messages = warning;
	DROP SCHEMA IF EXISTS trap CASCADE;
	SET LOCAL ROLE regress_evil;
	PERFORM message_store.create_namespace('trap');
	GRANT USAGE ON SCHEMA trap TO regress_monitor;
	EXECUTE trap;
	IF EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('trap.message_db_namespace') AND relkind = 'r') THEN
		UPDATE trap.message_db_namespace SET last_error = 'x';
	END IF;
	GRANT SELECT ON trap.message_db_namespace TO regress_monitor;
	RESET ROLE;
	SET LOCAL client_min_messages = notice;
	CALL public.look();
	SET LOCAL ROLE regress_monitor;
	CALL public.look();
	RESET ROLE;
END $$;

-- nothing special
CALL public.try('SELECT 1');
CALL message_store.migrate_namespaces();
-- extended statistics: the planner evaluates what is constant in them
CALL public.try($$CREATE STATISTICS trap.s ON (public.note('statistics') || description), last_error
	FROM trap.message_db_namespace$$);
CALL message_store.migrate_namespaces();
-- an index on an expression, and a partial one
CALL public.try($$CREATE INDEX ON trap.message_db_namespace ((public.note('index') || last_error))$$);
CALL message_store.migrate_namespaces();
CALL public.try($$CREATE INDEX ON trap.message_db_namespace (description) WHERE public.note('predicate') <> last_error$$);
CALL message_store.migrate_namespaces();
-- a generated column, and a check
CALL public.try($$ALTER TABLE trap.message_db_namespace
	ADD g text GENERATED ALWAYS AS (public.note('generated' || coalesce(last_error, ''))) STORED$$);
CALL message_store.migrate_namespaces();
CALL public.try($$ALTER TABLE trap.message_db_namespace ADD CHECK (public.note('check') > '')$$);
CALL message_store.migrate_namespaces();
-- triggers, before and after, of rows and statements; one that waits for the commit
CALL public.try($$CREATE TRIGGER t BEFORE UPDATE ON trap.message_db_namespace
	FOR EACH ROW EXECUTE FUNCTION public.note_trigger()$$);
CALL message_store.migrate_namespaces();
CALL public.try($$CREATE TRIGGER t AFTER UPDATE ON trap.message_db_namespace
	FOR EACH STATEMENT EXECUTE FUNCTION public.note_trigger()$$);
CALL message_store.migrate_namespaces();
CALL public.try($$CREATE CONSTRAINT TRIGGER t AFTER UPDATE ON trap.message_db_namespace
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.note_trigger();
	SET CONSTRAINTS ALL IMMEDIATE$$);
CALL message_store.migrate_namespaces();
-- rules
CALL public.try($$CREATE RULE r AS ON UPDATE TO trap.message_db_namespace DO ALSO SELECT public.note('rule')$$);
CALL message_store.migrate_namespaces();
-- row security: its rows are not listed to others
CALL public.try($$ALTER TABLE trap.message_db_namespace ENABLE ROW LEVEL SECURITY;
	CREATE POLICY p ON trap.message_db_namespace USING (public.note('policy') > '')$$);
CALL message_store.migrate_namespaces();
-- views, and tables that are none
CALL public.try($$DROP TABLE trap.message_db_namespace; CREATE VIEW trap.message_db_namespace AS
	SELECT 2 AS schema_version, public.note('view') AS description, NULL::jsonb AS metadata,
	now()::timestamp AS created_at, NULL::text AS last_error, NULL::timestamp AS last_error_at$$);
CALL message_store.migrate_namespaces();
CALL public.try($$DROP TABLE trap.message_db_namespace; CREATE TABLE trap.message_db_namespace
	(schema_version int, description text, metadata jsonb, created_at timestamp, last_error text, last_error_at timestamp)
	PARTITION BY RANGE ((public.note('partition') || description))$$);
CALL message_store.migrate_namespaces();
-- a partition of a table that is partitioned by a function
CALL public.try($$DROP TABLE trap.message_db_namespace; CREATE TABLE trap.parent
	(schema_version int, description text, metadata jsonb, created_at timestamp, last_error text, last_error_at timestamp)
	PARTITION BY LIST ((public.note('partition' || coalesce(description, ''))));
	CREATE TABLE trap.message_db_namespace PARTITION OF trap.parent FOR VALUES IN ('partition');
	INSERT INTO trap.message_db_namespace (schema_version) VALUES (2)$$);
CALL message_store.migrate_namespaces();
-- columns of other types, with casts of their owner's
CALL public.try($$CREATE TYPE public.mine AS ENUM ('x');
	CREATE FUNCTION public.to_text(public.mine) RETURNS text LANGUAGE sql AS 'SELECT public.note(''cast'')';
	CREATE CAST (public.mine AS text) WITH FUNCTION public.to_text(public.mine) AS IMPLICIT;
	ALTER TABLE trap.message_db_namespace DROP description, ADD description public.mine DEFAULT 'x'$$);
CALL message_store.migrate_namespaces();
-- a temporary table of another session's, and tables of pg_catalog's names
CREATE TEMP TABLE message_db_namespace (schema_version int);
CREATE TEMP TABLE messages (x int);
CALL public.try('CREATE VIEW trap.pg_class AS SELECT public.note(''pg_class'')');
CALL message_store.migrate_namespaces();
DROP TABLE pg_temp.message_db_namespace, pg_temp.messages;

-- Where Citus has the rows, a statement reads them, as the table's owner.
SET allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass);
GRANT SELECT ON pg_catalog.pg_dist_partition TO PUBLIC;
CALL public.try($$CREATE STATISTICS trap.s ON (public.note('statistics') || description), last_error
	FROM trap.message_db_namespace$$);
INSERT INTO pg_catalog.pg_dist_partition VALUES ('trap.message_db_namespace');
SET client_min_messages = warning;
SELECT name FROM message_store.list_namespaces();
CALL message_store.migrate_namespaces();
SELECT last_error IS NULL AS noted FROM message_store.registration_of('trap');
RESET client_min_messages;
DROP TABLE pg_catalog.pg_dist_partition;
RESET allow_system_table_mods;

-- The owner can leave nothing behind in the session that notes an outcome.
CREATE FUNCTION public.stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('message_db.namespace', 'trap', false);
	PERFORM set_config('search_path', 'trap', false);
	BEGIN
		RESET ROLE;
	EXCEPTION WHEN OTHERS THEN
		RAISE NOTICE '%', SQLERRM;
	END;
	BEGIN
		CREATE TEMP TABLE messages (x int);
	EXCEPTION WHEN OTHERS THEN
		RAISE NOTICE '%', SQLERRM;
	END;
	RETURN new;
END $$;
CALL public.try($$CREATE TRIGGER t BEFORE UPDATE ON trap.message_db_namespace
	FOR EACH ROW EXECUTE FUNCTION public.stay()$$);
-- (its owner's own UPDATE, above, was in this session)
RESET search_path;
RESET message_db.namespace;
CALL message_store.migrate_namespaces();
SHOW search_path;
SELECT message_store.current_namespace(), current_user = session_user AS myself;

-- Describing a namespace whose registration stood there before, by somebody else.
SET ROLE regress_evil;
DROP TABLE trap.messages CASCADE;
DROP TRIGGER t ON trap.message_db_namespace;
CREATE TRIGGER t BEFORE UPDATE ON trap.message_db_namespace
	FOR EACH ROW EXECUTE FUNCTION public.note_trigger();
RESET ROLE;
SELECT message_store.create_namespace('trap', 'described');
SELECT description FROM trap.message_db_namespace;

-- An UPDATE privilege is what it takes to note; the row's owner is no way round it.
CALL public.try('SELECT 1');
SET ROLE regress_monitor;
SELECT message_store.note_migration('trap', 'y');
RESET ROLE;
GRANT UPDATE ON trap.message_db_namespace TO regress_monitor;
SET ROLE regress_monitor;
SELECT message_store.note_migration('trap', 'y');
RESET ROLE;
SELECT last_error FROM trap.message_db_namespace;

\c :home
DROP DATABASE regress_owners;
DROP ROLE regress_evil, regress_monitor;
