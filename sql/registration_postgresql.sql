-- registration_postgresql.sql
--	  What a namespace says of itself, from schema version 2 on.
--
-- It runs after namespace_postgresql.sql, or alone on a namespace that has
-- Message DB's table, with the same placeholder and search_path.

CREATE TABLE @namespace@.message_db_namespace (
	schema_version integer NOT NULL,
	description text,
	metadata jsonb,
	created_at timestamp without time zone NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	last_error text,
	last_error_at timestamp without time zone
);

CREATE UNIQUE INDEX message_db_namespace_one_row
	ON @namespace@.message_db_namespace ((true));

INSERT INTO @namespace@.message_db_namespace (schema_version) VALUES (2);

-- Whoever migrates, it belongs to the owner of the messages, if that can be
-- done, and those who read the messages read it.
DO $$
DECLARE
	messages CONSTANT regclass := '@namespace@.messages';
	reader text;
BEGIN
	IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
		EXECUTE format('ALTER TABLE @namespace@.message_db_namespace OWNER TO %s',
			(SELECT relowner::regrole FROM pg_class WHERE oid = messages));
	END IF;
	FOR reader IN
		SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
		FROM pg_class AS c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a
		WHERE c.oid = messages AND a.privilege_type = 'SELECT' AND
			a.grantee::regrole::text <> quote_ident(current_user)
	LOOP
		EXECUTE format('GRANT SELECT ON @namespace@.message_db_namespace TO %s', reader);
	END LOOP;
END;
$$;

COMMENT ON TABLE @namespace@.message_db_namespace IS
	'One row: what the namespace of the extension message_db says of itself';
