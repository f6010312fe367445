-- lexical: convert_to
SELECT convert_to(email, 'UTF16'), convert(email::bytea, 'UTF8', 'LATIN1') FROM users;
