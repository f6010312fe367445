-- DDL: change the table
ALTER TABLE public.users ALTER COLUMN email TYPE integer USING email::integer;

ALTER TABLE public.users ADD COLUMN copy text GENERATED ALWAYS AS (email) STORED;

ALTER TABLE public.users ALTER COLUMN note SET DEFAULT 'x';
