"""garbage.py PLACE DIALECT SEED COUNT: sends what no client sends to a port or a Unix socket. Every connection must end or answer
within its time, and the port must take the next one. PLACE is host:port or a path; DIALECT postgres, tls or http."""
import random
import socket
import ssl
import struct
import sys

place, dialect, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
rng = random.Random(f"{seed} {dialect} {place.startswith('/')}")


def connect():
    if place.startswith("/"):
        link = socket.socket(socket.AF_UNIX)
        link.connect(place)
    else:
        host, port = place.rsplit(":", 1)
        link = socket.create_connection((host, int(port)))
    link.settimeout(15)
    return link


def startup(**parameters):
    body = struct.pack("!I", rng.choice([196608, 196610, 131072, 0, 0xFFFFFFFF, 196608 + rng.randrange(9999)]))
    for name, value in parameters.items():
        body += name.encode() + b"\0" + value + b"\0"
    body += b"\0"
    return struct.pack("!I", len(body) + 4) + body


def mangle(data):
    data = bytearray(data)
    for _ in range(rng.randrange(4)):
        if data:
            at = rng.randrange(len(data))
            rng.choice([lambda: data.__setitem__(at, rng.randrange(256)), lambda: data.__delitem__(at), lambda: data.insert(at, rng.randrange(256))])()
    return bytes(data)


def postgres():
    pick = rng.randrange(8)
    if pick == 0:
        return rng.randbytes(rng.randrange(1, 300))
    if pick == 1:
        return struct.pack("!II", 8, rng.choice([80877103, 80877104, 80877102])) + rng.randbytes(rng.randrange(0, 50))
    if pick == 2:
        return struct.pack("!II", 16, 80877102) + rng.randbytes(8)
    if pick == 3:
        return struct.pack("!I", rng.choice([0, 1, 7, 8, 10001, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])) + rng.randbytes(20)
    if pick == 4:
        return mangle(startup(user=rng.randbytes(20).replace(b"\0", b"x"), database=b"pagila"))
    if pick == 5:
        return startup(user=b"jit_alice_x", database=b"pagila", replication=rng.choice([b"true", b"1", b"database"]))
    if pick == 6:
        return startup(user=b"a" * 9000)
    return mangle(startup(user=b"jit_alice_x", database=b"pagila")) + mangle(b"p" + struct.pack("!I", 40) + b"SCRAM-SHA-256\0" + struct.pack("!I", 18) + b"n,,n=,r=abcdefghij")


def http():
    pick = rng.randrange(7)
    if pick == 0:
        return rng.randbytes(rng.randrange(1, 500))
    if pick == 1:
        return mangle(b"GET /v1/whoami HTTP/1.1\r\nHost: issuer\r\n\r\n")
    if pick == 2:
        return b"POST /v1/requests HTTP/1.1\r\nHost: x\r\nContent-Length: " + rng.choice([b"-1", b"99999999999999999999", b"abc", b"5"]) + b"\r\n\r\n{}"
    if pick == 3:
        return b"POST /v1/requests HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + rng.choice([b"ffffffffffffffff\r\n", b"-5\r\n", b"zz\r\n", b"5\r\nab"])
    if pick == 4:
        return b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\n\r\n"
    if pick == 5:
        return b"GET / HTTP/1.1\r\n" + b"X-A: " + b"b" * 500 + b"\r\n" * 2 + rng.randbytes(30)
    return b"".join(b"X%d: y\r\n" % n for n in range(5000))


open_links = []
for number in range(count):
    link = connect()
    try:
        if dialect == "tls" and rng.random() < 0.7:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            link = context.wrap_socket(link, server_hostname="localhost")
            data = http()
        elif dialect == "tls":
            data = rng.choice([rng.randbytes(200), mangle(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + rng.randbytes(100))])
        elif dialect == "postgres" and rng.random() < 0.4:
            link.sendall(struct.pack("!II", 8, 80877103))
            answer = link.recv(1)
            assert answer == b"S", answer
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            link = context.wrap_socket(link, server_hostname="localhost")
            data = postgres()
        else:
            data = postgres() if dialect == "postgres" else http()
        link.sendall(data)
        if rng.random() < 0.3:
            open_links.append(link)  # Kept open and silent for a while.
            if len(open_links) > 20:
                open_links.pop(0).close()
            continue
        link.shutdown(socket.SHUT_WR)
        received = 0
        while received < 1 << 20:
            part = link.recv(65536)
            if not part:
                break
            received += len(part)
    except (ConnectionError, ssl.SSLError, BrokenPipeError, OSError) as error:
        if isinstance(error, (TimeoutError, socket.timeout)):
            raise SystemExit(f"no end of connection {number}, which sent {data[:80]!r}")
    link.close()
print("ok")
