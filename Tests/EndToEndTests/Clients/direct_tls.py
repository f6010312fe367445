"""Direct TLS to the proxy, with the libpq 18 that psycopg's wheel brings: PGHOST and the like say where. Ends with "ok"."""
import os
import socket
import ssl

import psycopg

assert psycopg.pq.version() >= 170000, f"libpq {psycopg.pq.version()} does not know direct TLS"

with psycopg.connect("sslnegotiation=direct", autocommit=True) as connection:
    assert connection.execute("SELECT current_user").fetchone() == (os.environ["PGUSER"],)
    assert connection.pgconn.ssl_in_use

# Without the protocol's name in the handshake it could be meant for another service: no startup packet is read.
context = ssl.create_default_context(cafile=os.environ["PGSSLROOTCERT"])
for names in ([], ["http/1.1"]):
    if names:
        context.set_alpn_protocols(names)
    try:
        with socket.create_connection((os.environ["PGHOST"], int(os.environ["PGPORT"])), 20) as plain:
            with context.wrap_socket(plain, server_hostname=os.environ["PGHOST"]) as secured:
                startup = b"\0\3\0\0user\0" + os.environ["PGUSER"].encode() + b"\0\0"
                secured.sendall((len(startup) + 4).to_bytes(4, "big") + startup)
                assert secured.recv(1) == b"", "it answered"
    except (ssl.SSLError, ConnectionError):
        pass

print("ok")
