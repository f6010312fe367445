-- lexical: quoted and Unicode names
SELECT U&"full\005fname" FROM U&"\0075sers" WHERE "id" = 1;

SELECT 'Zoë', '日本', full_name AS "Größe" FROM users WHERE id = 2;
