-- functions: a definer function that is not granted
SELECT find_email(1);

SELECT public.find_email(id) FROM users;

GRANT EXECUTE ON FUNCTION public.find_email(integer) TO CURRENT_USER;

SELECT 'public.find_email'::regproc::oid::regproc, public.find_email(1);
