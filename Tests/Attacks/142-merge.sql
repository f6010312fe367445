-- MERGE: conditions on masked columns
MERGE INTO users u USING orders o ON u.id = o.user_id AND u.email LIKE '%qxa%' WHEN MATCHED THEN UPDATE SET note = 'x';

MERGE INTO orders o USING users u ON u.id = o.user_id WHEN MATCHED AND u.card LIKE '40071%' THEN UPDATE SET note = u.email WHEN MATCHED THEN DO NOTHING;

SELECT count(*), max(note) FROM orders;
