-- inference: a value as a row count
SELECT count(*) FROM users u, generate_series(1, length(replace(u.email, 'qxa', ''))) g;

SELECT g FROM generate_series(1, (SELECT extract(month FROM min(born))::int FROM users)) g;
