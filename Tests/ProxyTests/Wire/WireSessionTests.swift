import Foundation
import Policy
import PostgresClient
import PostgresWire
import TestSupport
import Testing

@testable import Proxy

/// What a session is to a client that speaks the protocol by hand: findings that broke other proxies, each by name. Whole conversations
/// are compared with PostgreSQL in `DifferentialTests`.
@Suite(.serialized) struct WireSessionTests {
  static let server = Result { try PostgresServer() }
  static let shared = Result { try ProxyWorld(server.get(), plaintext: true) }
  static let guarded = Result {
    try ProxyWorld(
      server.get(),
      policy: SessionPolicy(
        scope: "test",
        guardrails: [Guardrail(rule: "no-truncate", classes: [.truncate], action: .refuse, reason: "it destroys", next: "ask")],
        limits: SessionLimits(), maskedTables: [], recordsParameters: false),
      plaintext: true)
  }

  private func connect(deadlineSeconds: Int = 20) throws -> WireClient {
    try WireClient(Self.shared.get(), deadlineSeconds: deadlineSeconds)
  }

  private func run(_ client: WireClient, ready: Int = 1, _ write: (inout WireWriter) -> Void) throws -> [String] {
    try client.send(write)
    return try client.readUntilReady(ready).map(\.line)
  }

  private static func parse(_ text: String, name: WireName = .unnamed) -> Parse { Parse(name: name, text: Array(text.utf8)) }

  // MARK: The stream

  @Test func `a login and its statements byte by byte are what they are at once`() throws {
    let world = try Self.shared.get()
    var writer = WireWriter()
    Query("SELECT 'slow'").encode(into: &writer)
    Self.parse("SELECT $1::int * 2").encode(into: &writer)
    Bind(parameters: [Array("21".utf8)]).encode(into: &writer)
    Execute().encode(into: &writer)
    Sync().encode(into: &writer)
    let answers = try [1, 3, 4096].map { chunk in
      let client = try WireClient(world)
      try client.peer.send(writer.bytes, chunkBytes: chunk)
      return try client.readUntilReady(2)
    }
    #expect(answers[0] == answers[1] && answers[1] == answers[2])
    #expect(answers[0].flatMap(\.values) == ["slow", "42"])
  }

  @Test func `1,000 statements in one write are 1,000 answers in order`() throws {
    let client = try connect()
    try client.send { writer in for number in 0..<1_000 { Query("SELECT \(number)").encode(into: &writer) } }
    let answers = try client.readUntilReady(1_000).flatMap(\.values)
    #expect(answers == (0..<1_000).map { String($0) })
  }

  @Test func `65,535 parameters go through, in a session with guardrails too`() throws {
    let text = "SELECT cardinality(ARRAY[\((1...65_535).map { "$\($0)" }.joined(separator: ","))])"
    for world in [try Self.shared.get(), try Self.guarded.get()] {
      let client = try WireClient(world, deadlineSeconds: 60)
      try client.send {
        Self.parse(text).encode(into: &$0)
        Bind(parameters: [[UInt8]?](repeating: [0x37], count: 65_535)).encode(into: &$0)
        Execute().encode(into: &$0)
        Sync().encode(into: &$0)
      }
      let answers = try client.readUntilReady()
      #expect(answers.flatMap(\.values) == ["65535"], "\(answers.map(\.line))")
    }
  }

  // MARK: Answers in time

  @Test func `an error comes without Sync, and what follows is skipped up to it`() throws {
    let client = try connect()
    try client.send { Self.parse("SELEC").encode(into: &$0) }
    #expect(try client.read().line == "ErrorResponse ERROR 42601")
    let lines = try run(client) {
      Query("SELECT 'skipped'").encode(into: &$0)
      Self.parse("SELECT 2").encode(into: &$0)
      Sync().encode(into: &$0)
    }
    #expect(lines == ["ReadyForQuery I"])
  }

  @Test func `Flush brings the answers so far and no ReadyForQuery`() throws {
    let client = try connect()
    try client.send {
      Self.parse("SELECT 1").encode(into: &$0)
      Describe(.statement(.unnamed)).encode(into: &$0)
      Flush().encode(into: &$0)
    }
    #expect(
      try [client.read(), client.read(), client.read()].map(\.line) == [
        "ParseComplete", "ParameterDescription 0 types", "RowDescription 1 columns",
      ])
    #expect(!client.peer.waitsAtMost(milliseconds: 50))
    #expect(try run(client) { Sync().encode(into: &$0) } == ["ReadyForQuery I"])
  }

  @Test func `a portal is suspended and resumed, beside another, and both are gone behind Sync`() throws {
    let client = try connect()
    let (one, other) = (WireName("one"), WireName("other"))
    try client.send {
      Self.parse("SELECT generate_series(1, 4)").encode(into: &$0)
      Bind(portal: one).encode(into: &$0)
      Bind(portal: other).encode(into: &$0)
      for portal in [one, other, one, one] { Execute(portal: portal, rowsMax: 2).encode(into: &$0) }
      Describe(.portal(other)).encode(into: &$0)
      Sync().encode(into: &$0)
    }
    let answers = try client.readUntilReady()
    #expect(answers.flatMap(\.values) == ["1", "2", "1", "2", "3", "4"])
    #expect(
      answers.map(\.line).filter { !$0.hasPrefix("DataRow") } == [
        "ParseComplete", "BindComplete", "BindComplete", "PortalSuspended", "PortalSuspended", "PortalSuspended",
        "CommandComplete SELECT 0", "RowDescription 1 columns", "ReadyForQuery I",
      ])
    let gone = try run(client) {
      Execute(portal: one).encode(into: &$0)
      Sync().encode(into: &$0)
    }
    #expect(gone == ["ErrorResponse ERROR 34000", "ReadyForQuery I"])
  }

  @Test func `Describe of a statement is answered inside a failed block as PostgreSQL does`() throws {
    let client = try connect()
    try client.query("BEGIN")
    #expect(try client.query("SELECT 1/0").last == "ReadyForQuery E")
    let lines = try run(client) {
      Self.parse("SELECT 1").encode(into: &$0)
      Sync().encode(into: &$0)
      Self.parse("ROLLBACK").encode(into: &$0)
      Describe(.statement(.unnamed)).encode(into: &$0)
      Bind().encode(into: &$0)
      Execute().encode(into: &$0)
      Sync().encode(into: &$0)
    }
    #expect(lines == ["ErrorResponse ERROR 25P02", "ReadyForQuery E"])
    #expect(try client.readUntilReady().last?.line == "ReadyForQuery I")
  }

  // MARK: COPY

  @Test(arguments: [false, true])
  func `a fully pipelined extended COPY works, with a Sync before its data too`(syncsFirst: Bool) throws {
    for world in [try Self.shared.get(), try Self.guarded.get()] {
      let client = try WireClient(world)
      try client.query("CREATE TEMP TABLE t (a int)")
      let lines = try run(client) {
        Self.parse("COPY t FROM STDIN").encode(into: &$0)
        Bind().encode(into: &$0)
        Execute().encode(into: &$0)
        if syncsFirst { Sync().encode(into: &$0) } else { Flush().encode(into: &$0) }
        for row in 0..<100 { CopyData(Array("\(row)\n".utf8)).encode(into: &$0) }
        Flush().encode(into: &$0)
        CopyDone().encode(into: &$0)
        Self.parse("SELECT count(*) FROM t").encode(into: &$0)
        Bind().encode(into: &$0)
        Execute().encode(into: &$0)
        Sync().encode(into: &$0)
      }
      #expect(
        lines == [
          "ParseComplete", "BindComplete", "CopyInResponse", "CommandComplete COPY 100", "ParseComplete", "BindComplete",
          "DataRow 1 values", "CommandComplete SELECT 1", "ReadyForQuery I",
        ])
    }
  }

  @Test func `CopyData that come behind a failure are swallowed, and stray ones outside a COPY`() throws {
    let client = try connect()
    try client.query("CREATE TEMP TABLE t (a int)")
    try client.send {
      Query("COPY t FROM STDIN").encode(into: &$0)
      CopyData(Array("no number\n".utf8)).encode(into: &$0)
    }
    #expect(try client.read(upTo: "Z").map(\.line).suffix(2) == ["ErrorResponse ERROR 22P02", "ReadyForQuery I"])
    try client.send {
      for _ in 0..<1_000 { CopyData(Array("late\n".utf8)).encode(into: &$0) }
      CopyDone().encode(into: &$0)
      CopyFail(reason: "late").encode(into: &$0)
    }
    #expect(try client.value("SELECT 'in order'") == "in order")
  }

  @Test func `COPY out and COPY in of several statements in one message are all answered`() throws {
    let client = try connect()
    try client.query("CREATE TEMP TABLE t (a int)")
    let lines = try run(client) {
      Query("COPY (SELECT 7) TO STDOUT; COPY t FROM STDIN; COPY t TO STDOUT; SELECT count(*) FROM t").encode(into: &$0)
      CopyData(Array("8\n".utf8)).encode(into: &$0)
      CopyDone().encode(into: &$0)
    }
    #expect(
      lines.map { $0.split(separator: " <")[0] } == [
        "CopyOutResponse", "CopyData", "CopyDone", "CommandComplete COPY 1", "CopyInResponse", "CommandComplete COPY 1",
        "CopyOutResponse", "CopyData", "CopyDone", "CommandComplete COPY 1", "RowDescription 1 columns", "DataRow 1 values",
        "CommandComplete SELECT 1", "ReadyForQuery I",
      ])
  }

  // MARK: FunctionCall

  private static let sum: [UInt8] = {
    // int4pl(20, 22), all in text.
    var writer = WireWriter()
    writer.message(FunctionCall.type) {
      $0.uint32(177)
      $0.uint16(0)
      $0.uint16(2)
      for argument in ["20", "22"] {
        $0.int32(Int32(argument.utf8.count))
        $0.raw(Array(argument.utf8))
      }
      $0.uint16(0)
    }
    return writer.bytes
  }()

  @Test func `a fast-path call runs, on record, where nothing is masked or forbidden, and nowhere else`() throws {
    let open = try Self.shared.get()
    let client = try WireClient(open)
    try client.send(Self.sum)
    let answers = try client.readUntilReady()
    #expect(answers.first?.letter == "V" && answers.first?.body == [0, 0, 0, 2] + Array("42".utf8))
    #expect(open.audit.contains("fast-path call of the function with OID 177"))
    #expect(open.audit.contains(#""tag":"FUNCTION CALL""#))

    let guarded = try Self.guarded.get()
    let refused = try WireClient(guarded)
    try refused.query("BEGIN")
    try refused.send(Self.sum)
    #expect(try refused.readUntilReady().map(\.line) == ["ErrorResponse ERROR 0A000", "ReadyForQuery E"])
    #expect(try refused.query("ROLLBACK").last == "ReadyForQuery I")
    #expect(guarded.audit.contains(#""form":"function""#) && guarded.audit.contains(#""verdict":"refused""#))
  }

  // MARK: Idle clients

  @Test func `notifications and the server's farewell reach an idle client`() throws {
    let world = try Self.shared.get()
    let client = try connect()
    try client.query("LISTEN ch")
    let admin = try world.server.connect()
    try admin.execute(script: "NOTIFY ch, 'hello'")
    let notification = try client.read()
    #expect(try NotificationResponse.decode(unsafe notification.body.span.bytes).payload == Array("hello".utf8))
    let pid = try #require(try client.value("SELECT pg_backend_pid()"))
    try admin.execute(script: "SELECT pg_terminate_backend(\(pid))")
    #expect(try client.readToEnd().map(\.line) == ["ErrorResponse FATAL 57P01"])
  }

  @Test func `notices come before the end of their statement`() throws {
    let client = try connect()
    #expect(
      try client.query("DO $$BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two'; END$$") == [
        "NoticeResponse NOTICE 00000", "NoticeResponse WARNING 01000", "CommandComplete DO", "ReadyForQuery I",
      ])
  }

  // MARK: Cancel

  @Test func `a CancelRequest has no answer, hits the running statement, and dies with its session`() throws {
    let world = try Self.shared.get()
    let client = try connect()
    let key = try #require(client.cancelKey)
    func cancel(_ key: CancelKey) throws {
      let request = try WireClient(port: world.port)
      try request.send(StartupPacket.cancelRequest(key).bytes)
      #expect(try request.peer.readToEnd().isEmpty)
    }
    try client.send { Query("SELECT pg_sleep(60)").encode(into: &$0) }
    try eventually("the query runs") { try world.running("pg_sleep") == 1 }
    var wrong = key.secret
    wrong[0] ^= 1
    try cancel(CancelKey(processID: key.processID, secret: wrong)!)
    try cancel(CancelKey(processID: key.processID, secret: key.secret + [0])!)
    #expect(try world.running("pg_sleep") == 1)
    try cancel(key)
    #expect(try client.readUntilReady().map(\.line).suffix(2) == ["ErrorResponse ERROR 57014", "ReadyForQuery I"])
    #expect(try client.value("SELECT 'goes on'") == "goes on")
    client.close()
    try eventually("the backend's end") { try world.backends() == 0 }
    let next = try connect()
    try next.send { Query("SELECT pg_sleep(0.2)").encode(into: &$0) }
    try cancel(key)
    #expect(try next.readUntilReady().last?.line == "ReadyForQuery I")
  }

  // MARK: The end

  @Test func `a client that vanishes in the middle of a message leaves no backend`() throws {
    let world = try Self.shared.get()
    let client = try connect()
    try client.query("CREATE TEMP TABLE t (a int)")
    try client.send {
      Query("COPY t FROM STDIN").encode(into: &$0)
      $0.raw([UInt8(ascii: "d"), 0, 1, 0, 0, 0x31])
    }
    #expect(try client.read().line == "CopyInResponse")
    client.close()
    try eventually("the backend's end") { try world.backends() == 0 }
  }

  @Test func `behind Terminate the answers to what came before arrive, then the end`() throws {
    let client = try connect()
    try client.send {
      Query("SELECT 'last words' FROM pg_sleep(0.1)").encode(into: &$0)
      Terminate().encode(into: &$0)
    }
    let answers = try client.readToEnd()
    #expect(answers.flatMap(\.values) == ["last words"] && answers.last?.line == "ReadyForQuery I")
  }

  @Test func `a broken frame ends the session behind the answers to what came before it`() throws {
    let world = try Self.shared.get()
    let client = try connect()
    try client.send {
      Query("SELECT 'before' FROM pg_sleep(0.1)").encode(into: &$0)
      $0.raw([UInt8(ascii: "Q"), 0xff, 0xff, 0xff, 0xff])
    }
    let answers = try client.readToEnd()
    #expect(answers.flatMap(\.values) == ["before"] && answers.last?.line == "ErrorResponse FATAL 08P01")
    try eventually("the backend's end") { try world.backends() == 0 }
  }
}
