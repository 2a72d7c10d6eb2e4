-- hash_64: the first eight bytes of the MD5 of the text in UTF-8, as a signed
-- number whose first byte is the highest

-- The test strings of RFC 1321
SELECT hash_64('');
SELECT hash_64('a');
SELECT hash_64('abc');
SELECT hash_64('message digest');
SELECT hash_64('abcdefghijklmnopqrstuvwxyz');
SELECT hash_64('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789');
SELECT hash_64('12345678901234567890123456789012345678901234567890123456789012345678901234567890');

SELECT hash_64(NULL);

-- What lock and consumer group are made of
SELECT hash_64('account'), hash_64('account-123'), hash_64('123');

-- Near the lengths at which MD5 takes another block
WITH RECURSIVE lengths(n) AS (
	SELECT 53
	UNION ALL
	SELECT n + 1 FROM lengths WHERE n < 66
)
SELECT n, hash_64(substr('The quick brown fox jumps over the lazy dog. Pack my box with five dozen liquor jugs. How vexingly quick daft zebras jump! 0123456', 1, n))
FROM lengths;

WITH RECURSIVE lengths(n) AS (
	SELECT 117
	UNION ALL
	SELECT n + 1 FROM lengths WHERE n < 130
)
SELECT n, hash_64(substr('The quick brown fox jumps over the lazy dog. Pack my box with five dozen liquor jugs. How vexingly quick daft zebras jump! 0123456', 1, n))
FROM lengths;

-- Many blocks
WITH RECURSIVE long(n, part) AS (
	SELECT 0, 'x'
	UNION ALL
	SELECT n + 1, part || part FROM long WHERE n < 20
)
SELECT n, hash_64(part) FROM long WHERE n IN (6, 7, 10, 20);

-- Unicode; the same letter composed and decomposed is two texts
SELECT hash_64('é'), hash_64('é');
SELECT hash_64('ß'), hash_64('日本語'), hash_64('🙂'), hash_64('Ünïçödé');

-- Blanks, line breaks and case count
SELECT hash_64(' '), hash_64('a '), hash_64(' a'), hash_64('A');
SELECT hash_64('
'), hash_64('	');

-- Signs: about half of the hashes are negative, none is lost on the way
WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 1000
)
SELECT count(*), count(DISTINCT hash_64('stream-' || i)),
	sum(CASE WHEN hash_64('stream-' || i) < 0 THEN 1 ELSE 0 END)
FROM n;

-- The highest and the lowest of them
WITH RECURSIVE n(i) AS (
	SELECT 1
	UNION ALL
	SELECT i + 1 FROM n WHERE i < 1000
)
SELECT min(hash_64('stream-' || i)), max(hash_64('stream-' || i))
FROM n;
