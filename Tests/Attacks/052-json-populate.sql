-- JSON: into the base's row type
SELECT (jsonb_populate_record(NULL::public.users, to_jsonb(u))).email FROM users u;

SELECT * FROM json_populate_recordset(NULL::users, (SELECT json_agg(u) FROM users u));
