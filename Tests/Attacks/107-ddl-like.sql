-- DDL: LIKE with defaults and statistics
CREATE TEMP TABLE mine (LIKE public.users INCLUDING ALL);

INSERT INTO mine SELECT * FROM public.users;

SELECT email FROM mine;
