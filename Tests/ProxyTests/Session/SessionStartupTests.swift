import PostgresWire
import Testing

@testable import Proxy

struct SessionStartupTests {
  private func startup(_ harness: SessionHarness, _ parameters: [(String, String)], version: StartupMessage.Version = .oldest) {
    harness.startup(
      StartupPacket.startup(
        StartupMessage(version: version, parameters: parameters.map { .init($0.0, $0.1) })
      ).bytes)
  }

  @Test func `SSLRequest is answered once, and bytes behind it are an attack`() throws {
    let harness = SessionHarness()
    harness.startup(StartupPacket.sslRequest.bytes)
    #expect(harness.actions == [.answerEncryption(UInt8(ascii: "S"))])
    #expect(harness.machine.acceptsClient == false)
    harness.handle(.tlsEstablished(channelBinding: [1, 2, 3]))
    #expect(harness.machine.expectsStartupPacket == true)
    harness.startup(StartupPacket.sslRequest.bytes)
    #expect(try harness.clientLines() == ["ErrorResponse FATAL 08P01"])

    for packet in [StartupPacket.sslRequest, .gssEncryptionRequest] {
      let other = SessionHarness()
      other.startup(packet.bytes, bytesBehind: 1)
      #expect(try other.clientLines() == ["ErrorResponse FATAL 08P01"])
      #expect(other.clientIsClosed)
    }
  }

  @Test func `GSSENCRequest is answered N, and SSLRequest may follow`() {
    let harness = SessionHarness()
    harness.startup(StartupPacket.gssEncryptionRequest.bytes)
    harness.startup(StartupPacket.sslRequest.bytes)
    #expect(harness.actions == [.answerEncryption(UInt8(ascii: "N")), .answerEncryption(UInt8(ascii: "S"))])
  }

  @Test func `a CancelRequest has no answer`() {
    let harness = SessionHarness()
    harness.startup(StartupPacket.cancelRequest(LoginFixture.clientKey).bytes)
    #expect(harness.actions == [.cancelRequested(LoginFixture.clientKey), .closeClient])
  }

  @Test func `under TLS both mechanisms are offered`() throws {
    let harness = SessionHarness()
    harness.handle(.tlsEstablished(channelBinding: [1, 2, 3]))
    startup(harness, [("user", "u")], version: .newest)
    #expect(try harness.clientLines() == ["AuthenticationSASL SCRAM-SHA-256-PLUS SCRAM-SHA-256"])
    harness.fromClient = SessionHarness.bytes {
      SASLInitialResponse(mechanism: "SCRAM-SHA-256-PLUS", response: "p=tls-server-end-point,,n=,r=abc").encode(into: &$0)
    }
    _ = harness.stepClient()
    guard case .beginLogin(let attempt)? = harness.actions.last else {
      Issue.record("no login")
      return
    }
    #expect(attempt.plus && attempt.channelBinding == [1, 2, 3])
    #expect(attempt.user == "u" && attempt.database == "u")
  }

  @Test(arguments: ["y,,n=,r=abc", "n,a=other,n=,r=abc", "p=tls-unique,,n=,r=abc", "n,,m=x,n=,r=abc", "n,,n=,r=", "x"])
  func `a client-first-message that lies or is broken is refused`(text: String) throws {
    let harness = SessionHarness()
    harness.handle(.tlsEstablished(channelBinding: [1, 2, 3]))
    startup(harness, [("user", "u")])
    harness.fromClient = SessionHarness.bytes {
      SASLInitialResponse(mechanism: "SCRAM-SHA-256", response: text).encode(into: &$0)
    }
    _ = harness.stepClient()
    #expect(try harness.clientLines().last?.hasPrefix("ErrorResponse FATAL") == true)
    #expect(!harness.actions.contains { if case .beginLogin = $0 { true } else { false } })
  }

  @Test func `a newer minor version and unknown extensions are negotiated`() throws {
    let harness = SessionHarness()
    startup(harness, [("user", "u"), ("_pq_.x", "1")], version: .init(major: 3, minor: 9))
    #expect(try harness.clientLines() == ["NegotiateProtocolVersion 3.2", "AuthenticationSASL SCRAM-SHA-256"])
  }

  @Test(arguments: ["true", "on", "1", "database", "t", "yes", "o", ""])
  func `replication is refused in any spelling`(value: String) throws {
    let harness = SessionHarness()
    startup(harness, [("user", "u"), ("replication", value)])
    #expect(try harness.clientLines() == ["ErrorResponse FATAL 0A000"])
  }

  @Test(arguments: ["false", "off", "0", "f", "no", "of"])
  func `replication that is off is no replication`(value: String) throws {
    let harness = SessionHarness()
    startup(harness, [("user", "u"), ("replication", value)])
    #expect(try harness.clientLines() == ["AuthenticationSASL SCRAM-SHA-256"])
  }

  @Test func `plaintext is refused where TLS is required`() throws {
    let harness = SessionHarness(.init(offersTLS: true, requiresTLS: true))
    startup(harness, [("user", "u")])
    #expect(try harness.clientLines() == ["ErrorResponse FATAL 28000"])
  }

  @Test func `a denied login says why, and the server is never asked`() throws {
    let harness = SessionHarness()
    startup(harness, [("user", "u")])
    harness.fromClient = SessionHarness.bytes {
      SASLInitialResponse(mechanism: "SCRAM-SHA-256", response: "n,,n=,r=abc").encode(into: &$0)
    }
    _ = harness.stepClient()
    harness.handle(.denied(ErrorResponse(.fatal, .invalidPassword, "no lease")))
    #expect(try harness.clientLines().last == "ErrorResponse FATAL 28P01")
    #expect(harness.clientIsClosed && !harness.actions.contains(.connectBackend))
  }
}

/// A server that is not what it should be gets no further than its lie.
struct SessionTamperingServerTests {
  private func connected() throws -> SessionHarness {
    let harness = SessionHarness()
    harness.logInClient(LoginFixture.grant())
    harness.handle(.backendConnected(BackendLink(nonce: "proxynonce", channelBinding: nil)))
    _ = try harness.clientLines()
    return harness
  }

  private func expectRefused(_ harness: SessionHarness, _ location: SourceLocation = #_sourceLocation) throws {
    #expect(try harness.clientLines() == ["ErrorResponse FATAL 08006"], sourceLocation: location)
    #expect(harness.clientIsClosed && harness.backendIsClosed && harness.machine.isClosed, sourceLocation: location)
  }

  @Test(arguments: [Authentication.ok, .cleartextPassword, .md5Password, .other(7), .sasl(mechanisms: ["SCRAM-SHA-1"])])
  func `only SCRAM-SHA-256 is answered`(request: Authentication) throws {
    let harness = try connected()
    harness.toBackend = []
    harness.server { request.encode(into: &$0) }
    #expect(harness.toBackend.isEmpty)
    try expectRefused(harness)
  }

  @Test(arguments: [
    "r=other,s=c2FsdA==,i=1", "r=proxynonce,s=c2FsdA==,i=1", "r=proxynonceX,s=c2FsdA==,i=2147483647",
    "r=proxynonceX,s=c2FsdA==,i=0",
    "r=proxynonceX,s=c2FsdB==,i=1", "r=proxynonceX,s=b3RoZXI=,i=1", "r=proxynonceX,s=c2FsdA==,i=2", "r=proxynonceX", "",
    "m=x,r=proxynonceX,s=c2FsdA==,i=1", "r=proxynonceX,s=c2FsdA==,i=99999999999999999999",
  ])
  func `a wrong nonce, salt or iteration count gets no proof`(serverFirst: String) throws {
    let harness = try connected()
    harness.server { Authentication.sasl(mechanisms: ["SCRAM-SHA-256"]).encode(into: &$0) }
    harness.toBackend = []
    harness.server { Authentication.saslContinue(serverFirst).encode(into: &$0) }
    #expect(harness.toBackend.isEmpty)
    try expectRefused(harness)
  }

  @Test(arguments: [Authentication.ok, .saslFinal("v=AAAA"), .saslFinal("e=other-error"), .saslFinal("")])
  func `a server that does not sign is not believed`(answer: Authentication) throws {
    let harness = try connected()
    harness.server { Authentication.sasl(mechanisms: ["SCRAM-SHA-256"]).encode(into: &$0) }
    harness.server { Authentication.saslContinue("r=proxynonceX,s=c2FsdA==,i=1").encode(into: &$0) }
    harness.server { answer.encode(into: &$0) }
    try expectRefused(harness)
  }

  @Test func `a server that gives two keys is not believed`() throws {
    let harness = try connected()
    try harness.logInBackend(keys: 2)
    #expect(try harness.clientLines().last == "ErrorResponse FATAL 08006")
    #expect(harness.machine.isClosed && harness.backendIsClosed)
  }

  @Test func `where the server gives no key the client gets none`() throws {
    let harness = try connected()
    try harness.logInBackend(keys: 0)
    #expect(try harness.clientLines() == ["AuthenticationOk", "ParameterStatus client_encoding", "ReadyForQuery I"])
  }

  @Test func `what comes before the signature is refused`() throws {
    for type in [ParameterStatus.type, BackendKeyData.type, ReadyForQuery.type, DataRow.type] {
      let harness = try connected()
      harness.server { $0.message(type) { $0.uint8(0x49) } }
      try expectRefused(harness)
    }
  }

  @Test func `what a stranger or a user makes too long is not gathered`() throws {
    let login = try connected()
    #expect(login.machine.routeServer(Authentication.type, bodyBytes: 1 << 20) == .stop)
    #expect(login.machine.isClosed == true)
    let harness = try SessionHarness.established()
    harness.handle(.ask(HiddenQuery(id: 1, sql: "show search_path")))
    harness.server {
      ParseComplete().encode(into: &$0)
      BindComplete().encode(into: &$0)
      DataRow([[UInt8](repeating: 0x61, count: 100_000)]).encode(into: &$0)
      CommandComplete(tag: "SHOW").encode(into: &$0)
    }
    #expect(harness.actions.contains(.captured(id: 1, rows: nil)))
    #expect(harness.machine.routeServer(ParameterStatus.type, bodyBytes: 1 << 29) == .stop)
  }

  @Test func `a negative length breaks the session, not the proxy`() throws {
    let harness = try SessionHarness.established()
    let bytes: [UInt8] = [DataRow.type, 0xFF, 0xFF, 0xFF, 0xFE]
    #expect(throws: WireError.self) { try FrameDecoder(.server).header(unsafe bytes.span.bytes) }
    harness.machine.serverBroke(WireError(.length, "length"))
    while let action = harness.machine.nextAction() { if case .sendToClient(let bytes) = action { harness.toClient += bytes } }
    #expect(try harness.clientLines() == ["ErrorResponse FATAL 08006"])
  }

  @Test func `an answer that nobody asked for ends the session`() throws {
    for type in "DdC12ZstnTGHWVcK".utf8 {
      let harness = try SessionHarness.established()
      harness.server { $0.message(type) { $0.uint8(0x49) } }
      try expectRefused(harness)
    }
  }

  @Test func `a refused text that the server claims to have run ends the session`() throws {
    let harness = try SessionHarness.established()
    harness.fromClient = SessionHarness.bytes {
      Query("begin").encode(into: &$0)
      Query("refuse").encode(into: &$0)
    }
    _ = harness.stepClient()
    harness.judge(.approved(.init()))
    _ = harness.stepClient()
    harness.judge(.refused(ErrorResponse(.error, .insufficientPrivilege, "no")))
    harness.server { CommandComplete(tag: "BEGIN").encode(into: &$0) }
    harness.server { ReadyForQuery(.block).encode(into: &$0) }
    _ = try harness.clientLines()
    harness.server { ReadyForQuery(.block).encode(into: &$0) }
    try expectRefused(harness)
  }
}
