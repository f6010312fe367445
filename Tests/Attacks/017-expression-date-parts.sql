-- expressions: fields of a date
SELECT extract(doy FROM born), to_char(born, 'YYYY-MM-DD'), date_part('month', born), age(timestamp '2000-01-01', born) FROM users;

SELECT date_trunc('week', born), born + 1, born::text FROM users;
