-- expressions: format and quoting functions
SELECT format('%s %L %I', email, card, ssn) FROM users WHERE id = 1;

SELECT quote_literal(u), quote_ident(u.email), quote_nullable(u.born) FROM users u WHERE id = 1;

SELECT concat_ws('/', VARIADIC ARRAY[email, card, ssn]) FROM users WHERE id = 1;
