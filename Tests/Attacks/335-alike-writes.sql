-- writing: texts that differ in constants alone, and placeholders in some of them
UPDATE users SET email = 'a@b.example', note = 'n' WHERE id = 1;

UPDATE users SET email = 'c***@***.com', note = 'n' WHERE id = 1;

UPDATE users SET email = '***', note = '***' WHERE id = 1;

UPDATE users SET email = note, note = email WHERE id = 2;

INSERT INTO users (id, full_name, email) VALUES (9001, 'x', 'a@b.example') RETURNING id, email;

INSERT INTO users (id, full_name, email) VALUES (9002, 'c***@***.com', 'ab@bc.example') RETURNING id, email;

INSERT INTO users (id, full_name, email) VALUES (9003, 'x', 'c***@***.com') RETURNING id, email;

SELECT id, email, note FROM users WHERE id IN (1, 2, 9001, 9002, 9003) ORDER BY id;
