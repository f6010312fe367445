-- side channels: values kept in a large object and in temp files
SELECT lo_from_bytea(0, convert_to(string_agg(email, ','), 'UTF8')) > 0 FROM users;

SELECT convert_from(lo_get(max(oid)), 'UTF8') FROM pg_largeobject_metadata WHERE lomowner = current_user::regrole;

SET work_mem = '64kB';

SELECT md5(string_agg(email || g, ',' ORDER BY email, g)) FROM users, generate_series(1, 200) g;
