-- protocol: newer or broken syntax
SELECT email FROM users WHERE JSON_EXISTS(note::jsonb, '$');

SELECT email FROM users FETCH;

SELECT JSON_OBJECT('e' : email) FROM users;
