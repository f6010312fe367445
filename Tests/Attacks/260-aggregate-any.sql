-- aggregates: one of the values
SELECT (array_agg(email ORDER BY id))[3], mode() WITHIN GROUP (ORDER BY born), percentile_disc(0.5) WITHIN GROUP (ORDER BY ssn) FROM users;

SELECT bool_or(email LIKE '%qxa%'), every(card > '40071'), count(DISTINCT left(ssn, 3)) FROM users;

SELECT range_agg(daterange(born, born, '[]')) FROM users;
