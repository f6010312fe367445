-- functions: languages that reach further
DO LANGUAGE plperlu $$ 1 $$;

CREATE FUNCTION pg_temp.raw() RETURNS text LANGUAGE internal AS 'pg_read_file';

CREATE FUNCTION pg_temp.c() RETURNS text LANGUAGE c AS '/tmp/x', 'x';

LOAD 'auto_explain';
