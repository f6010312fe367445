import Foundation
import PostgresWire
import TestSupport
import Testing

@testable import Proxy

/// The first bytes of a connection, right and hostile, at the proxy's own socket.
@Suite(.serialized) struct WireStartupTests {
  static let server = Result { try PostgresServer(tls: true) }

  /// For tests that need nothing of their own.
  static let shared = Result { try ProxyWorld(server.get(), plaintext: true) }

  private func world(_ limits: ((inout ProxyConfiguration) -> Void)? = nil) throws -> ProxyWorld {
    guard let limits else { return try Self.shared.get() }
    return try ProxyWorld(Self.server.get(), plaintext: true, limits: limits)
  }

  /// The error that ends a connection after these bytes.
  private func error(_ world: ProxyWorld, after bytes: [UInt8], answers: [UInt8] = []) throws -> ErrorResponse? {
    let client = try WireClient(port: world.port)
    try client.send(bytes)
    #expect(try client.peer.read(answers.count) == answers)
    return try client.readToEnd().last?.error
  }

  private func startup(_ world: ProxyWorld, _ parameters: [(String, String)] = []) -> [UInt8] {
    WireClient.startup(user: world.role, parameters)
  }

  // MARK: Encryption

  @Test(arguments: [StartupPacket.sslRequest, .gssEncryptionRequest])
  func `bytes behind an encryption request end the connection before anything is answered`(request: StartupPacket) throws {
    let world = try world()
    let found = try error(world, after: request.bytes + startup(world))
    #expect(found?.sqlState == .protocolViolation && found?.message.contains("unencrypted data") == true)
  }

  @Test func `GSSENCRequest is answered N, and SSLRequest S behind it, each once`() throws {
    let world = try world()
    let client = try WireClient(port: world.port)
    try client.send(StartupPacket.gssEncryptionRequest.bytes)
    #expect(try client.peer.read(1) == [UInt8(ascii: "N")])
    try client.send(StartupPacket.sslRequest.bytes)
    #expect(try client.peer.read(1) == [UInt8(ascii: "S")])
    let twice = try WireClient(port: world.port)
    try twice.send(StartupPacket.gssEncryptionRequest.bytes)
    #expect(try twice.peer.read(1) == [UInt8(ascii: "N")])
    try twice.send(StartupPacket.gssEncryptionRequest.bytes)
    #expect(try twice.readToEnd().last?.error?.sqlState == .protocolViolation)
  }

  @Test func `plain bytes in place of a handshake end the connection`() throws {
    let world = try world()
    let client = try WireClient(port: world.port)
    try client.send(StartupPacket.sslRequest.bytes)
    #expect(try client.peer.read(1) == [UInt8(ascii: "S")])
    try client.send(startup(world))
    let rest = try client.peer.readToEnd()
    // A TLS alert at most: nothing of the protocol comes in the clear.
    #expect(rest.count < 16 && rest.first != Authentication.type)
    #expect(try WireClient(world).value("SELECT 1") == "1")
  }

  /// psql 18, where it can be had: libpq 18 speaks direct TLS and protocol 3.2.
  private func psql18(_ world: ProxyWorld, _ more: String, _ sql: [String]) throws -> ChildProcess {
    try ChildProcess(
      try PostgresServer.binaries(major: 18) + "/psql",
      ["-X", "-At", "-v", "VERBOSITY=verbose", world.connection(more)] + sql.flatMap { ["-c", $0] },
      environment: ["PGPASSWORD": world.secret])
  }

  @Test func `TLS without SSLRequest is taken with the protocol's name, and only with it`() throws {
    let world = try world()
    let direct = try psql18(world, "sslnegotiation=direct channel_binding=require", ["SELECT 'direct'"]).wait()
    #expect(direct.output == "direct\n", "\(direct.errors)")
    for (protocols, isTaken) in [("['postgresql']", true), ("['http/1.1']", false), ("[]", false)] {
      let script = """
        import socket, ssl, struct, sys
        context = ssl.create_default_context(cafile=sys.argv[2])
        if \(protocols): context.set_alpn_protocols(\(protocols))
        try:
          s = context.wrap_socket(socket.create_connection(('127.0.0.1', int(sys.argv[1]))), server_hostname='localhost')
          body = struct.pack('!I', 196608) + b'user\\0u\\0database\\0d\\0\\0'
          s.sendall(struct.pack('!I', len(body) + 4) + body)
          print('taken' if s.recv(1) == b'R' else 'closed')
        except (ssl.SSLError, ConnectionError):
          print('closed')
        """
      let result = try ChildProcess.run("python3", ["-c", script, String(world.port), world.directory + "/ca.pem"])
      #expect(result.output == (isTaken ? "taken\n" : "closed\n"), "\(protocols): \(result.errors)")
    }
  }

  @Test func `protocol 3.2 gets a long key, and cancels with it over TLS`() throws {
    let world = try world()
    let client = try WireClient(world, version: .newest)
    #expect(client.cancelKey?.secret.count == 32)
    #expect(try WireClient(world).cancelKey?.secret.count == 4)
    let process = try psql18(
      world, "sslnegotiation=direct min_protocol_version=3.2 max_protocol_version=3.2",
      ["SELECT pg_sleep(60)"])
    try eventually("the query runs") { try world.running("pg_sleep") == 1 }
    process.signal(SIGINT)
    let result = try process.wait()
    #expect(result.errors.contains("57014"), "\(result)")
  }

  // MARK: The startup packet

  @Test(
    arguments: [[0, 0, 0, 7], [0, 0, 0x27, 0x11], [0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0]] as [[UInt8]])
  func `a length outside 8 to 10,000 ends the connection before anything is reserved`(length: [UInt8]) throws {
    let before = ResidentMemory.bytes
    #expect(try error(world(), after: length + [0, 3, 0, 0])?.isFatal == true)
    #expect(ResidentMemory.bytes - before < 64 << 20)
  }

  @Test func `a parameter twice, bytes behind the end, a missing end and a NUL inside are refused`() throws {
    let world = try world()
    for body in [
      "user\0\(world.role)\0user\0postgres\0\0", "user\0\(world.role)\0\0more", "user\0\(world.role)\0",
      "user\0\(world.role)\0postgres\0\0", "\0",
    ] {
      var writer = WireWriter()
      writer.untypedMessage {
        $0.uint32(196_608)
        $0.raw(Array(body.utf8))
      }
      let found = try error(world, after: writer.bytes)
      #expect(found?.isFatal == true && found?.sqlState != nil, "\(body.debugDescription)")
    }
  }

  @Test(arguments: [1, 2, 4, 0x1234] as [UInt16]) func `another major version is refused`(major: UInt16) throws {
    let version = StartupMessage.Version(major: major, minor: 0)
    #expect(try error(world(), after: WireClient.startup(user: "u", version: version))?.sqlState == .featureNotSupported)
  }

  @Test func `a newer minor version and unknown extensions are negotiated, and the login goes on`() throws {
    let client = try WireClient(world(), [("_pq_.new", "on")], version: .init(major: 3, minor: 7))
    let negotiated = try #require(client.greeting.first { $0.type == NegotiateProtocolVersion.type })
    #expect(
      try NegotiateProtocolVersion.decode(unsafe negotiated.body.span.bytes)
        == NegotiateProtocolVersion(version: .newest, unknownExtensions: ["_pq_.new"]))
    #expect(try client.value("SELECT 'in'") == "in")
  }

  @Test(arguments: ["true", "on", "1", "yes", "database", "TRUE", "t", "2"])
  func `replication in any spelling is refused`(value: String) throws {
    let world = try world()
    #expect(try error(world, after: startup(world, [("replication", value)]))?.sqlState == .featureNotSupported)
  }

  // MARK: Settings

  @Test func `startup settings are the backend's own, so RESET goes back to them, and options are applied`() throws {
    let client = try WireClient(
      world(), [("search_path", "pg_catalog, public"), ("DateStyle", "German"), ("options", "-c work_mem=7MB --geqo=off")])
    try client.query("SET search_path = x", "SET work_mem = '9MB'", "SET datestyle = 'ISO'", "RESET ALL")
    #expect(try client.value("SHOW search_path") == "pg_catalog, public")
    #expect(try client.value("SHOW work_mem") == "7MB")
    #expect(try client.value("SHOW geqo") == "off")
    #expect(try client.value("SHOW datestyle")?.hasPrefix("German") == true)
    try client.query("SET datestyle = 'ISO'", "DISCARD ALL")
    #expect(try client.value("SHOW datestyle")?.hasPrefix("German") == true)
  }

  @Test(arguments: [
    ("options", "-c nonsense=1"), ("work_mem", "much"), ("options", "-c log_statement=all"), ("no_such_setting", "1"),
  ])
  func `settings that the server refuses are refused with its own words`(name: String, value: String) throws {
    let world = try world()
    func refusal(direct: Bool) throws -> [String]? {
      do {
        _ = try WireClient(world, direct: direct, [(name, value)])
        return nil
      } catch let refused as WireClient.Refused {
        return refused.error.fields.filter { "CM".utf8.contains($0.type) }.map(\.value)
      }
    }
    #expect(try refusal(direct: false) == refusal(direct: true))
    #expect(try refusal(direct: true) != nil)
  }

  @Test(arguments: [StartupMessage.Version.oldest, .newest])
  func `the client sees the server's own settings, and its process number with a secret of ours`(
    version: StartupMessage.Version
  ) throws {
    let world = try world()
    func settings(_ client: WireClient) -> [[UInt8]] { client.greeting.filter { $0.type == ParameterStatus.type }.map(\.body) }
    let (proxied, direct) = (try WireClient(world, version: version), try WireClient(world, direct: true))
    #expect(settings(proxied) == settings(direct) && !settings(proxied).isEmpty)
    #expect(proxied.greeting.map(\.type).filter { $0 != NegotiateProtocolVersion.type } == direct.greeting.map(\.type))
    let pid = try #require(try proxied.value("SELECT pg_backend_pid()"))
    let key = try #require(proxied.cancelKey)
    #expect(String(key.processID) == pid)
    #expect(key.secret.count == (version == .newest ? 32 : 4))
    // The secret is not the server's: it cancels nothing there.
    let hold = try StatementHold(world.server)
    try proxied.send { Query("SELECT 'to its end' FROM \(hold.row)").encode(into: &$0) }
    try eventually("the query runs") { try world.running("to its end") == 1 }
    let request = try WireClient(port: world.server.port)
    try request.send(StartupPacket.cancelRequest(key).bytes)
    #expect(try request.peer.readToEnd().isEmpty)
    try hold.end()
    #expect(try proxied.readUntilReady().flatMap(\.values) == ["to its end"])
  }

  // MARK: Limits

  @Test func `who is slow at the login is told so, and holds up nobody`() throws {
    let world = try world { $0.limits.loginSeconds = 3 }
    let packet = WireClient.startup(user: world.role)
    // Half a packet, none, a handshake that never comes, and a client that never answers the challenge.
    let slow = try [Array(packet.prefix(9)), [], StartupPacket.sslRequest.bytes, packet].map { bytes in
      let client = try WireClient(port: world.port)
      try client.send(bytes)
      return client
    }
    #expect(try WireClient(world).value("SELECT 1") == "1")
    for (index, client) in slow.enumerated() {
      let last = try client.peer.readToEnd()
      // In the middle of a handshake there is no way to say anything.
      if index != 2 { #expect(String(decoding: last, as: UTF8.self).contains("timeout")) }
    }
  }

  @Test func `half-open logins are counted for each address, and free their place when they go`() throws {
    let world = try world { $0.limits.halfOpenPerAddressMax = 3 }
    var waiting = try (0..<3).map { _ in try WireClient(port: world.port) }
    // The proxy has seen all three when it turns the fourth away.
    try eventually("the fourth is turned away") {
      let client = try WireClient(port: world.port)
      try client.send(Array(WireClient.startup(user: world.role).prefix(4)))
      guard client.peer.waitsAtMost(milliseconds: 200) else {
        waiting.append(client)
        return false
      }
      return try client.readToEnd().last?.error?.sqlState == .tooManyConnections
    }
    let elsewhere = try ScriptedPeer.connect(port: world.port, source: 9)
    try elsewhere.send(WireClient.startup(user: world.role))
    #expect(try elsewhere.readMessage().first == Authentication.type)
    for client in waiting { client.close() }
    try eventually("a place is free") { (try? WireClient(world).value("SELECT 1")) == "1" }
  }

  @Test func `a storm of connections is shed, and who is logged in does not feel it`() throws {
    let world = try world { $0.limits.halfOpenPerAddressMax = 50 }
    let client = try WireClient(world)
    var storm: [WireClient] = []
    for round in 0..<1_000 {
      storm.append(try WireClient(port: world.port))
      if round % 100 == 0 { #expect(try client.value("SELECT \(round)") == String(round)) }
    }
    #expect(try client.value("SELECT 'after'") == "after")
    try eventually("all but 50 are turned away") { storm.filter { $0.peer.hasInput }.count >= 950 }
    // Which of them is not said: each worker takes what it is handed in its own time.
    let taken = storm.filter { !$0.peer.hasInput }
    #expect(taken.count == 50)
    let shed = try storm.filter(\.peer.hasInput).map { try $0.readToEnd().last?.error?.sqlState }
    #expect(shed.allSatisfy { $0 == .tooManyConnections })
    let one = try #require(taken.first)
    try one.logIn(user: world.role, password: world.secret)
    #expect(try one.value("SELECT 'let in'") == "let in")
    for client in storm { client.close() }
  }

  @Test func `more sessions than the proxy may have are turned away with the reason`() throws {
    let world = try world { $0.limits.sessionsMax = 2 }
    let clients = [try WireClient(world), try WireClient(world)]
    do {
      _ = try WireClient(world)
      Issue.record("a third session was let in")
    } catch let refused as WireClient.Refused {
      #expect(refused.error.sqlState == .tooManyConnections && refused.error["H"]?.contains("sessionsMax") == true)
    }
    clients[0].close()
    try eventually("a place is free") { (try? WireClient(world).value("SELECT 1")) == "1" }
    #expect(try clients[1].value("SELECT 2") == "2")
  }
}
