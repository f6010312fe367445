-- lexical: operators glued to comments and signs
SELECT @-@ '[(0,0),(1,1)]'::path, -- email
email FROM users;

SELECT id+/* + */-id, email||''FROM users;
