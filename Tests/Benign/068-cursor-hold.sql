-- cursors: WITH HOLD
DECLARE held CURSOR WITH HOLD FOR SELECT id, total FROM orders ORDER BY id;

FETCH 3 FROM held;

CLOSE held;
