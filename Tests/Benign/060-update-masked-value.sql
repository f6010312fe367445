-- writes: a new value for a masked column
UPDATE users SET email = 'fresh@example.org' WHERE id = 8;

UPDATE users SET born = '1980-05-05', ssn = '123-45-6789' WHERE id = 8 RETURNING id;
