-- writing: a masked column from another
UPDATE users SET email = card WHERE id = 1;

UPDATE users SET email = 'x' || email WHERE id = 1;

UPDATE users SET ssn = ssn, born = born + 1 WHERE id = 2;
