-- json: constructors and aggregates of SQL/JSON (16), any_value, over base and mask
DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT JSON_OBJECT(''m'': email, ''c'': card) FROM public.users' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT JSON_ARRAYAGG(u ORDER BY u.id RETURNING jsonb) FROM public.users u' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT any_value(email), JSON_OBJECTAGG(id: ssn) FROM public.users' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT JSON_OBJECT(''m'': u.email, ''c'': u.card, ''b'': u.born) FROM public.user_contacts v JOIN public.users u ON u.id = v.id' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

SELECT any_value(email), any_value(card), JSON_ARRAYAGG(ssn) FROM users;

SELECT JSON_QUERY(to_jsonb(u), '$.born'), JSON_VALUE(to_jsonb(u), '$.card'), JSON_EXISTS(to_jsonb(u), '$.email ? (@ starts with "canaryqxa")') FROM users u LIMIT 2;

SELECT JSON_SERIALIZE(JSON_SCALAR(email)), email IS JSON SCALAR FROM users LIMIT 2;

SELECT jt.* FROM public.users u, JSON_TABLE(to_jsonb(u), '$' COLUMNS (m text PATH '$.email')) jt;
