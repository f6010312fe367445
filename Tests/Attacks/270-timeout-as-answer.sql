-- inference: a timeout as the answer
SET statement_timeout = '200ms';

SELECT CASE WHEN email LIKE '%qxa%' THEN pg_sleep(2)::text ELSE 'no' END FROM users WHERE id = 1;

SELECT count(*) FROM users, generate_series(1, CASE WHEN users.card < '40072' THEN 100000 ELSE 1 END) WHERE id = 1;

RESET statement_timeout;
