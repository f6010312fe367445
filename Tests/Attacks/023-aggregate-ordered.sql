-- aggregates: ordered sets
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY email), mode() WITHIN GROUP (ORDER BY card) FROM users;

SELECT rank('canaryqxa010@example.com') WITHIN GROUP (ORDER BY email) FROM users;
