-- SQLAlchemy: first statements of a connection
select pg_catalog.version() <> '';

select current_schema();

show standard_conforming_strings;
