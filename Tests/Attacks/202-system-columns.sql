-- system columns
SELECT ctid, xmin, email FROM users;

SELECT tableoid::regclass, email FROM events;

SELECT email FROM users WHERE ctid = '(0,1)';
