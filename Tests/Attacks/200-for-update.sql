-- row locks: on the base
SELECT * FROM users WHERE id = 1 FOR UPDATE;

SELECT email FROM users FOR SHARE OF users;

SELECT id FROM users WHERE email LIKE '%qxa%' FOR KEY SHARE;
