-- temp objects: made and used in one message
CREATE TEMP TABLE users (email text); INSERT INTO users SELECT email FROM public.users; SELECT * FROM users;
