-- inference: time
SELECT count(*) FROM users WHERE CASE WHEN email LIKE '%qxa%' THEN pg_sleep(0) IS NOT NULL ELSE false END;
