-- registration_sqlite.sql
--	  What a namespace says of itself, from schema version 2 on.
--
-- The extension runs this text after namespace_sqlite.sql, or alone on a
-- database of schema version 1, with the same placeholder.  It fills in the
-- column name, which PostgreSQL has not: by it a connection that has the file
-- attached notices that another has renamed the namespace.

CREATE TABLE @namespace@.message_db_namespace (
	schema_version INTEGER NOT NULL,
	description TEXT,
	metadata TEXT,
	created_at TEXT NOT NULL DEFAULT (
		rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.')),
	last_error TEXT,
	last_error_at TEXT,
	name TEXT
);

CREATE UNIQUE INDEX @namespace@.message_db_namespace_one_row
	ON message_db_namespace ((schema_version IS NOT NULL));

INSERT INTO @namespace@.message_db_namespace (schema_version) VALUES (2);
