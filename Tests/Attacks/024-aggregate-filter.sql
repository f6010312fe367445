-- aggregates: FILTER as an oracle
SELECT count(*) FILTER (WHERE email < 'canaryqxb'), sum(id) FILTER (WHERE card LIKE '40071%') FROM users;
