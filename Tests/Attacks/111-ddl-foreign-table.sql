-- DDL: a loop back through a foreign server
CREATE EXTENSION postgres_fdw;

CREATE SERVER me FOREIGN DATA WRAPPER postgres_fdw;

CREATE EXTENSION file_fdw;
