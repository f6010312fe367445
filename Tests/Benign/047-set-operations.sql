-- reports: unions
SELECT id FROM users WHERE id < 3 UNION SELECT id FROM app.users EXCEPT SELECT 5 ORDER BY 1;

(SELECT full_name FROM users ORDER BY id LIMIT 1) UNION ALL (SELECT login FROM app.users ORDER BY id LIMIT 1);
