-- lexical: names by Unicode escapes, other escape characters, normal forms, and more than 63 bytes
SELECT U&"\0065mail", U&"!0063ard" UESCAPE '!' FROM U&"\+000075sers";

SELECT U&"d!0061ta" UESCAPE '!' FROM public.users AS d;

SELECT * FROM U&"public".U&"us\0065rs" WHERE id = 1;

SELECT U&'canary' || U&"em\0061il" FROM public.U&"\0075sers" LIMIT 1;

SET standard_conforming_strings = off; SELECT 'a\' || email || 'b' FROM public.users; SELECT 'x';

SELECT "email" FROM "public"."users" AS "users""";

SELECT ｅmail FROM users;

SELECT email FROM USERS AS İusers;

TABLE public./* /* */ -- */users */ users;

SELECT 1 AS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", email FROM public.users;
