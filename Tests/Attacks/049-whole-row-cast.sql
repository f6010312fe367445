-- whole rows: cast to the other table's type
SELECT (u::text)::app.users FROM users u;

SELECT NULL::public.users, (SELECT u FROM users u LIMIT 1)::public.users;
