-- functions: that return sets
SELECT g, g * 2 FROM generate_series(1, 3) g;

SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) WITH ORDINALITY AS t (n, s, i);

SELECT * FROM json_to_recordset('[{"a":1,"b":"x"},{"a":2,"b":"y"}]') AS x (a int, b text);

SELECT * FROM ROWS FROM (generate_series(1, 2), generate_series(5, 7)) AS t (a, b);
