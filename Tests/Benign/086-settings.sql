-- session: settings
SET statement_timeout = '30s';

SHOW statement_timeout;

SELECT current_setting('statement_timeout');

RESET ALL;

SET TIME ZONE 'UTC'; SHOW timezone;
