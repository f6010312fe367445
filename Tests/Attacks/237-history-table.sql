-- copies: what the application's trigger kept
SELECT * FROM app.user_history;

UPDATE users SET note = 'y' WHERE id = 3;

SELECT old ->> 'email' FROM app.user_history;
