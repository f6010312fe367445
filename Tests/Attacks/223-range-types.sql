-- expressions: ranges
SELECT daterange(born, born + 1), range_agg(daterange(born, born + 1)) OVER () FROM users;

SELECT daterange('1977-02-01', '1977-03-01') @> born FROM users;
