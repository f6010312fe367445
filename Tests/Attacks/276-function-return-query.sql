-- functions: a set of the table's own rows
CREATE FUNCTION pg_temp.all_users() RETURNS SETOF public.users LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'SELECT * FROM public.users'; END $$;

SELECT email FROM pg_temp.all_users();

CREATE FUNCTION pg_temp.next_users() RETURNS TABLE (e text, c text) LANGUAGE sql AS 'SELECT email, card FROM users';

SELECT * FROM pg_temp.next_users();
