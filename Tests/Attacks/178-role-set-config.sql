-- session: SET ROLE by a function
SELECT set_config('role', 'shop_owner', false);

SELECT email FROM public.users;

SELECT set_config('session_authorization', 'shop_owner', true); SELECT email FROM public.users;
