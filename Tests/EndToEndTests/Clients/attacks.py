"""attacks.py CONFIGURATION: runs the attack or benign files of a folder, in three protocol forms, and prints what is wrong, one JSON
object a line; at the end a count. The configuration (JSON) has `folder`, `kind` (attacks or benign), `shard` [n, of], and `sides`: for
each of the two databases `socket` (the issuer's), `proxy` and `direct` (libpq parameters without user and password), `superuser`
(password). Tests/Attacks/README.md has the rules."""
import base64
import datetime
import glob
import http.client
import json
import os
import re
import socket
import struct
import sys
import threading
import uuid

from psycopg import pq

configuration = json.load(open(sys.argv[1]))
FORMS = ["simple", "text", "binary"]
CANARIES = ["anaryqxa", "anaryqxb", "40071111", "40072222", "907-11-", "908-22-", "1977-02", "1977-11"]
FIELDS = [getattr(pq.DiagnosticField, name) for name in (
    "SEVERITY_NONLOCALIZED", "SQLSTATE", "MESSAGE_PRIMARY", "MESSAGE_DETAIL", "MESSAGE_HINT", "STATEMENT_POSITION", "CONTEXT",
    "SCHEMA_NAME", "TABLE_NAME", "COLUMN_NAME", "CONSTRAINT_NAME", "DATATYPE_NAME")]
WRITES = re.compile(rb"\b(insert|update|delete|merge|copy|truncate|alter|drop|create|grant|do|call|rule|comment|nextval|setval|lo_)", re.I)


class UnixHTTP(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("issuer", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


class Side:
    def __init__(self, settings):
        self.settings = settings
        self.http = UnixHTTP(settings["socket"])
        self.admin = self.open(settings["direct"], "postgres", settings["superuser"])

    @staticmethod
    def open(place, user, password):
        parts = dict(place, user=user, password=password, client_encoding="UTF8", application_name="attack")
        link = pq.PGconn.connect(" ".join(f"{name}='{value}'" for name, value in parts.items()).encode())
        if link.status != pq.ConnStatus.OK:
            raise SystemExit(f"no connection as {user}: {link.error_message}")
        return link

    def leased(self):
        body = json.dumps({"scope": "attack", "reason": "x", "breakGlass": False, "lifetimeSeconds": 600, "idempotencyKey": uuid.uuid4().hex})
        self.http.request("POST", "/v1/requests", body, {"Content-Type": "application/json"})
        answer = json.loads(self.http.getresponse().read())
        if "connection" not in answer:
            raise SystemExit(f"no lease: {answer}")
        given = answer["connection"]
        self.lease, self.role = answer["lease"]["id"], given["user"]
        return self.open(self.settings["proxy"], given["user"], given["password"])

    def owner(self):
        self.role = "\0no role\0"  # The owner's name is no noise.
        link = self.open(self.settings["direct"], "shop_owner", self.settings["superuser"])
        return link

    def revoke(self):
        self.http.request("POST", f"/v1/leases/{self.lease}/revoke", '{"reason": "done"}', {"Content-Type": "application/json"})
        answer = self.http.getresponse()
        answer.read()

    def restore(self):
        result = self.admin.exec_(b"CALL attack_restore.restore()")
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise SystemExit(f"restore: {result.error_message}")


def scrub(data, role):
    """What differs for no reason that matters: the lease's name, process numbers, times, costs."""
    return data.replace(role.encode(), b"<role>")


def known(number):
    """Object numbers of what the files make themselves are not compared."""
    return number if number <= newest else "new"


def number(cell, result, column):
    if result.ftype(column) != 26:
        return cell
    value = int.from_bytes(cell, "big") if result.fformat(column) == 1 else int(cell)
    return b"new" if value > newest else cell


def told(result, role):
    status = pq.ExecStatus(result.status).name
    if status == "FATAL_ERROR":
        return [status] + [scrub(result.error_field(field) or b"", role) for field in FIELDS]
    columns = [
        [result.fname(n), known(result.ftable(n)), result.ftablecol(n), known(result.ftype(n)), result.fformat(n), result.fsize(n), result.fmod(n)]
        for n in range(result.nfields)]
    rows = [
        [None if (cell := result.get_value(row, n)) is None else number(scrub(cell, role), result, n) for n in range(result.nfields)]
        for row in range(result.ntuples)]
    return [status, result.command_status, columns, rows]


def run(link, messages, form, role):
    outcome, notices = [], []
    link.notice_handler = lambda notice: notices.append([scrub(notice.error_field(field) or b"", role) for field in FIELDS])
    for message in messages:
        results = []
        try:
            if form == "simple":
                link.send_query(message)
            else:
                link.send_query_params(message, None, result_format=1 if form == "binary" else 0)
            while (result := link.get_result()) is not None:
                if result.status == pq.ExecStatus.COPY_IN:
                    link.put_copy_end()
                elif result.status == pq.ExecStatus.COPY_OUT:
                    stream = []
                    while True:
                        count, data = link.get_copy_data(0)
                        if count <= 0:
                            break
                        stream.append(scrub(bytes(data), role))
                    results.append(["COPY_OUT", stream])
                elif result.status == pq.ExecStatus.COPY_BOTH:
                    raise SystemExit("COPY_BOTH")
                else:
                    results.append(told(result, role))
        except Exception as error:  # psycopg raises what libpq reports of a broken connection
            results.append(["BROKEN", re.sub(rb"port \d+|\d+\.\d+\.\d+\.\d+", b"", scrub(str(error).encode(), role))])
        if link.status == pq.ConnStatus.OK:
            link.consume_input()
            while (notification := link.notifies()) is not None:
                results.append(["NOTIFY", notification.relname, scrub(notification.extra, role)])
        outcome.append([results, notices[:], pq.TransactionStatus(link.transaction_status).name if link.status == pq.ConnStatus.OK else "BAD"])
        notices.clear()
        if link.status != pq.ConnStatus.OK:
            break
    return outcome


def flat(value):
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from flat(item)
    elif isinstance(value, bytes):
        yield value
    elif value is not None:
        yield str(value).encode()


def text(value):
    return json.dumps(value, default=lambda item: item.decode("utf-8", "backslashreplace"))


def shown(value, other=None):
    """The text of an outcome, from shortly before where it differs from the other."""
    own, others = text(value), text(other)
    start = next((n for n, (one, two) in enumerate(zip(own, others)) if one != two), 0) if other is not None else 0
    return own[max(0, start - 300):start + 700]


def messages_of(path):
    text = open(path, "rb").read()
    return [part.strip(b"\n") for part in re.split(rb"\n[ \t]*\n", text) if part.strip()]


def forms_of(word):
    raw = word.encode()
    yield from (raw.lower(), raw[::-1].lower(), raw.hex().encode())
    for shift in range(3):  # base64 depends on where in its three bytes the word begins
        yield base64.b64encode(b"\0" * shift + raw)[4 if shift else 0:-4].lower()


def canaries_in(outcome, source, secrets):
    data = b"\n".join(flat(outcome)).lower()
    lower = source.lower()
    if not any(word.encode() in lower for word in CANARIES):
        words = CANARIES
    else:
        # The file sends one as a guess, and may be told it: then whole values are looked for, less those that it sends.
        words = [value for value in secrets if value.encode().lower() not in lower]
    return sorted({word for word in words for form in forms_of(word) if len(form) >= 6 and form in data})


def attempt(sides, path, form, opened):
    """Both sides at once: the same file, as a fresh lease."""
    outcomes, failures = [None] * len(sides), []

    def work(number):
        try:
            link = opened(sides[number])
        except SystemExit as failure:
            failures.append(failure)
            return
        try:
            outcomes[number] = run(link, messages_of(path), form, sides[number].role)
        finally:
            link.finish()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(sides))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return outcomes


DIGITS = re.compile(rb"[0-9]+(\.[0-9]+)?")


def blur(value):
    if isinstance(value, (list, tuple)):
        return [blur(item) for item in value]
    if isinstance(value, bytes):
        return DIGITS.sub(b"#", value)
    return value


def secrets_of(side):
    result = side.admin.exec_(b"SELECT email, card, ssn, born::text FROM public.users UNION ALL SELECT email, email, email, email FROM public.events")
    return sorted({result.get_value(row, n).decode().strip() for row in range(result.ntuples) for n in range(4)})


def leased(side):
    return side.leased()


def attacks(sides, path, form):
    source = open(path, "rb").read()
    a, b = attempt(sides, path, form, leased)
    for side in sides:
        side.revoke()
    wrong = []
    if None in (a, b):
        return [dict(problem="it did not run")]
    found = canaries_in([a, b], source, [value for side in sides for value in side.secrets])
    if found:
        wrong.append(dict(problem="canary", found=found, a=shown(a), b=shown(b)))
    # Process numbers, times and object numbers differ between two runs on one side as well. (The same data is asked twice.)
    if a != b:
        again = attempt(sides, path, form, leased)
        for side in sides:
            side.revoke()
        for number, (one, other) in enumerate(zip(a, b)):
            if one == other:
                continue
            repeats = number < len(again[0]) and number < len(again[1]) and again[0][number] == one and again[1][number] == other
            if repeats or blur(one) != blur(other):
                wrong.append(dict(problem="the sides differ", message=number, a=shown(one, other), b=shown(other, one)))
        if len(a) != len(b):
            wrong.append(dict(problem="one side ended sooner", a=shown(a[-1:]), b=shown(b[-1:])))
    return wrong


def is_masked(mine, owners):
    """Whether a cell can be what a mask shows of the other, or of something made from it."""
    if mine is None or b"*" in mine or b"redacted" in mine.lower() or re.fullmatch(rb"\d{4}-01-01", mine):
        return True
    if len(mine) == 4 and abs(days := struct.unpack("!i", mine)[0]) < 100_000:  # A date in binary.
        day = datetime.date(2000, 1, 1) + datetime.timedelta(days)
        return (day.month, day.day) == (1, 1)
    return False


def benign(sides, path, form):
    side = sides[0]
    mine = attempt([side], path, form, leased)[0]
    side.revoke()
    if WRITES.search(open(path, "rb").read()):
        side.restore()
    owners = attempt([side], path, form, Side.owner)[0]
    if mine is None or owners is None:
        return [dict(problem="it did not run")]
    wrong = []
    for number, (one, other) in enumerate(zip(mine, owners)):
        if not alike(one, other) and not alike(blur(one), blur(other)):
            wrong.append(dict(problem="not what the owner gets", message=number, mine=shown(one, other), owner=shown(other, one)))
    if len(mine) != len(owners):
        wrong.append(dict(problem="one ended sooner", mine=shown(mine[-1:]), owner=shown(owners[-1:])))
    return wrong


def alike(mine, owners):
    if isinstance(mine, (list, tuple)) and isinstance(owners, (list, tuple)):
        if mine[:1] == ["FATAL_ERROR"] == owners[:1]:
            # SQLSTATE, message and position; the proxy may add a hint.
            return mine[2:4] + mine[6:7] == owners[2:4] + owners[6:7]
        return len(mine) == len(owners) and all(alike(one, other) for one, other in zip(mine, owners))
    if mine == owners:
        return True
    return (mine is None or isinstance(mine, bytes)) and is_masked(mine, owners)


sides = [Side(settings) for settings in configuration["sides"]]
for side in sides:
    side.secrets = secrets_of(side)
newest = int(sides[0].admin.exec_(b"SELECT greatest((SELECT max(oid) FROM pg_class), (SELECT max(oid) FROM pg_type))").get_value(0, 0))
shard, of = configuration["shard"]
paths = [path for number, path in enumerate(sorted(glob.glob(os.path.join(configuration["folder"], "[0-9]*.sql")))) if number % of == shard]
judge = attacks if configuration["kind"] == "attacks" else benign
count = 0
for path in paths:
    for form in FORMS:
        for wrong in judge(sides, path, form):
            print(json.dumps(dict(file=os.path.basename(path), form=form, **wrong)), flush=True)
        count += 1
        if WRITES.search(open(path, "rb").read()):
            for side in sides:
                side.restore()
print(json.dumps(dict(count=count)))
