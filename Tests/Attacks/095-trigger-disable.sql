-- DDL: switch triggers off
ALTER TABLE public.users DISABLE TRIGGER ALL;

SET session_replication_role = replica;
