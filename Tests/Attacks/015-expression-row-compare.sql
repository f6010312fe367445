-- expressions: row comparison
SELECT id FROM users WHERE (id, email) > (0, 'canaryqxa005@example.com');
