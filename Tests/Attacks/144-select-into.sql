-- SELECT INTO
SELECT * INTO TEMP t FROM public.users;

SELECT email FROM t;
