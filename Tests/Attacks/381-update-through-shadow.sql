-- row locks: the UPDATE that they ask for, used on the shadow itself
UPDATE iss_m_efa1f375d76194fa.users SET email = 'x@example.com';

UPDATE iss_m_efa1f375d76194fa.users SET email = DEFAULT, card = DEFAULT;

UPDATE iss_m_efa1f375d76194fa.users SET email = email RETURNING *;

UPDATE iss_m_efa1f375d76194fa.users SET card = '4' WHERE card > '40072';

UPDATE iss_m_efa1f375d76194fa.users SET note = email RETURNING note;

UPDATE iss_m_efa1f375d76194fa.users SET note = 'x' WHERE id = 1 RETURNING *;

UPDATE iss_m_efa1f375d76194fa.users SET full_name = NULL WHERE id = 1;

UPDATE iss_m_efa1f375d76194fa.users SET (email, card, note) = (SELECT email, card, note FROM users WHERE id = 2) WHERE id = 1;

WITH w AS (UPDATE iss_m_efa1f375d76194fa.users SET note = card RETURNING *) SELECT * FROM w;

DELETE FROM iss_m_efa1f375d76194fa.users WHERE card > '40072' RETURNING *;

INSERT INTO iss_m_efa1f375d76194fa.users (id, full_name, note) VALUES (1, 'x', 'x') ON CONFLICT (id) DO UPDATE SET note = users.email RETURNING *;

INSERT INTO iss_m_efa1f375d76194fa.users (email) SELECT email FROM users;

COPY iss_m_efa1f375d76194fa.users (email) FROM STDIN;

TRUNCATE iss_m_efa1f375d76194fa.users;

SELECT id, full_name, note FROM users ORDER BY id LIMIT 3;
