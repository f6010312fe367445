-- session: standard_conforming_strings
SET standard_conforming_strings = off;

SELECT 'a\' , email FROM users --';

SELECT '\'' || email FROM users -- ';
