-- aggregates
SELECT min(email), max(card), string_agg(ssn, ','), count(DISTINCT born) FROM users;
