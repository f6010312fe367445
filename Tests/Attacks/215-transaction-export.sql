-- side channels: snapshots and transaction ids
BEGIN ISOLATION LEVEL REPEATABLE READ;

SELECT count(*) FROM users WHERE email LIKE '%qxa%';

PREPARE TRANSACTION 'canary';

ROLLBACK;
