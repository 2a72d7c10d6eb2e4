-- namespace_sqlite.sql
--	  The table, indexes and views of a namespace in SQLite.
--
-- The extension runs this text at the first write, or when create_namespace()
-- is called, with the quoted name of the namespace's database in place of
-- @namespace@.  It uses built-in functions only, so that any program can
-- open, read and write the database without the extension.
--
-- The columns, their order and the names of the indexes are Message DB's.
-- AUTOINCREMENT: a global position is never used twice.
--
-- messages_category names the global position although every index ends with
-- the primary key.  Without it ANALYZE of a store with one category gives the
-- index a bad name, and SQLite 3.43 to 3.45 would then sort all of the category
-- for every read.
--
-- The category of a stream is what stands before the first '-'.  Who wants an
-- index used in a query by hand writes the expression as it stands here.
--
-- Percentages are rounded in integers, half up, as PostgreSQL rounds numeric.

CREATE TABLE @namespace@.messages (
	global_position INTEGER PRIMARY KEY AUTOINCREMENT,
	position INTEGER NOT NULL,
	time TEXT NOT NULL DEFAULT (
		rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.')),
	stream_name TEXT NOT NULL,
	type TEXT NOT NULL,
	data TEXT,
	metadata TEXT,
	id TEXT NOT NULL DEFAULT (lower(
		hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||
		substr(hex(randomblob(2)), 2) || '-' ||
		substr('89ab', 1 + (random() & 3), 1) ||
		substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))))
);

CREATE UNIQUE INDEX @namespace@.messages_id ON messages (id);

CREATE UNIQUE INDEX @namespace@.messages_stream ON messages
	(stream_name, position);

CREATE INDEX @namespace@.messages_category ON messages
	(substr(stream_name, 1, instr(stream_name || '-', '-') - 1), global_position);

CREATE VIEW @namespace@.stream_summary AS
	SELECT
		stream_name,
		message_count,
		(message_count * 20000 + total) / (2 * total) / 100.0 AS percent
	FROM
		(SELECT stream_name, count(*) AS message_count
			FROM messages GROUP BY stream_name),
		(SELECT count(*) AS total FROM messages)
	ORDER BY stream_name;

CREATE VIEW @namespace@.type_summary AS
	SELECT
		type,
		message_count,
		(message_count * 20000 + total) / (2 * total) / 100.0 AS percent
	FROM
		(SELECT type, count(*) AS message_count
			FROM messages GROUP BY type),
		(SELECT count(*) AS total FROM messages)
	ORDER BY type;

CREATE VIEW @namespace@.stream_type_summary AS
	SELECT
		stream_name,
		type,
		message_count,
		(message_count * 20000 + total) / (2 * total) / 100.0 AS percent
	FROM
		(SELECT stream_name, type, count(*) AS message_count
			FROM messages GROUP BY stream_name, type),
		(SELECT count(*) AS total FROM messages)
	ORDER BY stream_name, type;

CREATE VIEW @namespace@.type_stream_summary AS
	SELECT
		type,
		stream_name,
		message_count,
		percent
	FROM stream_type_summary
	ORDER BY type, stream_name;

CREATE VIEW @namespace@.category_type_summary AS
	SELECT
		category,
		type,
		message_count,
		(message_count * 20000 + total) / (2 * total) / 100.0 AS percent
	FROM
		(SELECT
			substr(stream_name, 1, instr(stream_name || '-', '-') - 1)
				AS category,
			type,
			count(*) AS message_count
			FROM messages GROUP BY 1, 2),
		(SELECT count(*) AS total FROM messages)
	ORDER BY category, type;

CREATE VIEW @namespace@.type_category_summary AS
	SELECT
		type,
		category,
		message_count,
		percent
	FROM category_type_summary
	ORDER BY type, category;
