-- views: options
CREATE TEMP VIEW mine WITH (security_barrier, security_invoker = false) AS SELECT email FROM public.users;

SELECT * FROM mine;

ALTER VIEW mine OWNER TO shop_owner;

SELECT * FROM mine;
