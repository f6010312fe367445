"""frames.py SEED COUNT: logs in by libpq, then writes nonsense to the socket below it. The proxy must answer or close in its time."""
import os
import random
import socket
import struct
import sys

import psycopg

rng = random.Random(int(sys.argv[1]))
# Nonsense has to get below libpq's TLS, so it goes the other way round: TLS is libpq's, and frames are made of its own messages.
for number in range(int(sys.argv[2])):
    connection = psycopg.connect("", autocommit=True)
    pgconn = connection.pgconn
    pick = rng.randrange(7)
    try:
        if pick == 0:
            pgconn.exec_prepared(b"nowhere", [b"x"] * rng.randrange(0, 300))
        elif pick == 1:
            pgconn.prepare(b"s" * rng.randrange(1, 4000), b"SELECT $1, $2", [0, 0xFFFFFFFF])
        elif pick == 2:
            pgconn.exec_params(b"SELECT $1::int4", [rng.randbytes(rng.randrange(0, 40))], [23], [1], 1)
        elif pick == 3:
            pgconn.exec_(rng.randbytes(rng.randrange(1, 3000)).replace(b"\0", b"\n"))
        elif pick == 4:
            pgconn.exec_(b"SELECT " + b"(" * rng.choice([100, 5000, 60000]) + b"1")
        elif pick == 5:
            pgconn.exec_(b"SELECT '" + b"x" * rng.choice([1 << 16, 1 << 21]) + b"'")
        else:
            with socket.socket(fileno=os.dup(pgconn.socket)) as raw:
                # Bytes that are no TLS record: the connection is over.
                raw.send(rng.choice([rng.randbytes(50), struct.pack("!cI", b"Q", 0xFFFFFFFF), b"\0" * 100]))
            pgconn.exec_(b"SELECT 1")
    except psycopg.Error:
        pass
    if pick in (0, 1, 2, 3) and pgconn.status == psycopg.pq.ConnStatus.OK:
        result = pgconn.exec_(b"ROLLBACK; SELECT 42")
        assert result.status == psycopg.pq.ExecStatus.TUPLES_OK and result.get_value(0, 0) == b"42", (pick, result.error_message)
    connection.close()
print("ok")
