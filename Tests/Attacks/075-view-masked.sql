-- views: a view that reads masked columns
SELECT * FROM user_contacts;

SELECT email FROM public.user_contacts WHERE id = 1;
