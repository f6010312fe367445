-- catalogue: the stored default of an added column
SELECT attmissingval FROM pg_attribute WHERE attrelid = 'public.users'::regclass;

SELECT prosrc FROM pg_proc WHERE proname = 'find_email';
