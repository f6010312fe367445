-- VALUES and constants
VALUES (1, 'a'), (2, 'b');

SELECT * FROM (VALUES (1), (2)) AS users (id) ORDER BY id;

SELECT 1 + 1 AS two, now() IS NOT NULL, NULL, ARRAY[1, 2], ROW(1, 'x');
