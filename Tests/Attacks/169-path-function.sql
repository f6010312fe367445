-- session: the path from a function
SELECT set_config('search_path', 'app', false);

SELECT email FROM users;

SELECT set_config('search_path', 'public', false); SELECT email FROM users;
