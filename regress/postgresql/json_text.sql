-- What a reader returns as data and metadata is the text that the server makes
-- of the same jsonb, byte for byte.
\set ECHO none
CREATE EXTENSION IF NOT EXISTS message_db;
SET search_path = message_store, public;
\set ECHO all

CREATE TABLE public.documents (number serial, document jsonb);
INSERT INTO public.documents (document) VALUES
	('null'), ('true'), ('false'), ('0'), ('-1.50'), ('1e20'), ('1e-30'), ('"text"'), ('""'), ('[]'), ('{}'),
	('[[]]'), ('[{}]'), ('{"": ""}'), ('{"a": {}}'), ('{"a": []}'), ('[null, true, false, 1, "a", [], {}]'),
	('{"b": 1, "a": 2, "aa": 3, "c": {"d": [1, {"e": null}]}}'),
	('"\" \\ / \b \f \n \r \t \u0001 \u001f \u007f \u00e9 \u20ac"'),
	('"\ud83d\ude00 7 bytes\" and more than eight\\"'),
	('{"key \"with\" \\ \u0002": "12345678\"", "12345678": "1234567\\"}');
-- every character below 128, at every place of a word of eight, and around it
INSERT INTO public.documents (document)
	SELECT to_jsonb(repeat('x', before) || chr(code) || repeat('y', after))
	FROM generate_series(1, 127) AS code, generate_series(0, 9) AS before, generate_series(0, 9) AS after;
-- containers with more elements than one stride of stored offsets
INSERT INTO public.documents (document)
	SELECT jsonb_build_object('list', jsonb_agg(i), 'texts', jsonb_agg(repeat('z', i % 7)),
		'objects', jsonb_agg(jsonb_build_object('k' || i, i, 'n', jsonb_build_array(i, 'v', i::numeric / 7))),
		'object', jsonb_object_agg('key ' || i, CASE i % 4 WHEN 0 THEN '"s"' WHEN 1 THEN '1.25' WHEN 2 THEN 'null' ELSE '[1, {"a": true}]' END::jsonb))
	FROM generate_series(1, 200) AS size, generate_series(1, size) AS i GROUP BY size;
-- large, compressed or out of line
INSERT INTO public.documents (document)
	SELECT to_jsonb(string_agg(CASE WHEN compressible THEN 'x' ELSE md5(i::text) END, '"'))
	FROM (VALUES (true), (false)) AS c (compressible), generate_series(1, 10000) AS i GROUP BY compressible;
SELECT count(*) FROM public.documents;

SELECT count(*) AS written FROM (
	SELECT write_message(NULL, 'document-' || number, 'T', document, document) FROM public.documents ORDER BY number) AS w;
SELECT count(*) AS equal FROM get_category_messages('document', 1, -1) AS m
	JOIN public.documents AS d ON 'document-' || d.number = m.stream_name
WHERE m.data = d.document::text AND m.metadata = d.document::text;
