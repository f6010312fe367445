-- protocol: a chain longer than the parser likes
SELECT email || '' || '' || '' || '' || '' || '' || '' || '' || '' || '' || '' || '' || '' || '' || '' || '' || '' || '' FROM users;
