-- writes: update from a join
UPDATE orders SET note = u.full_name FROM users u WHERE u.id = orders.user_id AND orders.id < 3 RETURNING orders.id, orders.note;

UPDATE orders SET (note, state) = (SELECT u.note, 'seen' FROM users u WHERE u.id = orders.user_id) WHERE id = 4 RETURNING note, state;
