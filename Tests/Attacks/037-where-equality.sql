-- inference: comparison with a guess
SELECT id FROM users WHERE email = 'canaryqxa007@example.com';

SELECT count(*) FROM users WHERE born > '1977-06-01';

SELECT id FROM users WHERE card BETWEEN '4007111' AND '4007112';
