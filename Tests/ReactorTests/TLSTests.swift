import Foundation
import Reactor
import Synchronization
import Testing

@Suite struct TLSTests {
  private struct Outcome {
    var client: Witness
    var server: Witness
    var serverEndPoint: [UInt8]?
    var clientEndPoint: [UInt8]?
  }

  /// One connection: the server echoes, the client sends `payload` and ends.
  private func exchange(
    _ certificates: Certificates, client context: TLSContext, host: String, payload: [UInt8]
  ) throws -> Outcome {
    let serverContext = try TLSContext(serverCertificateFile: certificates.certificate, keyFile: certificates.key)
    let (client, serverSide) = (Witness(), Witness())
    let points = Mutex<(server: [UInt8]?, client: [UInt8]?)>((nil, nil))
    let server = try Server { loop, socket in
      let peer = Peer(serverSide)
      peer.onBytes = { $0.write($1) }
      peer.onEnd = { $0.endOutput() }
      peer.onSecured = { stream in points.withLock { $0.server = stream.session?.serverEndPoint } }
      guard let stream = try? SocketStream(descriptor: socket, loop: loop, handler: peer) else { return }
      try? stream.startTLS(accepting: serverContext)
    }
    server.connect { result in
      guard case .success(let socket) = result else { return }
      let peer = Peer(client)
      peer.onSecured = { stream in
        points.withLock { $0.client = stream.session?.serverEndPoint }
        stream.write(payload)
        stream.endOutput()
      }
      guard let stream = try? SocketStream(descriptor: socket, loop: server.loop, handler: peer) else { return }
      try? stream.startTLS(connecting: context, host: host)
    }
    #expect(client.waits { $0.events.contains("ended") || $0.events.contains("closed") })
    server.loop.stop()
    return points.withLock {
      Outcome(client: client, server: serverSide, serverEndPoint: $0.server, clientEndPoint: $0.client)
    }
  }

  @Test func `4 MB go both ways over verified TLS, and both sides know the same end point`() throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    let context = try TLSContext(verification: .verifyFull, rootCertificateFile: certificates.authority)
    let payload = (0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 17 &+ $0 >> 9) }
    let outcome = try exchange(certificates, client: context, host: "db.example", payload: payload)
    #expect(outcome.client.now.received == payload)
    #expect(outcome.serverEndPoint?.count == 32)
    #expect(outcome.serverEndPoint == outcome.clientEndPoint)
  }

  @Test(arguments: [("127.0.0.1", true), ("other.example", false), ("127.0.0.2", false)])
  func `verify-full checks names and addresses`(host: String, accepted: Bool) throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    let context = try TLSContext(verification: .verifyFull, rootCertificateFile: certificates.authority)
    let outcome = try exchange(certificates, client: context, host: host, payload: [1])
    #expect(outcome.client.now.events.contains("secured") == accepted)
    #expect(outcome.client.now.errors.map(\.code) == (accepted ? [] : [.certificate]))
  }

  @Test func `verify-ca refuses a stranger's authority and accepts another name`() throws {
    let certificates = try Certificates()
    let stranger = try Certificates()
    defer {
      certificates.remove()
      stranger.remove()
    }
    let wrong = try TLSContext(verification: .verifyCA, rootCertificateFile: stranger.authority)
    let refused = try exchange(certificates, client: wrong, host: "db.example", payload: [1])
    #expect(refused.client.now.errors.map(\.code) == [.certificate])
    let right = try TLSContext(verification: .verifyCA, rootCertificateFile: certificates.authority)
    #expect(try exchange(certificates, client: right, host: "other", payload: [7]).client.now.received == [7])
  }

  @Test func `a missing or strange key is told with the file's name`() throws {
    let certificates = try Certificates()
    let stranger = try Certificates()
    defer {
      certificates.remove()
      stranger.remove()
    }
    #expect(throws: SocketError.self) { try TLSContext(serverCertificateFile: "/nonexistent", keyFile: certificates.key) }
    do {
      _ = try TLSContext(serverCertificateFile: certificates.certificate, keyFile: stranger.key)
      Issue.record("a key of another certificate was accepted")
    } catch { #expect("\(error)".contains(stranger.key)) }
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: certificates.key)
    #expect(throws: SocketError.self) {
      try TLSContext(serverCertificateFile: certificates.certificate, keyFile: certificates.key)
    }
  }
}
