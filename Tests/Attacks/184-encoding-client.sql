-- session: an encoding that swallows a quote
SET client_encoding = 'SJIS';

SELECT '表', email FROM users;

SET client_encoding = 'LATIN1';

SELECT email FROM public.users;
