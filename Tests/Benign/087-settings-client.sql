-- session: what drivers set
SET client_encoding TO 'UTF8'; SET standard_conforming_strings = on; SET intervalstyle = 'iso_8601';

SET NAMES 'UTF8';

SELECT set_config('application_name', 'tool', false);
