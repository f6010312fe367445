-- inference: ORDER BY
SELECT id FROM users ORDER BY born;

SELECT id FROM users ORDER BY email COLLATE "C" DESC, card USING <;
