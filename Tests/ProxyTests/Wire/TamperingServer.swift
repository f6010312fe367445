import Foundation
import PostgresWire
import Synchronization
import TestSupport

/// What stands where the proxy looks for PostgreSQL: passes everything on to the real server, or for the next connections does what a
/// test says.
final class TamperingServer: Sendable {
  typealias Act = @Sendable (ScriptedPeer) throws -> Void

  private let box = Box()
  private let listener: ScriptedServer
  var port: Int { listener.port }

  init(before realPort: Int) throws {
    listener = try ScriptedServer(connections: 10_000, deadlineSeconds: 60, isConcurrent: true) { [box] peer in
      if let act = box.next { return try act(peer) }
      let real = try ScriptedPeer.connect(port: realPort, deadlineSeconds: 60)
      let isAnswered = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        try? Self.pass(from: real, to: peer)
        isAnswered.signal()
      }
      try? Self.pass(from: peer, to: real)
      // Closed before, the descriptor could be another's already when that thread uses it.
      isAnswered.wait()
    }
  }

  private final class Box: Sendable {
    private let act = Mutex<Act?>(nil)
    var next: Act? {
      get { act.withLock { $0 } }
      set { act.withLock { $0 = newValue } }
    }
  }

  /// Connections from now on; nil is the real server.
  func next(_ act: Act?) { box.next = act }

  private static func pass(from source: ScriptedPeer, to target: ScriptedPeer) throws {
    while true {
      let bytes = try source.readSome()
      if bytes.isEmpty { return target.halfClose() }
      try target.send(bytes)
    }
  }
}

extension ScriptedPeer {
  func send(_ write: (inout WireWriter) -> Void) throws {
    var writer = WireWriter()
    write(&writer)
    try send(writer.bytes)
  }

  /// PostgreSQL's part of a login with the world's role, up to the first ReadyForQuery. The closures may change what it says; nil says nothing.
  func logInProxy(
    _ world: ProxyWorld, challenge: (String) -> String = { $0 }, signature: (String) -> String? = { $0 }
  ) throws {
    _ = try readStartupPacket()
    try send { Authentication.sasl(mechanisms: ["SCRAM-SHA-256"]).encode(into: &$0) }
    let initial = try readMessage()
    let text = try SASLInitialResponse.decode(unsafe initial.span.bytes.extracting(droppingFirst: 5)).response
    let clientFirst = try ScramServer.ClientFirst(text ?? "", plusChosen: false, plusOffered: false)
    let final = try prove(world, clientFirst, challenge)
    if let signature = signature(final) { try send { Authentication.saslFinal(signature).encode(into: &$0) } }
    try send {
      Authentication.ok.encode(into: &$0)
      for (name, value) in [
        ("client_encoding", "UTF8"), ("standard_conforming_strings", "on"), ("server_encoding", "UTF8"),
        ("server_version", "15.0"),
      ] {
        ParameterStatus(name: name, value: value).encode(into: &$0)
      }
      BackendKeyData(CancelKey(processID: 7, secret: [1, 2, 3, 4])!).encode(into: &$0)
      ReadyForQuery(.idle).encode(into: &$0)
    }
  }

  /// The exchange from the server's first message on; gives the signature.
  private func prove(
    _ world: ProxyWorld, _ clientFirst: ScramServer.ClientFirst, _ challenge: (String) -> String
  ) throws -> String {
    let exchange = ScramServer(clientFirst, nonce: "servernonceservernonce", salt: world.salt, iterations: 1)
    let first = challenge(exchange.first)
    try send { Authentication.saslContinue(first).encode(into: &$0) }
    let message = try readMessage()
    let response = try SASLResponse.decode(unsafe message.span.bytes.extracting(droppingFirst: 5)).response
    return try exchange.verify(
      response, verifier: world.keys.verifier(salt: world.salt, iterations: 1), channelBinding: nil)
  }
}
