import PostgresWire
import TestSupport
import Testing

@testable import Proxy

/// What the machine takes for granted of PostgreSQL, asked of PostgreSQL itself.
@Suite(.serialized)
struct SessionServerTests {
  /// A machine between a test and a real server.
  final class Bridge {
    final class Note: StatementNote {
      let text: String
      init(_ text: String) { self.text = text }
    }

    let harness = SessionHarness()
    let socket: ScriptedPeer
    private var unread: [UInt8] = []
    /// Refuses texts with this word; everything else is approved.
    let refused = "drop"

    init(_ server: PostgresServer) throws {
      let salt = Array("0123456789abcdef".utf8)
      let keys = ScramKeys(password: Array("unused".utf8), salt: salt, iterations: 1)
      let verifier = keys.verifier(salt: salt, iterations: 1).postgresText
      let admin = try server.connect()
      _ = try admin.execute(script: "DROP TABLE IF EXISTS public.t; DROP ROLE IF EXISTS jit_test")
      _ = try admin.execute(script: "CREATE ROLE jit_test LOGIN PASSWORD '\(verifier)'")
      _ = try admin.execute(script: "CREATE TABLE public.t (a int)")
      _ = try admin.execute(script: "GRANT ALL ON public.t TO jit_test")
      socket = try ScriptedPeer.connect(port: server.port)
      var grant = LoginFixture.grant()
      (grant.role, grant.database, grant.keys, grant.salt, grant.iterations) = ("jit_test", "postgres", keys, salt, 1)
      harness.logInClient(grant)
      harness.handle(.backendConnected(BackendLink(nonce: "proxynonceproxynonce", channelBinding: nil)))
      try pump { harness.machine.isEstablished }
      harness.toClient = []
    }

    /// Moves bytes until the condition holds.
    func pump(until condition: () -> Bool) throws {
      while true {
        while harness.stepClient() || step() {}
        if !harness.toBackend.isEmpty {
          try socket.send(harness.toBackend)
          harness.toBackend = []
        }
        if condition() { return }
        let bytes = try socket.readSome()
        guard !bytes.isEmpty else { throw ScriptedPeer.Failure.closed }
        harness.fromBackend += bytes
      }
    }

    private func step() -> Bool {
      if let judgement = harness.judgements.first {
        var text = judgement.text
        if case .execute(_, let note) = judgement.request { text = (note?.note as? Note)?.text ?? "" }
        var note: NoteReference?
        if case .parse = judgement.request { note = NoteReference(Note(text)) }
        harness.judge(
          text.contains(refused)
            ? .refused(ErrorResponse(.error, .insufficientPrivilege, "no"))
            : .approved(Approval(note: note, mayCopyIn: text.contains("copy"))))
        return true
      }
      return harness.stepBackend()
    }

    func run(_ write: (inout WireWriter) -> Void) throws -> [String] {
      harness.fromClient = SessionHarness.bytes(write)
      try pump { harness.fromClient.isEmpty && harness.machine.isIdle }
      return try harness.clientLines()
    }
  }

  static let servers: [PostgresServer] = PostgresServer.majors.map { try! PostgresServer(major: $0) }

  @Test(arguments: servers.indices)
  func `a refusal fails the block and nothing else`(index: Int) throws {
    let bridge = try Bridge(Self.servers[index])
    #expect(try bridge.run { Query("drop table t").encode(into: &$0) } == ["ErrorResponse ERROR 42501", "ReadyForQuery I"])
    #expect(
      try bridge.run {
        Query("begin").encode(into: &$0)
        Query("insert into t values (1)").encode(into: &$0)
        Query("drop table t").encode(into: &$0)
        Query("select a from t").encode(into: &$0)
        Query("commit").encode(into: &$0)
      } == [
        "CommandComplete BEGIN", "ReadyForQuery T", "CommandComplete INSERT 0 1", "ReadyForQuery T", "ErrorResponse ERROR 42501",
        "ReadyForQuery E", "ErrorResponse ERROR 25P02", "ReadyForQuery E", "CommandComplete ROLLBACK", "ReadyForQuery I",
      ])
  }

  @Test(arguments: servers.indices)
  func `a refusal in a pipeline takes back the implicit transaction`(index: Int) throws {
    let bridge = try Bridge(Self.servers[index])
    let lines = try bridge.run {
      Parse(name: .unnamed, text: Array("insert into t values (2)".utf8)).encode(into: &$0)
      Bind().encode(into: &$0)
      Execute().encode(into: &$0)
      Parse(name: WireName("d"), text: Array("drop table t".utf8)).encode(into: &$0)
      Execute().encode(into: &$0)
      Sync().encode(into: &$0)
      Query("select a from t").encode(into: &$0)
    }
    #expect(
      lines == [
        "ParseComplete", "BindComplete", "CommandComplete INSERT 0 1", "ErrorResponse ERROR 42501", "ReadyForQuery I",
        "RowDescription 1 columns", "CommandComplete SELECT 0", "ReadyForQuery I",
      ])
  }

  @Test(arguments: servers.indices)
  func `a refused Parse forgets the unnamed statement before it`(index: Int) throws {
    let bridge = try Bridge(Self.servers[index])
    let lines = try bridge.run {
      Parse(name: .unnamed, text: Array("select 1".utf8)).encode(into: &$0)
      Sync().encode(into: &$0)
      Parse(name: .unnamed, text: Array("drop table t".utf8)).encode(into: &$0)
      Sync().encode(into: &$0)
      Bind().encode(into: &$0)
      Sync().encode(into: &$0)
    }
    #expect(
      lines == [
        "ParseComplete", "ReadyForQuery I", "ErrorResponse ERROR 42501", "ReadyForQuery I", "ErrorResponse ERROR 26000",
        "ReadyForQuery I",
      ])
  }

  @Test(arguments: servers.indices)
  func `a hidden question disturbs neither block, pipeline nor SET TRANSACTION`(index: Int) throws {
    let bridge = try Bridge(Self.servers[index])
    let harness = bridge.harness
    #expect(try bridge.run { Query("begin").encode(into: &$0) }.last == "ReadyForQuery T")
    harness.handle(.ask(HiddenQuery(id: 1, sql: "show search_path")))
    try bridge.pump { harness.machine.isIdle }
    #expect(harness.actions.contains(.captured(id: 1, rows: [[Array("\"$user\", public".utf8)]])))
    #expect(
      try bridge.run { Query("set transaction isolation level serializable").encode(into: &$0) } == [
        "CommandComplete SET", "ReadyForQuery T",
      ])
    #expect(try bridge.run { Query("rollback").encode(into: &$0) }.last == "ReadyForQuery I")
    // Inside an unfinished batch: the insert before it is still taken back by the failure behind it.
    harness.fromClient = SessionHarness.bytes {
      Parse(name: .unnamed, text: Array("insert into t values (3)".utf8)).encode(into: &$0)
      Bind().encode(into: &$0)
      Execute().encode(into: &$0)
    }
    try bridge.pump { harness.fromClient.isEmpty }
    harness.handle(.ask(HiddenQuery(id: 2, sql: "show search_path")))
    try bridge.pump { harness.actions.contains { if case .captured(2, _) = $0 { true } else { false } } }
    let lines = try bridge.run {
      Parse(name: .unnamed, text: Array("select 1/0".utf8)).encode(into: &$0)
      Bind().encode(into: &$0)
      Execute().encode(into: &$0)
      Sync().encode(into: &$0)
      Query("select a from t").encode(into: &$0)
    }
    #expect(lines.contains("ErrorResponse ERROR 22012") && lines.suffix(2) == ["CommandComplete SELECT 0", "ReadyForQuery I"])
  }

  @Test(arguments: servers.indices)
  func `COPY from stdin works simple, pipelined and in libpq's extended form`(index: Int) throws {
    let bridge = try Bridge(Self.servers[index])
    let simple = try bridge.run {
      Query("begin; copy t from stdin; truncate t; rollback").encode(into: &$0)
      CopyData(Array("1\n2\n".utf8)).encode(into: &$0)
      CopyDone().encode(into: &$0)
    }
    #expect(
      simple.filter { $0.hasPrefix("C") || $0.hasPrefix("E") }.prefix(3) == [
        "CommandComplete BEGIN", "CopyInResponse", "CommandComplete COPY 2",
      ])
    for early in [false, true] {
      let lines = try bridge.run {
        Parse(name: .unnamed, text: Array("copy t from stdin".utf8)).encode(into: &$0)
        Bind().encode(into: &$0)
        Execute().encode(into: &$0)
        if early { Sync().encode(into: &$0) }
        CopyData(Array("x\n".utf8)).encode(into: &$0)
        CopyDone().encode(into: &$0)
        Sync().encode(into: &$0)
      }
      #expect(lines == ["ParseComplete", "BindComplete", "CopyInResponse", "ErrorResponse ERROR 22P02", "ReadyForQuery I"])
    }
  }
}
