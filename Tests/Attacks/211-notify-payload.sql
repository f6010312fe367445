-- side channels: notifications
LISTEN user_changes;

UPDATE users SET note = 'heard' WHERE id = 1;

SELECT pg_notify('user_changes', email) FROM users WHERE id < 3;

NOTIFY user_changes, 'x';
