-- errors: input errors near a value
SELECT id FROM users WHERE born = 'not a date';

SELECT email ~ '(' FROM users;

SELECT to_date(card, 'YYYY-MM-DD') FROM users;
