import PostgresWire
import TestSupport
import Testing

@testable import Proxy

/// Servers that lie, on a real socket: what the machine sends them is all that they get.
struct SessionScriptedServerTests {
  /// Runs a login against a server until the machine closes the backend. Returns what the client was told.
  private func logIn(port: Int) throws -> [String] {
    let harness = SessionHarness()
    let socket = try ScriptedPeer.connect(port: port)
    harness.logInClient(LoginFixture.grant())
    _ = try harness.clientLines()
    harness.handle(.backendConnected(BackendLink(nonce: "proxynonce", channelBinding: nil)))
    while !harness.backendIsClosed {
      try socket.send(harness.toBackend)
      harness.toBackend = []
      let bytes = try socket.readSome(max: 1)
      if bytes.isEmpty { harness.handle(.backendClosed) }
      harness.fromBackend += bytes
      do { _ = try FrameDecoder(.server).header(unsafe harness.fromBackend.span.bytes) } catch { harness.broke(error) }
      while harness.stepBackend() {}
      if harness.machine.isClosed { break }
    }
    socket.close()
    return try harness.clientLines()
  }

  private func expectNoProof(_ send: [UInt8], reading messages: Int) throws {
    let server = try ScriptedServer { peer in
      _ = try peer.readStartupPacket()
      if messages > 0 {
        try peer.send(SessionHarness.bytes { Authentication.sasl(mechanisms: ["SCRAM-SHA-256"]).encode(into: &$0) })
        _ = try peer.readMessage()
      }
      try peer.send(send, chunkBytes: 1)
      let rest = try peer.readToEnd()
      guard rest.isEmpty else { throw WireError(.type, "the server got \(rest.count) bytes more") }
    }
    #expect(try logIn(port: server.port) == ["ErrorResponse FATAL 08006"])
    try server.wait()
  }

  @Test(arguments: [Authentication.cleartextPassword, .md5Password, .ok])
  func `a request for a password gets none`(request: Authentication) throws {
    try expectNoProof(SessionHarness.bytes { request.encode(into: &$0) }, reading: 0)
  }

  @Test(arguments: ["r=other,s=c2FsdA==,i=1", "r=proxynonceX,s=c2FsdA==,i=2000000000"])
  func `a wrong challenge gets no proof`(challenge: String) throws {
    try expectNoProof(SessionHarness.bytes { Authentication.saslContinue(challenge).encode(into: &$0) }, reading: 1)
  }

  @Test func `a negative length, or a close, ends the login with an error`() throws {
    try expectNoProof([Authentication.type, 0xFF, 0xFF, 0xFF, 0xFF], reading: 0)
    let server = try ScriptedServer { _ = try $0.readStartupPacket() }
    #expect(try logIn(port: server.port) == ["ErrorResponse FATAL 08006"])
    try server.wait()
  }
}
