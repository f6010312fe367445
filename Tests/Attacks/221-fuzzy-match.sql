-- inference: similarity
SELECT id, similarity(email, 'canaryqxa001@example.com'), levenshtein(card, '4007') FROM users;

SELECT id FROM users ORDER BY email <-> 'canaryqxa' LIMIT 1;
