-- views: the shadow's own text
SELECT definition FROM pg_views WHERE viewname = 'users';

SELECT pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = 'users' AND relkind = 'v';
