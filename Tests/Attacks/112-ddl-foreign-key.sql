-- DDL: a foreign key asks whether a value exists
CREATE TEMP TABLE probe (email text REFERENCES public.users (email));

INSERT INTO probe VALUES ('canaryqxa001@example.com');
