-- DDL: security labels
SECURITY LABEL ON COLUMN public.users.email IS 'free';
