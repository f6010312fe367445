-- inference: self join on a masked column
SELECT a.id, b.id FROM users a JOIN users b ON a.born = b.born AND a.id < b.id;

SELECT a.id FROM users a, users b WHERE a.email > b.email GROUP BY a.id HAVING count(*) > 5;
