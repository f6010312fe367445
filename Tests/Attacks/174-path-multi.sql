-- session: path and read in one message
SET search_path = app; SELECT max(email) FROM users; SET search_path = public; SELECT email FROM users;
