"""Random SQL over Tests/Attacks/schema.sql: much of it runs, all of it reaches for masked columns, the same for the same seed."""
import random

MASKED = {"users": {"email", "card", "ssn", "born"}, "events": {"email"}}
TABLES = {
    "users": {"id": "int", "full_name": "text", "email": "text", "card": "text", "ssn": "text", "born": "date", "note": "text"},
    "orders": {"id": "int", "user_id": "int", "total": "int", "state": "text", "note": "text"},
    "order_items": {"order_id": "int", "line": "int", "sku": "text", "quantity": "int"},
    "events": {"id": "int", "at": "date", "email": "text", "kind": "text"},
    "events_2024": {"id": "int", "at": "date", "email": "text", "kind": "text"},
    "app.users": {"id": "int", "login": "text", "email": "text"},
    "user_names": {"id": "int", "full_name": "text"},
}
# Masked tables more often than others.
WEIGHTED = ["users"] * 8 + ["events"] * 3 + ["orders"] * 3 + ["order_items", "events_2024", "app.users", "user_names"]
GUESSES = ["'canaryqxa001@example.com'", "'canaryqxb001@example.com'", "'4007111179190001'", "'907-11-0001'", "'%qxa%'", "'c%'", "'x'", "''", "NULL"]


class Statements:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = 0

    # Words

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def alias(self):
        self.names += 1
        return f"t{self.names}"

    def table(self, name=None):
        """A table's name, written in one of the ways that mean it."""
        name = name or self.random.choice(WEIGHTED)
        if "." in name:
            return name, name
        written = self.pick(name, name, name, f"public.{name}", f'"public"."{name}"', name.upper(), f'"{name}"', f"public . {name} /* {name} */")
        return written, name

    # Expressions. A scope is a list of (alias, columns).

    def columns(self, scope, kind):
        return [f"{alias}.{column}" for alias, columns in scope for column, type_ in columns.items() if type_ == kind]

    def expression(self, kind, scope, depth):
        columns = self.columns(scope, kind)
        if depth <= 0 or self.chance(35):
            if columns and self.chance(85):
                return self.random.choice(columns)
            return {"text": self.random.choice(GUESSES), "int": str(self.random.randint(-2, 25)), "date": self.pick("date '1995-06-01'", "date '2024-07-01'"), "bool": self.pick("true", "false")}[kind]
        if self.chance(8):
            return f"({self.scalar(kind, scope, depth - 1)})"
        if self.chance(8):
            return f"CASE WHEN {self.condition(scope, depth - 1)} THEN {self.expression(kind, scope, depth - 1)} ELSE {self.expression(kind, scope, depth - 1)} END"
        if self.chance(6):
            return f"coalesce({self.expression(kind, scope, depth - 1)}, {self.expression(kind, scope, depth - 1)})"
        text = lambda: self.expression("text", scope, depth - 1)
        number = lambda: self.expression("int", scope, depth - 1)
        date = lambda: self.expression("date", scope, depth - 1)
        if kind == "text":
            return self.pick(
                lambda: f"upper({text()})", lambda: f"reverse({text()})", lambda: f"substr({text()}, {self.random.randint(1, 12)}, {self.random.randint(1, 9)})",
                lambda: f"({text()} || {text()})", lambda: f"left({text()}, {number()})", lambda: f"replace({text()}, {text()}, {text()})",
                lambda: f"md5({text()})", lambda: f"nullif({text()}, {text()})", lambda: f"regexp_replace({text()}, '[a-m]', '#', 'g')",
                lambda: f"to_char({date()}, 'YYYY-MM-DD Q')", lambda: f"({number()})::text", lambda: f"({date()})::text", lambda: f"encode(convert_to({text()}, 'UTF8'), 'hex')",
                lambda: f"split_part({text()}, '@', 1)", lambda: f"translate({text()}, 'abc', 'xyz')", lambda: f"format('%s/%s', {text()}, {number()})",
                lambda: f"({text()})::varchar(5)", lambda: f"greatest({text()}, {text()})", lambda: self.row(scope))()
        if kind == "int":
            return self.pick(
                lambda: f"length({text()})", lambda: f"ascii({text()})", lambda: f"strpos({text()}, {text()})", lambda: f"hashtext({text()})",
                lambda: f"({number()} + {number()})", lambda: f"({number()} / {number()})", lambda: f"extract(doy FROM {date()})::int", lambda: f"({date()} - {date()})",
                lambda: f"octet_length({text()})", lambda: f"({text()})::int", lambda: f"least({number()}, {number()})", lambda: f"abs(hashtextextended({text()}, 0) % 7)::int")()
        if kind == "date":
            # Nothing leads from a literal, or from the masked 1977-01-01, into the months that are canaries.
            return self.pick(
                lambda: f"({date()} - {self.random.randint(1, 400)})", lambda: f"date_trunc('{self.pick('month', 'year', 'decade')}', {date()})::date",
                lambda: f"greatest({date()}, {date()})", lambda: f"({text()})::date", lambda: f"make_date(1995, extract(month FROM {date()})::int, 1)")()
        return f"({self.condition(scope, depth - 1)})"

    def row(self, scope):
        alias = self.random.choice(scope)[0] if scope else "x"
        return self.pick(f"{alias}::text", f"to_jsonb({alias})::text", f"row_to_json({alias}) ->> 'email'", f"({alias}).*::text", f"md5({alias}::text)")

    def scalar(self, kind, scope, depth):
        inner, items = self.source(depth)
        value = self.expression(kind, inner, depth)
        text = f"SELECT {self.pick('min', 'max')}({value}) FROM {items}" if kind != "bool" else f"SELECT bool_or({value}) FROM {items}"
        return text + (f" WHERE {self.condition(inner + scope, depth)}" if self.chance(60) else "")

    def condition(self, scope, depth):
        kind = self.pick("text", "text", "text", "date", "int")
        left, right = self.expression(kind, scope, depth), self.expression(kind, scope, depth)
        if depth <= 0:
            return f"{left} {self.pick('=', '<', '>=', '<>')} {right}"
        return self.pick(
            lambda: f"{left} {self.pick('=', '=', '<', '>', '<=', '<>')} {right}", lambda: f"{left} BETWEEN {right} AND {self.expression(kind, scope, depth - 1)}",
            lambda: f"{self.expression('text', scope, depth - 1)} {self.pick('LIKE', 'ILIKE', '~', 'NOT LIKE', 'SIMILAR TO')} {self.random.choice(GUESSES[:-1])}",
            lambda: f"{left} IS {self.pick('NULL', 'NOT NULL')}", lambda: f"{left} IN ({right}, {self.expression(kind, scope, depth - 1)})",
            lambda: f"({self.condition(scope, depth - 1)} {self.pick('AND', 'OR')} {self.condition(scope, depth - 1)})", lambda: f"NOT ({self.condition(scope, depth - 1)})",
            lambda: f"EXISTS ({self.query(depth - 1, scope)})", lambda: f"{left} = ANY (SELECT {self.scalar(kind, scope, depth - 1)[7:]})",
            lambda: f"{left} IS DISTINCT FROM {right}")()

    # Queries

    def item(self, depth):
        alias = self.alias()
        if depth > 0 and self.chance(18):
            width = self.random.randint(1, 3)
            kinds = [self.pick("text", "int", "date") for _ in range(width)]
            columns = {f"c{n}": kind for n, kind in enumerate(kinds)}
            return [(alias, columns)], f"{self.pick('', 'LATERAL ')}({self.select(depth - 1, kinds)}) AS {alias} ({', '.join(columns)})"
        written, name = self.table()
        return [(alias, TABLES[name])], f"{self.pick('', '', '', '', 'ONLY ')}{written} {self.pick('', 'AS ')}{alias}"

    def source(self, depth):
        scope, text = self.item(depth)
        while len(scope) < 3 and self.chance(35):
            more, item = self.item(depth)
            scope = scope + more
            join = self.pick("JOIN", "LEFT JOIN", "FULL JOIN", "CROSS JOIN", ",")
            text += f"{'' if join == ',' else ' '}{join} {item}"
            if join.endswith("JOIN") and join != "CROSS JOIN":
                numbers = [self.random.choice(self.columns([part], "int") or ["1"]) for part in (scope[0], scope[-1])]
                text += f" ON {numbers[0]} = {numbers[1]}" + (f" AND {self.condition(scope, 0)}" if self.chance(20) else "")
        return scope, text

    def select(self, depth, kinds, outer=()):
        scope, items = self.source(depth)
        seen = scope + list(outer)
        if self.chance(25):
            keys = [self.expression(kind, seen, 1) for kind in kinds]
            having = f" HAVING {self.pick('count(*) > 1', 'min(' + self.expression('text', seen, 1) + ') > ' + self.random.choice(GUESSES))}" if self.chance(30) else ""
            where = f" WHERE {self.condition(seen, depth - 1)}" if self.chance(40) else ""
            return f"SELECT {', '.join(keys)} FROM {items}{where} GROUP BY {', '.join(str(n + 1) for n in range(len(keys)))}{having}"
        targets = []
        for kind in kinds:
            value = self.expression(kind, seen, depth)
            if kind == "int" and self.chance(15):
                value = self.pick("row_number", "rank", "dense_rank") + f"() OVER ({self.pick('', 'PARTITION BY ' + self.expression('text', seen, 1) + ' ')}ORDER BY {self.expression(self.pick('text', 'date'), seen, 1)})"
            targets.append(value)
        text = f"SELECT {self.pick('', '', '', 'DISTINCT ')}{', '.join(targets)} FROM {items}"
        return text + (f" WHERE {self.condition(seen, depth)}" if self.chance(60) else "")

    def query(self, depth, outer=()):
        kinds = [self.pick("text", "text", "int", "date") for _ in range(self.random.randint(1, 4))]
        text = self.select(depth, kinds, outer)
        if depth > 0 and self.chance(12):
            text = f"({text}) {self.pick('UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT')} ({self.select(depth - 1, kinds, outer)})"
        text += f" ORDER BY {', '.join(str(n + 1) for n in range(len(kinds)))}" if self.chance(70) else ""
        text += f" LIMIT {self.random.randint(1, 20)}" if self.chance(50) else ""
        if depth > 1 and self.chance(10):
            name = self.pick("w", "users", "events")
            text = f"WITH {self.pick('', 'RECURSIVE ')}{name} AS ({self.select(depth - 1, ['int', 'text'])}) {text}"
        return text

    def star(self):
        written, name = self.table()
        alias = self.alias()
        scope = [(alias, TABLES[name])]
        return f"SELECT {self.pick('*', alias + '.*', alias, '(' + alias + ').*', 'count(*)', 'count(' + alias + ')')} FROM {written} {alias} WHERE {self.condition(scope, 1)} ORDER BY 1"

    # Statements

    def write(self):
        written, name = self.table(self.pick("users", "users", "orders", "events"))
        columns = TABLES[name]
        column = self.random.choice([column for column in columns if column not in ("id", "at", "user_id")])
        returning = self.pick("", "", " RETURNING *", " RETURNING id", f" RETURNING {self.random.choice(list(columns))}", " RETURNING t::text")
        scope = [("t", columns)]
        kind = self.random.randint(0, 4)
        if kind == 0:
            return f"UPDATE {written} t SET {column} = {self.expression(columns[column], scope, 1)} WHERE {self.condition(scope, 1)}{returning}"
        if kind == 1:
            more, items = self.source(1)
            return f"UPDATE {written} t SET {column} = {self.expression(columns[column], scope + more, 1)} FROM {items} WHERE {self.condition(more + scope, 1)}{returning}"
        if kind == 2:
            return f"DELETE FROM {written} t WHERE {self.condition(scope, 1)}{returning}"
        if kind == 3:
            named = self.random.sample(list(columns), self.random.randint(1, len(columns)))
            conflict = self.pick("", "", " ON CONFLICT DO NOTHING", f" ON CONFLICT (id) DO UPDATE SET {column} = excluded.{column}")
            return f"INSERT INTO {written} AS t ({', '.join(named)}) {self.select(1, [columns[each] for each in named])}{conflict}{returning}"
        more, items = self.item(1)
        return f"MERGE INTO {written} t USING {items} ON t.id = {(self.columns(more, 'int') or ['1'])[0]} WHEN MATCHED AND {self.condition(scope + more, 1)} THEN {self.pick('DELETE', 'UPDATE SET ' + column + ' = ' + self.expression(columns[column], more + scope, 1))}"

    def statement(self):
        roll = self.random.randint(0, 99)
        query = self.query(3)
        if roll < 50:
            return query
        if roll < 58:
            return self.star()
        if roll < 70:
            return self.write()
        if roll < 74:
            return f"EXPLAIN ({self.pick('COSTS OFF', 'COSTS OFF, VERBOSE', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF')}) {self.pick(query, self.write())}"
        if roll < 78:
            return self.pick(f"COPY ({query}) TO STDOUT", f"COPY {self.table()[0]} TO STDOUT", f"COPY ({self.write()}) TO STDOUT")
        if roll < 82:
            return f"DECLARE c SCROLL CURSOR FOR {query}; FETCH {self.pick('ALL', '3', 'LAST')} FROM c; MOVE BACKWARD ALL IN c; CLOSE c"
        if roll < 85:
            return f"PREPARE p AS {query}; EXECUTE p; DEALLOCATE p"
        if roll < 89:
            return f"CREATE TEMP TABLE mine AS {query}; SELECT * FROM mine; DROP TABLE mine"
        if roll < 91:
            return f"SET LOCAL search_path = {self.pick('app, public', 'public', 'pg_temp, public', 'app')}; {query}"
        if roll < 94:
            return f"DO $do$ DECLARE r record; BEGIN FOR r IN {query} LOOP RAISE NOTICE '%', r; END LOOP; END $do$"
        if roll < 96:
            return f"SELECT query_to_xml($q${query}$q$, true, false, '')"
        if roll < 98:
            return f"{query} {self.pick('FOR UPDATE', 'FOR SHARE', 'FOR KEY SHARE SKIP LOCKED')}"
        return f"CREATE FUNCTION pg_temp.f() RETURNS SETOF record LANGUAGE {self.pick('sql', 'sql', 'plpgsql')} AS $f$ {query} $f$; SELECT pg_temp.f()"


if __name__ == "__main__":
    import sys

    statements = Statements(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        print(statements.statement() + ";")
