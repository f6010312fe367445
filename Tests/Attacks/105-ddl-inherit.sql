-- DDL: inheritance
CREATE TEMP TABLE child () INHERITS (public.users);

SELECT email FROM child;

CREATE TEMP TABLE parent (email text);

ALTER TABLE public.users INHERIT parent;

SELECT email FROM parent;
