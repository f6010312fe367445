-- expressions: coalesce, nullif, greatest
SELECT coalesce(email, ''), nullif(card, ''), greatest(born, date '1900-01-01'), least(ssn, '~') FROM users;
