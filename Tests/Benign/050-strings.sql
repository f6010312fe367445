-- lexical: names inside strings stay
SELECT 'FROM users', $$public.users$$, E'\'users\'', "full_name" /* FROM users */ FROM users -- users
WHERE id = 1;
