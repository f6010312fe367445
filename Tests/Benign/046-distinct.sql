-- reports: distinct
SELECT DISTINCT state FROM orders ORDER BY 1;

SELECT DISTINCT ON (user_id) user_id, id FROM orders ORDER BY user_id, id DESC LIMIT 3;
