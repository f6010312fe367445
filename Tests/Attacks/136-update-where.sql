-- inference: rows that an UPDATE finds
UPDATE users SET note = 'hit' WHERE email LIKE '%qxa%';

DELETE FROM users WHERE born < '1977-06-01';

SELECT id FROM users WHERE note = 'hit';
