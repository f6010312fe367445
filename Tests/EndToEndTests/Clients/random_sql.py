"""random_sql.py CONFIGURATION: sends random SQL to the two databases of Tests/Attacks, statement by statement in step, and prints what
differs or shows a canary, one JSON object a line; at the end counts. The configuration (JSON) has `sides` as for attacks.py, `source`
(`own` or `sqlsmith`), `seed` and `count`. Each statement runs in a transaction of its own, which is rolled back."""
import json
import re
import subprocess
import sys
import threading
import time

from psycopg import pq

from random_statements import Statements
from sides import blur, canaries_in, opened, run, shown

configuration = json.load(open(sys.argv[1]))
# What a statement may take before it is given up; such a statement is not compared.
TIMEOUT_MILLISECONDS = 500


class Pair:
    """A leased session on each side, in step."""

    def __init__(self, sides):
        self.sides = sides
        self.links = [None, None]
        self.leases = 0
        self.connect()

    def connect(self):
        for number, side in enumerate(self.sides):
            if self.links[number] is not None:
                self.links[number].finish()
                side.revoke()
            self.links[number] = side.leased()
        self.leases += 1
        self.both([f"SET statement_timeout = {TIMEOUT_MILLISECONDS}".encode()], "simple")

    def both(self, messages, form):
        outcomes = [None, None]

        def work(number):
            outcomes[number] = run(self.links[number], messages, form, self.sides[number].role)

        other = threading.Thread(target=work, args=(1,))
        other.start()
        work(0)
        other.join()
        return outcomes

    @property
    def stands(self):
        return all(link.status == pq.ConnStatus.OK for link in self.links)

    def ask(self, text, form):
        return self.both([b"BEGIN", text, b"ROLLBACK"], form)


def differ(one, other):
    return one != other and blur(one) != blur(other)


def gave_up(outcomes):
    return any(b"57014" in text for text in flat_bytes(outcomes))


def flat_bytes(value):
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from flat_bytes(item)
    elif isinstance(value, bytes):
        yield value


# sqlsmith writes about the tables that it may use: those of the scope, whole.
SMITH = [
    "CREATE ROLE smith LOGIN PASSWORD '{password}'", "GRANT CONNECT ON DATABASE attack TO smith", "GRANT USAGE ON SCHEMA app, public TO smith",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON public.users, public.orders, public.order_items, public.events, public.events_2024, public.events_2025 TO smith",
    "GRANT SELECT ON app.users, public.user_names TO smith",
]


def sqlsmith(side, seed, count):
    """Statements of sqlsmith over what the scope has, made fit to be compared: no samples, and no function that answers something else
    each time."""
    for text in SMITH:
        side.admin.exec_(text.format(password=side.settings["superuser"]).encode())
    place = dict(side.settings["direct"], user="smith", password=side.settings["superuser"])
    target = " ".join(f"{name}={value}" for name, value in place.items())
    made = subprocess.run(
        ["sqlsmith", f"--target={target}", "--exclude-catalog", "--dry-run", f"--seed={seed}", f"--max-queries={count * 2}"], capture_output=True, text=True)
    if made.returncode != 0:
        raise SystemExit(f"sqlsmith: {made.stderr[-2000:]} (apt-get install sqlsmith)")
    result = side.admin.exec_(b"SELECT proname, bool_or(provolatile = 'v') FROM pg_proc WHERE pronamespace IN ('pg_catalog'::regnamespace, 'ext'::regnamespace) AND (provolatile = 'v' OR proname LIKE 'pg!_%' ESCAPE '!' AND provolatile = 's' OR pronargs = 0 AND provolatile = 's') GROUP BY 1")
    unsteady = {result.get_value(row, 0).decode() for row in range(result.ntuples)}
    kept = 0
    for text in re.split(r";\n", made.stdout):
        text = re.sub(r"tablesample \w+ \([0-9.]+\)", "", text)
        text = re.sub(r"(?:pg_catalog|ext)\.(\w+)\(\s*\)", lambda match: "null" if match[1] in unsteady else match[0], text)
        if text.strip() and kept < count and not unsteady.intersection(re.findall(r"(?:pg_catalog|ext)\.(\w+)\(", text)):
            kept += 1
            yield text.strip()


def own(seed, count):
    statements = Statements(seed)
    for _ in range(count):
        yield statements.statement()


sides = opened(configuration["sides"])
pair = Pair(sides)
secrets = [value for side in sides for value in side.secrets]
counts = dict(count=0, answered=0, refused=0, timeouts=0, reconnects=0)
seed, source = configuration["seed"], configuration["source"]
texts = own(seed, configuration["count"]) if source == "own" else sqlsmith(sides[0], seed, configuration["count"])
started = time.monotonic()
for number, text in enumerate(texts):
    message = text.encode()
    # Several statements in one message exist in the simple protocol alone.
    form = "simple" if ";" in text or number % 3 == 0 else ("text", "binary")[number % 2]
    a, b = pair.ask(message, form)
    counts["count"] += 1
    finding = None
    if gave_up([a, b]):
        counts["timeouts"] += 1
    elif differ(a, b):
        if not pair.stands:
            pair.connect()
        # Statements that one side gave up earlier than the other leave tables of two sizes behind, by which the planner chooses.
        for side in sides:
            side.admin.exec_(b"VACUUM")
        again = pair.ask(message, form)
        if again == [a, b] or differ(*again):
            finding = dict(problem="the sides differ", a=shown(a, b), b=shown(b, a))
    status = a[1][0][0][0] if len(a) > 1 and a[1][0] else "none"
    counts["refused" if status == "FATAL_ERROR" else "answered"] += 1
    found = canaries_in([a, b], message, secrets)
    if found:
        finding = dict(problem="canary", found=found, a=shown(a), b=shown(b))
    if not pair.stands:
        if finding is None and "BROKEN" in str(a[-1]) + str(b[-1]):
            finding = dict(problem="the session broke", a=shown(a[-1:]), b=shown(b[-1:]))
        counts["reconnects"] += 1
        pair.connect()
    if finding:
        print(json.dumps(dict(file=f"{source} seed {seed} statement {number}: {text[:3000]}", form=form, **finding)), flush=True)
for side in sides:
    side.revoke()
print(json.dumps(dict(counts, seconds=round(time.monotonic() - started))))
