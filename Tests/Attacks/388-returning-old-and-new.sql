-- RETURNING: the row before and the row after, by the names that 18 has for them
UPDATE users SET note = 'x' WHERE id = 1 RETURNING old.*, new.*;

UPDATE users SET note = 'x' WHERE id = 1 RETURNING old.email, new.email, old.note, new.note;

UPDATE users SET note = 'x' WHERE id = 1 RETURNING WITH (OLD AS o, NEW AS n) o.*, n.*;

UPDATE users u SET note = 'x' WHERE id = 1 RETURNING WITH (OLD AS before) before.card, before.note, u.note;

UPDATE users SET note = 'x' WHERE id = 1 RETURNING old, new, old::text, row_to_json(new);

DELETE FROM users WHERE id = 20 RETURNING old.ssn, new.ssn;

INSERT INTO users (id, full_name, born) VALUES (1, 'x', '2000-01-01') ON CONFLICT (id) DO UPDATE SET note = 'c' RETURNING old.email, new.email;

MERGE INTO users u USING (VALUES (1)) v (i) ON u.id = v.i WHEN MATCHED THEN UPDATE SET note = 'm' RETURNING old.card, new.*;

WITH w AS (UPDATE users SET note = 'x' WHERE id = 2 RETURNING old.*) SELECT * FROM w;

UPDATE iss_m_efa1f375d76194fa.users SET note = 'x' WHERE id = 1 RETURNING old.*, new.*;
