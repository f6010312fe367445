-- DDL: labels by comment
COMMENT ON COLUMN public.users.email IS 'mask: none';

COMMENT ON TABLE public.users IS '';

SELECT email FROM users;
