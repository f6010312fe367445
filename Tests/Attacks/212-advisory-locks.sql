-- side channels: advisory locks
SELECT pg_advisory_lock(hashtext(email)) FROM users WHERE id = 1;

SELECT objid FROM pg_locks WHERE locktype = 'advisory';

SELECT pg_advisory_unlock_all();
