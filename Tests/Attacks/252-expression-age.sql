-- expressions: distance between dates
SELECT born - date '1977-01-01', age(born), age(timestamp '2000-01-01', born), justify_days(timestamp '2000-01-01' - born) FROM users WHERE id = 1;

SELECT date_bin('1 day', born, date '1977-01-01'), isfinite(born), born::timestamptz AT TIME ZONE 'UTC+14' FROM users WHERE id = 1;

SELECT make_date(date_part('year', born)::int, date_part('month', born)::int, date_part('day', born)::int) FROM public.users WHERE id = 1;
