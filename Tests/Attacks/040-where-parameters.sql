-- inference: prepared comparison
PREPARE probe (text) AS SELECT count(*) FROM users WHERE email = $1;

EXECUTE probe('canaryqxa001@example.com');

EXECUTE probe('canaryqxb001@example.com');
