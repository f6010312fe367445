-- functions: statements that contain the value
SELECT current_query(), count(*) FROM users WHERE email = 'x';

SELECT query FROM pg_stat_activity WHERE query LIKE '%canaryqxa%' AND pid <> pg_backend_pid();
