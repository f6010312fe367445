-- projection: ONLY and stars after the name
SELECT email FROM ONLY users;

SELECT email FROM users *;

SELECT id FROM ONLY public.users WHERE email LIKE 'canaryqxa%';
