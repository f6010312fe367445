-- JSON: paths
SELECT jsonb_path_query(to_jsonb(u), '$.email'), to_jsonb(u) -> 'card', to_jsonb(u) #>> '{ssn}' FROM users u;
