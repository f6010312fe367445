-- row locks: MERGE into the shadow (17 and newer have it for views), with rows that tell what matched
MERGE INTO iss_m_efa1f375d76194fa.users u USING (VALUES ('40072222')) v (c) ON u.card < v.c WHEN MATCHED THEN UPDATE SET email = 'x@example.com';

MERGE INTO iss_m_efa1f375d76194fa.users u USING orders o ON o.user_id = u.id AND u.email LIKE '%qxa%' WHEN MATCHED THEN DO NOTHING;

MERGE INTO iss_m_efa1f375d76194fa.users u USING orders o ON o.user_id = u.id WHEN MATCHED AND u.ssn < '908' THEN DELETE WHEN NOT MATCHED BY SOURCE THEN DELETE;

MERGE INTO iss_m_efa1f375d76194fa.users u USING (VALUES (1)) v (i) ON u.id = v.i WHEN MATCHED THEN UPDATE SET note = u.email RETURNING u.*, merge_action();

MERGE INTO users u USING (SELECT * FROM users FOR UPDATE) s ON u.id = s.id WHEN MATCHED THEN UPDATE SET note = s.email RETURNING u.note;

MERGE INTO iss_m_efa1f375d76194fa.users u USING (VALUES (900)) v (i) ON u.id = v.i WHEN NOT MATCHED THEN INSERT (id, full_name, email) VALUES (v.i, 'x', 'x');
