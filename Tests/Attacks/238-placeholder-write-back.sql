-- writing: the mask stored as data
UPDATE users SET email = (SELECT email FROM users WHERE id = 1) WHERE id = 2;

INSERT INTO users (id, full_name, email, born) SELECT 900 + id, full_name, email, born FROM users;
