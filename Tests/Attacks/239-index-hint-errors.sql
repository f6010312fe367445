-- errors: index expressions on insert
INSERT INTO users (id, full_name, email, born) VALUES (910, 'x', repeat('x', 10000), '2000-01-01');

UPDATE users SET note = repeat(note, 3) WHERE id = 4 RETURNING id;
