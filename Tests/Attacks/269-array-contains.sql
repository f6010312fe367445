-- inference: arrays that hold a guess
SELECT id FROM users WHERE ARRAY[email] && ARRAY['canaryqxa003@example.com', 'canaryqxb003@example.com'];

SELECT 'canaryqxb005@example.com' = ANY (ARRAY(SELECT email FROM users));

SELECT array_position(array_agg(card ORDER BY id), '4007111179190001') FROM users;

SELECT id FROM users WHERE array_remove(ARRAY[email], 'canaryqxa001@example.com') = '{}';
