-- projection: the column itself
SELECT email FROM users;

SELECT card, ssn, born FROM public.users;
