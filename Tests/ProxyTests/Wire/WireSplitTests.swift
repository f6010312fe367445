import Foundation
import Policy
import PostgresWire
import TestSupport
import Testing

@testable import Proxy

/// Messages of the server whose rest comes later than their beginning: they are counted and judged once.
@Suite(.serialized) struct WireSplitTests {
  private static let server = Result { try PostgresServer() }

  /// What a client gets for these bytes when the server sends `messages`, each cut in two, and the second half only when the client has
  /// what stood before the first.
  private func answers(
    _ policy: SessionPolicy, to request: [UInt8], _ messages: [[UInt8]], whole tail: [UInt8]
  ) throws -> [String] {
    let real = try Self.server.get()
    let server = try TamperingServer(before: real.port)
    let world = try ProxyWorld(real, policy: policy, plaintext: true, limits: { $0.backend.port = server.port })
    let arrived = DispatchSemaphore(value: 0)
    server.next { peer in
      try peer.logInProxy(world)
      _ = try peer.readMessage()
      for message in messages {
        var marked = WireWriter()
        ParameterStatus(name: "application_name", value: "mark").encode(into: &marked)
        try peer.send(marked.bytes + message.prefix(message.count / 2))
        guard arrived.wait(timeout: .now() + 20) == .success else { throw ScriptedPeer.Failure.closed }
        try peer.send(Array(message.dropFirst(message.count / 2)))
      }
      try peer.send(tail)
      _ = try? peer.readToEnd()
    }
    let client = try WireClient(world)
    try client.send(request)
    var lines: [String] = []
    while lines.last?.hasPrefix("ReadyForQuery") != true, lines.last?.contains("FATAL") != true {
      let message = try client.read()
      if message.type == ParameterStatus.type { arrived.signal() } else { lines.append(message.line) }
    }
    return lines
  }

  private func bytes(_ write: (inout WireWriter) -> Void) -> [UInt8] {
    var writer = WireWriter()
    write(&writer)
    return writer.bytes
  }

  private var query: [UInt8] { bytes { Query("SELECT 1").encode(into: &$0) } }
  private var description: [UInt8] { bytes { RowDescription(columns: [.init(name: [0x61], typeOID: 25)]).encode(into: &$0) } }
  private var row: [UInt8] { bytes { DataRow([[0x31, 0x32]]).encode(into: &$0) } }
  private var end: [UInt8] {
    bytes {
      CommandComplete(tag: "SELECT 2").encode(into: &$0)
      ReadyForQuery(.idle).encode(into: &$0)
    }
  }
  private let result = [
    "RowDescription 1 columns", "DataRow 1 values", "DataRow 1 values", "CommandComplete SELECT 2", "ReadyForQuery I",
  ]

  @Test func `columns of a masked session`() throws {
    var policy = ProxyWorld.openPolicy
    policy.maskedTables = [
      MaskedTable(
        schema: "app", table: "users", tableOID: 100, shadowSchema: "iss_m_app", shadowOID: 200,
        columns: [.init(name: "id", number: 1, type: "integer"), .init(name: "email", number: 2, type: "text", mask: .email)],
        primaryKey: ["id"])
    ]
    #expect(try answers(policy, to: query, [description, row, row], whole: end) == result)
  }

  @Test func `rows that detectors look at, and rows that are counted against a limit`() throws {
    var policy = ProxyWorld.openPolicy
    policy.limits.rowsMax = 2
    #expect(try answers(policy, to: query, [description, row, row], whole: end) == result)
    policy.detectors = [.key: .alarm]
    #expect(try answers(policy, to: query, [description, row, row], whole: end) == result)
  }

  @Test func `the result of a function call`() throws {
    let call = WireClient.raw("F", [0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    let value = bytes { $0.message(FunctionCallResponse.type) { $0.raw([0, 0, 0, 4, 1, 2, 3, 4]) } }
    let ready = bytes { ReadyForQuery(.idle).encode(into: &$0) }
    let lines = try answers(ProxyWorld.openPolicy, to: call, [value], whole: ready)
    #expect(lines.count == 2 && lines.last == "ReadyForQuery I", "\(lines)")
  }
}
