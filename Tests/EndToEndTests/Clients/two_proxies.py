"""A balancer that sends a session to one of two proxies, ports in argv, and the next connection, which is the cancel of its
statement, to the other. PGHOST and the like say who connects. Ends with "ok"."""
import multiprocessing
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
    # A session and its cancel, then the other way round.
    for turn in (0, 1, 1, 0):
        client, _ = listener.accept()
        proxy = socket.create_connection(("127.0.0.1", PORTS[turn]), 20)
        proxy.settimeout(None)
        for pair in ((client, proxy), (proxy, client)):
            threading.Thread(target=pass_on, args=pair).start()


balancer = socket.create_server(("127.0.0.1", 0))
# A process of its own: libpq waits for the end of the cancel's connection, and Python's threads with it.
multiprocessing.get_context("fork").Process(target=balance, args=(balancer,), daemon=True).start()

for _ in PORTS:
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
