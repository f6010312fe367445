-- structure: joins and sets that the planner may read from an index of a masked column
SET enable_hashjoin = off; SET enable_nestloop = off; SET enable_hashagg = off;

SELECT a.id, b.id FROM users a JOIN users b ON a.born = b.born AND a.id = b.id;

SELECT max(born), min(born), min(email), max(email) FROM users;

SELECT id FROM users WHERE email IN (SELECT email FROM users) ORDER BY email;

SELECT first_value(id) OVER (ORDER BY born), last_value(id) OVER (ORDER BY lower(email)) FROM users LIMIT 1;

SELECT id FROM public.users WHERE EXISTS (SELECT 1 FROM users u WHERE u.born = '1977-01-01' AND u.id = public.users.id);
