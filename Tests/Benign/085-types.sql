-- types and casts
SELECT '1 day'::interval, date '2024-02-29' + 1, '{"a": 1}'::jsonb -> 'a', '10.0.0.1'::inet, B'101', 1e3, 'f'::bool;

SELECT int4range(1, 5) @> 3, point(1, 2), '\x0102'::bytea;
