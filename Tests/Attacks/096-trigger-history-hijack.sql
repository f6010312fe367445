-- temp objects: catch the audit trigger's insert
CREATE TEMP TABLE user_history (at timestamptz DEFAULT now(), old jsonb, new jsonb);

UPDATE users SET note = 'x' WHERE id = 1;

SELECT old, new FROM pg_temp.user_history;

SELECT old, new FROM app.user_history;
