-- RETURNING: columns of FROM
UPDATE orders SET note = u.email FROM users u WHERE u.id = orders.user_id RETURNING orders.note, u.card;

DELETE FROM order_items USING users WHERE users.id = order_id RETURNING *;
