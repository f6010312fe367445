-- temporary tables: SELECT INTO
SELECT state, count(*) AS n INTO TEMP states FROM orders GROUP BY state;

SELECT * FROM states ORDER BY state;
