-- Message ids: every spelling of a UUID that PostgreSQL takes, one comes back

SELECT write_message('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'id-1', 'T', '{}');
SELECT write_message('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A12', 'id-1', 'T', '{}');
SELECT write_message('{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a13}', 'id-1', 'T', '{}');
SELECT write_message('a0eebc999c0b4ef8bb6d6bb9bd380a14', 'id-1', 'T', '{}');
SELECT write_message('{A0eebc999c0b4ef8bb6d6bb9bd380a15}', 'id-1', 'T', '{}');
SELECT write_message('a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a16', 'id-1', 'T', '{}');
SELECT write_message('{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a17}', 'id-1', 'T', '{}');
SELECT write_message('a0eebc999c0b4ef8bb6d6bb9bd38-0A18', 'id-1', 'T', '{}');

-- Neither version nor variant is looked at
SELECT write_message('00000000-0000-0000-0000-000000000000', 'id-1', 'T', '{}');
SELECT write_message('FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', 'id-1', 'T', '{}');

SELECT position, id FROM messages WHERE stream_name = 'id-1' ORDER BY position;
SELECT position, id FROM get_stream_messages('id-1');

-- What is no UUID
SELECT write_message('', 'id-2', 'T', '{}');
SELECT write_message('1', 'id-2', 'T', '{}');
SELECT write_message('not-a-uuid', 'id-2', 'T', '{}');
SELECT write_message(' a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'id-2', 'T', '{}');
SELECT write_message('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 ', 'id-2', 'T', '{}');
SELECT write_message('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1', 'id-2', 'T', '{}');
SELECT write_message('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111', 'id-2', 'T', '{}');
SELECT write_message('g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'id-2', 'T', '{}');
SELECT write_message('{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'id-2', 'T', '{}');
SELECT write_message('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}', 'id-2', 'T', '{}');
SELECT write_message('{}', 'id-2', 'T', '{}');
SELECT write_message('(a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11)', 'id-2', 'T', '{}');
SELECT write_message('a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11', 'id-2', 'T', '{}');
SELECT write_message('-a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'id-2', 'T', '{}');
SELECT write_message('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-', 'id-2', 'T', '{}');
SELECT write_message('a0eeb-c999c0b4ef8bb6d6bb9bd380a11', 'id-2', 'T', '{}');
SELECT write_message('a0-eebc999c0b4ef8bb6d6bb9bd380a11', 'id-2', 'T', '{}');
SELECT write_message('urn:uuid:a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'id-2', 'T', '{}');
SELECT write_message('a0eebc99–9c0b–4ef8–bb6d–6bb9bd380a11', 'id-2', 'T', '{}');
SELECT write_message('a0eebc99_9c0b_4ef8_bb6d_6bb9bd380a11', 'id-2', 'T', '{}');
SELECT write_message('two
lines', 'id-2', 'T', '{}');
SELECT count(*) FROM messages WHERE stream_name = 'id-2';

-- An id is used once, in whatever spelling and stream
SELECT write_message('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'id-1', 'T', '{}');
SELECT write_message('A0EEBC999C0B4EF8BB6D6BB9BD380A11', 'other-1', 'T', '{}');
SELECT write_message('{00000000-0000-0000-0000-000000000000}', 'other-1', 'T', '{}', NULL, -1);
SELECT count(*) FROM messages;

-- The version is wrong before the id is used already
SELECT write_message('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'other-1', 'T', '{}', NULL, 0);

-- An id whose message was removed is free
DELETE FROM messages WHERE stream_name = 'id-1' AND position = 9;
SELECT write_message('ffffffff-ffff-ffff-ffff-ffffffffffff', 'other-1', 'T', '{}');

-- Without an id one of version 7 is made
WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 200
)
SELECT count(write_message(NULL, 'made-1', 'T', '{}')) FROM n;

SELECT length(id), substr(id, 9, 1), substr(id, 14, 1), substr(id, 15, 1), substr(id, 19, 1), substr(id, 24, 1),
	CASE WHEN substr(id, 20, 1) IN ('8', '9', 'a', 'b') THEN 'variant' ELSE id END, count(DISTINCT id)
FROM get_stream_messages('made-1')
GROUP BY 1, 2, 3, 4, 5, 6, 7;

SELECT count(*) FROM get_stream_messages('made-1') WHERE id = lower(id);

-- Each is above the one before
SELECT count(*)
FROM messages AS earlier
	JOIN messages AS later ON later.stream_name = earlier.stream_name AND later.position = earlier.position + 1
WHERE earlier.stream_name = 'made-1' AND later.id > earlier.id;

-- They begin with the time: the first two digits stay 01 until 2039, and three
-- days count one in the fifth
SELECT min(substr(id, 1, 2)), max(substr(id, 1, 2)), CASE WHEN count(DISTINCT substr(id, 1, 5)) < 3 THEN 'close in time' ELSE 'far apart' END
FROM get_stream_messages('made-1');
