-- PREPARE and EXECUTE
PREPARE by_id (int) AS SELECT id, full_name, note FROM users WHERE id = $1;

EXECUTE by_id(1);

EXECUTE by_id(20);

DEALLOCATE by_id;
