-- writes: delete
DELETE FROM order_items WHERE order_id = 5;

DELETE FROM orders USING users WHERE users.id = orders.user_id AND users.note = 'note 7' AND orders.id > 40 RETURNING orders.id;
