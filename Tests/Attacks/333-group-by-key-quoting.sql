-- translation: names that would end the list which a key brings into GROUP BY
SELECT "u"", (SELECT email FROM ONLY public.users LIMIT 1) --".id, "u"", (SELECT email FROM ONLY public.users LIMIT 1) --".email FROM users AS "u"", (SELECT email FROM ONLY public.users LIMIT 1) --" GROUP BY 1 ORDER BY 1;

SELECT u.id, u."a"", email, ""b" FROM users u (id, full_name, "a"", email, ""b") GROUP BY u.id ORDER BY 1;

SELECT u.id /* , */ , u.email FROM users u GROUP BY u.id -- , u.card
ORDER BY u.id;

SELECT U&"\0075".id, U&"\0075".email FROM users u GROUP BY U&"\0075"/* */./* */id ORDER BY 1;

SELECT u.id AS email, u.email AS id FROM users u GROUP BY id, 2 ORDER BY 1, 2;
