--
-- Queries by hand with category() find the index, on our table and on one
-- that came from Message DB.
--
SET client_min_messages = warning;
DROP TABLE IF EXISTS message_store.messages, message_store.message_db_namespace CASCADE;
RESET client_min_messages;
SET search_path = message_store, public;
SELECT ensure_namespace();
SELECT count(write_message(NULL, 'p' || i % 10 || '-' || i, 'T', '{}')) FROM generate_series(1, 1000) i;
ANALYZE messages;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET max_parallel_workers_per_gather = 0;

EXPLAIN (COSTS OFF) SELECT * FROM messages
WHERE category(stream_name) = 'p1' AND global_position >= 100
ORDER BY global_position LIMIT 10;
EXPLAIN (COSTS OFF) SELECT * FROM messages
WHERE category(stream_name) = 'p1';
EXPLAIN (COSTS OFF) SELECT count(*) FROM messages
WHERE category(stream_name::varchar) IN ('p1', 'p2');
EXPLAIN (COSTS OFF) SELECT * FROM messages
WHERE split_part(stream_name, '-', 1) = 'p1';
EXPLAIN (COSTS OFF) SELECT * FROM messages
WHERE category(stream_name => stream_name) = 'p1';
PREPARE by_category(varchar) AS SELECT count(*) FROM messages WHERE category(stream_name) = $1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE by_category('p1');
EXECUTE by_category('p1');
RESET plan_cache_mode;
-- the same answer with and without the index
SELECT count(*) FROM messages WHERE category(stream_name) = 'p1';
SET enable_seqscan = on;
SET enable_indexscan = off;
SELECT count(*) FROM messages WHERE category(stream_name) = 'p1';
SET enable_indexscan = on;
SET enable_seqscan = off;
-- statistics of the index serve the estimate
CREATE FUNCTION public.estimate(query text) RETURNS float LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
	RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
END $$;
SELECT public.estimate($$SELECT * FROM messages WHERE category(stream_name) = 'p1'$$) AS rows;

-- the pure functions in parallel workers: the same answers
SET enable_seqscan = on;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
\set query 'SELECT count(*), sum(hash_64(stream_name)::numeric), max(cardinal_id(stream_name)), sum(consumer_group_member(stream_name, 5)), bool_or(is_category(stream_name)) FROM messages WHERE id(stream_name) > $$1$$'
EXPLAIN (COSTS OFF) :query;
:query;
SET max_parallel_workers_per_gather = 0;
:query;
SET enable_seqscan = off;

-- a table as Message DB makes it, with its index on category()
CREATE SCHEMA adopted;
CREATE TABLE adopted.messages (
	global_position bigserial PRIMARY KEY,
	position bigint NOT NULL,
	time timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	stream_name text NOT NULL,
	type text NOT NULL,
	data jsonb,
	metadata jsonb,
	id uuid NOT NULL DEFAULT gen_random_uuid()
);
CREATE INDEX messages_category ON adopted.messages (category(stream_name),
	global_position, category(metadata ->> 'correlationStreamName'));
INSERT INTO adopted.messages SELECT * FROM messages;
ANALYZE adopted.messages;
EXPLAIN (COSTS OFF) SELECT * FROM adopted.messages
WHERE category(stream_name) = 'p1' AND global_position >= 100
ORDER BY global_position LIMIT 10;
EXPLAIN (COSTS OFF) SELECT * FROM adopted.messages
WHERE split_part(stream_name, '-', 1) = 'p1';
EXPLAIN (COSTS OFF) SELECT * FROM adopted.messages
WHERE category(stream_name) = 'p1' AND category(metadata ->> 'correlationStreamName') = 'c';
SELECT count(*) FROM adopted.messages WHERE category(stream_name) = 'p1';
SELECT public.estimate($$SELECT * FROM adopted.messages WHERE category(stream_name) = 'p1'$$) AS rows;

-- what is no column is simplified as well, with the same answers
SELECT category(x), category(x) IS NULL
FROM (VALUES ('a-b-c'), ('a'), (''), ('-'), ('--x'), ('a-'), (NULL), (repeat('x', 3) || E'\n-y')) AS v (x);
EXPLAIN (VERBOSE, COSTS OFF) SELECT category(x) FROM (VALUES ('a-b'), ('c')) AS v (x);
EXPLAIN (VERBOSE, COSTS OFF) SELECT category('a-b');
SELECT pg_typeof(category(x)) FROM (VALUES ('a-b'), ('c')) AS v (x) LIMIT 1;
SELECT category(x COLLATE "C") < 'b' COLLATE "C" FROM (VALUES ('a-b'), ('c')) AS v (x);
SELECT category(x) COLLATE "C" < 'B' FROM (VALUES ('a-b'), ('c')) AS v (x);
CREATE VIEW public.by_category AS SELECT category(stream_name), count(*) FROM messages GROUP BY 1;
SELECT * FROM public.by_category ORDER BY 1 LIMIT 2;
DROP VIEW public.by_category;

SELECT category('abc-d'::varchar(3)), category('abc-d'::char(10)), category('abc-d'::text);
-- a collation that the simpler form does not take changes no answer
SELECT count(*) > 0 AS icu FROM pg_collation WHERE collprovider = 'i' \gset
\if :icu
CREATE COLLATION public.blind (provider = icu, locale = 'und', deterministic = false);
SELECT category(x COLLATE public.blind) FROM (VALUES ('a-b'), ('c')) AS v (x);
DROP COLLATION public.blind;
\endif

RESET enable_seqscan;
RESET enable_bitmapscan;
-- the readers themselves do not read the whole table
SELECT count(write_message(NULL, 'q-' || i, 'T', '{}')) FROM generate_series(1, 3) i;
CREATE VIEW public.scans AS
SELECT seq_scan, idx_scan, idx_tup_fetch + seq_tup_read AS rows
FROM pg_stat_xact_user_tables WHERE relid = 'messages'::regclass;
BEGIN;
CREATE TEMP TABLE before ON COMMIT DROP AS TABLE public.scans;
SELECT count(*) FROM get_category_messages('q');
SELECT count(*) FROM get_category_messages('q', 1, 1);
SELECT count(*) FROM get_category_messages('p1', 900, 2);
SELECT count(*) FROM get_stream_messages('q-1');
SELECT count(*) FROM get_last_stream_message('q-1');
SELECT stream_version('q-1');
SELECT s.seq_scan - b.seq_scan AS whole_scans, s.idx_scan - b.idx_scan AS index_scans,
	s.rows - b.rows < 20 AS few_rows
FROM public.scans s, before b;
COMMIT;

-- listing skips from stream to stream, whatever is in them (EventoDB read all)
SELECT count(write_message(NULL, 'r-' || i % 2, 'T', '{}')) FROM generate_series(1, 10000) i;
BEGIN;
CREATE TEMP TABLE before ON COMMIT DROP AS
SELECT *, pg_stat_get_xact_tuples_returned('messages_stream'::regclass) AS entries FROM public.scans;
SELECT stream_name, version, messages FROM list_streams('r');
SELECT stream_name FROM list_streams('', 2, 'p9-99');
SELECT s.seq_scan - b.seq_scan AS whole_scans, s.rows - b.rows < 20 AS few_rows,
	pg_stat_get_xact_tuples_returned('messages_stream'::regclass) - entries < 40 AS few_entries
FROM public.scans s, before b;
SELECT count(*), sum(messages) FROM list_categories();
SELECT s.seq_scan - b.seq_scan AS whole_scans,
	pg_stat_get_xact_tuples_returned('messages_stream'::regclass) - entries < 5 * 1005 AS few_entries
FROM public.scans s, before b;
COMMIT;

DROP VIEW public.scans;
SET client_min_messages = warning;
DROP SCHEMA adopted CASCADE;
DROP FUNCTION public.estimate;
