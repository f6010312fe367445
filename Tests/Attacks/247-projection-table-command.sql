-- projection: TABLE within other forms
SELECT t.* FROM (TABLE users) AS t WHERE id < 3;

(TABLE public.users LIMIT 1) UNION ALL (TABLE users OFFSET 1 LIMIT 1);

WITH x AS (TABLE users) SELECT x.email FROM x WHERE id = 1;
