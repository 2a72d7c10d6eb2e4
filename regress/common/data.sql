-- Data and metadata are JSON. Both databases keep and return one form of it,
-- the text of PostgreSQL's jsonb.

-- Keys are ordered by length, then by bytes; one blank after colon and comma
SELECT write_message(NULL, 'order-1', 'T', '{"b":1,"a":2,"ccc":3,"aa":4}');
SELECT write_message(NULL, 'order-1', 'T', '  {  "b" :1 ,
	"a"	: [1,2 , 3]  }  ');
SELECT write_message(NULL, 'order-1', 'T', '{"aa":1,"B":2,"b":3,"_":4,"":5,"é":6,"zz":7,"日":8,"10":9,"9":0}');
SELECT write_message(NULL, 'order-1', 'T', '{"z":{"y":{"bb":1,"a":[{"d":1,"c":2}]}},"x":[]}');
SELECT write_message(NULL, 'order-1', 'T', '{"a": 1, "b": 2, "c": 3}');

-- Of equal keys the last one counts, also when they are spelled differently
SELECT write_message(NULL, 'order-1', 'T', '{"a":1,"b":2,"a":3}');
SELECT write_message(NULL, 'order-1', 'T', '{"a":{"x":1},"a":{"y":2}}');
SELECT write_message(NULL, 'order-1', 'T', '{"a":1,"\u0061":2}');
SELECT write_message(NULL, 'order-1', 'T', '{"":1,"":2,"b":1,"bb":0,"b":[1,2,1]}');

SELECT position, data FROM get_stream_messages('order-1');

-- Any JSON value is data
SELECT write_message(NULL, 'value-1', 'T', '{}');
SELECT write_message(NULL, 'value-1', 'T', '[]');
SELECT write_message(NULL, 'value-1', 'T', '""');
SELECT write_message(NULL, 'value-1', 'T', '0');
SELECT write_message(NULL, 'value-1', 'T', 'null');
SELECT write_message(NULL, 'value-1', 'T', 'true');
SELECT write_message(NULL, 'value-1', 'T', ' false ');
SELECT write_message(NULL, 'value-1', 'T', '"text"');
SELECT write_message(NULL, 'value-1', 'T', '[ 1,"a",null,true,false,{ },[ ],[[]],{"a":{}} ]');
SELECT write_message(NULL, 'value-1', 'T', '[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]');
SELECT write_message(NULL, 'value-1', 'T', NULL);

SELECT position, data, CASE WHEN data IS NULL THEN 'no data' ELSE 'data' END
FROM get_stream_messages('value-1');

-- Numbers keep their digits and lose their exponent
SELECT write_message(NULL, 'number-1', 'T', '[0, -0, 0.0, -0.0, 0.00, 1, -1, 1.0, 1.50, 10, 100]');
SELECT write_message(NULL, 'number-1', 'T', '[1e0, 1e1, 1e2, 1E2, 1e+2, 1e-2, 1.5e1, 1.50e1, 1.25e1, -2e3, 12e-1]');
SELECT write_message(NULL, 'number-1', 'T', '[0e0, 0e5, 0e-5, 0.0e-2, -0e1, 0.000e2]');
SELECT write_message(NULL, 'number-1', 'T', '[9007199254740993, 9223372036854775808, 123456789012345678901234567890, -0.1234567890123456789012345678901234567890]');
SELECT write_message(NULL, 'number-1', 'T', '[1e20, 1.1e20, 1e-20, 1e30, 3.141592653589793238462643383279502884]');
SELECT write_message(NULL, 'number-1', 'T', '[0.1, 0.10, 0.100, 1.00e0, 100e-2, 10000e-4, 5e-324, 1e16]');

SELECT position, data FROM get_stream_messages('number-1');

-- Strings: escapes become characters, except where JSON needs them
SELECT write_message(NULL, 'string-1', 'T', '"\u0041\u00e9\u65e5\ud83d\ude42"');
SELECT write_message(NULL, 'string-1', 'T', '"\"\\\/\b\f\n\r\t"');
SELECT write_message(NULL, 'string-1', 'T', '"\u0022\u005c\u002f\u0008\u000c\u000a\u000d\u0009"');
SELECT write_message(NULL, 'string-1', 'T', '"\u0001\u001F\u007f\u0080\u2028\uFEFF\uFFFF"');
SELECT write_message(NULL, 'string-1', 'T', '"é ß 日本語 🙂 / '' < > & % $1 -- ; /* */"');
SELECT write_message(NULL, 'string-1', 'T', '{"\u00e9\n\"": "\ud83d\ude42", "tab\tkey": 1}');
SELECT write_message(NULL, 'string-1', 'T', '"\uD834\uDD1E \u0020"');

SELECT position, data FROM get_stream_messages('string-1');

-- Metadata are treated alike
SELECT write_message(NULL, 'meta-1', 'T', '{}', '{"b":1e1,"a":"\u0041","b":1.50}');
SELECT write_message(NULL, 'meta-1', 'T', '{}', ' [ ] ');
SELECT write_message(NULL, 'meta-1', 'T', '{}', 'null');
SELECT write_message(NULL, 'meta-1', 'T', '{}', NULL);
SELECT write_message(NULL, 'meta-1', 'T', '{}');

SELECT position, data, metadata FROM get_stream_messages('meta-1');

-- The table holds the same text as the readers return
SELECT count(*)
FROM messages JOIN get_category_messages('string') AS got ON got.global_position = messages.global_position
WHERE CAST(messages.data AS text) = got.data;

-- What is no JSON
SELECT write_message(NULL, 'bad-1', 'T', '');
SELECT write_message(NULL, 'bad-1', 'T', ' ');
SELECT write_message(NULL, 'bad-1', 'T', 'text');
SELECT write_message(NULL, 'bad-1', 'T', 'NULL');
SELECT write_message(NULL, 'bad-1', 'T', 'True');
SELECT write_message(NULL, 'bad-1', 'T', '{');
SELECT write_message(NULL, 'bad-1', 'T', '}');
SELECT write_message(NULL, 'bad-1', 'T', '[1,2');
SELECT write_message(NULL, 'bad-1', 'T', '[1,]');
SELECT write_message(NULL, 'bad-1', 'T', '[,1]');
SELECT write_message(NULL, 'bad-1', 'T', '{"a":1,}');
SELECT write_message(NULL, 'bad-1', 'T', '{"a"}');
SELECT write_message(NULL, 'bad-1', 'T', '{"a":}');
SELECT write_message(NULL, 'bad-1', 'T', '{a:1}');
SELECT write_message(NULL, 'bad-1', 'T', '{''a'':1}');
SELECT write_message(NULL, 'bad-1', 'T', '{1:1}');
SELECT write_message(NULL, 'bad-1', 'T', '{"a":1 "b":2}');
SELECT write_message(NULL, 'bad-1', 'T', '{} {}');
SELECT write_message(NULL, 'bad-1', 'T', '1 2');
SELECT write_message(NULL, 'bad-1', 'T', '01');
SELECT write_message(NULL, 'bad-1', 'T', '+1');
SELECT write_message(NULL, 'bad-1', 'T', '.5');
SELECT write_message(NULL, 'bad-1', 'T', '5.');
SELECT write_message(NULL, 'bad-1', 'T', '1e');
SELECT write_message(NULL, 'bad-1', 'T', '-');
SELECT write_message(NULL, 'bad-1', 'T', '0x10');
SELECT write_message(NULL, 'bad-1', 'T', 'NaN');
SELECT write_message(NULL, 'bad-1', 'T', 'Infinity');
SELECT write_message(NULL, 'bad-1', 'T', '"abc');
SELECT write_message(NULL, 'bad-1', 'T', '"\x"');
SELECT write_message(NULL, 'bad-1', 'T', '"\u12g4"');
SELECT write_message(NULL, 'bad-1', 'T', '"tab	in a string"');
SELECT write_message(NULL, 'bad-1', 'T', '"line
break"');
SELECT write_message(NULL, 'bad-1', 'T', '{} // comment');
SELECT write_message(NULL, 'bad-1', 'T', '/* comment */ {}');
SELECT write_message(NULL, 'bad-1', 'T', ' {}');
SELECT write_message(NULL, 'bad-1', 'T', '﻿{}');
SELECT write_message(NULL, 'bad-1', 'T', '{}', '{');
SELECT write_message(NULL, 'bad-1', 'T', '{}', '');

-- Half a pair of surrogates, and the one character that text cannot hold
SELECT write_message(NULL, 'bad-1', 'T', '"\ud83d"');
SELECT write_message(NULL, 'bad-1', 'T', '"\ude42"');
SELECT write_message(NULL, 'bad-1', 'T', '"\ud83d\ud83d"');
SELECT write_message(NULL, 'bad-1', 'T', '"\ude42\ud83d"');
SELECT write_message(NULL, 'bad-1', 'T', '"\ud83dx"');
SELECT write_message(NULL, 'bad-1', 'T', '"\u0000"');
SELECT write_message(NULL, 'bad-1', 'T', '{"\u0000": 1}');

-- Numbers beyond 131072 digits before and 16383 after the point
SELECT write_message(NULL, 'bad-1', 'T', '1e131072');
SELECT write_message(NULL, 'bad-1', 'T', '[-1e999999]');
SELECT write_message(NULL, 'bad-1', 'T', '1e2147483648');
SELECT write_message(NULL, 'limit-1', 'T', '1e131071');
SELECT write_message(NULL, 'limit-1', 'T', '1e-16383');
SELECT length(data), substr(data, 1, 5) FROM get_stream_messages('limit-1');

-- JSON is looked at before everything else
SELECT write_message('bad', 'order-1', NULL, '{', NULL, 99);

SELECT count(*) FROM messages WHERE stream_name = 'bad-1';
