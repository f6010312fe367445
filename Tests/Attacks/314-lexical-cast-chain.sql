-- lexical: every way to write a cast
SELECT email::text::varchar::bpchar COLLATE "C" FROM users WHERE id = 1;

SELECT CAST(card AS text), text(ssn), varchar(born::text), "char"(ssn), date 'epoch' + (born - date 'epoch') FROM users WHERE id = 1;

SELECT name(email), (users.card)::bpchar(4), pg_catalog.text(ssn) FROM users WHERE id = 1;
