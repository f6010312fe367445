import TestSupport

extension ProxyWorld {
  /// Runs a Python script that speaks the protocol itself, for what no client library does. It begins logged in: `s` is the socket,
  /// `send(kind, body)` sends a message, `message()` reads one, and `arguments` are those given.
  func raw(_ script: String, _ arguments: [String] = []) throws -> ChildProcess.Result {
    try ChildProcess.run(
      "python3", ["-c", Self.login + "\n" + script, directory + "/.s.PGSQL.6432", role, secret] + arguments)
  }

  private static let login = """
    import base64, hashlib, hmac, os, socket, struct, sys
    path, user, secret, *arguments = sys.argv[1:]
    s = socket.socket(socket.AF_UNIX); s.connect(path); s.settimeout(60)
    body = struct.pack('!I', 196608) + b'user\\0' + user.encode() + b'\\0database\\0postgres\\0\\0'
    s.sendall(struct.pack('!I', len(body) + 4) + body)
    def exactly(n):
      data = b''
      while len(data) < n:
        part = s.recv(n - len(data))
        if not part: raise SystemExit('closed early')
        data += part
      return data
    def message():
      kind = exactly(1); return kind, exactly(struct.unpack('!I', exactly(4))[0] - 4)
    def pack(kind, body): return kind + struct.pack('!I', len(body) + 4) + body
    def send(kind, body): s.sendall(pack(kind, body))
    message()
    bare = 'n=,r=' + base64.b64encode(os.urandom(18)).decode()
    first = ('n,,' + bare).encode()
    send(b'p', b'SCRAM-SHA-256\\0' + struct.pack('!I', len(first)) + first)
    server = message()[1][4:].decode()
    parts = dict(p.split('=', 1) for p in server.split(','))
    salted = hashlib.pbkdf2_hmac('sha256', secret.encode(), base64.b64decode(parts['s']), int(parts['i']))
    key = hmac.digest(salted, b'Client Key', 'sha256')
    final = 'c=biws,r=' + parts['r']
    signature = hmac.digest(hashlib.sha256(key).digest(), ','.join([bare, server, final]).encode(), 'sha256')
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature))).decode()
    send(b'p', (final + ',p=' + proof).encode())
    while message()[0] != b'Z': pass
    """
}
