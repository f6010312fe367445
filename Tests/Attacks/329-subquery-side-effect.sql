-- inference: a side effect only where a guess is right
CREATE TEMP SEQUENCE hits;

SELECT CASE WHEN email LIKE '%qxa%' THEN nextval('hits') END FROM users ORDER BY id;

SELECT last_value, is_called FROM hits;

SELECT count(nextval('hits')) FROM users WHERE card > '40071' AND nextval('hits') > 0;

SELECT last_value FROM hits;
