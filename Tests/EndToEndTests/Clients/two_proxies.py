"""A balancer that sends one connection to the first proxy and the next one to the second, ports in argv: a statement's cancel, which
is a connection of its own, comes to the proxy that does not know it. PGHOST and the like say who connects. Ends with "ok"."""
import os
import socket
import sys
import threading
import time

import psycopg

PORTS = [int(port) for port in sys.argv[1:3]]


def pass_on(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def balance(listener):
    taken = 0
    while True:
        client, _ = listener.accept()
        proxy = socket.create_connection(("127.0.0.1", PORTS[taken % 2]), 20)
        proxy.settimeout(None)
        taken += 1
        for pair in ((client, proxy), (proxy, client)):
            threading.Thread(target=pass_on, args=pair, daemon=True).start()


balancer = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=balance, args=(balancer,), daemon=True).start()

for turn in range(2):
    # Taken in turn: the session by the one proxy, its cancel by the other; then the other way round.
    if turn == 1:
        PORTS.reverse()
    with psycopg.connect(host="localhost", port=balancer.getsockname()[1], autocommit=True) as connection:
        pid = connection.execute("SELECT pg_backend_pid()").fetchone()[0]
        assert connection.info.backend_pid == pid, (connection.info.backend_pid, pid)
        timer = threading.Timer(1, connection.cancel)
        timer.start()
        began = time.monotonic()
        try:
            connection.execute("SELECT pg_sleep(60)")
            raise SystemExit("it was not cancelled")
        except psycopg.errors.QueryCanceled:
            pass
        timer.join()
        assert time.monotonic() - began < 50
        assert connection.execute("SELECT 'goes on'").fetchone() == ("goes on",)

print("ok")
