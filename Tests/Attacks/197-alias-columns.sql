-- aliases: renamed columns
SELECT x FROM users AS u (a, b, x, y, z);

SELECT u.y, u.z FROM public.users u (a, b, x, y, z);
