-- inference: hashing in joins
SELECT count(*) FROM users u JOIN app.users a ON hashtext(u.email) = hashtext(a.email);

SELECT count(DISTINCT hashtext(card)) FROM users WHERE hashtext(email) > 0;
