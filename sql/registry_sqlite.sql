-- registry_sqlite.sql
--	  Which namespaces a SQLite store has, besides the default one, and the
--	  files that they stand in.
--
-- It is created in the main database with the first such namespace.  file is
-- what follows the main file's name.  AUTOINCREMENT: an id, and so the name of
-- a file, is never used twice.
--
-- A row without a name is of a deleted namespace whose file may still be
-- there; former_name is set as long as the file may not know its new name.

CREATE TABLE IF NOT EXISTS main.message_db_namespaces (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	name TEXT UNIQUE,
	former_name TEXT,
	file TEXT NOT NULL,
	schema_version INTEGER NOT NULL,
	last_error TEXT,
	last_error_at TEXT
);
