"""Two databases that differ only in masked values, each behind its own issuer and proxy (Tests/Attacks/README.md): leased sessions on
them, what they answer, and what of it must not be seen."""
import base64
import http.client
import json
import re
import socket
import uuid

from psycopg import pq

CANARIES = ["anaryqxa", "anaryqxb", "40071111", "40072222", "907-11-", "908-22-", "1977-02", "1977-11"]
FIELDS = [getattr(pq.DiagnosticField, name) for name in (
    "SEVERITY_NONLOCALIZED", "SQLSTATE", "MESSAGE_PRIMARY", "MESSAGE_DETAIL", "MESSAGE_HINT", "STATEMENT_POSITION", "CONTEXT",
    "SCHEMA_NAME", "TABLE_NAME", "COLUMN_NAME", "CONSTRAINT_NAME", "DATATYPE_NAME")]


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
        self.leases = {}

    @staticmethod
    def open(place, user, password):
        parts = dict(place, user=user, password=password, client_encoding="UTF8", application_name="attack")
        link = pq.PGconn.connect(" ".join(f"{name}='{value}'" for name, value in parts.items()).encode())
        if link.status != pq.ConnStatus.OK:
            raise SystemExit(f"no connection as {user}: {link.error_message}")
        return link

    def leased(self, delivery="proxy"):
        """A connection by the lease of that delivery that there is, or by a new one."""
        if delivery not in self.leases:
            self.leases[delivery] = self.grant("attack" if delivery == "proxy" else "attack-direct", delivery)
        _, self.role, password = self.leases[delivery]
        return self.open(self.settings[delivery], self.role, password)

    def ask(self, path, body):
        """An answer of the issuer, which closes connections that were idle."""
        for attempt in range(2):
            try:
                self.http.request("POST", path, body, {"Content-Type": "application/json"})
                return json.loads(self.http.getresponse().read() or b"null")
            except (http.client.HTTPException, OSError):
                self.http.close()
                if attempt == 1:
                    raise

    def grant(self, scope, delivery):
        body = json.dumps({
            "scope": scope, "delivery": delivery, "reason": "x", "breakGlass": False, "lifetimeSeconds": 600,
            "idempotencyKey": uuid.uuid4().hex})
        answer = self.ask("/v1/requests", body)
        if "connection" not in answer:
            raise SystemExit(f"no lease: {answer}")
        given = answer["connection"]
        return answer["lease"]["id"], given["user"], given["password"]

    def owner(self):
        self.role = "\0no role\0"  # The owner's name is no noise.
        return self.open(self.settings["direct"], "shop_owner", self.settings["superuser"])

    def revoke(self):
        for lease, _, _ in self.leases.values():
            self.ask(f"/v1/leases/{lease}/revoke", '{"reason": "done"}')
        self.leases.clear()

    def restore(self):
        result = self.admin.exec_(b"CALL attack_restore.restore()")
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise SystemExit(f"restore: {result.error_message}")


def scrub(data, role):
    """What differs for no reason that matters: the lease's name, process numbers, times, costs."""
    return re.sub(rb"\bpg_(toast_)?temp_\d+\b", rb"pg_\1temp", data.replace(role.encode(), b"<role>"))


newest = 0


def opened(settings):
    """The sides of a configuration."""
    global newest
    sides = [Side(side) for side in settings]
    for side in sides:
        side.secrets = secrets_of(side)
    newest = int(sides[0].admin.exec_(b"SELECT greatest((SELECT max(oid) FROM pg_class), (SELECT max(oid) FROM pg_type))").get_value(0, 0))
    return sides


def known(number):
    """Object numbers of what the files make themselves are not compared."""
    return number if number <= newest else "new"


def number(cell, result, column):
    is_binary = result.fformat(column) == 1
    # oid; in binary regproc, regclass, regtype, regnamespace and regrole are numbers as well.
    if result.ftype(column) != 26 and not (is_binary and result.ftype(column) in (24, 2205, 2206, 4089, 4096)):
        return cell
    value = int.from_bytes(cell, "big") if is_binary else int(cell)
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
