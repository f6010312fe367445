-- DDL: policies see rows
CREATE POLICY p ON public.users USING (email IS NOT NULL);

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
