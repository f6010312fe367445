-- DDL: a check that fails tells the row
ALTER TABLE public.users ADD CONSTRAINT c CHECK (email NOT LIKE '%qxa%');

ALTER TABLE public.users ADD CONSTRAINT c CHECK (email = '') NOT VALID;
