-- Stream names: the category stands before the first dash, the id after it,
-- the cardinal id ends at the id's first plus.

SELECT category('account-123'), id('account-123'), cardinal_id('account-123');
SELECT category('account-123+456'), id('account-123+456'), cardinal_id('account-123+456');
SELECT CASE WHEN is_category('account') THEN 'category' ELSE 'stream' END;
SELECT CASE WHEN is_category('account-123') THEN 'category' ELSE 'stream' END;

-- Dashes and pluses in every place
WITH names(name) AS (
	VALUES ('account'), ('account-'), ('account--'), ('account-1-2'), ('-'), ('--'), ('---'),
		('-1'), ('--1'), ('-1-'), ('account-+'), ('account-+1'), ('account-1+'), ('account-1+2+3'),
		('account-1++2'), ('account-1+2-3'), ('account-1-2+3'), ('a+b'), ('a+b-c'), ('a+b-c+d'),
		('+'), ('+-'), ('-+'), ('++--++')
)
SELECT name, category(name), id(name), cardinal_id(name),
	CASE WHEN is_category(name) THEN 'category' ELSE 'stream' END
FROM names;

-- Types of a category are part of it
WITH names(name) AS (
	VALUES ('account:command-1'), ('account:command+position-1'), ('account:v0'), (':-:')
)
SELECT name, category(name), id(name), cardinal_id(name)
FROM names;

-- Nothing is empty by accident: an absent id is NULL, an empty one is not
SELECT '<' || category('') || '>', id(''), cardinal_id('');
SELECT '<' || category(' ') || '>', id(' '), cardinal_id(' ');
SELECT '<' || category(' - ') || '>', '<' || id(' - ') || '>', '<' || cardinal_id(' - ') || '>';
SELECT '<' || category('a-') || '>', '<' || id('a-') || '>', '<' || cardinal_id('a-') || '>';
SELECT '<' || category('a-+b') || '>', '<' || id('a-+b') || '>', '<' || cardinal_id('a-+b') || '>';
SELECT CASE WHEN is_category('') THEN 'category' ELSE 'stream' END;
SELECT CASE WHEN is_category('-') THEN 'category' ELSE 'stream' END;

-- NULL
SELECT category(NULL), id(NULL), cardinal_id(NULL);
SELECT CASE WHEN is_category(NULL) THEN 'category' ELSE 'stream' END;

-- Any character is welcome; only the ASCII dash and plus separate
WITH names(name) AS (
	VALUES ('Ünïçödé-čárá+ß'), ('日本-語+漢'), ('🙂-🙃+🙄'), ('en–dash–1'), ('em—dash'), ('minus−1'),
		('soft­hyphen'), ('full＋width－1'), ('é-é')
)
SELECT name, category(name), id(name), cardinal_id(name),
	CASE WHEN is_category(name) THEN 'category' ELSE 'stream' END
FROM names;

WITH names(name) AS (
	VALUES ('it''s-o''clock'), ('say "hi"-"there"'), ('100%-%s+%d'), ('back\slash-\n+\t'),
		('a_b%-c_d%'), ('a,b;c-d,e;f'), ('$1-$2+$3'), ('{"a": 1}-[2]+3'), ('DROP TABLE messages;--')
)
SELECT name, category(name), id(name), cardinal_id(name),
	CASE WHEN is_category(name) THEN 'category' ELSE 'stream' END
FROM names;

SELECT category('two
lines-an
id+in
three'), '<' || id('two
lines-an
id+in
three') || '>', '<' || cardinal_id('two
lines-an
id+in
three') || '>';

-- Upper and lower case differ, blanks stay
SELECT '<' || category(' Account -1') || '>', '<' || id('a- 1 ') || '>', '<' || cardinal_id('a- 1 + 2') || '>';

-- Long names
WITH RECURSIVE long(n, part) AS (
	SELECT 0, 'x'
	UNION ALL
	SELECT n + 1, part || part FROM long WHERE n < 16
)
SELECT length(category(part || '-1')), id(part || '-1'), length(id('a-' || part)),
	length(cardinal_id('a-' || part || '+' || part)),
	CASE WHEN is_category(part) THEN 'category' ELSE 'stream' END
FROM long
WHERE n = 16;

-- The parts make up the whole
WITH names(name) AS (VALUES ('account-1+2'), ('-'), ('a-'), ('-b'), ('a-b-c'), ('ä-ö'))
SELECT count(*) FROM names WHERE category(name) || '-' || id(name) = name;

-- They can be used like any other function
WITH names(name) AS (VALUES ('b-2'), ('a-1'), ('b-1'), ('c'), ('a-3'))
SELECT category(name), count(*), max(id(name))
FROM names
GROUP BY category(name)
ORDER BY category(name);
