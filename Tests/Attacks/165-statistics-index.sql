-- statistics: of an index on an expression
SELECT histogram_bounds, correlation FROM pg_stats WHERE tablename LIKE 'users\_%';
