-- write: MERGE ... RETURNING (17), as the client's and as dynamic SQL
MERGE INTO users u USING (VALUES (1)) v (k) ON u.id = v.k WHEN MATCHED THEN UPDATE SET note = 'x' RETURNING merge_action(), u.*;

MERGE INTO users u USING (VALUES (1)) v (k) ON u.id = v.k WHEN MATCHED THEN UPDATE SET note = 'x' RETURNING u.email;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE $q$MERGE INTO users u USING (VALUES (1)) v (k) ON u.id = v.k WHEN MATCHED THEN UPDATE SET note = 'x' RETURNING merge_action(), u.email$q$ LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE $q$MERGE INTO users u USING (VALUES (1)) v (k) ON u.id = v.k WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED BY SOURCE AND u.email LIKE 'canary%' THEN DELETE RETURNING u.id$q$ LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE $q$WITH m AS (MERGE INTO users u USING (VALUES (1)) v (k) ON u.id = v.k WHEN MATCHED THEN UPDATE SET note = u.email RETURNING u.note) SELECT * FROM m$q$ LOOP RAISE NOTICE '%', r; END LOOP; END $do$;
