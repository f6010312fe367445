-- temporary views over free tables
CREATE TEMP VIEW big AS SELECT * FROM orders WHERE total > 200;

SELECT count(*) FROM big;
