-- side channels: a large object of one's own
SELECT lo_from_bytea(424242, card::bytea) > 0 FROM users WHERE id = 1;

SELECT encode(lo_get(424242), 'escape');

SELECT lo_unlink(424242);
