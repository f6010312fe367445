-- reads: USING and natural over free keys
SELECT id, login, full_name FROM app.users JOIN user_names USING (id) ORDER BY id;

SELECT * FROM app.users NATURAL JOIN user_names ORDER BY id;
