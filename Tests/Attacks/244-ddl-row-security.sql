-- DDL: row-level security of the table
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;

SET row_security = off;

SELECT email FROM public.users;

CREATE POLICY p ON public.users TO PUBLIC USING (email LIKE 'c%');
