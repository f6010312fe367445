-- session: an empty path, and names that need quotes
SET search_path = '';

SELECT email FROM users;

SELECT email FROM public.users WHERE id = 1;

SET search_path = 'public, app';

SELECT email FROM users WHERE id = 1;

SET search_path = "$user", public, "$user";

SELECT email FROM users WHERE id = 1;
