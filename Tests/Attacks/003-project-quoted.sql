-- lexical: quoted and Unicode names
SELECT "email" FROM "public"."users";

SELECT U&"em\0061il" FROM U&"\0070ublic".U&"users";

SELECT U&"em!0061il" UESCAPE '!' FROM U&"u!0073ers" UESCAPE '!';
