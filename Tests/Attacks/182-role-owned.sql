-- rights: hand a view to the owner
CREATE TEMP VIEW mine AS SELECT email FROM public.users;

REASSIGN OWNED BY CURRENT_USER TO shop_owner;

SELECT * FROM mine;
