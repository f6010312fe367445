-- errors: a check violation
UPDATE users SET ssn = 'x' WHERE id = 1;

UPDATE orders SET total = -1 WHERE id = 1;

INSERT INTO users (id, full_name, ssn, born) VALUES (902, 'x', '907', '2000-01-01');
