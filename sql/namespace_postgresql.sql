-- namespace_postgresql.sql
--	  The table, indexes and views of a namespace in PostgreSQL.
--
-- The extension runs this text at the first write, or when create_namespace()
-- is called, with the namespace's quoted schema name in place of @namespace@
-- and search_path set to pg_catalog.  The objects belong to the caller, not
-- to the extension, and use nothing of the extension: they outlive it, and
-- serve tools that know nothing of it.
--
-- The columns, their order and the names of the indexes are Message DB's.
-- Text that is indexed has collation "C", so that no library update of the
-- operating system can put an index out of order.

CREATE TABLE @namespace@.messages (
	global_position bigserial NOT NULL,
	position bigint NOT NULL,
	time timestamp without time zone NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	stream_name text COLLATE "C" NOT NULL,
	type text COLLATE "C" NOT NULL,
	data jsonb,
	metadata jsonb,
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	CONSTRAINT messages_pkey PRIMARY KEY (global_position)
);

CREATE UNIQUE INDEX messages_id ON @namespace@.messages (id);

CREATE UNIQUE INDEX messages_stream ON @namespace@.messages
	(stream_name, position);

CREATE INDEX messages_category ON @namespace@.messages (
	split_part(stream_name, '-', 1),
	global_position,
	split_part(metadata ->> 'correlationStreamName', '-', 1) COLLATE "C"
);

CREATE VIEW @namespace@.stream_summary AS
	SELECT
		stream_name,
		count(*) AS message_count,
		round(count(*) * 100 / sum(count(*)) OVER (), 2) AS percent
	FROM @namespace@.messages
	GROUP BY stream_name
	ORDER BY stream_name;

CREATE VIEW @namespace@.type_summary AS
	SELECT
		type,
		count(*) AS message_count,
		round(count(*) * 100 / sum(count(*)) OVER (), 2) AS percent
	FROM @namespace@.messages
	GROUP BY type
	ORDER BY type;

CREATE VIEW @namespace@.stream_type_summary AS
	SELECT
		stream_name,
		type,
		count(*) AS message_count,
		round(count(*) * 100 / sum(count(*)) OVER (), 2) AS percent
	FROM @namespace@.messages
	GROUP BY stream_name, type
	ORDER BY stream_name, type;

CREATE VIEW @namespace@.type_stream_summary AS
	SELECT
		type,
		stream_name,
		count(*) AS message_count,
		round(count(*) * 100 / sum(count(*)) OVER (), 2) AS percent
	FROM @namespace@.messages
	GROUP BY type, stream_name
	ORDER BY type, stream_name;

CREATE VIEW @namespace@.category_type_summary AS
	SELECT
		split_part(stream_name, '-', 1)::varchar AS category,
		type,
		count(*) AS message_count,
		round(count(*) * 100 / sum(count(*)) OVER (), 2) AS percent
	FROM @namespace@.messages
	GROUP BY split_part(stream_name, '-', 1), type
	ORDER BY split_part(stream_name, '-', 1), type;

CREATE VIEW @namespace@.type_category_summary AS
	SELECT
		type,
		split_part(stream_name, '-', 1)::varchar AS category,
		count(*) AS message_count,
		round(count(*) * 100 / sum(count(*)) OVER (), 2) AS percent
	FROM @namespace@.messages
	GROUP BY type, split_part(stream_name, '-', 1)
	ORDER BY type, split_part(stream_name, '-', 1);

COMMENT ON TABLE @namespace@.messages IS
	'The messages of a message store, see the extension message_db';
COMMENT ON VIEW @namespace@.stream_summary IS
	'Messages a stream, and their share of all in percent';
COMMENT ON VIEW @namespace@.type_summary IS
	'Messages a type, and their share of all in percent';
COMMENT ON VIEW @namespace@.stream_type_summary IS
	'Messages a stream and type, and their share of all in percent';
COMMENT ON VIEW @namespace@.type_stream_summary IS
	'Messages a type and stream, and their share of all in percent';
COMMENT ON VIEW @namespace@.category_type_summary IS
	'Messages a category and type, and their share of all in percent';
COMMENT ON VIEW @namespace@.type_category_summary IS
	'Messages a type and category, and their share of all in percent';
