-- initialize.sql
--	  Sets up message_db in a database, however many do so at once.
--
--		psql --set=ON_ERROR_STOP=1 --file=initialize.sql
--
-- CREATE EXTENSION IF NOT EXISTS fails in one of two sessions that run it at
-- the same moment; the lock makes them take turns.  Every service can run this
-- when it starts.  What is there already is left as it is.

BEGIN;
SELECT pg_catalog.pg_advisory_xact_lock(7810183640134184297);
CREATE EXTENSION IF NOT EXISTS message_db;
SELECT message_store.ensure_namespace();
COMMIT;

CALL message_store.migrate_namespaces();
