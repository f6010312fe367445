-- Row locks: `SELECT * FROM users ... FOR UPDATE` through a shadow. PostgreSQL locks the rows of the table under a view itself, and looks
-- at them again after a wait, so that what is shown is what was locked. For that the reader needs UPDATE of some column of the view,
-- and the view's owner UPDATE of some column of the table; which, PostgreSQL does not ask.
--
-- So both get it of a column that is masked. In the shadow that is an expression: no UPDATE or MERGE through the shadow can name it,
-- whoever may ('cannot update column ... of view'). And the columns that are plain in the shadow, through which a write would reach
-- the table, are not among what iss_mask_owner may update: twice nothing is written through a shadow.

-- Of each table whose rows can be locked through its shadow the column that stands for it, in the table and in the shadow. Not of
-- foreign tables: there a lock is a statement on another server.
CREATE OR REPLACE FUNCTION iss.locking_columns() RETURNS TABLE (relid oid, attnum smallint, viewid oid, view_attnum smallint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT ON (s.relid) s.relid, c.attnum, s.viewid, a.attnum
  FROM iss.shadow s JOIN pg_class b ON b.oid = s.relid AND b.relkind IN ('r', 'p')
    JOIN iss.masked_column c ON c.relid = s.relid AND c.state = 'masked'
    JOIN pg_attribute a ON a.attrelid = s.viewid AND a.attname = c.attname AND NOT a.attisdropped
  WHERE NOT pg_column_is_updatable(s.viewid, a.attnum, true)
  ORDER BY s.relid, c.attnum
$$;

-- Those by which some scope locks rows.
CREATE OR REPLACE FUNCTION iss.locking_in_use() RETURNS TABLE (relid oid, attnum smallint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT l.relid, l.attnum
  FROM iss.locking_columns() l JOIN pg_attribute a ON a.attrelid = l.viewid AND a.attnum = l.view_attnum
  WHERE EXISTS (SELECT FROM aclexplode(a.attacl) x WHERE x.privilege_type = 'UPDATE' AND x.grantee <> 'iss_mask_owner'::regrole)
$$;
