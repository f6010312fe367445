-- Django: a list with every column quoted
SELECT "users"."id", "users"."full_name", "users"."email", "users"."card", "users"."ssn", "users"."born", "users"."note" FROM "users" ORDER BY "users"."id" ASC LIMIT 21;
