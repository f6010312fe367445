-- session: UPDATE pg_settings
UPDATE pg_settings SET setting = 'public' WHERE name = 'search_path';

SELECT email FROM users;
