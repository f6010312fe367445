-- inference: LIKE with an escape
SELECT count(*) FROM users WHERE email LIKE 'canaryqx!a%' ESCAPE '!';

SELECT count(*) FROM users WHERE email SIMILAR TO '%qxa%' OR email ~ 'qx[a]';
