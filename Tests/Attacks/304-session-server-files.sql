-- functions: files of the server
SELECT pg_read_file('PG_VERSION');

SELECT pg_read_binary_file('global/pg_control');

SELECT pg_ls_dir('base');

SELECT lo_import('/etc/hostname');

SELECT name FROM pg_ls_waldir() LIMIT 1;

SELECT * FROM pg_hba_file_rules;
