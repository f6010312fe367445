-- RETURNING: the value moved to a free column first
UPDATE users SET full_name = email, note = card WHERE id = 1 RETURNING full_name, note;

UPDATE users SET (full_name, note) = (SELECT email, ssn FROM users WHERE id = 2) WHERE id = 1 RETURNING full_name, note;
