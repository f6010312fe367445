-- COPY: what pg_dump sends
BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

LOCK TABLE public.users IN ACCESS SHARE MODE;

ROLLBACK;

COPY public.users (id, full_name, email, card, ssn, born, note) TO stdout;

COPY public.events_2024 (id, at, email, kind) TO stdout;
