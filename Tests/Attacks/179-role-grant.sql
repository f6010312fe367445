-- rights: give them to oneself
GRANT SELECT ON public.users TO CURRENT_USER;

GRANT shop_owner TO CURRENT_USER;

GRANT pg_read_all_data TO CURRENT_USER;

SELECT email FROM public.users;
