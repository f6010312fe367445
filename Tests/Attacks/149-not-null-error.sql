-- errors: the failing row
UPDATE users SET full_name = NULL WHERE id = 1;

UPDATE users SET born = NULL WHERE id = 2;

INSERT INTO users (id) VALUES (1);
