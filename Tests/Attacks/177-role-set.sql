-- session: SET ROLE
SET ROLE shop_owner;

SET ROLE iss_mask_owner;

SELECT email FROM public.users;

SET SESSION AUTHORIZATION shop_owner;

RESET SESSION AUTHORIZATION;
