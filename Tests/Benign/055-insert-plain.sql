-- writes: insert
INSERT INTO users (id, full_name, email, born, note) VALUES (800, 'New Person', 'new@example.com', '1990-01-01', 'n');

SELECT id, full_name, note FROM users WHERE id = 800;

INSERT INTO users (id, full_name, born) VALUES (801, 'Other', '1990-01-01') RETURNING id, note;
