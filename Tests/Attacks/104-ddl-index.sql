-- DDL: an index on an expression
CREATE INDEX ON public.users ((1 / length(replace(email, 'qxa', ''))));

CREATE UNIQUE INDEX ON public.users (left(email, 9));
