-- projection: a merged column
SELECT email FROM users JOIN events USING (email);

SELECT email FROM app.users FULL JOIN public.users USING (id, email);
