import Foundation
import PostgresWire
import TestSupport
import Testing

@testable import Tunnel

/// A tunnel without a proxy: what it says to who connects.
@Suite struct TunnelGateTests {
  private static let startup = StartupPacket.startup(StartupMessage(parameters: [.init("user", "me")])).bytes
  private static let pending = TunnelReplies.pending(request: "abcd", scope: "read", message: "ask bob")

  /// The error that ends a connection.
  private static func said(_ peer: ScriptedPeer) throws -> ErrorResponse {
    let message = try peer.readMessage()
    #expect(message.first == ErrorResponse.type)
    return try Array(message.dropFirst(5)).withSpan { try ErrorResponse.decode($0) }
  }

  @Test func `without a lease a program is told why, and the connection ends`() throws {
    let tunnel = try Tunnel(.loopback(port: 0), gate: .closed(TunnelReplies.ended(scope: "read", reason: "expired")))
    defer { tunnel.stop() }
    let peer = try ScriptedPeer.connect(port: tunnel.port)
    try peer.send(Self.startup)
    let error = try Self.said(peer)
    #expect(error.sqlState == .adminShutdown)
    #expect(error.message.contains("expired"))
    #expect(error["H"]?.contains("issuerctl tunnel read") == true)
    #expect(try peer.readToEnd().isEmpty)
    #expect(tunnel.takeEnded())
    #expect(!tunnel.takeEnded())
  }

  @Test func `who connects while the request is pending is held, and told of the refusal`() throws {
    let tunnel = try Tunnel(.loopback(port: 0), gate: .pending(Self.pending))
    defer { tunnel.stop() }
    let peer = try ScriptedPeer.connect(port: tunnel.port)
    try peer.send(StartupPacket.sslRequest.bytes)
    #expect(try peer.read(1) == [UInt8(ascii: "N")])
    try peer.send(Self.startup)
    try eventually("the connection") { tunnel.connectionCount == 1 }
    tunnel.set(.closed(TunnelReplies.refused(scope: "read", why: "denied: no", next: "ask bob")))
    let error = try Self.said(peer)
    #expect(error.message == "there is no lease for read: denied: no")
    #expect(error["H"] == "ask bob")
  }

  @Test func `a socket in a directory is its owner's alone, and goes with the tunnel`() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("tunnel-\(UUID().uuidString.prefix(8))").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let tunnel = try Tunnel(.directory(directory, port: 6000), gate: .pending(Self.pending))
    let path = directory + "/.s.PGSQL.6000"
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(try mode(path) == 0o600)
    #expect(try mode(directory) == 0o700)
    tunnel.stop()
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `a directory in which others could replace the socket is refused, and so is a port that is taken`() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("tunnel-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o777])
    defer { try? FileManager.default.removeItem(atPath: directory) }
    #expect(throws: (any Error).self) { try Tunnel(.directory(directory, port: 6000), gate: .pending(Self.pending)) }
    let tunnel = try Tunnel(.loopback(port: 0), gate: .pending(Self.pending))
    defer { tunnel.stop() }
    #expect(throws: (any Error).self) { try Tunnel(.loopback(port: tunnel.port), gate: .pending(Self.pending)) }
  }

  @Test(.enabled(if: getuid() == 0, "only root can be another user"))
  func `another user of the machine is refused, on a port`() throws {
    let tunnel = try Tunnel(.loopback(port: 0), gate: .closed(TunnelReplies.ended(scope: "read", reason: "expired")))
    defer { tunnel.stop() }
    let script = """
      import os, socket, sys
      os.setuid(65534)
      peer = socket.socket()
      peer.connect(("127.0.0.1", int(sys.argv[1])))
      peer.sendall(bytes.fromhex(sys.argv[2]))
      print(peer.recv(4096))
      """
    let hex = Self.startup.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    let run = try ChildProcess.run("python3", ["-c", script, String(tunnel.port), hex])
    #expect(run.output.contains("belongs to another user"), "\(run.output)\(run.errors)")
  }
}
