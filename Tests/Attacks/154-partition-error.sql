-- errors: no partition for the row
INSERT INTO events (id, at, kind) VALUES (900, '1999-01-01', 'x');

UPDATE events SET at = '1999-01-01' WHERE id = 1;
