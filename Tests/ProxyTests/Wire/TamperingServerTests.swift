import Foundation
import Policy
import PostgresClient
import PostgresWire
import TestSupport
import Testing

@testable import Proxy

/// A server that lies: it is refused, the client is told, and another session of the same proxy does not feel it.
@Suite(.serialized) struct TamperingServerTests {
  static let server = Result { try PostgresServer() }

  /// A proxy before a server that can be told to lie, and a session that was there before.
  private final class Scene {
    let world: ProxyWorld
    let server: TamperingServer
    let healthy: WireClient

    init(loginSeconds: Int = 20, masked: Bool = false) throws {
      let real = try TamperingServerTests.server.get()
      let server = try TamperingServer(before: real.port)
      self.server = server
      var policy = ProxyWorld.openPolicy
      if masked {
        policy.maskedTables = [
          MaskedTable(
            schema: "app", table: "users", tableOID: 100, shadowSchema: "iss_m_app", shadowOID: 200,
            columns: [
              .init(name: "id", number: 1, type: "integer"), .init(name: "email", number: 2, type: "text", mask: .email),
            ],
            primaryKey: ["id"])
        ]
      }
      world = try ProxyWorld(
        real, policy: policy, plaintext: true,
        limits: {
          $0.backend.port = server.port
          // A scene says what the next connection meets.
          $0.backend.spareConnectionsMax = 0
          $0.limits.loginSeconds = loginSeconds
        })
      healthy = try WireClient(world)
    }

    /// The error that ends a login while the server does this.
    func loginError(_ act: @escaping TamperingServer.Act) throws -> ErrorResponse? {
      server.next(act)
      defer { server.next(nil) }
      do {
        _ = try WireClient(world)
        return nil
      } catch let refused as WireClient.Refused { return refused.error }
    }

    /// What a client gets for these bytes while the server, after an honest login and the first message, does this.
    func answers(to bytes: [UInt8]? = nil, _ act: @escaping TamperingServer.Act) throws -> [WireClient.Message] {
      let world = world
      server.next { peer in
        try peer.logInProxy(world)
        _ = try peer.readMessage()
        try act(peer)
        _ = try? peer.readToEnd()
      }
      defer { server.next(nil) }
      let client = try WireClient(world, deadlineSeconds: 5)
      var writer = WireWriter()
      Query("SELECT 1").encode(into: &writer)
      try client.send(bytes ?? writer.bytes)
      return try client.readToEnd()
    }

    /// The other session, and new ones, are served as before.
    func expectUnharmed(_ location: SourceLocation = #_sourceLocation) throws {
      #expect(try healthy.value("SELECT 'unharmed'") == "unharmed", sourceLocation: location)
      #expect(try WireClient(world).value("SELECT 'new'") == "new", sourceLocation: location)
    }
  }

  // MARK: Logins

  @Test func `a server that asks for a password, or lets us in without proof, gets nothing and is told of`() throws {
    let scene = try Scene()
    for request in [Authentication.cleartextPassword, .md5Password, .ok, .other(9), .sasl(mechanisms: ["SCRAM-SHA-1", "PLAIN"])] {
      let error = try scene.loginError { peer in
        _ = try peer.readStartupPacket()
        try peer.send { request.encode(into: &$0) }
        guard try peer.readToEnd().isEmpty else { throw ScriptedPeer.Failure.closed }
      }
      #expect(error?.isFatal == true && error?.sqlState == .connectionFailure, "\(request)")
    }
    try scene.expectUnharmed()
  }

  @Test func `a wrong nonce, another salt and a huge iteration count get no proof`() throws {
    let scene = try Scene()
    let changes: [@Sendable (String) -> String] = [
      { "r=another" + $0.dropFirst(2) }, { $0.replacing("servernonceservernonce", with: "") },
      { $0.replacing("i=1", with: "i=2147483647") },
      { $0.replacing("i=1", with: "i=0") }, { $0.replacing("i=1", with: "i=-1") },
      { $0.replacing("i=1", with: "i=99999999999999999999") }, { $0.replacing("s=", with: "s=AAAA") }, { _ in "" },
      { "m=ext," + $0 },
      { $0 + String(repeating: ",x=y", count: 7_000) },
    ]
    for (index, change) in changes.enumerated() {
      let world = scene.world
      let error = try scene.loginError { peer in try peer.logInProxy(world, challenge: change) }
      #expect(error?.isFatal == true && error?.sqlState == .connectionFailure, "change \(index): \(String(describing: error))")
    }
    try scene.expectUnharmed()
  }

  @Test func `a server that does not sign, or signs wrong, is not believed`() throws {
    let scene = try Scene()
    // The last one exchanges the first digit: of the last digit not all bits count.
    let signatures: [@Sendable (String) -> String?] = [
      { _ in nil }, { _ in "" }, { _ in "v=AAAA" }, { _ in "e=other-error" },
      { ($0.hasPrefix("v=A") ? "v=B" : "v=A") + $0.dropFirst(3) },
    ]
    for (index, signature) in signatures.enumerated() {
      let world = scene.world
      let error = try scene.loginError { peer in try peer.logInProxy(world, signature: signature) }
      #expect(error?.isFatal == true && error?.sqlState == .connectionFailure, "signature \(index): \(String(describing: error))")
    }
    try scene.expectUnharmed()
  }

  @Test func `broken frames in place of a login end it`() throws {
    let scene = try Scene()
    let broken: [[UInt8]] = [
      [Authentication.type, 0xff, 0xff, 0xff, 0xff], [Authentication.type, 0x3f, 0xff, 0xff, 0xff],
      [Authentication.type, 0, 0, 0, 3],
      [Authentication.type, 0, 0, 0, 4], [0x00, 0, 0, 0, 4], [UInt8(ascii: "y"), 0, 0, 0, 4],
      [Authentication.type, 0, 0, 0, 8, 0, 0, 0, 10],
      [ReadyForQuery.type, 0, 0, 0, 5, 0x49], [DataRow.type, 0, 0, 0, 6, 0, 0], [ErrorResponse.type, 0, 0, 0, 4],
      [ErrorResponse.noticeType, 0, 0, 0, 5, 0], Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), [],
    ]
    for bytes in broken {
      let error = try scene.loginError { peer in
        _ = try peer.readStartupPacket()
        try peer.send(bytes)
        peer.halfClose()
        _ = try? peer.readToEnd()
      }
      #expect(error != nil, "\(bytes)")
    }
    try scene.expectUnharmed()
  }

  @Test func `a server that never answers, or never stops talking, ends with the time for logins`() throws {
    let scene = try Scene(loginSeconds: 2)
    let silent = try scene.loginError { peer in
      _ = try peer.readStartupPacket()
      _ = try peer.readToEnd()
    }
    #expect(silent?.message.contains("timeout") == true)
    let world = scene.world
    let before = ResidentMemory.bytes
    let talking = try? scene.loginError { peer in
      try peer.logInProxy(world)
    }
    #expect(talking == nil)
    // Settings without an end, behind a login that was honest so far.
    scene.server.next { peer in
      _ = try peer.readStartupPacket()
      try peer.send { Authentication.sasl(mechanisms: ["SCRAM-SHA-256"]).encode(into: &$0) }
      var notices = WireWriter()
      for _ in 0..<1_000 {
        ErrorResponse(.notice, .successfulCompletion, "again").encode(into: &notices, type: ErrorResponse.noticeType)
      }
      while true { try peer.send(notices.bytes) }
    }
    let error = #expect(throws: WireClient.Refused.self) { try WireClient(world) }
    #expect(error?.error.isFatal == true)
    scene.server.next(nil)
    #expect(ResidentMemory.bytes - before < 64 << 20)
    try scene.expectUnharmed()
  }

  // MARK: TLS

  @Test(arguments: [
    Array("SX".utf8), Array("S".utf8) + [0x16, 3, 1, 0, 0], Array("N".utf8), Array("E".utf8), Array("G".utf8), [],
  ])
  func `bytes behind S, and anything but S, are refused where TLS is required`(answer: [UInt8]) throws {
    let real = try Self.server.get()
    let server = try TamperingServer(before: real.port)
    let world = try ProxyWorld(
      real, plaintext: true,
      limits: {
        $0.backend.port = server.port
        $0.backend.verification = .verifyFull
        $0.backend.rootCertificate = $0.tls?.certificate
      })
    server.next { peer in
      guard try peer.readStartupPacket() == Array(StartupPacket.sslRequest.bytes.dropFirst(4)) else {
        throw ScriptedPeer.Failure.closed
      }
      try peer.send(answer)
      peer.halfClose()
      _ = try? peer.readToEnd()
    }
    let error = #expect(throws: WireClient.Refused.self) { try WireClient(world) }
    #expect(error?.error.sqlState == .connectionFailure)
  }

  // MARK: Sessions

  private static func message(_ write: (inout WireWriter) -> Void) -> [UInt8] {
    var writer = WireWriter()
    write(&writer)
    return writer.bytes
  }
  private static let row = message { DataRow([[0x31]]).encode(into: &$0) }
  private static let description = message { RowDescription(columns: [.init(name: [0x61], typeOID: 25)]).encode(into: &$0) }
  private static let done = message { CommandComplete(tag: "SELECT 1").encode(into: &$0) }
  private static let ready = message { ReadyForQuery(.idle).encode(into: &$0) }

  @Test func `messages out of turn end the session and nothing else`() throws {
    let scene = try Scene()
    let lies: [(String, [UInt8])] = [
      ("a row before its columns", Self.row), ("columns twice", Self.description + Self.description),
      ("a row behind the end", Self.description + Self.done + Self.row),
      ("ready without an end", Self.ready), ("ready twice", Self.description + Self.row + Self.done + Self.ready + Self.ready),
      ("an end twice", Self.description + Self.done + Self.ready + Self.done),
      ("an answer to Parse", Self.message { ParseComplete().encode(into: &$0) }),
      ("an answer to Bind", Self.message { BindComplete().encode(into: &$0) }),
      ("a suspended portal", Self.message { $0.message(FunctionCallResponse.type) { $0.int32(-1) } }),
      ("data that nobody copies", Self.message { CopyData([1]).encode(into: &$0) }),
      ("the end of no COPY", Self.message { CopyDone().encode(into: &$0) }),
      ("columns behind COPY", Self.message { CopyResponse(.out).encode(into: &$0) } + Self.description),
      ("a new login", Self.message { Authentication.ok.encode(into: &$0) }),
      ("a key", Self.message { BackendKeyData(CancelKey(processID: 1, secret: [1, 2, 3, 4])!).encode(into: &$0) }),
      ("an unknown type", [UInt8(ascii: "?"), 0, 0, 0, 4]), ("a NUL type", [0, 0, 0, 0, 4]),
      ("a negative length", [DataRow.type, 0xff, 0xff, 0xff, 0xfe]), ("a length of 3", [DataRow.type, 0, 0, 0, 3]),
      ("a length of 2 GiB", [DataRow.type, 0x7f, 0xff, 0xff, 0xff]),
      ("a long status", [ReadyForQuery.type, 0, 0, 0x40, 0] + [UInt8](repeating: 0x49, count: 0x4000 - 4)),
      ("a strange status", [ReadyForQuery.type, 0, 0, 0, 5, 0x58]),
      ("an endless tag", [CommandComplete.type, 0, 0, 0, 6, 0x41, 0x42]),
      ("a setting without its end", [ParameterStatus.type, 0, 0, 0, 6, 0x41, 0x42]),
      ("a setting of 16 MB", [ParameterStatus.type, 1, 0, 0, 0]),
    ]
    for (what, bytes) in lies {
      let answers = (try? scene.answers { peer in try peer.send(bytes) }) ?? []
      #expect(answers.last?.line == "ErrorResponse FATAL 08006", "\(what): \(answers.map(\.line))")
      #expect(answers.filter { $0.type == ReadyForQuery.type }.count <= 1, "\(what)")
    }
    try scene.expectUnharmed()
  }

  @Test func `truncated and lying columns end a masked session before a row of theirs passes`() throws {
    let scene = try Scene(masked: true)
    let lies: [(String, [UInt8])] = [
      ("truncated", [RowDescription.type, 0, 0, 0, 8, 0, 1, 0x61, 0]),
      ("more than there are", [RowDescription.type, 0, 0, 0, 6, 0xff, 0xff]),
      ("left over", [RowDescription.type, 0, 0, 0, 8, 0, 0, 1, 2]),
      ("larger than is read", [RowDescription.type, 0x10, 0, 0, 0]),
    ]
    for (what, bytes) in lies {
      let answers = try scene.answers { peer in try peer.send(bytes + Self.row + Self.done + Self.ready) }
      #expect(answers.map(\.line) == ["ErrorResponse FATAL 08006"], "\(what)")
    }
    try scene.expectUnharmed()
  }

  @Test func `notices without an end cost no memory, and the lease still ends the session`() throws {
    let scene = try Scene()
    let world = scene.world
    scene.server.next { peer in
      try peer.logInProxy(world)
      _ = try peer.readMessage()
      var notices = WireWriter()
      for _ in 0..<1_000 {
        ErrorResponse(.notice, .successfulCompletion, "again and again").encode(into: &notices, type: ErrorResponse.noticeType)
      }
      while true { try peer.send(notices.bytes) }
    }
    let client = try WireClient(world)
    scene.server.next(nil)
    let before = ResidentMemory.bytes
    try client.send { Query("SELECT 1").encode(into: &$0) }
    for _ in 0..<10_000 { #expect(try client.read().type == ErrorResponse.noticeType) }
    try scene.expectUnharmed()
    #expect(ResidentMemory.bytes - before < 64 << 20)
    world.issuer.send(.leaseEnded(lease: world.lease, reason: "enough"))
    try eventually("the session's end") { world.issuer.ended.values.contains("enough") }
  }

  @Test func `a server that goes away in the middle of a row leaves its outcome unknown`() throws {
    let scene = try Scene()
    let answers = try scene.answers { peer in
      try peer.send(Self.description + [DataRow.type, 0, 0, 0x10, 0, 0, 1])
      peer.close()
    }
    #expect(answers.first?.line == "RowDescription 1 columns")
    try eventually("the outcome on record") { scene.world.audit.contains(#""sqlstate":"08007""#) }
    try scene.expectUnharmed()
  }
}
