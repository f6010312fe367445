-- inference: the target joined with itself
UPDATE users SET note = u.email FROM users u WHERE u.id = users.id RETURNING users.note;

UPDATE users a SET note = 'x' FROM users b WHERE a.email = b.email AND a.id <> b.id;
